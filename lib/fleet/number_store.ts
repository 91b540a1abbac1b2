/**
 * A row of numbers for each host, many rows in one array: as fields of objects they would take three
 * times the memory, and the engine's garbage collector would follow each of them. Pure.
 */

/** Rows in one array. */
const ROWS = 1_024;

/** A place in a row: the next number is at `at`, and as two of 32 bits at twice that. */
export interface RowPlace {
  readonly numbers: Float64Array<ArrayBuffer>;
  readonly words: Int32Array<ArrayBuffer>;
  at: number;
}

/** Rows, given and taken back. */
export class NumberStore {
  readonly #length: number;
  readonly #numbers: Float64Array<ArrayBuffer>[] = [];
  readonly #words: Int32Array<ArrayBuffer>[] = [];
  readonly #free: number[] = [];
  #rows = 0;

  /** Rows of so many numbers. */
  constructor(length: number) {
    this.#length = length;
  }

  /** A row that nobody has; what is in it is of no meaning. */
  take(): number {
    const known = this.#free.pop();
    if (known !== undefined) return known;
    if (this.#rows % ROWS === 0) {
      const numbers = new Float64Array(ROWS * this.#length);
      this.#numbers.push(numbers);
      this.#words.push(new Int32Array(numbers.buffer));
    }
    return this.#rows++;
  }

  giveBack(row: number): void {
    this.#free.push(row);
  }

  /** The beginning of a row. */
  place(row: number): RowPlace {
    const array = Math.floor(row / ROWS);
    return {
      numbers: this.#numbers[array]!,
      words: this.#words[array]!,
      at: row % ROWS * this.#length,
    };
  }
}
