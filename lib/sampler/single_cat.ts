/**
 * One `/bin/cat` that reads files once and ends: several times as costly as one that waits, but its
 * end tells whether a file without text is empty or cannot be read.
 */
import { Cat } from "./cat.ts";

/** As much as what sysfs tells of some devices; it grows, and is given back after each. */
const CHUNK_BYTES = 8_192;

/** Reads files, once. */
export class SingleCat {
  readonly #cat: Cat;
  #received = "";

  /** Starts it. @throws {Error} when it cannot be started. */
  constructor(paths: readonly string[]) {
    this.#cat = new Cat(paths, new ArrayBuffer(CHUNK_BYTES));
  }

  /** The texts of all files in one. */
  async read(): Promise<string> {
    let taken = 0;
    let count: number;
    do {
      const room = this.#cat.buffer.byteLength - taken;
      count = await this.#cat.take(taken, Math.max(room, CHUNK_BYTES));
      taken += count;
    } while (count > 0);
    this.#received = this.#cat.text(taken);
    // Gives back its memory, which would else be kept until all garbage is collected.
    this.#cat.buffer.transfer(0);
    return this.#received;
  }

  /** What came until it ended. */
  get received(): string {
    return this.#received;
  }

  /** Whether it could read all of them; waits for its end. */
  succeeds(): Promise<boolean> {
    return this.#cat.succeeds();
  }

  /** Ends it before its time. */
  end(): void {
    this.#cat.end();
  }
}
