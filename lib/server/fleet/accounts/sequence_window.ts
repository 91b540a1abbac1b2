/**
 * The sequence numbers of one session of one host: which of the latest came, how many are missing,
 * and what a number far from all others is worth. Pure.
 */

import type { Repeat } from "../../../message/digest.ts";
import type { Row } from "../memory/rows.ts";

/** What a datagram is to those before it: `new`, `late`, or refused. */
export type Verdict = "new" | "late" | Repeat;

/** How many numbers back a late datagram is still told from a copy. */
export const WINDOW = 256;
/** A jump of more is believed only when the next number follows: one forged datagram changes nothing. */
export const MAX_JUMP = 3_000;
/** So many numbers too far behind, or that came before and say a later time, are a count that has begun anew. */
const BACKWARD_WITNESSES = 3;
const FORWARD_WITNESSES = 2;

/** Numbers that do not follow those of their session, until enough of them agree. */
export interface Probation {
  readonly window: SequenceWindow;
  /** Whether they say later times than all before: then no copy comes in between that would matter. */
  readonly isLater: boolean;
  witnesses: number;
}

const WORDS = WINDOW / 32;

/** The last `WINDOW` sequence numbers of one session, a bit each in a ring. */
export class SequenceWindow {
  /** How many numbers `save` writes. */
  static readonly NUMBERS = 8 + WORDS / 2;
  session: string;
  /** Whether it is the session that was heard first of its host. */
  isFirstHeard = false;
  /** Numbers from the first to the highest that have not come. */
  missing = 0;
  /** How often its numbers began anew. */
  restarts = 0;
  #first: number;
  #highest: number;
  #seen: number[] = new Array(WORDS).fill(0);
  #probation: Probation | null = null;
  /** The latest time that a datagram says which was accepted, on the sender's clock. */
  #latestMs = -Infinity;
  /** The highest number before they began anew, and the latest time then: what is not above both is a copy. */
  #usedUntil = 0;
  #afterMs = -Infinity;

  constructor(session: string, first: number) {
    this.session = session;
    this.#first = first;
    this.#highest = first - 1;
  }

  /** Numbers that are doubted now; `null` most of the time. */
  get probation(): Probation | null {
    return this.#probation;
  }

  /** Writes all but its session and what is doubted. */
  save(to: Row): void {
    const { numbers, words } = to;
    numbers[to.at++] = this.#first;
    numbers[to.at++] = this.#highest;
    numbers[to.at++] = this.missing;
    numbers[to.at++] = this.restarts;
    numbers[to.at++] = Number(this.isFirstHeard);
    numbers[to.at++] = this.#latestMs;
    numbers[to.at++] = this.#usedUntil;
    numbers[to.at++] = this.#afterMs;
    for (let n = 0; n < WORDS; n++) words[2 * to.at + n] = this.#seen[n]!;
    to.at += WORDS / 2;
  }

  /** Becomes the one that was saved. */
  load(from: Row, session: string, probation: Probation | null): void {
    const { numbers, words } = from;
    this.session = session;
    this.#probation = probation;
    this.#first = numbers[from.at++]!;
    this.#highest = numbers[from.at++]!;
    this.missing = numbers[from.at++]!;
    this.restarts = numbers[from.at++]!;
    this.isFirstHeard = numbers[from.at++] === 1;
    this.#latestMs = numbers[from.at++]!;
    this.#usedUntil = numbers[from.at++]!;
    this.#afterMs = numbers[from.at++]!;
    for (let n = 0; n < WORDS; n++) this.#seen[n] = words[2 * from.at + n]!;
    from.at += WORDS / 2;
  }

  /** The lowest number of it that is known to have been sent. */
  get first(): number {
    return this.#first;
  }

  get highest(): number {
    return this.#highest;
  }

  /** How many of the missing numbers are within the window. */
  get pending(): number {
    let count = 0;
    const oldest = Math.max(this.#first, this.#highest - WINDOW + 1);
    for (let number = oldest; number <= this.#highest; number++) if (!this.#has(number)) count++;
    return count;
  }

  /** Takes a number, with the time that its datagram says; NaN where it says none. */
  accept(sequence: number, sentMs = NaN): Verdict {
    if (sequence <= this.#usedUntil && sentMs <= this.#afterMs) return "old";
    const arrival = this.#place(sequence, sentMs);
    const isAccepted = arrival === "new" || arrival === "late";
    if (isAccepted && sentMs > this.#latestMs) this.#latestMs = sentMs;
    return arrival;
  }

  /** Its numbers have begun anew with this one, as is known from elsewhere. */
  restart(sequence: number, sentMs: number): void {
    this.#beginAnew(new SequenceWindow(this.session, sequence), this.#latestMs);
    this.accept(sequence, sentMs);
  }

  #place(sequence: number, sentMs: number): Verdict {
    const ahead = sequence - this.#highest;
    if (ahead > MAX_JUMP) return this.#leap(sequence);
    if (ahead > 0) return this.#advance(sequence);
    const isOld = -ahead >= WINDOW;
    const isLater = sentMs > this.#latestMs;
    if ((isOld || isLater) && this.#believes(sequence, BACKWARD_WITNESSES, isLater)) {
      this.#beginAnew(this.#probation!.window, isLater ? this.#latestMs : -Infinity);
      return "new";
    }
    if (isOld) return "old";
    if (!isLater && !this.#probation?.isLater) this.#probation = null;
    return this.#has(sequence) ? "duplicate" : this.#fill(sequence);
  }

  /** A number far ahead of the others: `late`, until another follows it. */
  #leap(sequence: number): Verdict {
    if (this.#probation?.isLater) this.#probation = null;
    if (this.#isWitness(sequence)) return "duplicate";
    if (!this.#believes(sequence, FORWARD_WITNESSES, false)) return "late";
    const { window } = this.#probation!;
    this.missing += window.missing + window.#first - this.#highest - 1;
    this.#continueAs(window);
    return "new";
  }

  /** Whether a number that does not follow its session follows so many others that do not either. */
  #believes(sequence: number, needed: number, isLater: boolean): boolean {
    // A copy is no witness.
    if (this.#isWitness(sequence) || (this.#probation?.isLater && !isLater)) return false;
    const highest = this.#probation?.window.highest ?? 0;
    const follows = sequence > highest && sequence - highest < WINDOW &&
      this.#probation?.isLater === isLater;
    if (this.#probation === null || !follows) {
      const window = new SequenceWindow(this.session, sequence);
      this.#probation = { window, isLater, witnesses: 0 };
    }
    this.#probation.window.accept(sequence);
    return ++this.#probation.witnesses >= needed;
  }

  #isWitness(sequence: number): boolean {
    return this.#probation !== null && this.#probation.window.#holds(sequence);
  }

  #beginAnew(window: SequenceWindow, afterMs: number): void {
    this.missing += window.missing;
    this.restarts++;
    this.#usedUntil = Math.max(this.#usedUntil, this.#highest);
    this.#afterMs = afterMs;
    this.#first = window.#first;
    this.#continueAs(window);
  }

  #continueAs(window: SequenceWindow): void {
    this.#highest = window.#highest;
    this.#seen = window.#seen;
    this.#probation = null;
  }

  #advance(sequence: number): Verdict {
    this.#probation = null;
    const skipped = sequence - this.#highest - 1;
    if (skipped >= WINDOW) this.#seen.fill(0);
    else for (let next = this.#highest + 1; next < sequence; next++) this.#mark(next, false);
    this.missing += skipped;
    this.#highest = sequence;
    this.#mark(sequence, true);
    return "new";
  }

  #fill(sequence: number): Verdict {
    // Before the first we saw: the session is longer than it seemed, with what lies between missing.
    if (sequence < this.#first) {
      this.missing += this.#first - sequence;
      this.#first = sequence;
    }
    this.missing--;
    this.#mark(sequence, true);
    return "late";
  }

  /** Whether it is one of the numbers that came, of all that there are. */
  #holds(sequence: number): boolean {
    const back = this.#highest - sequence;
    return back >= 0 && back < WINDOW && this.#has(sequence);
  }

  #has(sequence: number): boolean {
    const bit = sequence % WINDOW;
    return (this.#seen[bit >>> 5]! & (1 << (bit & 31))) !== 0;
  }

  #mark(sequence: number, seen: boolean): void {
    const bit = sequence % WINDOW;
    if (seen) this.#seen[bit >>> 5]! |= 1 << (bit & 31);
    else this.#seen[bit >>> 5]! &= ~(1 << (bit & 31));
  }
}
