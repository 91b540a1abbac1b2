/**
 * The delivery and the timing of all hosts, kept as rows of numbers: those of one host are put
 * together when a datagram of it comes or somebody asks. Pure.
 */
import type { Metric } from "../message.ts";
import { Delivery, NO_SESSIONS, type Sessions } from "./delivery.ts";
import { NumberStore } from "./number_store.ts";
import type { Arrival } from "./sequence_window.ts";
import { Timing } from "./timing.ts";

/** The account of one host, as it is kept: the numbers are in its row. */
export interface Account extends Sessions {
  readonly row: number;
  /** Datagrams that were sent and have not come. */
  lost: number;
}

/** What a datagram says about its place: `sentMs` is on the sender's clock, NaN where it says none. */
export interface Passage {
  readonly session: string;
  readonly sequence: number;
  readonly sentMs: number;
  readonly arrivalMs: number;
}

/** All accounts. */
export class Accounts {
  readonly #rows = new NumberStore(Delivery.NUMBERS + Timing.NUMBERS);
  /** These are one host's while a datagram of it is taken. */
  readonly #delivery = new Delivery("", 1);
  readonly #timing = new Timing("", 1, NaN, NaN);
  #lost: Metric = null;

  /** Datagrams that all hosts lost, those that are forgotten too; `null` before the first account. */
  get lost(): Metric {
    return this.#lost;
  }

  /** Opens the account of a host with its first datagram, and takes that into account. */
  open({ session, sequence, sentMs, arrivalMs }: Passage): Account {
    const delivery = new Delivery(session, sequence);
    delivery.accept(session, sequence);
    const account = { ...NO_SESSIONS, row: this.#rows.take(), lost: 0 };
    const place = this.#rows.place(account.row);
    delivery.save(place, account);
    new Timing(session, sequence, sentMs, arrivalMs).save(place);
    this.#lost ??= 0;
    return account;
  }

  /** Takes the next datagram into account, and says what it is. */
  accept(account: Account, { session, sequence, sentMs, arrivalMs }: Passage): Arrival {
    const place = this.#rows.place(account.row);
    const { at } = place;
    this.#delivery.load(place, account);
    const arrival = this.#delivery.accept(session, sequence);
    if (arrival === "new") {
      this.#timing.load(place, account.present);
      this.#timing.accept(session, sequence, sentMs, arrivalMs);
      place.at = at + Delivery.NUMBERS;
      this.#timing.save(place);
    }
    place.at = at;
    this.#delivery.save(place, account);
    this.#lost! += this.#delivery.lost - account.lost;
    account.lost = this.#delivery.lost;
    return arrival;
  }

  /** The delivery of a host as it stands. */
  delivery(account: Account): Delivery {
    const delivery = new Delivery("", 1);
    delivery.load(this.#rows.place(account.row), account);
    return delivery;
  }

  /** The timing of a host as it stands. */
  timing({ row, present }: Account): Timing {
    const timing = new Timing("", 1, NaN, NaN);
    const place = this.#rows.place(row);
    place.at += Delivery.NUMBERS;
    timing.load(place, present);
    return timing;
  }

  /** Closes the account of a host that is forgotten; it is not to be asked for any more. */
  close({ row }: Account): void {
    this.#rows.giveBack(row);
  }
}
