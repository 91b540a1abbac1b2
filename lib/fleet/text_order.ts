/**
 * The order of many texts, kept as a rank of each, so that a fleet is sorted by numbers alone:
 * comparing two names costs as much as fifty numbers. New and changed texts are put in their places
 * in steps of a few milliseconds. Pure.
 */

/** Texts put in their places in one step. */
export const STEP = 1_000;
/** The rank of a text that has no place yet: after all others. */
export const UNRANKED = 0xffff_ffff;

/** The ranks of texts that are known by small whole numbers, their slots. */
export class TextOrder {
  readonly #compare: (a: number, b: number) => number;
  #ranks = new Uint32Array(0);
  /** Slots in their order. */
  #sorted = new Uint32Array(0);
  readonly #waiting = new Set<number>();
  /** Those of them that still have the place of a text which they had before. */
  readonly #misplaced = new Set<number>();

  /** `compare` says which slot's text comes first, and never that two are equal. */
  constructor(compare: (a: number, b: number) => number) {
    this.#compare = compare;
  }

  /** Whether every text has its place. */
  get isSettled(): boolean {
    return this.#waiting.size === 0;
  }

  /** The place of a slot's text among all. */
  rank(slot: number): number {
    return this.#ranks[slot] ?? UNRANKED;
  }

  /** A slot has a text, or another one than before, or none any more. Costs nothing yet. */
  change(slot: number): void {
    this.#waiting.add(slot);
    if (this.rank(slot) !== UNRANKED) this.#misplaced.add(slot);
  }

  /** Puts the next texts in their places, and takes those away that changed; `isEmpty` says which slots have none. */
  settleSome(isEmpty: (slot: number) => boolean): void {
    if (this.isSettled) return;
    this.#leave();
    const next = Uint32Array.from(Iterator.from(this.#waiting).take(STEP).toArray());
    for (const slot of next) this.#waiting.delete(slot);
    const batch = next.filter((slot) => !isEmpty(slot)).sort(this.#compare);
    this.#sorted = this.#merge(batch);
    const ranks = growTo(this.#ranks, 1 + Math.max(0, ...next));
    // A loop: `forEach` of a typed array takes several times as long.
    for (let rank = 0; rank < this.#sorted.length; rank++) ranks[this.#sorted[rank]!] = rank;
    this.#ranks = ranks;
  }

  /** Takes those out of the order whose texts are others than those that gave them their places. */
  #leave(): void {
    if (this.#misplaced.size === 0) return;
    this.#sorted = this.#sorted.filter((slot) => !this.#misplaced.has(slot));
    for (const slot of this.#misplaced) this.#ranks[slot] = UNRANKED;
    this.#misplaced.clear();
  }

  #merge(batch: Uint32Array): Uint32Array<ArrayBuffer> {
    const merged = new Uint32Array(this.#sorted.length + batch.length);
    let taken = 0;
    batch.forEach((slot, index) => {
      const place = this.#placeOf(slot, taken);
      merged.set(this.#sorted.subarray(taken, place), taken + index);
      merged[place + index] = slot;
      taken = place;
    });
    merged.set(this.#sorted.subarray(taken), taken + batch.length);
    return merged;
  }

  /** Where a slot belongs among those that are sorted, which it does not before `low`. */
  #placeOf(slot: number, low: number): number {
    let high = this.#sorted.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#compare(this.#sorted[middle]!, slot) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** The same numbers with room for at least `length`; the new ones are unranked. */
function growTo(ranks: Uint32Array<ArrayBuffer>, length: number): Uint32Array<ArrayBuffer> {
  if (ranks.length >= length) return ranks;
  const grown = new Uint32Array(Math.max(length, 2 * ranks.length)).fill(UNRANKED);
  grown.set(ranks);
  return grown;
}
