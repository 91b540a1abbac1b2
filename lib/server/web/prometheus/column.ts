/**
 * Many numbers in a row, in little memory. A column grows block by block, which copies nothing; each block
 * is as narrow as its numbers allow. Pure.
 */
import type { Metric } from "../../../message/message.ts";

const BLOCK_BITS = 12;
const BLOCK = 1 << BLOCK_BITS;

type Numbers =
  | Uint8Array<ArrayBuffer>
  | Uint16Array<ArrayBuffer>
  | Uint32Array<ArrayBuffer>
  | Float64Array<ArrayBuffer>;

/** How a block keeps its numbers: multiplied by `scale`, whole, from 0 to below the one that stands for NaN. */
interface Form {
  readonly make: () => Numbers;
  readonly scale: number;
  readonly unknown: number;
}

/** Takes any number as it is. */
const ANY: Form = { make: () => new Float64Array(BLOCK), scale: 1, unknown: NaN };

/** From the narrowest on: most numbers are counts, or shares of 1 with five decimals. */
const FORMS: readonly Form[] = [
  { make: () => new Uint8Array(BLOCK), scale: 1, unknown: 0xff },
  { make: () => new Uint16Array(BLOCK), scale: 1, unknown: 0xffff },
  { make: () => new Uint32Array(BLOCK), scale: 1, unknown: 0xffff_ffff },
  { make: () => new Uint32Array(BLOCK), scale: 100_000, unknown: 0xffff_ffff },
  ANY,
];

function fits({ scale, unknown }: Form, value: number): boolean {
  if (Number.isNaN(unknown) || Number.isNaN(value)) return true;
  const kept = Math.round(value * scale);
  return kept >= 0 && kept < unknown && kept / scale === value;
}

/** Some numbers in the narrowest form that takes all of them so far. */
class Block {
  #form = FORMS[0]!;
  #numbers = this.#form.make();

  at(place: number): number {
    const kept = this.#numbers[place]!;
    const { scale, unknown } = this.#form;
    return kept === unknown ? NaN : kept / scale;
  }

  /** Puts a number at the end of those that are there. */
  put(place: number, value: number): void {
    const { scale, unknown } = this.#form;
    const kept = Math.round(value * scale);
    if (kept >= 0 && kept < unknown && kept / scale === value) this.#numbers[place] = kept;
    else this.#putOther(place, value);
  }

  clear(): void {
    this.#numbers.buffer.transfer(0);
  }

  #putOther(place: number, value: number): void {
    if (!fits(this.#form, value)) this.#widen(place, value);
    this.#keep(place, value);
  }

  #keep(place: number, value: number): void {
    const { scale, unknown } = this.#form;
    const kept = this.#form === ANY ? value : Math.round(value * scale);
    this.#numbers[place] = Number.isNaN(value) ? unknown : kept;
  }

  #widen(length: number, next: number): void {
    const values = Array.from({ length }, (_, place) => this.at(place));
    this.clear();
    const isWide = (form: Form) => [next, ...values].every((value) => fits(form, value));
    this.#form = FORMS.find(isWide)!;
    this.#numbers = this.#form.make();
    values.forEach((value, place) => this.#keep(place, value));
  }
}

/** A row of numbers; NaN for one that is not known. */
export class Column {
  #blocks: Block[] = [];
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** Adds one at the end. */
  push(value: Metric | undefined): void {
    const place = this.#length++ & (BLOCK - 1);
    if (place === 0) this.#blocks.push(new Block());
    this.#blocks.at(-1)!.put(place, value ?? NaN);
  }

  /** Gives its memory back at once, which the next collection of garbage may be long in doing. */
  clear(): void {
    for (const block of this.#blocks) block.clear();
    this.#blocks = [];
    this.#length = 0;
  }

  /** Adds unknown ones until there are as many. */
  fillTo(length: number): void {
    while (this.#length < length) this.push(NaN);
  }

  /** The number at a place; what lies behind the last one is not known. */
  at(index: number): number {
    if (index >= this.#length) return NaN;
    return this.#blocks[index >>> BLOCK_BITS]!.at(index & (BLOCK - 1));
  }
}
