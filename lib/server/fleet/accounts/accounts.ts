/**
 * The delivery and the timing of all hosts, kept as rows of numbers: those of one host are put
 * together when a datagram of it comes or somebody asks. Pure.
 */
import type { Repeat } from "../../../message/digest.ts";
import { DEFAULT_INTERVAL_MS, type Metric } from "../../../message/message.ts";
import { type Beginning, Delivery, NO_SESSIONS, type Sessions } from "./delivery.ts";
import { Rows } from "../memory/rows.ts";
import type { Verdict } from "./sequence_window.ts";
import { type Arrival, Timing } from "./timing.ts";

/** Whose account it is: its place, and what its delivery remembers besides numbers. */
export interface Holder extends Sessions {
  readonly slot: number;
  /** When it was first heard, on the clock of the arrivals. */
  readonly firstSeenMs: number;
}

/** A datagram that is taken into account. */
export interface Sent extends Arrival {
  /** Time from one datagram of its sender to the next, in milliseconds; NaN or absent where it says none. */
  readonly intervalMs?: number;
  /** Whether it is known that its agent begins anew with it. */
  readonly isAnew?: boolean;
  /** Whether datagrams of its agent were refused since the last one: those came, and are not lost. */
  readonly isRefused?: boolean;
}

/** Before the first one. */
const NO_ARRIVAL: Arrival = { session: "", sequence: 1, sentMs: NaN, arrivalMs: NaN, bye: false };

/** All accounts, by slot. */
export class Accounts {
  readonly #deliveries = new Rows(Delivery.NUMBERS);
  readonly #timings = new Rows(Timing.NUMBERS);
  /** These are one host's while a datagram of it is taken. */
  readonly #delivery = new Delivery("", 1);
  readonly #timing = new Timing(NO_ARRIVAL);
  #lost: Metric = null;

  /** Datagrams that all hosts lost, those that are forgotten too; `null` before the first account. */
  get lost(): Metric {
    return this.#lost;
  }

  /** Takes a datagram into account, and says what it is; the first one opens the account. */
  accept(holder: Holder, sent: Sent): Verdict {
    const { slot, present } = holder;
    if (present === NO_SESSIONS.present) return this.#open(holder, sent);
    const delivery = this.#delivery;
    const row = this.#deliveries.row(slot);
    delivery.load(row, holder);
    const lostBefore = delivery.lost;
    const { session, sequence, sentMs } = sent;
    const isUsual = session === present && !sent.isAnew;
    const beginning = isUsual ? undefined : beginningOf(holder, sent);
    const arrival = delivery.accept(session, sequence, sentMs, beginning);
    if (arrival === "new") this.#follow(slot, present, sent);
    delivery.save(row, holder);
    this.#lost! += delivery.lost - lostBefore;
    return arrival;
  }

  #follow(slot: number, session: string, sent: Sent): void {
    const row = this.#timings.row(slot);
    this.#timing.load(row, session);
    this.#timing.accept(sent);
    this.#timing.save(row);
  }

  /** Counts a datagram that is no news for the host, whatever its number; without an account there is nothing to count. */
  refuse(holder: Holder, repeat: Repeat): void {
    if (holder.present === NO_SESSIONS.present) return;
    const delivery = this.#delivery;
    delivery.load(this.#deliveries.row(holder.slot), holder);
    delivery.refuse(repeat);
    delivery.save(this.#deliveries.row(holder.slot), holder);
  }

  /** The delivery of a host as it stands. */
  delivery(holder: Holder): Delivery {
    const delivery = new Delivery("", 1);
    delivery.load(this.#deliveries.row(holder.slot), holder);
    return delivery;
  }

  /** The timing of a host as it stands. */
  timing({ slot, present }: Holder): Timing {
    const timing = new Timing(NO_ARRIVAL);
    timing.load(this.#timings.row(slot), present);
    return timing;
  }

  /** Datagrams that the host of a slot lost. */
  lostOf(slot: number): number {
    return Delivery.lostIn(this.#deliveries.row(slot));
  }

  #open(holder: Holder, sent: Sent): Verdict {
    const { session, sequence, sentMs } = sent;
    const delivery = new Delivery(session, sequence);
    const arrival = delivery.accept(session, sequence, sentMs);
    delivery.save(this.#deliveries.row(holder.slot), holder);
    new Timing(sent).save(this.#timings.row(holder.slot));
    this.#lost ??= 0;
    return arrival;
  }
}

/** What it means that a host's datagram is not simply the next of its session. */
function beginningOf({ firstSeenMs }: Holder, sent: Sent): Beginning {
  const { arrivalMs, intervalMs, isAnew = false, isRefused } = sent;
  const sentSince = Math.floor((arrivalMs - firstSeenMs) / (intervalMs || DEFAULT_INTERVAL_MS));
  return { isAnew, missable: isRefused ? 0 : sentSince };
}
