/**
 * The pasts of all hosts, kept as rows of numbers and room in a store: that of one host is put
 * together when a sample of it comes or somebody asks. Pure.
 */
import type { SummaryNumbers } from "../../../message/metrics.ts";
import type { Arena } from "../memory/arena.ts";
import { History } from "./history.ts";
import { MAX_POINTS, pointCount } from "./points.ts";
import { Rows } from "../memory/rows.ts";

/** All histories, of the same span and by slot. */
export class Histories {
  readonly #spanMs: number;
  readonly #store: Arena;
  readonly #rows = new Rows(History.NUMBERS);
  /** These are one host's while a sample of it is taken: the second where the first gets another size. */
  readonly #working: History;
  readonly #resized: History;

  constructor(spanMs: number, store: Arena) {
    this.#spanMs = spanMs;
    this.#store = store;
    this.#working = new History(spanMs, spanMs, store);
    this.#resized = new History(spanMs, spanMs, store);
  }

  /** The past of a host as it stands, until the next sample of it; `null` where there was none yet. */
  of(slot: number): History | null {
    return this.#load(slot, new History(this.#spanMs, this.#spanMs, this.#store));
  }

  /** Adds a sample of a host that makes one every `intervalMs`. */
  push(slot: number, intervalMs: number, timeMs: number, point: SummaryNumbers): void {
    const history = this.#fitting(slot, intervalMs, timeMs);
    history.push(timeMs, point);
    history.save(this.#rows.row(slot));
  }

  /** Puts a sample that came late where it belongs. */
  insert(slot: number, timeMs: number, point: SummaryNumbers): void {
    const history = this.#load(slot, this.#working);
    history?.insert(timeMs, point);
    history?.save(this.#rows.row(slot));
  }

  /** The past is gone from here, and its room is for others: those who still look at it have it whole. */
  leave(slot: number): History | null {
    const history = this.of(slot);
    history?.leave();
    this.#rows.clear(slot);
    return history;
  }

  #load(slot: number, history: History): History | null {
    const row = this.#rows.row(slot);
    return history.load(row) ? history : null;
  }

  /**
   * The host's history, or a larger or smaller one with the same points when its interval is another;
   * but not for each datagram, as it means to copy them all.
   */
  #fitting(slot: number, intervalMs: number, timeMs: number): History {
    const present = this.#load(slot, this.#working);
    if (present?.capacity === pointCount(this.#spanMs, intervalMs)) return present;
    if (present && timeMs - present.lastMs < this.#spanMs / MAX_POINTS / 2) return present;
    if (present?.isResizable === false) return present;
    const history = this.#resized;
    history.begin(intervalMs);
    if (present !== null) history.adopt(present);
    return history;
  }
}
