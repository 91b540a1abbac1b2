/**
 * Writes the lines of an exposition as bytes, without a text for each: four million of those would
 * cost more than all the rest, and much of it when garbage is collected. Pure.
 */
import { putDigits, putWhole } from "../digits.ts";
import type { Bytes } from "./chunks.ts";

/** So much is given away at a time: one or two milliseconds of work. */
export const FULL_BYTES = 524_288;
/** For what comes on top of nearly as much. */
const SPARE_BYTES = 65_536;
/** So many are copied sooner one by one than at once. */
const FEW_BYTES = 24;
/** Decimals that are written by hand: those of a share of 1, and of seconds. */
const DECIMALS = 5;
const SCALE = 10 ** DECIMALS;
/** Below this a number with its decimals has at most 15 digits, which are told apart for certain. */
const MAX_DECIMAL = 1e10;
const [MINUS, POINT] = [0x2d, 0x2e] as const;

const NOTHING: Bytes = new Uint8Array(0);
const encoder = new TextEncoder();

/** Bytes that grow until they are taken. */
export class LineWriter {
  #bytes = new Uint8Array(FULL_BYTES + SPARE_BYTES);
  #length = 0;

  /** Whether it is time to take what there is. */
  get isFull(): boolean {
    return this.#length >= FULL_BYTES;
  }

  /** What was written since this was called last. */
  take(): Bytes {
    if (this.#length === 0) return NOTHING;
    const taken = this.#bytes.subarray(0, this.#length);
    this.#bytes = new Uint8Array(FULL_BYTES + SPARE_BYTES);
    this.#length = 0;
    return taken;
  }

  /** Writes some of other bytes. */
  copy(source: Uint8Array, start = 0, end = source.length): void {
    this.#makeRoom(end - start);
    const bytes = this.#bytes;
    const length = this.#length;
    this.#length += end - start;
    if (end - start > FEW_BYTES) return bytes.set(source.subarray(start, end), length);
    for (let at = start; at < end; at++) bytes[length + at - start] = source[at]!;
  }

  /** Writes a text. */
  text(text: string): void {
    this.#makeRoom(3 * text.length);
    this.#length += encoder.encodeInto(text, this.#bytes.subarray(this.#length)).written;
  }

  /** Writes a number as `String` does. */
  number(value: number): void {
    const size = Math.abs(value);
    const isWhole = Number.isSafeInteger(value);
    const scaled = Math.round(size * SCALE);
    if (!isWhole && (size >= MAX_DECIMAL || scaled / SCALE !== size)) {
      return this.text(String(value));
    }
    this.#makeRoom(32);
    if (value < 0) this.#bytes[this.#length++] = MINUS;
    if (isWhole) return this.#whole(size);
    this.#whole(Math.floor(scaled / SCALE));
    this.#bytes[this.#length++] = POINT;
    this.#decimals(scaled % SCALE);
  }

  #whole(value: number): void {
    this.#length = putWhole(this.#bytes, this.#length, value);
  }

  /** Five digits without the zeros at their end. */
  #decimals(value: number): void {
    let count = DECIMALS;
    let rest = value;
    for (; rest % 10 === 0; count--) rest /= 10;
    this.#length = putDigits(this.#bytes, this.#length, rest, count);
  }

  #makeRoom(more: number): void {
    if (this.#length + more <= this.#bytes.length) return;
    const longer = new Uint8Array(2 * (this.#length + more));
    longer.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = longer;
  }
}
