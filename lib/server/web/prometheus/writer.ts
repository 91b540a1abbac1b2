/**
 * Writes the lines of an exposition as bytes, without a text for each: four million of those would
 * cost more than all the rest, and much of it when garbage is collected. Pure.
 */

/** Size of a piece: a fifth of a millisecond of work, and what a connection writes at once. */
export const FULL_BYTES = 57_344;
/** Room for the last line of a piece that is nearly full. */
const SPARE_BYTES = 8_192;
/** Bytes copied at a time, four times as fast as `set` or a loop: what is copied needs as many after it. */
export const COPY_BYTES = 8;
/** Decimals that are written by hand: those of a share of 1, and of seconds. */
const DECIMALS = 5;
const SCALE = 10 ** DECIMALS;
/** Below this a number with its decimals has at most 15 digits, which a float keeps exactly. */
const MAX_DECIMAL = 1e10;
const [MINUS, POINT] = [0x2d, 0x2e] as const;

/** What is given away. */
export type Bytes = Uint8Array<ArrayBuffer>;

const NOTHING: Bytes = new Uint8Array(0);
const encoder = new TextEncoder();

/** Bytes that grow until they are taken. */
export class LineWriter {
  #bytes = new Uint8Array(FULL_BYTES + SPARE_BYTES);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;

  /** Whether it is time to take what there is. */
  get isFull(): boolean {
    return this.#length >= FULL_BYTES;
  }

  /** What was written since this was called last. */
  take(): Bytes {
    if (this.#length === 0) return NOTHING;
    const taken = this.#bytes.subarray(0, this.#length);
    this.#use(new Uint8Array(FULL_BYTES + SPARE_BYTES));
    this.#length = 0;
    return taken;
  }

  /** Writes part of other bytes, which must be followed by `COPY_BYTES` more. */
  copy(source: DataView, start: number, end: number): void {
    this.#makeRoom(end - start + COPY_BYTES);
    const view = this.#view;
    let to = this.#length;
    // Excess bytes are overwritten by what comes next.
    for (let from = start; from < end; from += COPY_BYTES, to += COPY_BYTES) {
      view.setBigUint64(to, source.getBigUint64(from));
    }
    this.#length += end - start;
  }

  /** Writes one byte. */
  byte(value: number): void {
    this.#makeRoom(1);
    this.#bytes[this.#length++] = value;
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
    this.#use(longer);
  }

  #use(bytes: Uint8Array<ArrayBuffer>): void {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer);
  }
}

const DIGIT_0 = 0x30;
/** Splits a number into parts whose digits fit 32-bit arithmetic. */
const BILLION = 1_000_000_000;
const BILLION_DIGITS = 9;

/** Writes a whole number from 0 to 10^18; where it ends. */
export function putWhole(bytes: Uint8Array, at: number, value: number): number {
  if (value < BILLION) return putDigits(bytes, at, value, digitsOf(value));
  const billions = Math.floor(value / BILLION);
  const middle = putDigits(bytes, at, billions, digitsOf(billions));
  return putDigits(bytes, middle, value - billions * BILLION, BILLION_DIGITS);
}

/** Writes the last `count` digits of a number below a billion, leading zeros included; where they end. */
export function putDigits(bytes: Uint8Array, at: number, value: number, count: number): number {
  let rest = value | 0;
  for (let place = at + count - 1; place >= at; place--) {
    const tens = rest / 10 | 0;
    bytes[place] = DIGIT_0 + rest - 10 * tens;
    rest = tens;
  }
  return at + count;
}

function digitsOf(value: number): number {
  let digits = 1;
  for (let limit = 10; limit <= value; limit *= 10) digits++;
  return digits;
}

const FIRST_BYTES = 4_096;
const FIRST_TEXTS = 64;
/** Growth factor; what is not used yet takes no memory of the system. */
const GROWTH = 1.5;

/** Many short texts as bytes, one after another, by their number, which the garbage collector does not scan. */
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

  /** For this many bytes and one more text; `transfer` leaves no garbage. */
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
