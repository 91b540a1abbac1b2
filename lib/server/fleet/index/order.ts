/**
 * Many hosts in an order: of numbers in typed arrays, of which only the part that is looked at is sorted; and
 * of texts, kept as a rank of each, as comparing two names costs as much as fifty numbers. Pure.
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
    // Two unknown ones are both infinite, and their difference is NaN.
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

  /** Partitions around a random pivot, so that no sender can provoke the worst case. */
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

/** Texts put in their places in one step. */
export const STEP = 1_000;
/** The rank of a text that has no place yet: after all others. */
export const UNRANKED = 0xffff_ffff;

/** What becomes of a slot: `MISPLACED` has still the place of a text which it had before. */
const [SETTLED, WAITING, MISPLACED] = [0, 1, 2] as const;

/** The ranks of texts that are known by small whole numbers, their slots. */
export class TextOrder {
  readonly #compare: (a: number, b: number) => number;
  #ranks = new Uint32Array(0);
  /** Slots in their order, as many as have one; it grows and is changed in place, and leaves nothing to collect. */
  #sorted = new Uint32Array(0);
  #length = 0;
  /** Slots that wait for their places, the first one first. */
  #waiting: number[] = [];
  #states = new Uint8Array(0);
  /** How many have a place that is not theirs. */
  #misplaced = 0;

  /** `compare` says which slot's text comes first, and never that two are equal. */
  constructor(compare: (a: number, b: number) => number) {
    this.#compare = compare;
  }

  /** Whether every text has its place. */
  get isSettled(): boolean {
    return this.#waiting.length === 0;
  }

  /** The place of a slot's text among all. */
  rank(slot: number): number {
    return this.#ranks[slot] ?? UNRANKED;
  }

  /** A slot's text was added, changed or removed; the work is left for later. */
  change(slot: number): void {
    if (slot >= this.#states.length) this.#states = longer(this.#states, slot + 1);
    if (this.#states[slot] === SETTLED) this.#waiting.push(slot);
    const isRanked = this.rank(slot) !== UNRANKED;
    if (isRanked && this.#states[slot] !== MISPLACED) this.#misplaced++;
    this.#states[slot] = isRanked ? MISPLACED : WAITING;
  }

  /** Puts the next texts in their places, and takes those away that changed; `isEmpty` says which slots have none. */
  sortIncrementally(isEmpty: (slot: number) => boolean): void {
    if (this.isSettled) return;
    this.#leave();
    const next = Uint32Array.from(this.#waiting.splice(0, STEP));
    for (const slot of next) this.#states[slot] = SETTLED;
    this.#merge(next.filter((slot) => !isEmpty(slot)).sort(this.#compare));
    this.#ranks = grown(this.#ranks, 1 + Math.max(0, ...next));
    // A loop: `forEach` of a typed array takes several times as long.
    for (let rank = 0; rank < this.#length; rank++) this.#ranks[this.#sorted[rank]!] = rank;
  }

  /** Takes those out of the order whose texts are others than those that gave them their places. */
  #leave(): void {
    if (this.#misplaced === 0) return;
    let kept = 0;
    for (let rank = 0; rank < this.#length; rank++) {
      const slot = this.#sorted[rank]!;
      if (this.#states[slot] !== MISPLACED) this.#sorted[kept++] = slot;
      else {
        this.#states[slot] = WAITING;
        this.#ranks[slot] = UNRANKED;
      }
    }
    this.#length = kept;
    this.#misplaced = 0;
  }

  /** From the last on, so that what comes after each is moved once, to where it stays. */
  #merge(batch: Uint32Array): void {
    this.#sorted = grown(this.#sorted, this.#length + batch.length);
    let end = this.#length;
    for (let index = batch.length - 1; index >= 0; index--) {
      const place = this.#placeOf(batch[index]!, end);
      this.#sorted.copyWithin(place + index + 1, place, end);
      this.#sorted[place + index] = batch[index]!;
      end = place;
    }
    this.#length += batch.length;
  }

  /** Where a slot belongs among those that are sorted, up to an end. */
  #placeOf(slot: number, end: number): number {
    let [low, high] = [0, end];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#compare(this.#sorted[middle]!, slot) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function longer(states: Uint8Array<ArrayBuffer>, length: number): Uint8Array<ArrayBuffer> {
  const grown = new Uint8Array(Math.max(length, 2 * states.length));
  grown.set(states);
  return grown;
}

/** The same numbers with room for at least `length`; the new ones are unranked. */
function grown(numbers: Uint32Array<ArrayBuffer>, length: number): Uint32Array<ArrayBuffer> {
  if (numbers.length >= length) return numbers;
  const longer = new Uint32Array(Math.max(length, 2 * numbers.length)).fill(UNRANKED);
  longer.set(numbers);
  return longer;
}
