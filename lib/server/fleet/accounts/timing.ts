/**
 * How regularly one host's datagrams come: their jitter and the interval between them, as seen
 * here. Pure; it keeps a few numbers, whatever comes.
 */
import type { Metric } from "../../../message/message.ts";
import type { Row } from "../memory/rows.ts";

/** What each new difference counts for, as RFC 3550 has it: enough to see a change, too little to jump. */
export const GAIN = 1 / 16;
/** A difference this large is an outlier, and left out of the mean. */
export const MAX_DELAY_MS = 10_000;
/** Two samples in a row that are as far from the offset, and agree, say that a clock was set. */
const CLOCK_STEP_MS = 250;
/** The least of this many differences, or up to twice as many, is that of the shortest transit. */
const OFFSET_SAMPLES = 64;

/** The number of a session's first datagram. */
const FIRST_SEQUENCE = 1;

/** What a datagram says about its place: `sentMs` is on the sender's clock, NaN where it says none. */
export interface Arrival {
  readonly session: string;
  readonly sequence: number;
  readonly sentMs: number;
  readonly arrivalMs: number;
  /** Whether it says good-bye. */
  readonly bye: boolean;
}

/** Before the first one. */
export const NO_ARRIVAL: Arrival = {
  session: "",
  sequence: 1,
  sentMs: NaN,
  arrivalMs: NaN,
  bye: false,
};

/** Where its numbers stand in a row. */
const AT = {
  sequence: 0,
  arrivalMs: 1,
  transitMs: 2,
  jitterMs: 3,
  intervalMs: 4,
  offsetMs: 5,
  offsetBeforeMs: 6,
  offsets: 7,
  stepMs: 8,
} as const;

/** Follows the datagrams of one host that are newer than all before; late ones and copies say nothing here. */
export class Timing {
  /** How long its row is. */
  static readonly NUMBERS = Object.keys(AT).length;
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
  /** How the last sample differs from the one before it, while it may be a clock that was set; else NaN. */
  #stepMs = NaN;

  /** Begins at the host's first datagram. */
  constructor({ session, sequence, sentMs, arrivalMs }: Arrival) {
    this.#session = session;
    this.#sequence = sequence;
    this.#arrivalMs = arrivalMs;
    this.#transitMs = arrivalMs - sentMs;
    this.#followOffset(this.#transitMs);
  }

  /** Writes all but its session. */
  save({ numbers, at }: Row): void {
    numbers[at + AT.sequence] = this.#sequence;
    numbers[at + AT.arrivalMs] = this.#arrivalMs;
    numbers[at + AT.transitMs] = this.#transitMs;
    numbers[at + AT.jitterMs] = this.#jitterMs;
    numbers[at + AT.intervalMs] = this.#intervalMs;
    numbers[at + AT.offsetMs] = this.#offsetMs;
    numbers[at + AT.offsetBeforeMs] = this.#offsetBeforeMs;
    numbers[at + AT.offsets] = this.#offsets;
    numbers[at + AT.stepMs] = this.#stepMs;
  }

  /** Becomes the one that was saved. */
  load({ numbers, at }: Row, session: string): void {
    this.#session = session;
    this.#sequence = numbers[at + AT.sequence]!;
    this.#arrivalMs = numbers[at + AT.arrivalMs]!;
    this.#transitMs = numbers[at + AT.transitMs]!;
    this.#jitterMs = numbers[at + AT.jitterMs]!;
    this.#intervalMs = numbers[at + AT.intervalMs]!;
    this.#offsetMs = numbers[at + AT.offsetMs]!;
    this.#offsetBeforeMs = numbers[at + AT.offsetBeforeMs]!;
    this.#offsets = numbers[at + AT.offsets]!;
    this.#stepMs = numbers[at + AT.stepMs]!;
  }

  /** The one that was saved. */
  static of(row: Row, session: string): Timing {
    const timing = new Timing(NO_ARRIVAL);
    timing.load(row, session);
    return timing;
  }

  /** `clockOffsetMs` of the one that was saved; NaN where that is not known. */
  static clockOffsetIn({ numbers, at }: Row): number {
    return leastOf(numbers[at + AT.offsetMs]!, numbers[at + AT.offsetBeforeMs]!);
  }

  /** When the newest came. */
  get arrivalMs(): number {
    return this.#arrivalMs;
  }

  /**
   * Milliseconds by which the sender's clock seems to be behind the fleet's, or ahead where negative: the
   * least of the latest differences between arrival and sending, so with the shortest transit time in it;
   * those from before a clock was set or a session began do not count. `null` without the sender's time.
   */
  get clockOffsetMs(): Metric {
    const leastMs = leastOf(this.#offsetMs, this.#offsetBeforeMs);
    return Number.isNaN(leastMs) ? null : leastMs;
  }

  /** The same against a clock that is ahead of the fleet's by so much. */
  clockOffsetFrom(aheadMs: number): Metric {
    const { clockOffsetMs } = this;
    return clockOffsetMs === null ? null : clockOffsetMs + aheadMs;
  }

  /**
   * Interarrival jitter in milliseconds, RFC 3550 section 6.4.1: J += (|D| − J) / 16, where D is
   * by how much its transit was longer than that of the one before; setting a clock adds none.
   * `null` before the second.
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
  accept({ session, sequence, sentMs, arrivalMs, bye }: Arrival): void {
    const transitMs = arrivalMs - sentMs;
    if (session !== this.#session) this.#forgetOffset();
    else if (sequence > this.#sequence) {
      if (this.#sequence > FIRST_SEQUENCE && !bye) {
        this.#followInterval((arrivalMs - this.#arrivalMs) / (sequence - this.#sequence));
      }
      this.#followTransit(transitMs);
    }
    this.#followOffset(transitMs);
    this.#session = session;
    this.#sequence = sequence;
    this.#arrivalMs = arrivalMs;
    this.#transitMs = transitMs;
  }

  /**
   * Tells a delay from a clock that was set: after a delay the next sample is where the others were,
   * and after a step it is where the last one was. So what may be either waits for the next sample.
   */
  #followTransit(transitMs: number): void {
    const differenceMs = Math.abs(transitMs - this.#transitMs);
    const agrees = differenceMs <= CLOCK_STEP_MS;
    const isFar = this.#isFar(transitMs);
    if (!agrees) this.#followJitter(this.#stepMs);
    this.#stepMs = isFar && !agrees ? differenceMs : NaN;
    if (agrees || !isFar) this.#followJitter(differenceMs);
    if (!(agrees && isFar && this.#isFar(this.#transitMs))) return;
    this.#forgetOffset();
    this.#followOffset(this.#transitMs);
  }

  #isFar(transitMs: number): boolean {
    return Math.abs(transitMs - leastOf(this.#offsetMs, this.#offsetBeforeMs)) > CLOCK_STEP_MS;
  }

  #forgetOffset(): void {
    this.#offsetMs = NaN;
    this.#offsetBeforeMs = NaN;
    this.#offsets = 0;
    this.#stepMs = NaN;
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
    if (!(differenceMs < MAX_DELAY_MS)) return;
    const beforeMs = Number.isNaN(this.#jitterMs) ? 0 : this.#jitterMs;
    this.#jitterMs = beforeMs + (differenceMs - beforeMs) * GAIN;
  }
}

/** The lesser of two numbers; NaN is none. */
export function leastOf(a: number, b: number): number {
  if (Number.isNaN(a)) return b;
  return b < a ? b : a;
}
