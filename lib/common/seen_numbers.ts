/**
 * Which of the last sequence numbers have come, one bit each in a ring: it tells a late one from a copy, as
 * the anti-replay window of RFC 4303 does. Pure.
 */

/** How many numbers back a late one is still told from a copy. */
export const WINDOW = 256;

const WORD_BITS = 32;
/** Words that the bits take. */
export const WINDOW_WORDS = WINDOW / WORD_BITS;

/** The bits of the last `WINDOW` numbers, up to the highest that came; other numbers alias them. */
export class SeenNumbers {
  /** All bits, 32 in each. */
  readonly words: number[] = new Array(WINDOW_WORDS).fill(0);

  /** Whether a number has come. */
  has(number: number): boolean {
    return (this.words[wordOf(number)]! & bitOf(number)) !== 0;
  }

  /** A number has come. */
  add(number: number): void {
    this.words[wordOf(number)]! |= bitOf(number);
  }

  /** Moves to a new highest number: none after the previous one has come. */
  advance(before: number, highest: number): void {
    if (highest - before >= WINDOW) this.words.fill(0);
    else for (let next = before + 1; next <= highest; next++) this.#forget(next);
  }

  #forget(number: number): void {
    this.words[wordOf(number)]! &= ~bitOf(number);
  }
}

function wordOf(number: number): number {
  return number % WINDOW >>> 5;
}

function bitOf(number: number): number {
  return 1 << (number & WORD_BITS - 1);
}
