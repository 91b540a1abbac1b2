/**
 * The sequence numbers of one session of one host: which of the latest came, how many are missing,
 * and what a number far from all others is worth. Pure.
 */

import type { RowPlace } from "./number_store.ts";

/** Why a datagram is refused: it came before, or is too old to tell. */
export type Repeat = "duplicate" | "old";

/** What a datagram is to those before it: `new`, `late`, or refused. */
export type Arrival = "new" | "late" | Repeat;

/** How many numbers back a late datagram is still told from a copy. */
export const WINDOW = 256;
/** A jump of more is believed only when the next number follows: one forged datagram changes nothing. */
export const MAX_JUMP = 3_000;
/** So many numbers too far behind, one after the other, are a count that has begun anew. */
const BACKWARD_WITNESSES = 3;
const FORWARD_WITNESSES = 2;

/** Numbers that do not follow those of their session, until enough of them agree. */
export interface Doubt {
  readonly window: SequenceWindow;
  witnesses: number;
}

const WORDS = WINDOW / 32;

/** The last `WINDOW` sequence numbers of one session, a bit each in a ring. */
export class SequenceWindow {
  /** How many numbers `save` writes. */
  static readonly NUMBERS = 5 + WORDS / 2;
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
  #doubt: Doubt | null = null;

  constructor(session: string, first: number) {
    this.session = session;
    this.#first = first;
    this.#highest = first - 1;
  }

  /** Numbers that are doubted now; `null` most of the time. */
  get doubt(): Doubt | null {
    return this.#doubt;
  }

  /** Writes all but its session and what is doubted. */
  save(to: RowPlace): void {
    const { numbers, words } = to;
    numbers[to.at++] = this.#first;
    numbers[to.at++] = this.#highest;
    numbers[to.at++] = this.missing;
    numbers[to.at++] = this.restarts;
    numbers[to.at++] = Number(this.isFirstHeard);
    for (let n = 0; n < WORDS; n++) words[2 * to.at + n] = this.#seen[n]!;
    to.at += WORDS / 2;
  }

  /** Becomes the one that was saved. */
  load(from: RowPlace, session: string, doubt: Doubt | null): void {
    const { numbers, words } = from;
    this.session = session;
    this.#doubt = doubt;
    this.#first = numbers[from.at++]!;
    this.#highest = numbers[from.at++]!;
    this.missing = numbers[from.at++]!;
    this.restarts = numbers[from.at++]!;
    this.isFirstHeard = numbers[from.at++] === 1;
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

  accept(sequence: number): Arrival {
    const ahead = sequence - this.#highest;
    if (ahead > MAX_JUMP || -ahead >= WINDOW) return this.#consider(sequence, ahead > 0);
    this.#doubt = null;
    if (ahead > 0) return this.#advance(sequence);
    if (this.#has(sequence)) return "duplicate";
    return this.#fill(sequence);
  }

  /** A number far from the others: `late` ahead of them and `old` behind them, until others follow it. */
  #consider(sequence: number, isAhead: boolean): Arrival {
    // A copy is no witness. Behind, nobody can tell copies from others.
    if (this.#doubt !== null && this.#doubt.window.#holds(sequence)) {
      return isAhead ? "duplicate" : "old";
    }
    const highest = this.#doubt?.window.highest ?? 0;
    const follows = sequence > highest && sequence - highest < WINDOW;
    if (this.#doubt === null || !follows) {
      this.#doubt = { window: new SequenceWindow(this.session, sequence), witnesses: 0 };
    }
    const { window } = this.#doubt;
    window.accept(sequence);
    const needed = isAhead ? FORWARD_WITNESSES : BACKWARD_WITNESSES;
    if (++this.#doubt.witnesses < needed) return isAhead ? "late" : "old";
    this.#continueAs(window, isAhead);
    return "new";
  }

  #continueAs(other: SequenceWindow, isAhead: boolean): void {
    this.missing += other.missing;
    if (isAhead) {
      this.missing += other.#first - this.#highest - 1;
    } else {
      this.#first = other.#first;
      this.restarts++;
    }
    this.#highest = other.#highest;
    this.#seen = other.#seen;
    this.#doubt = null;
  }

  #advance(sequence: number): Arrival {
    const skipped = sequence - this.#highest - 1;
    if (skipped >= WINDOW) this.#seen.fill(0);
    else for (let next = this.#highest + 1; next < sequence; next++) this.#mark(next, false);
    this.missing += skipped;
    this.#highest = sequence;
    this.#mark(sequence, true);
    return "new";
  }

  #fill(sequence: number): Arrival {
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
