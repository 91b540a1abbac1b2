/**
 * A row of numbers for each slot, many rows in one array: as fields of objects they would take three
 * times the memory, and the engine's garbage collector would follow each of them. Pure.
 */

/** Rows in one array, as a power of two: shifting is faster than dividing. */
const ROW_BITS = 10;
const ROWS = 1 << ROW_BITS;

/** A row: its first number is at `at`, and as two of 32 bits at twice that. */
export interface Row {
  readonly numbers: Float64Array<ArrayBuffer>;
  readonly words: Int32Array<ArrayBuffer>;
  readonly at: number;
}

/** Rows, which are there as soon as one asks for them. */
export class Rows {
  readonly #length: number;
  readonly #numbers: Float64Array<ArrayBuffer>[] = [];
  readonly #words: Int32Array<ArrayBuffer>[] = [];

  /** Rows of so many numbers. */
  constructor(length: number) {
    this.#length = length;
  }

  /** The beginning of a slot's row; all zeros before something was written to it. */
  row(slot: number): Row {
    const array = slot >>> ROW_BITS;
    while (array >= this.#numbers.length) this.#makeRoom();
    const at = (slot & ROWS - 1) * this.#length;
    return { numbers: this.#numbers[array]!, words: this.#words[array]!, at };
  }

  /** One number of a slot's row, which is there. */
  get(slot: number, place: number): number {
    return this.#numbers[slot >>> ROW_BITS]![(slot & ROWS - 1) * this.#length + place]!;
  }

  /** Writes one number of a slot's row, which is there. */
  set(slot: number, place: number, number: number): void {
    this.#numbers[slot >>> ROW_BITS]![(slot & ROWS - 1) * this.#length + place] = number;
  }

  /** All zeros again. */
  clear(slot: number): void {
    const { numbers, at } = this.row(slot);
    numbers.fill(0, at, at + this.#length);
  }

  #makeRoom(): void {
    const numbers = new Float64Array(ROWS * this.#length);
    this.#numbers.push(numbers);
    this.#words.push(new Int32Array(numbers.buffer));
  }
}
