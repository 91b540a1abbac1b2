/**
 * When the next sample is due, which session and number its datagram has, and which texts go with it. A
 * session begins with the agent, and anew when its wall clock is set: the server may hear nothing of the
 * old one, or numbers may be used again. Pure: the clocks are handed to it.
 */
import type { Clock } from "../common/clock.ts";
import { TEXTS, type Texts } from "../message/message.ts";

/** Time between the first reading and the first sample: rates need two readings. */
export const PRIMING_MS = 250;

/** The wall clock was set, not just adjusted, where it has moved this far from one datagram to the next. */
const STEP_MS = 1_000;
/** A session that began no later than this from now may have been heard: servers allow as much. */
const TOLERANCE_MS = 300_000;

/** Where a datagram stands: its session, its number in it, and when it was made by the wall clock. */
export interface Place {
  readonly session: string;
  readonly seq: number;
  readonly time: number;
}

/** Gives every datagram its place. */
export class Sessions {
  readonly #clock: Pick<Clock, "aheadMs" | "wallMs">;
  readonly #nameOf: (startMs: number) => string;
  readonly #onNew: (setMs: number) => void;
  #session = "";
  #startMs = -Infinity;
  #aheadMs: number;
  #seq = 0;

  /** `nameOf` makes a session of its start; `onNew` is told by how much the clock was set when another begins. */
  constructor(
    clock: Pick<Clock, "aheadMs" | "wallMs">,
    nameOf: (startMs: number) => string,
    onNew: (setMs: number) => void,
  ) {
    this.#clock = clock;
    this.#nameOf = nameOf;
    this.#onNew = onNew;
    this.#aheadMs = clock.aheadMs();
    this.#begin(clock.wallMs());
  }

  /** The place of a datagram that is made now. */
  next(): Place {
    const time = this.#clock.wallMs();
    const setMs = this.#clock.aheadMs() - this.#aheadMs;
    this.#aheadMs += setMs;
    // The machine may have been set back, and its clock right since; which way that is, nobody knows.
    if (Math.abs(setMs) > STEP_MS) {
      this.#begin(laterStart(this.#startMs, time));
      this.#onNew(setMs);
    }
    return { session: this.#session, seq: ++this.#seq, time };
  }

  #begin(startMs: number): void {
    this.#startMs = startMs;
    this.#session = this.#nameOf(startMs);
    this.#seq = 0;
  }
}

/**
 * When a session begins after another: later than that, as a server asks that has heard it. One that
 * began far in the future was heard by none whose clock is as ours is now, and would keep us out.
 */
export function laterStart(beforeMs: number, nowMs: number): number {
  return beforeMs > nowMs + TOLERANCE_MS ? nowMs : Math.max(nowMs, beforeMs + 1);
}

/**
 * The next moment on the grid `startMs + n · intervalMs` that is at least half an interval away:
 * after a suspend the missed moments are skipped, and no two samples come so close that their
 * rates would be noise.
 */
export function nextDueMs(startMs: number, intervalMs: number, nowMs: number): number {
  const steps = Math.ceil((nowMs + intervalMs / 2 - startMs) / intervalMs);
  return startMs + steps * intervalMs;
}

/** Each text is sent at least once in so many datagrams, and in this time where that is sooner. */
const TEXT_DATAGRAMS = 12;
const TEXT_MS = 60_000;

/** The texts that go with a datagram by its number, so that each has its turn; `undefined` for none. */
export function textsAt(texts: Texts, seq: number, intervalMs: number): Texts | undefined {
  const turns = Math.max(1, Math.min(TEXT_DATAGRAMS, Math.floor(TEXT_MS / intervalMs)));
  const names = TEXTS.filter((name) => texts[name] !== undefined);
  const each = Math.ceil(names.length / turns);
  const first = (seq - 1) % turns * each;
  const due = names.slice(first, first + each).map((name) => [name, texts[name]!]);
  return due.length === 0 ? undefined : Object.fromEntries(due);
}

/** The largest size that the texts of a datagram have. */
export function maxTexts(
  texts: Texts,
  intervalMs: number,
  sizeOf: (some: Texts) => number,
): number {
  const turns = Array.from({ length: TEXT_DATAGRAMS }, (_, n) => textsAt(texts, n + 1, intervalMs));
  return Math.max(0, ...turns.map((some) => some === undefined ? 0 : sizeOf(some)));
}
