/**
 * Many short texts as bytes, one after the other, outside of what is collected as garbage. Pure.
 */
import { COPY_BYTES, type LineWriter } from "./writer.ts";

const FIRST_BYTES = 4_096;
const FIRST_TEXTS = 64;
/** By so much it grows; what it has not used yet is no memory of the system. */
const GROWTH = 1.5;

const encoder = new TextEncoder();

/** Texts by their number. */
export class Texts {
  #bytes = new Uint8Array(FIRST_BYTES);
  #view = new DataView(this.#bytes.buffer);
  /** Where each one ends. */
  #ends = new Uint32Array(FIRST_TEXTS);
  #length = 0;

  /** Begins with some. */
  constructor(texts: Iterable<string> = []) {
    for (const text of texts) this.push(text);
  }

  /** How many there are. */
  get length(): number {
    return this.#length;
  }

  /** Adds one at the end. */
  push(text: string): void {
    const start = this.#endOf(this.#length - 1);
    this.#makeRoom(start + 3 * text.length + COPY_BYTES);
    const { written } = encoder.encodeInto(text, this.#bytes.subarray(start));
    this.#ends[this.#length++] = start + written;
  }

  /** Writes one. */
  writeTo(writer: LineWriter, index: number): void {
    writer.copy(this.#view, this.#endOf(index - 1), this.#endOf(index));
  }

  /** Gives its memory back. */
  clear(): void {
    this.#bytes.buffer.transfer(0);
    this.#bytes = new Uint8Array(FIRST_BYTES);
    this.#view = new DataView(this.#bytes.buffer);
    this.#ends.buffer.transfer(0);
    this.#ends = new Uint32Array(FIRST_TEXTS);
    this.#length = 0;
  }

  #endOf(index: number): number {
    return index < 0 ? 0 : this.#ends[index]!;
  }

  /** For so many bytes and one text more; `transfer` leaves nothing behind for the collector. */
  #makeRoom(bytes: number): void {
    if (this.#length === this.#ends.length) {
      const { buffer, byteLength } = this.#ends;
      this.#ends = new Uint32Array(buffer.transfer(2 * byteLength));
    }
    if (bytes <= this.#bytes.length) return;
    this.#bytes = new Uint8Array(this.#bytes.buffer.transfer(Math.ceil(GROWTH * bytes)));
    this.#view = new DataView(this.#bytes.buffer);
  }
}
