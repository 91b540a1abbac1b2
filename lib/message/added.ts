/**
 * Skips what a later version of this format has added at the end of an object, so that messages of newer
 * agents are read as cheaply as our own. It skips only valid JSON under keys that are not known there; for
 * anything else, valid or not, it says that it cannot tell. Pure.
 */

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const FIRST_PRINTABLE = 0x20;
const LAST_PRINTABLE = 0x7e;
const [DIGIT_0, DIGIT_9] = [0x30, 0x39];
const [PLUS, MINUS, POINT] = [0x2b, 0x2d, 0x2e];
const LETTER_E = 0x65;
const TO_LOWER_CASE = 0x20;
const [LIST, LIST_END, OBJECT, OBJECT_END] = [0x5b, 0x5d, 0x7b, 0x7d];

const WORDS = ["null", "true", "false"].map((word) => new TextEncoder().encode(word));

/** Maximum number of values in one text; more would take too long. */
const MAX_VALUES = 128;
const MAX_DEPTH = 4;
/** Returned instead of an end position. */
const UNSOUND = -1;

/** Keys of an object, by their hashes: one that is not among them is none of them. */
export class KnownKeys {
  readonly #hashes: Int32Array;

  constructor(keys: readonly string[]) {
    this.#hashes = Int32Array.from(keys, (key) => {
      const bytes = new TextEncoder().encode(key);
      return hashOf(bytes, 0, bytes.length);
    });
  }

  /** Whether bytes may be one of them. */
  mayHave(bytes: Uint8Array, start: number, end: number): boolean {
    const hash = hashOf(bytes, start, end);
    for (let n = 0; n < this.#hashes.length; n++) if (this.#hashes[n] === hash) return true;
    return false;
  }
}

/** Skips members in one text after the other. */
export class AddedMembers {
  #left = 0;

  /** Begins with another text. */
  begin(): void {
    this.#left = MAX_VALUES;
  }

  /** Where members end that begin with a comma at a place, none of them known; −1 when it cannot tell. */
  skip(bytes: Uint8Array, at: number, known: KnownKeys): number {
    while (at >= 0 && bytes[at] === COMMA) {
      const start = at + 1;
      at = skipKey(bytes, start);
      if (at < 0 || known.mayHave(bytes, start + 1, at - 2)) return UNSOUND;
      at = this.#value(bytes, at, MAX_DEPTH);
    }
    return at;
  }

  #value(bytes: Uint8Array, at: number, depth: number): number {
    if (--this.#left < 0 || depth === 0) return UNSOUND;
    const byte = bytes[at];
    if (byte === QUOTE) return skipText(bytes, at);
    if (byte === OBJECT) return this.#members(bytes, at, OBJECT_END, depth);
    if (byte === LIST) return this.#members(bytes, at, LIST_END, depth);
    if (byte === MINUS || isDigit(byte)) return skipNumber(bytes, at);
    for (const word of WORDS) if (byte === word[0]) return skipWord(bytes, at, word);
    return UNSOUND;
  }

  /** The members of an object, or the values of a list. */
  #members(bytes: Uint8Array, start: number, last: number, depth: number): number {
    if (bytes[start + 1] === last) return start + 2;
    let at = start;
    do {
      at = last === OBJECT_END ? skipKey(bytes, at + 1) : at + 1;
      if (at >= 0) at = this.#value(bytes, at, depth - 1);
    } while (at >= 0 && bytes[at] === COMMA);
    return at >= 0 && bytes[at] === last ? at + 1 : UNSOUND;
  }
}

/** The position after a key and its colon. */
function skipKey(bytes: Uint8Array, start: number): number {
  const end = skipText(bytes, start);
  return end >= 0 && bytes[end] === COLON ? end + 1 : UNSOUND;
}

/** The position after a quoted text of printable ASCII without escapes. */
function skipText(bytes: Uint8Array, start: number): number {
  if (bytes[start] !== QUOTE) return UNSOUND;
  let at = start + 1;
  for (let byte = bytes[at]!; isPlain(byte);) byte = bytes[++at]!;
  return bytes[at] === QUOTE ? at + 1 : UNSOUND;
}

/** Whether a byte of a text is printable ASCII, and stands for itself. */
export function isPlain(byte: number): boolean {
  return byte !== QUOTE && byte !== BACKSLASH && byte >= FIRST_PRINTABLE && byte <= LAST_PRINTABLE;
}

function skipWord(bytes: Uint8Array, start: number, word: Uint8Array): number {
  return word.every((byte, n) => bytes[start + n] === byte) ? start + word.length : UNSOUND;
}

function skipNumber(bytes: Uint8Array, start: number): number {
  const whole = bytes[start] === MINUS ? start + 1 : start;
  let at = bytes[whole] === DIGIT_0 ? whole + 1 : skipDigits(bytes, whole);
  if (at >= 0 && bytes[at] === POINT) at = skipDigits(bytes, at + 1);
  if (at < 0 || (bytes[at]! | TO_LOWER_CASE) !== LETTER_E) return at;
  const hasSign = bytes[at + 1] === PLUS || bytes[at + 1] === MINUS;
  return skipDigits(bytes, hasSign ? at + 2 : at + 1);
}

/** The position after one digit or more. */
function skipDigits(bytes: Uint8Array, start: number): number {
  let at = start;
  while (isDigit(bytes[at])) at++;
  return at > start ? at : UNSOUND;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= DIGIT_0 && byte <= DIGIT_9;
}

/** FNV-1a by G. Fowler, L. C. Noll and K.-P. Vo: a key that collides with a known one only takes the slow path. */
function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0x811c_9dc5 | 0;
  for (let at = start; at < end; at++) hash = Math.imul(hash ^ bytes[at]!, 0x0100_0193);
  return hash;
}
