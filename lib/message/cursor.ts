/**
 * Goes once over the bytes of a JSON text whose shape is known, and notes the first mismatch: then
 * it is not sound, and what it read since means nothing. It never throws and never reads past
 * the end. Pure.
 */
import type { TextCache } from "../common/hash.ts";
import { AddedMembers, isPlain, type KnownKeys } from "./added.ts";

const QUOTE = 0x22;
const MINUS = 0x2d;
const POINT = 0x2e;
const DIGIT_0 = 0x30;
const LETTER_N = 0x6e;
const SPACE = 0x20;
const [OBJECT_END, LIST_END] = [0x7d, 0x5d];
const WORD = 4;
/** Digits that fit a 32-bit integer, with which arithmetic is fast. */
const SHORT_DIGITS = 9;
/** No number that is exact in a float of 64 bits has more. */
const EXACT_DIGITS = 16;
/** Below this, a number with nine digits after its point is exact as a whole one. */
const MAX_BEFORE_POINT = 1e6;
/** Stands after the last byte; no literal contains it. */
const END = 0;
const MAX_LITERAL = 64;

/** What each byte stands for in base64url, whose digits are those of an id as well; −1 for none. */
const SEXTETS = new Int8Array(256).fill(-1);
[..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"].forEach(
  (digit, value) => SEXTETS[digit.charCodeAt(0)] = value,
);

/** A text in ASCII that is expected, ready to be compared four bytes at a time. */
export class Literal {
  readonly words: Int32Array;
  readonly rest: Uint8Array;

  constructor(text: string) {
    const bytes = new TextEncoder().encode(text);
    const view = new DataView(bytes.buffer);
    const words = Math.floor(bytes.length / WORD);
    this.words = Int32Array.from({ length: words }, (_, n) => view.getInt32(WORD * n, true));
    this.rest = bytes.subarray(WORD * words);
  }
}

const NULL = new Literal("null");

/** A place in a text. */
export class Cursor {
  readonly #bytes: Uint8Array<ArrayBuffer>;
  readonly #view: DataView;
  readonly #texts: TextCache;
  readonly #added = new AddedMembers();
  #at = 0;
  #end = 0;
  #isSound = true;

  /** For texts of at most `maxBytes`. */
  constructor(maxBytes: number, texts: TextCache) {
    this.#bytes = new Uint8Array(maxBytes + MAX_LITERAL);
    this.#view = new DataView(this.#bytes.buffer);
    this.#texts = texts;
  }

  /** Begins with a text, of which it keeps a copy. */
  begin(bytes: Uint8Array): void {
    this.#bytes.set(bytes);
    this.#bytes[bytes.length] = END;
    this.#at = 0;
    this.#end = bytes.length;
    this.#isSound = true;
    this.#added.begin();
  }

  /** The position: how many bytes have been read. */
  get at(): number {
    return this.#at;
  }

  /** Whether there has been no mismatch. */
  get isSound(): boolean {
    return this.#isSound;
  }

  /** Whether the whole text was as expected. */
  get isDone(): boolean {
    return this.#isSound && this.#at === this.#end;
  }

  /** Whether an object or a list ends here. */
  get isAtEnd(): boolean {
    const byte = this.#bytes[this.#at];
    return byte === OBJECT_END || byte === LIST_END;
  }

  /** Skips a literal if it is here. */
  has({ words, rest }: Literal): boolean {
    let at = this.#at;
    for (let n = 0; n < words.length; n++, at += WORD) {
      if (this.#view.getInt32(at, true) !== words[n]) return false;
    }
    for (let n = 0; n < rest.length; n++, at++) if (this.#bytes[at] !== rest[n]) return false;
    this.#at = at;
    return true;
  }

  /** Skips a literal, which must be here. */
  expect(literal: Literal): void {
    if (!this.has(literal)) this.#isSound = false;
  }

  /** Marks what was read as not sound. */
  refuse(): void {
    this.#isSound = false;
  }

  /** A whole number from `least` to `most`. */
  wholeNumber(least: number, most: number): number {
    const value = this.#digits();
    if (value < least || value > most) this.#isSound = false;
    return value;
  }

  /** A whole number that is not negative; NaN for `null`. */
  amount(): number {
    if (this.#bytes[this.#at] !== LETTER_N) return this.#digits();
    this.expect(NULL);
    return NaN;
  }

  /** An amount that is no more than its whole. */
  part(whole: number): number {
    const part = this.amount();
    if (part > whole) this.#isSound = false;
    return part;
  }

  /** A number with or without digits after the point; NaN for `null`. */
  decimal(): number {
    const whole = this.amount();
    return this.#bytes[this.#at] === POINT ? this.#fraction(whole) : whole;
  }

  /** The same with or without a sign. */
  signed(): number {
    if (this.#bytes[this.#at] !== MINUS) return this.decimal();
    this.#at++;
    if (this.#bytes[this.#at] === LETTER_N) this.#isSound = false;
    return 0 - this.decimal();
  }

  /** Bytes in base64url without padding, up to the closing quote; no more than `most` unless `exempt`. */
  packedBytes(maxLength: number, most: number, exempt: number): void {
    let at = this.#at;
    let bits = 0;
    let count = 0;
    for (let digit = SEXTETS[this.#bytes[at]!]!; digit >= 0; digit = SEXTETS[this.#bytes[++at]!]!) {
      bits = bits << 6 | digit;
      count += 6;
      if (count < 8) continue;
      count -= 8;
      const byte = bits >>> count & 0xff;
      if (byte > most && byte !== exempt) this.#isSound = false;
    }
    // A lone last digit stands for no byte.
    if ((at - this.#at) % 4 === 1) this.#isSound = false;
    this.#closeText(at, maxLength);
  }

  /** A text of printable ASCII without escapes, up to its closing quote. */
  text(maxLength: number): string {
    const start = this.#at;
    this.skipText(maxLength);
    return this.#isSound ? this.#texts.get(this.#bytes, start, this.#at - 1) : "";
  }

  /** The same, when it does not matter what it says. */
  skipText(maxLength: number): void {
    let at = this.#at;
    for (let byte = this.#bytes[at]!; isPlain(byte);) byte = this.#bytes[++at]!;
    // One that begins with a space may be nothing but spaces.
    if (this.#bytes[this.#at] === SPACE) this.#isSound = false;
    this.#closeText(at, maxLength);
  }

  /** An id, up to its closing quote. */
  identifier(maxLength: number): string {
    const start = this.#at;
    let at = start;
    while (SEXTETS[this.#bytes[at]!]! >= 0) at++;
    this.#closeText(at, maxLength);
    return this.#isSound ? this.#texts.get(this.#bytes, start, at) : "";
  }

  /** Skips the end of an object, and what a later version has added before it. */
  close(known: KnownKeys): void {
    const end = this.#added.skip(this.#bytes, this.#at, known);
    if (end >= 0 && this.#bytes[end] === OBJECT_END) this.#at = end + 1;
    else this.#isSound = false;
  }

  /** The text from a place up to here. */
  since(start: number, texts: TextCache): string {
    return this.#isSound ? texts.get(this.#bytes, start, this.#at) : "";
  }

  #closeText(end: number, maxLength: number): void {
    const length = end - this.#at;
    if (length === 0 || length > maxLength || this.#bytes[end] !== QUOTE) this.#isSound = false;
    else this.#at = end + 1;
  }

  /** Digits of a whole number without a leading zero. */
  #digits(): number {
    const start = this.#at;
    let at = start;
    let digit = this.#bytes[at]! - DIGIT_0;
    let short = 0;
    for (const end = start + SHORT_DIGITS; isDigit(digit) && at < end;) {
      short = Math.imul(short, 10) + digit | 0;
      digit = this.#bytes[++at]! - DIGIT_0;
    }
    let value = short;
    for (; isDigit(digit); digit = this.#bytes[++at]! - DIGIT_0) value = 10 * value + digit;
    const length = at - start;
    const hasLeadingZero = length > 1 && this.#bytes[start] === DIGIT_0;
    if (length === 0 || length > EXACT_DIGITS || hasLeadingZero) this.#isSound = false;
    if (value > Number.MAX_SAFE_INTEGER) this.#isSound = false;
    this.#at = at;
    return value;
  }

  /** The digits after the point: for so few, dividing by a power of ten gives what JSON.parse does. */
  #fraction(whole: number): number {
    const start = ++this.#at;
    let scaled = whole;
    let scale = 1;
    let digit = this.#bytes[start]! - DIGIT_0;
    for (; isDigit(digit) && scale < 1e9; digit = this.#bytes[++this.#at]! - DIGIT_0) {
      scaled = 10 * scaled + digit;
      scale *= 10;
    }
    if (scale === 1 || isDigit(digit) || !(whole < MAX_BEFORE_POINT)) this.#isSound = false;
    return scaled / scale;
  }
}

const isDigit = (value: number) => value >= 0 && value <= 9;
