/**
 * Texts that come again and again, as hosts' names do: the same bytes give the same text, which is
 * made only once. It grows with the texts up to a limit, where a text that finds no room takes that of
 * another. Pure.
 */
import { quickHash } from "./hash.ts";

/** A text is in the first free place from that of its hash on, but not farther on than this. */
const MOST_STEPS = 32;
/** When this share of the places is taken it grows, as long as it may: to look for a free one takes long then. */
const MOST_TAKEN = 0.6;
const FIRST_PLACES = 256;
/** Longer ones are not kept, so that no sender decides how much memory they take. */
const MAX_LENGTH = 64;

const decoder = new TextDecoder();

/** Texts by their bytes in ASCII. */
export class TextCache {
  readonly #mostPlaces: number;
  #texts = emptyTexts(FIRST_PLACES);
  /** Of those texts, so that one is looked at only when it is the right one. */
  #hashes = new Int32Array(FIRST_PLACES);
  #taken = 0;
  #turn = 0;

  /** With room for so many texts. */
  constructor(most: number) {
    this.#mostPlaces = Math.max(FIRST_PLACES, 2 ** Math.ceil(Math.log2(most / MOST_TAKEN)));
  }

  /** The text of the bytes from `start` up to `end`. */
  get(bytes: Uint8Array, start: number, end: number): string {
    const hashes = this.#hashes;
    const hash = quickHash(bytes, start, end);
    for (let step = 0; step < MOST_STEPS; step++) {
      const at = hash + step & (hashes.length - 1);
      if (hashes[at] !== hash) continue;
      const known = this.#texts[at];
      if (known !== undefined && isSame(known, bytes, start, end)) return known;
    }
    const text = decoder.decode(bytes.subarray(start, end));
    if (text.length <= MAX_LENGTH) this.#keep(text, hash);
    return text;
  }

  #keep(text: string, hash: number): void {
    if (this.#taken >= MOST_TAKEN * this.#texts.length) this.#grow();
    const at = this.#placeFor(hash);
    if (this.#texts[at] === undefined) this.#taken++;
    this.#texts[at] = text;
    this.#hashes[at] = hash;
  }

  /** The first free place, or where there is none that of another text. */
  #placeFor(hash: number): number {
    const last = this.#texts.length - 1;
    for (let step = 0; step < MOST_STEPS; step++) {
      if (this.#texts[hash + step & last] === undefined) return hash + step & last;
    }
    return hash + this.#turn++ % MOST_STEPS & last;
  }

  #grow(): void {
    const [texts, hashes] = [this.#texts, this.#hashes];
    if (texts.length >= this.#mostPlaces) return;
    this.#texts = emptyTexts(2 * texts.length);
    this.#hashes = new Int32Array(2 * texts.length);
    this.#taken = 0;
    texts.forEach((known, at) => known !== undefined && this.#keep(known, hashes[at]!));
  }
}

function emptyTexts(places: number): (string | undefined)[] {
  return new Array(places).fill(undefined);
}

function isSame(text: string, bytes: Uint8Array, start: number, end: number): boolean {
  if (text.length !== end - start) return false;
  for (let at = start; at < end; at++) {
    if (text.charCodeAt(at - start) !== bytes[at]) return false;
  }
  return true;
}
