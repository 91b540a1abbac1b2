/**
 * Goes over a JSON text, a token at a time, and refuses what is not JSON. It takes as long as the text
 * is, whatever it says, and makes nothing but the scalars that it is asked for. Pure.
 */
/** The characters that tell what a value is, or end it. */
export const [LIST, LIST_END, OBJECT, OBJECT_END] = [0x5b, 0x5d, 0x7b, 0x7d];
const [TAB, LINE_FEED, RETURN, SPACE] = [0x09, 0x0a, 0x0d, 0x20];
const [QUOTE, COMMA, COLON, BACKSLASH] = [0x22, 0x2c, 0x3a, 0x5c];
const [PLUS, MINUS, POINT, ZERO, NINE] = [0x2b, 0x2d, 0x2e, 0x30, 0x39];
const [SMALL_A, SMALL_E, SMALL_F, SMALL_U] = [0x61, 0x65, 0x66, 0x75];
/** What a capital letter lacks of its small one. */
const CASE_BIT = 0x20;

const ESCAPES = /\\(?:u(.{4})|(.))/g;
const ESCAPED: Readonly<Record<string, string>> = {
  ...{ b: "\b", f: "\f", n: "\n", r: "\r", t: "\t", "/": "/", "\\": "\\", '"': '"' },
};
const ESCAPE_LENGTH = 6;
/** A longer text with escapes exceeds every limit, and is returned as it stands. */
const MAX_ESCAPED_LENGTH = 255 * ESCAPE_LENGTH;
/** Number of digits that add up to an exact number one by one. */
const EXACT_DIGITS = 15;

/** A place in a text. */
export class JsonScanner {
  readonly #refusal: Error;
  /** What ends each list and object that is skipped and open: never more than there are characters. */
  #ends = new Uint8Array(1_024);
  #text = "";
  #at = 0;

  /** Throws `refusal` for what is not JSON. */
  constructor(refusal: Error) {
    this.#refusal = refusal;
  }

  /** Begins with a text. */
  begin(text: string): void {
    if (text.length > this.#ends.length) this.#ends = new Uint8Array(text.length);
    this.#text = text;
    this.#at = 0;
  }

  /** Checks that nothing follows. */
  expectEnd(): void {
    this.next();
    if (this.#at < this.#text.length) throw this.#refusal;
  }

  /** The next character that is no white space, which is not taken yet; NaN at the end. */
  next(): number {
    const text = this.#text;
    let at = this.#at;
    let code = text.charCodeAt(at);
    while (code === SPACE || code === LINE_FEED || code === RETURN || code === TAB) {
      code = text.charCodeAt(++at);
    }
    this.#at = at;
    return code;
  }

  /** Goes into a list or an object; whether there is nothing in it. */
  isEmpty(end: number): boolean {
    this.#at++;
    if (this.next() !== end) return false;
    this.#at++;
    return true;
  }

  /** Goes on after a value in a list or an object; whether there is another one. */
  goesOn(end: number): boolean {
    const code = this.next();
    this.#at++;
    if (code === COMMA) return true;
    if (code !== end) throw this.#refusal;
    return false;
  }

  /** Reads a key and its colon: the index of one of `names`, which is looked for from `first` on, or −1. */
  keyAmong(names: readonly string[], first: number): number {
    if (this.next() !== QUOTE) throw this.#refusal;
    const start = ++this.#at;
    const isEscaped = this.#skipText();
    const length = this.#at - 1 - start;
    if (this.next() !== COLON) throw this.#refusal;
    this.#at++;
    if (isEscaped) return names.indexOf(plainText(this.#text.slice(start, start + length)));
    for (let count = 0; count < names.length; count++) {
      const index = (first + count) % names.length;
      const name = names[index]!;
      if (name.length === length && this.#text.startsWith(name, start)) return index;
    }
    return -1;
  }

  /** Reads a key, whatever it is, and its colon. */
  key(): string {
    if (this.next() !== QUOTE) throw this.#refusal;
    const key = this.scalar(QUOTE) as string;
    if (this.next() !== COLON) throw this.#refusal;
    this.#at++;
    return key;
  }

  /** Reads a text, a number, or one of the three words; `code` is its first character. */
  scalar(code: number): unknown {
    if (code !== QUOTE) return isNumber(code) ? this.#number() : this.#word();
    const start = ++this.#at;
    const isEscaped = this.#skipText();
    const raw = this.#text.slice(start, this.#at - 1);
    return isEscaped ? plainText(raw) : raw;
  }

  /** Skips a value, however deep it is. */
  skip(): void {
    const ends = this.#ends;
    let depth = 0;
    do {
      const code = this.next();
      if (code === OBJECT || code === LIST) {
        const end = code === OBJECT ? OBJECT_END : LIST_END;
        if (!this.isEmpty(end)) {
          ends[depth++] = end;
          if (end === OBJECT_END) this.keyAmong(NO_NAMES, 0);
          continue;
        }
      } else if (isNumber(code)) this.#skipNumber();
      else if (code !== QUOTE) this.#word();
      else {
        this.#at++;
        this.#skipText();
      }
      while (depth > 0 && !this.goesOn(ends[depth - 1]!)) depth--;
      if (depth > 0 && ends[depth - 1] === OBJECT_END) this.keyAmong(NO_NAMES, 0);
    } while (depth > 0);
  }

  /** Skips up to and with the closing quote; whether there were escapes. */
  #skipText(): boolean {
    const text = this.#text;
    let isEscaped = false;
    let at = this.#at;
    for (let code = text.charCodeAt(at); code !== QUOTE; code = text.charCodeAt(at)) {
      // Also at the end of the text, where the code is NaN.
      if (!(code >= SPACE)) throw this.#refusal;
      if (code === BACKSLASH) {
        isEscaped = true;
        at += this.#escapeLength(at);
      } else at++;
    }
    this.#at = at + 1;
    return isEscaped;
  }

  #escapeLength(at: number): number {
    const text = this.#text;
    if (text.charCodeAt(at + 1) !== SMALL_U) {
      if (ESCAPED[text.charAt(at + 1)] === undefined) throw this.#refusal;
      return 2;
    }
    for (let digit = at + 2; digit < at + ESCAPE_LENGTH; digit++) {
      if (!isHex(text.charCodeAt(digit))) throw this.#refusal;
    }
    return ESCAPE_LENGTH;
  }

  /** A fast path for digits with or without decimals: for so few, the quotient is what Number makes of them. */
  #number(): number {
    const text = this.#text;
    const start = this.#at;
    let at = start;
    let value = 0;
    let scale = 1;
    let code = text.charCodeAt(at);
    const hasLeadingZero = code === ZERO && isDigit(text.charCodeAt(at + 1));
    for (; isDigit(code); code = text.charCodeAt(++at)) value = 10 * value + (code - ZERO);
    if (code === POINT && at > start) {
      for (code = text.charCodeAt(++at); isDigit(code); code = text.charCodeAt(++at)) {
        value = 10 * value + (code - ZERO);
        scale *= 10;
      }
      if (scale === 1) throw this.#refusal;
    }
    this.#at = at;
    const length = at - start;
    if (length > 0 && length <= EXACT_DIGITS && (code | CASE_BIT) !== SMALL_E && !hasLeadingZero) {
      return value / scale;
    }
    this.#at = start;
    this.#skipNumber();
    return Number(text.slice(start, this.#at));
  }

  #skipNumber(): void {
    const text = this.#text;
    if (text.charCodeAt(this.#at) === MINUS) this.#at++;
    if (text.charCodeAt(this.#at) === ZERO) this.#at++;
    else this.#skipDigits();
    if (text.charCodeAt(this.#at) === POINT) {
      this.#at++;
      this.#skipDigits();
    }
    if ((text.charCodeAt(this.#at) | CASE_BIT) !== SMALL_E) return;
    const sign = text.charCodeAt(++this.#at);
    if (sign === PLUS || sign === MINUS) this.#at++;
    this.#skipDigits();
  }

  /** At least one. */
  #skipDigits(): void {
    const text = this.#text;
    const start = this.#at;
    let at = start;
    while (isDigit(text.charCodeAt(at))) at++;
    if (at === start) throw this.#refusal;
    this.#at = at;
  }

  #word(): null | boolean {
    const word = WORDS.find(([name]) => this.#text.startsWith(name, this.#at));
    if (word === undefined) throw this.#refusal;
    this.#at += word[0].length;
    return word[1];
  }
}

const WORDS = [["null", null], ["true", true], ["false", false]] as const;
const NO_NAMES: readonly string[] = [];

function isNumber(code: number): boolean {
  return code === MINUS || isDigit(code);
}

function isDigit(code: number): boolean {
  return code >= ZERO && code <= NINE;
}

function isHex(code: number): boolean {
  return isDigit(code) || (code | CASE_BIT) >= SMALL_A && (code | CASE_BIT) <= SMALL_F;
}

/** A text of which all escapes are sound, without them. */
function plainText(raw: string): string {
  if (raw.length > MAX_ESCAPED_LENGTH) return raw;
  return raw.replace(
    ESCAPES,
    (_, hex?: string, sign?: string) =>
      hex === undefined ? ESCAPED[sign!]! : String.fromCharCode(parseInt(hex, 16)),
  );
}
