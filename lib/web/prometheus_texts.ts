/**
 * Many short texts as bytes, one after the other, outside of what is collected as garbage. Pure.
 */
import { Column } from "./prometheus_column.ts";
import type { LineWriter } from "./prometheus_writer.ts";

const FIRST_BYTES = 4_096;

const encoder = new TextEncoder();

/** Texts by their number. */
export class Texts {
  #bytes = new Uint8Array(FIRST_BYTES);
  #length = 0;
  /** Where each one ends. */
  readonly #ends = new Column();

  /** How many there are. */
  get length(): number {
    return this.#ends.length;
  }

  /** Adds one at the end. */
  push(text: string): void {
    const most = this.#length + 3 * text.length;
    if (most > this.#bytes.length) {
      const longer = new Uint8Array(2 * most);
      longer.set(this.#bytes);
      this.#bytes = longer;
    }
    this.#length += encoder.encodeInto(text, this.#bytes.subarray(this.#length)).written;
    this.#ends.push(this.#length);
  }

  /** Writes one. */
  writeTo(writer: LineWriter, index: number): void {
    writer.copy(this.#bytes, index === 0 ? 0 : this.#ends.at(index - 1), this.#ends.at(index));
  }

  /** Gives its memory back. */
  clear(): void {
    this.#bytes.buffer.transfer(0);
    this.#bytes = new Uint8Array(FIRST_BYTES);
    this.#length = 0;
    this.#ends.clear();
  }
}
