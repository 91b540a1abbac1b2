/**
 * Keyed hashes of what comes from outside, and the hash tables built on them. V8's own hash is the same in
 * every process, so a sender could choose texts that collide (hash flooding). Pure but for the keys, which
 * are random and drawn once.
 */

const keys = crypto.getRandomValues(new Int32Array(4));
const [KEY_0, KEY_1, BASIS, FACTOR] = [keys[0]!, keys[1]!, keys[2]!, keys[3]! | 1];
const FINAL_ROUNDS = 3;

/**
 * The hash of a text in 32 bits: HalfSipHash-1-3 by J.-P. Aumasson and D. J. Bernstein, which kernels use
 * for their tables as well, over two UTF-16 code units at a time.
 */
export function strongHash(text: string): number {
  let v0 = KEY_0;
  let v1 = KEY_1;
  let v2 = 0x6c79_6765 ^ KEY_0;
  let v3 = 0x7465_6462 ^ KEY_1;
  const words = text.length >>> 1;
  for (let index = 0; index <= words + FINAL_ROUNDS; index++) {
    const word = index < words
      ? text.charCodeAt(2 * index) | text.charCodeAt(2 * index + 1) << 16
      : index === words
      ? lastWord(text)
      : 0;
    if (index === words + 1) v2 ^= 0xff;
    v3 ^= word;
    v0 = v0 + v1 | 0;
    v1 = (v1 << 5 | v1 >>> 27) ^ v0;
    v0 = v0 << 16 | v0 >>> 16;
    v2 = v2 + v3 | 0;
    v3 = (v3 << 8 | v3 >>> 24) ^ v2;
    v0 = v0 + v3 | 0;
    v3 = (v3 << 7 | v3 >>> 25) ^ v0;
    v2 = v2 + v1 | 0;
    v1 = (v1 << 13 | v1 >>> 19) ^ v2;
    v2 = v2 << 16 | v2 >>> 16;
    v0 ^= word;
  }
  return v1 ^ v3;
}

/** The last character of an odd number, and the length. */
function lastWord(text: string): number {
  const { length } = text;
  return length << 16 | (length & 1 ? text.charCodeAt(length - 1) : 0);
}

/**
 * A faster hash of bytes, for where collisions do little harm: FNV-1a by G. Fowler, L. C. Noll and K.-P. Vo
 * with a random basis and factor, finished as MurmurHash3 by A. Appleby is, as otherwise the low bits would
 * not depend on the high ones.
 */
export function quickHash(bytes: Uint8Array, start: number, end: number): number {
  let hash = BASIS;
  for (let at = start; at < end; at++) hash = Math.imul(hash ^ bytes[at]!, FACTOR);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85eb_ca6b);
  return hash ^ (hash >>> 13);
}

/** Maximum distance of a text from the place of its hash (linear probing). */
const MOST_STEPS = 32;
/** Load factor at which a table grows, and a cache as far as it may: probing gets slow beyond it. */
const MOST_TAKEN = 0.6;
const FIRST_CACHE_PLACES = 256;
/** Longer texts are not cached by default, so that no sender decides how much memory they take. */
const MAX_LENGTH = 64;

const decoder = new TextDecoder();

/** Texts by their bytes in ASCII. */
export class TextCache {
  readonly #mostPlaces: number;
  readonly #maxLength: number;
  #texts = emptyPlaces<string>(FIRST_CACHE_PLACES);
  /** Hashes of those texts, compared before the texts themselves. */
  #hashes = new Int32Array(FIRST_CACHE_PLACES);
  #taken = 0;
  #turn = 0;

  /** With room for so many texts of at most that length. */
  constructor(most: number, maxLength = MAX_LENGTH) {
    this.#maxLength = maxLength;
    this.#mostPlaces = Math.max(FIRST_CACHE_PLACES, 2 ** Math.ceil(Math.log2(most / MOST_TAKEN)));
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
    if (text.length <= this.#maxLength) this.#keep(text, hash);
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
    this.#texts = emptyPlaces(2 * texts.length);
    this.#hashes = new Int32Array(2 * texts.length);
    this.#taken = 0;
    texts.forEach((known, at) => known !== undefined && this.#keep(known, hashes[at]!));
  }
}

function isSame(text: string, bytes: Uint8Array, start: number, end: number): boolean {
  if (text.length !== end - start) return false;
  for (let at = start; at < end; at++) {
    if (text.charCodeAt(at - start) !== bytes[at]) return false;
  }
  return true;
}

/** A value that holds its own key. */
interface Keyed {
  readonly key: string;
}

const FIRST_MAP_PLACES = 64;

/** Values by their keys, in no order. */
export class TextMap<T extends Keyed> {
  #values: (T | undefined)[] = emptyPlaces(FIRST_MAP_PLACES);
  #hashes = new Int32Array(FIRST_MAP_PLACES);
  #size = 0;

  /** How many there are. */
  get size(): number {
    return this.#size;
  }

  /** The value of a key. */
  get(key: string): T | undefined {
    return this.#values[this.#placeOf(key, strongHash(key))];
  }

  /** Sets the value of its key, in place of a previous one. */
  set(value: T): void {
    const hash = strongHash(value.key);
    let place = this.#placeOf(value.key, hash);
    if (this.#values[place] === undefined) {
      if (++this.#size > MOST_TAKEN * this.#values.length) {
        this.#grow();
        place = this.#placeOf(value.key, hash);
      }
    }
    this.#values[place] = value;
    this.#hashes[place] = hash;
  }

  /** Deletes the value of a key, if there is one. */
  delete(key: string): void {
    let hole = this.#placeOf(key, strongHash(key));
    if (this.#values[hole] === undefined) return;
    this.#size--;
    const last = this.#values.length - 1;
    // Later ones of the run move up, unless they would stand before their own place.
    for (let place = hole + 1 & last; this.#values[place] !== undefined; place = place + 1 & last) {
      const away = place - this.#hashes[place]! & last;
      if (away < (place - hole & last)) continue;
      this.#values[hole] = this.#values[place];
      this.#hashes[hole] = this.#hashes[place]!;
      hole = place;
    }
    this.#values[hole] = undefined;
  }

  /** Every value. */
  *values(): Generator<T> {
    for (const value of this.#values) if (value !== undefined) yield value;
  }

  /** The place of a key's value, or the free one where it would be. */
  #placeOf(key: string, hash: number): number {
    const values = this.#values;
    const last = values.length - 1;
    let place = hash & last;
    for (let value = values[place]; value !== undefined; value = values[place]) {
      if (this.#hashes[place] === hash && value.key === key) break;
      place = place + 1 & last;
    }
    return place;
  }

  #grow(): void {
    const [values, hashes] = [this.#values, this.#hashes];
    this.#values = emptyPlaces(2 * values.length);
    this.#hashes = new Int32Array(2 * values.length);
    for (let from = 0; from < values.length; from++) {
      const value = values[from];
      if (value === undefined) continue;
      const place = this.#placeOf(value.key, hashes[from]!);
      this.#values[place] = value;
      this.#hashes[place] = hashes[from]!;
    }
  }
}

function emptyPlaces<T>(places: number): (T | undefined)[] {
  return new Array(places).fill(undefined);
}
