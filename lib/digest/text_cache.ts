/**
 * Texts that come again and again, as hosts' names do: the same bytes give the same text, which is
 * made only once. Bounded: a text that finds no room takes that of another. Pure.
 */

/** Texts that share one place by their hash; the next one takes turns. */
const WAYS = 4;
/** Texts of one host: its id, its name and its session. */
const TEXTS_PER_HOST = 3;
/** Longer ones are not kept, so that no sender decides how much memory they take. */
const MAX_LENGTH = 64;
/** FNV-1a of 32 bits, by Fowler, Noll and Vo. */
const FNV_BASIS = 0x811c_9dc5;
const FNV_PRIME = 0x0100_0193;

/** Texts by their bytes in ASCII. */
export class TextCache {
  readonly #texts: (string | undefined)[];
  readonly #mask: number;
  #turn = 0;

  /** With room for the texts of so many hosts. */
  constructor(hosts: number) {
    const bits = Math.ceil(Math.log2(Math.max(1, hosts * TEXTS_PER_HOST / WAYS))) + 1;
    this.#texts = new Array(WAYS * 2 ** bits).fill(undefined);
    this.#mask = 2 ** bits - 1;
  }

  /** The text of the bytes from `start` up to `end`. */
  get(bytes: Uint8Array, start: number, end: number): string {
    const first = WAYS * (hashOf(bytes, start, end) & this.#mask);
    for (let at = first; at < first + WAYS; at++) {
      const known = this.#texts[at];
      if (known === undefined) return this.#make(at, bytes, start, end);
      if (isSame(known, bytes, start, end)) return known;
    }
    return this.#make(first + this.#turn++ % WAYS, bytes, start, end);
  }

  #make(at: number, bytes: Uint8Array, start: number, end: number): string {
    const text = String.fromCharCode(...bytes.subarray(start, end));
    if (text.length <= MAX_LENGTH) this.#texts[at] = text;
    return text;
  }
}

function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = FNV_BASIS;
  for (let at = start; at < end; at++) hash = Math.imul(hash ^ bytes[at]!, FNV_PRIME);
  // Mixed as in MurmurHash3, by A. Appleby: else the low bits would not depend on the high ones.
  hash = Math.imul(hash ^ (hash >>> 16), 0x85eb_ca6b);
  return hash ^ (hash >>> 13);
}

function isSame(text: string, bytes: Uint8Array, start: number, end: number): boolean {
  if (text.length !== end - start) return false;
  for (let at = start; at < end; at++) {
    if (text.charCodeAt(at - start) !== bytes[at]) return false;
  }
  return true;
}
