/**
 * Texts that come again and again, as hosts' names do: the same bytes give the same text, which is
 * made only once. It grows with the texts up to a limit, where a text that finds no room takes that of
 * another. Pure.
 */

/** Texts that share one place by their hash; at the limit they take turns. */
const WAYS = 4;
/** Texts of one host: its id, its name and its session. */
const TEXTS_PER_HOST = 3;
const FIRST_PLACES = 64;
/** Longer ones are not kept, so that no sender decides how much memory they take. */
const MAX_LENGTH = 64;
/** FNV-1a of 32 bits, by Fowler, Noll and Vo. */
const FNV_BASIS = 0x811c_9dc5;
const FNV_PRIME = 0x0100_0193;

/** Texts by their bytes in ASCII. */
export class TextCache {
  readonly #mostPlaces: number;
  #texts = emptyTexts(FIRST_PLACES);
  #turn = 0;

  /** With room for the texts of so many hosts. */
  constructor(hosts: number) {
    this.#mostPlaces = Math.max(
      FIRST_PLACES,
      2 ** Math.ceil(Math.log2(hosts * TEXTS_PER_HOST / 2)),
    );
  }

  /** The text of the bytes from `start` up to `end`. */
  get(bytes: Uint8Array, start: number, end: number): string {
    const first = this.#firstOf(hashOf(bytes, start, end));
    for (let at = first; at < first + WAYS; at++) {
      const known = this.#texts[at];
      if (known === undefined) break;
      if (isSame(known, bytes, start, end)) return known;
    }
    const text = String.fromCharCode(...bytes.subarray(start, end));
    if (text.length <= MAX_LENGTH) this.#keep(text);
    return text;
  }

  #keep(text: string): void {
    const first = this.#firstOf(hashOfText(text));
    for (let at = first; at < first + WAYS; at++) {
      if (this.#texts[at] !== undefined) continue;
      this.#texts[at] = text;
      return;
    }
    if (this.#texts.length < WAYS * this.#mostPlaces) this.#grow(text);
    else this.#texts[first + this.#turn++ % WAYS] = text;
  }

  #grow(text: string): void {
    const texts = this.#texts;
    this.#texts = emptyTexts(2 * texts.length / WAYS);
    for (const known of texts) if (known !== undefined) this.#keep(known);
    this.#keep(text);
  }

  #firstOf(hash: number): number {
    return WAYS * hash & (this.#texts.length - 1);
  }
}

function emptyTexts(places: number): (string | undefined)[] {
  return new Array(WAYS * places).fill(undefined);
}

function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = FNV_BASIS;
  for (let at = start; at < end; at++) hash = Math.imul(hash ^ bytes[at]!, FNV_PRIME);
  return mixed(hash);
}

function hashOfText(text: string): number {
  let hash = FNV_BASIS;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), FNV_PRIME);
  return mixed(hash);
}

/** As in MurmurHash3, by A. Appleby: else the low bits would not depend on the high ones. */
function mixed(hash: number): number {
  const half = Math.imul(hash ^ (hash >>> 16), 0x85eb_ca6b);
  return half ^ (half >>> 13);
}

function isSame(text: string, bytes: Uint8Array, start: number, end: number): boolean {
  if (text.length !== end - start) return false;
  for (let at = start; at < end; at++) {
    if (text.charCodeAt(at - start) !== bytes[at]) return false;
  }
  return true;
}
