/**
 * A map by texts that come from outside: whatever keys somebody chooses, to look one up takes a few
 * steps. An open table with linear probing, by Knuth's algorithms 6.4 L and R. Pure.
 */
import { strongHash } from "./hash.ts";

/** What can be in the map: it holds its own key. */
interface Keyed {
  readonly key: string;
}

const FIRST_PLACES = 64;
/** It grows when this share of its places is taken: to find a free one takes long then. */
const MOST_TAKEN = 0.6;

/** Values by their keys, in no order. */
export class TextMap<T extends Keyed> {
  #values: (T | undefined)[] = emptyPlaces(FIRST_PLACES);
  #hashes = new Int32Array(FIRST_PLACES);
  #size = 0;

  /** How many there are. */
  get size(): number {
    return this.#size;
  }

  /** The value of a key. */
  get(key: string): T | undefined {
    return this.#values[this.#placeOf(key, strongHash(key))];
  }

  /** Puts a value in, in the place of another one of its key. */
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

  /** Takes the value of a key out, if there is one. */
  delete(key: string): void {
    let hole = this.#placeOf(key, strongHash(key));
    if (this.#values[hole] === undefined) return;
    this.#size--;
    const last = this.#values.length - 1;
    // What comes behind moves up, unless it would stand before where it belongs.
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
