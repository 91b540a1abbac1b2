/**
 * The sequence numbers of one session of one host: which of the latest came, how many are missing,
 * and what a number far from all others is worth. Pure.
 */

import { SeenNumbers, WINDOW, WINDOW_WORDS } from "../../../common/seen_numbers.ts";
import type { Repeat } from "../../../message/digest.ts";
import type { Row } from "../memory/rows.ts";

/** What a datagram is to those before it: `new`, `late`, or refused. */
export type Verdict = "new" | "late" | Repeat;
/** The same where there are several ways: one that came by another before is a `copy`. */
export type Arrived = Verdict | "copy";

/** A jump of more is believed only when the next number follows: one forged datagram changes nothing. */
export const MAX_JUMP = 3_000;
/** Number of datagrams too far behind, or repeated with a later time, that prove that the numbers started over. */
const BACKWARD_WITNESSES = 3;
const FORWARD_WITNESSES = 2;

/** Numbers that do not follow those of their session, until enough of them agree. */
export interface Probation {
  readonly window: SequenceWindow;
  /** Whether they say later times than all before: then no copy comes in between that would matter. */
  readonly isLater: boolean;
  witnesses: number;
}

/** Where its numbers stand in a row; `seen` as two of 32 bits each. */
const AT = {
  first: 0,
  highest: 1,
  missing: 2,
  restarts: 3,
  isFirstHeard: 4,
  latestMs: 5,
  usedUntil: 6,
  afterMs: 7,
  seen: 8,
} as const;

/** The last `WINDOW` sequence numbers of one session, a bit each in a ring. */
export class SequenceWindow {
  /** How long its row is. */
  static readonly NUMBERS = AT.seen + WINDOW_WORDS / 2;
  session: string;
  /** Whether it is the session that was heard first of its host. */
  isFirstHeard = false;
  /** Numbers from the first to the highest that have not come. */
  missing = 0;
  /** How often its numbers started over. */
  restarts = 0;
  #first: number;
  #highest: number;
  #seen = new SeenNumbers();
  #probation: Probation | null = null;
  /** The latest time that a datagram says which was accepted, on the sender's clock. */
  #latestMs = -Infinity;
  /** The highest number before they started over, and the latest time then: what exceeds neither is a copy. */
  #usedUntil = 0;
  #afterMs = -Infinity;

  constructor(session: string, first: number) {
    this.session = session;
    this.#first = first;
    this.#highest = first - 1;
  }

  /** One that went up to a number, of which nothing is new. */
  static closed(session: string, highest: number): SequenceWindow {
    const window = new SequenceWindow(session, highest + 1);
    window.#seen.words.fill(-1);
    return window;
  }

  /** Numbers on probation; most of the time `null`. */
  get probation(): Probation | null {
    return this.#probation;
  }

  /** Writes all but its session and its probation, at a place of a row. */
  save({ numbers, words }: Row, at: number): void {
    numbers[at + AT.first] = this.#first;
    numbers[at + AT.highest] = this.#highest;
    numbers[at + AT.missing] = this.missing;
    numbers[at + AT.restarts] = this.restarts;
    numbers[at + AT.isFirstHeard] = Number(this.isFirstHeard);
    numbers[at + AT.latestMs] = this.#latestMs;
    numbers[at + AT.usedUntil] = this.#usedUntil;
    numbers[at + AT.afterMs] = this.#afterMs;
    const first = 2 * (at + AT.seen);
    for (let n = 0; n < WINDOW_WORDS; n++) words[first + n] = this.#seen.words[n]!;
  }

  /** Becomes the one that was saved. */
  load({ numbers, words }: Row, at: number, session: string, probation: Probation | null): void {
    this.session = session;
    this.#probation = probation;
    this.#first = numbers[at + AT.first]!;
    this.#highest = numbers[at + AT.highest]!;
    this.missing = numbers[at + AT.missing]!;
    this.restarts = numbers[at + AT.restarts]!;
    this.isFirstHeard = numbers[at + AT.isFirstHeard] === 1;
    this.#latestMs = numbers[at + AT.latestMs]!;
    this.#usedUntil = numbers[at + AT.usedUntil]!;
    this.#afterMs = numbers[at + AT.afterMs]!;
    const first = 2 * (at + AT.seen);
    for (let n = 0; n < WINDOW_WORDS; n++) this.#seen.words[n] = words[first + n]!;
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
    if (this.missing === 0) return 0;
    let count = 0;
    const oldest = Math.max(this.#first, this.#highest - WINDOW + 1);
    for (let number = oldest; number <= this.#highest; number++) {
      if (!this.#seen.has(number)) count++;
    }
    return count;
  }

  /** Marks all numbers up to the highest as seen. */
  close(): void {
    this.#seen.words.fill(-1);
  }

  /**
   * Takes a number, with the time that its datagram says; NaN where it says none. That of one that is known to
   * have come before others is no sign that the numbers start over.
   */
  accept(sequence: number, sentMs = NaN, isBehind = false): Verdict {
    if (sequence <= this.#usedUntil && sentMs <= this.#afterMs) return "old";
    const arrival = this.#place(sequence, sentMs, isBehind);
    const isAccepted = arrival === "new" || arrival === "late";
    if (isAccepted && sentMs > this.#latestMs) this.#latestMs = sentMs;
    return arrival;
  }

  /** Its numbers are known to start over with this one. */
  restart(sequence: number, sentMs: number): void {
    this.#beginAnew(new SequenceWindow(this.session, sequence), this.#latestMs);
    this.accept(sequence, sentMs);
  }

  #place(sequence: number, sentMs: number, isBehind: boolean): Verdict {
    const ahead = sequence - this.#highest;
    if (ahead > MAX_JUMP) return this.#leap(sequence);
    if (ahead > 0) return this.#advance(sequence);
    const isOld = -ahead >= WINDOW;
    const isLater = !isBehind && sentMs > this.#latestMs;
    if (isBehind && isOld) return "old";
    if ((isOld || isLater) && this.#believes(sequence, BACKWARD_WITNESSES, isLater)) {
      this.#beginAnew(this.#probation!.window, isLater ? this.#latestMs : -Infinity);
      return "new";
    }
    if (isOld) return "old";
    if (!isLater && !this.#probation?.isLater) this.#probation = null;
    return this.#seen.has(sequence) ? "duplicate" : this.#fill(sequence);
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

  /** Whether enough numbers that do not follow their session follow each other. */
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
    this.#seen.advance(this.#highest, sequence);
    this.missing += skipped;
    this.#highest = sequence;
    this.#seen.add(sequence);
    return "new";
  }

  #fill(sequence: number): Verdict {
    // Before the first we saw: the session is longer than it seemed, with what lies between missing.
    if (sequence < this.#first) {
      this.missing += this.#first - sequence;
      this.#first = sequence;
    }
    this.missing--;
    this.#seen.add(sequence);
    return "late";
  }

  /** Whether it is one of the numbers that came, of all that there are. */
  #holds(sequence: number): boolean {
    const back = this.#highest - sequence;
    return back >= 0 && back < WINDOW && this.#seen.has(sequence);
  }
}
