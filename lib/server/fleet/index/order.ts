/**
 * Many hosts in an order, of which only a part is looked at: just that part is sorted, by numbers
 * in typed arrays. A copy, so it stays as it is while the fleet goes on. Pure.
 */

/** Ranges this short are sorted by insertion. */
const SHORT = 12;

/** Slots in the order of their keys, of their ties where those are equal, and of their own numbers in the end. */
export class SlotOrder {
  readonly #slots: Uint32Array;
  readonly #keys: Float64Array;
  readonly #ties: Uint32Array;
  #seed = 1;

  /** Takes the arrays over: the key and the tie of `slots[n]` are at `n` as well. */
  constructor(slots: Uint32Array, keys: Float64Array, ties: Uint32Array) {
    this.#slots = slots;
    this.#keys = keys;
    this.#ties = ties;
  }

  get length(): number {
    return this.#slots.length;
  }

  /** The slots from the place `first` on, in order. Costs one look at all, and sorts no others. */
  slice(first: number, count: number): Uint32Array {
    const last = Math.min(this.length, first + count);
    this.#settle(0, this.length, first, last);
    return this.#slots.slice(Math.min(first, last), last);
  }

  /** The place of a slot; −1 when it is not among them. */
  indexOf(slot: number): number {
    const at = this.#slots.indexOf(slot);
    if (at < 0) return -1;
    let before = 0;
    for (let n = 0; n < this.length; n++) if (this.#isBefore(n, at)) before++;
    return before;
  }

  #isBefore(a: number, b: number): boolean {
    const difference = this.#keys[a]! - this.#keys[b]!;
    // Two that are unknown are both infinite, and their difference is no number.
    if (difference < 0 || difference > 0) return difference < 0;
    const tie = this.#ties[a]! - this.#ties[b]!;
    return tie < 0 || (tie === 0 && this.#slots[a]! < this.#slots[b]!);
  }

  /** Quicksort of the places `low` to `high`, as far as they lie between `first` and `last`. */
  #settle(low: number, high: number, first: number, last: number): void {
    while (high - low > SHORT) {
      if (high <= first || low >= last) return;
      const middle = this.#partition(low, high);
      this.#settle(low, middle, first, last);
      low = middle + 1;
    }
    this.#insert(low, high);
  }

  /** Puts one of them in its place, the lesser ones before it; chosen by chance, so that no sender can choose a bad one. */
  #partition(low: number, high: number): number {
    this.#seed = (Math.imul(this.#seed, 1_664_525) + 1_013_904_223) >>> 0;
    this.#swap(low + this.#seed % (high - low), high - 1);
    let middle = low;
    for (let n = low; n < high - 1; n++) if (this.#isBefore(n, high - 1)) this.#swap(n, middle++);
    this.#swap(middle, high - 1);
    return middle;
  }

  #insert(low: number, high: number): void {
    for (let n = low + 1; n < high; n++) {
      for (let at = n; at > low && this.#isBefore(at, at - 1); at--) this.#swap(at, at - 1);
    }
  }

  #swap(a: number, b: number): void {
    swap(this.#slots, a, b);
    swap(this.#keys, a, b);
    swap(this.#ties, a, b);
  }
}

function swap(numbers: Uint32Array | Float64Array, a: number, b: number): void {
  const before = numbers[a]!;
  numbers[a] = numbers[b]!;
  numbers[b] = before;
}
