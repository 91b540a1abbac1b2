/**
 * How regularly one host's datagrams come: their jitter and the interval between them, as seen
 * here. Pure; it keeps a few numbers, whatever comes.
 */
import type { Metric } from "../message.ts";
import type { RowPlace } from "./number_store.ts";

/** What each new difference counts for, as RFC 3550 has it: enough to see a change, too little to jump. */
const GAIN = 1 / 16;
/** A difference this large is no delay: the sender's clock was set. */
const CLOCK_STEP_MS = 10_000;
/** The least of so many differences, or up to twice as many, is the one with the shortest way. */
const OFFSET_SAMPLES = 64;

/** The number of a session's first datagram. */
const FIRST_SEQUENCE = 1;

/** What a datagram says about its place: `sentMs` is on the sender's clock, NaN where it says none. */
export interface Passage {
  readonly session: string;
  readonly sequence: number;
  readonly sentMs: number;
  readonly arrivalMs: number;
  /** Whether it says good-bye. */
  readonly bye: boolean;
}

/** Follows the datagrams of one host that are newer than all before; late ones and copies say nothing here. */
export class Timing {
  /** How many numbers `save` writes. */
  static readonly NUMBERS = 8;
  #session: string;
  #sequence: number;
  #arrivalMs: number;
  /** NaN for what is not known. */
  #transitMs: number;
  #jitterMs = NaN;
  #intervalMs = NaN;
  /** Least differences of the samples since `#offsets` was 0, and of those before. */
  #offsetMs = NaN;
  #offsetBeforeMs = NaN;
  #offsets = 0;

  /** Begins at the host's first datagram. */
  constructor({ session, sequence, sentMs, arrivalMs }: Passage) {
    this.#session = session;
    this.#sequence = sequence;
    this.#arrivalMs = arrivalMs;
    this.#transitMs = arrivalMs - sentMs;
    this.#followOffset(this.#transitMs);
  }

  /** Writes all but its session. */
  save(to: RowPlace): void {
    const { numbers } = to;
    numbers[to.at++] = this.#sequence;
    numbers[to.at++] = this.#arrivalMs;
    numbers[to.at++] = this.#transitMs;
    numbers[to.at++] = this.#jitterMs;
    numbers[to.at++] = this.#intervalMs;
    numbers[to.at++] = this.#offsetMs;
    numbers[to.at++] = this.#offsetBeforeMs;
    numbers[to.at++] = this.#offsets;
  }

  /** Becomes the one that was saved. */
  load(from: RowPlace, session: string): void {
    const { numbers } = from;
    this.#session = session;
    this.#sequence = numbers[from.at++]!;
    this.#arrivalMs = numbers[from.at++]!;
    this.#transitMs = numbers[from.at++]!;
    this.#jitterMs = numbers[from.at++]!;
    this.#intervalMs = numbers[from.at++]!;
    this.#offsetMs = numbers[from.at++]!;
    this.#offsetBeforeMs = numbers[from.at++]!;
    this.#offsets = numbers[from.at++]!;
  }

  /**
   * Milliseconds by which the sender's clock seems to be behind ours, or ahead where negative: the
   * least of the latest differences between arrival and sending, so with the shortest time under way
   * in it. Shown and never judged. `null` without the sender's time.
   */
  get clockOffsetMs(): Metric {
    const leastMs = leastOf(this.#offsetMs, this.#offsetBeforeMs);
    return Number.isNaN(leastMs) ? null : leastMs;
  }

  /**
   * Interarrival jitter in milliseconds, RFC 3550 section 6.4.1: J += (|D| − J) / 16, where D is
   * how much longer this datagram was under way than the one before. `null` before the second.
   */
  get jitterMs(): Metric {
    return Number.isNaN(this.#jitterMs) ? null : this.#jitterMs;
  }

  /**
   * Mean milliseconds from one sample to the next, smoothed alike; a gap of n counts as n intervals. An
   * agent's first sample comes before its time, and its good-bye when it is stopped: neither counts.
   */
  get intervalMs(): Metric {
    return Number.isNaN(this.#intervalMs) ? null : this.#intervalMs;
  }

  /** Takes the next datagram into account; times as in the constructor. */
  accept({ session, sequence, sentMs, arrivalMs, bye }: Passage): void {
    const transitMs = arrivalMs - sentMs;
    this.#followOffset(transitMs);
    if (session === this.#session && sequence > this.#sequence) {
      if (this.#sequence > FIRST_SEQUENCE && !bye) {
        this.#followInterval((arrivalMs - this.#arrivalMs) / (sequence - this.#sequence));
      }
      this.#followJitter(Math.abs(transitMs - this.#transitMs));
    }
    this.#session = session;
    this.#sequence = sequence;
    this.#arrivalMs = arrivalMs;
    this.#transitMs = transitMs;
  }

  #followOffset(transitMs: number): void {
    this.#offsetMs = leastOf(this.#offsetMs, transitMs);
    if (++this.#offsets < OFFSET_SAMPLES) return;
    this.#offsetBeforeMs = this.#offsetMs;
    this.#offsetMs = NaN;
    this.#offsets = 0;
  }

  #followInterval(seenMs: number): void {
    const beforeMs = Number.isNaN(this.#intervalMs) ? seenMs : this.#intervalMs;
    this.#intervalMs = beforeMs + (seenMs - beforeMs) * GAIN;
  }

  #followJitter(differenceMs: number): void {
    if (!(differenceMs < CLOCK_STEP_MS)) return;
    const beforeMs = Number.isNaN(this.#jitterMs) ? 0 : this.#jitterMs;
    this.#jitterMs = beforeMs + (differenceMs - beforeMs) * GAIN;
  }
}

/** The lesser of two numbers; NaN is none. */
function leastOf(a: number, b: number): number {
  if (Number.isNaN(a)) return b;
  return b < a ? b : a;
}
