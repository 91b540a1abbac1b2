/**
 * Puts a message together as bytes: parts that are ready, and numbers in digits. Texts would have to
 * be joined, flattened and encoded for every message, which costs twice as much. Pure.
 */

import { putWhole } from "../lib/server/web/prometheus/writer.ts";

/** A shorter part is copied faster byte by byte. */
const SHORT_BYTES = 24;

const encoder = new TextEncoder();

/** The bytes of a part that is to be put often. */
export function partOf(text: string): Uint8Array {
  return encoder.encode(text);
}

/** A buffer that is written from its beginning, again and again. */
export class ByteWriter {
  readonly #bytes: Uint8Array<ArrayBuffer>;
  #length = 0;

  constructor(capacity: number) {
    this.#bytes = new Uint8Array(capacity);
  }

  /** Begins anew. */
  clear(): void {
    this.#length = 0;
  }

  /** What was written; it holds until the next `clear`. */
  written(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Writes a part. */
  put(part: Uint8Array): void {
    const length = part.length;
    if (length < SHORT_BYTES) {
      for (let n = 0; n < length; n++) this.#bytes[this.#length + n] = part[n]!;
    } else this.#bytes.set(part, this.#length);
    this.#length += length;
  }

  /** Writes a whole number from 0 to 10^18. */
  putNumber(value: number): void {
    this.#length = putWhole(this.#bytes, this.#length, value);
  }
}
