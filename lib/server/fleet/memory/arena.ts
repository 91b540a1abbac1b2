/**
 * An allocator for the bytes of all hosts in a few large arrays that the garbage collector does not scan:
 * new data overwrites old, and leaves no garbage. Freed room serves any size, as free runs next to each
 * other are merged. Pure.
 */

/** Bytes of one chunk; the longest datagram fits many times. */
export const CHUNK_BYTES = 2 ** 20;
/** Room is given in steps, so that a text that grows by a digit stays where it is. */
export const STEP_BYTES = 16;
/** Steps of one chunk. */
const STEPS_PER_CHUNK = CHUNK_BYTES / STEP_BYTES;

/** Rooms come in 32 sizes from one power of two to the next: those have five bits after the first. */
const SIZE_BITS = 5;
/** Numbers of 32 bits in a step, and what those of a free run's first and last step are. */
const NUMBERS = STEP_BYTES / 4;
const [LENGTH, PREVIOUS, NEXT, LENGTH_AT_END] = [0, 1, 2, NUMBERS - 1];
/** In place of a step. */
const NONE = -1;

/** The steps of room for so many bytes: one of few size classes, so that freed room soon fits another. */
export function sizeClass(bytes: number): number {
  const steps = Math.max(1, Math.ceil(bytes / STEP_BYTES));
  const grain = 1 << grainBitsOf(steps);
  return Math.ceil(steps / grain) * grain;
}

/** The number of the largest size that is not above so many steps. */
export function listOf(steps: number): number {
  const bits = grainBitsOf(steps);
  return (bits << SIZE_BITS) + (steps >> bits);
}

/** How many lists of free runs there are. */
const LISTS = listOf(STEPS_PER_CHUNK) + 1;

/** The bytes of a chunk, and which of its steps are free. */
class Chunk {
  readonly bytes = new Uint8Array(CHUNK_BYTES);
  readonly words = new Uint16Array(this.bytes.buffer);
  readonly #numbers = new Int32Array(this.bytes.buffer);
  /** A bit for each step: whether a free run begins or ends with it. */
  readonly #edges = new Uint8Array(STEPS_PER_CHUNK / 8);
  /** The first free run of each list; all in a list are at least as long as its size. */
  readonly #lists = new Int32Array(LISTS).fill(NONE);
  /** From this list on all are empty. */
  #end = 0;

  constructor() {
    this.#link(0, STEPS_PER_CHUNK);
  }

  /** Whether nothing of it is used. */
  get isFree(): boolean {
    return this.#lists.at(-1) !== NONE;
  }

  /** Where a run of so many steps, as `sizeClass` tells, is used from now on; -1 where none is free. */
  take(steps: number): number {
    const step = this.#find(listOf(steps));
    if (step === NONE) return NONE;
    const free = this.#lengthFrom(step);
    this.#unlink(step);
    if (free > steps) this.#link(step + steps, free - steps);
    return step;
  }

  /** The run is free, and one with the free runs beside it: how long that is. */
  giveBack(step: number, steps: number): number {
    const before = this.#lengthUpTo(step);
    const after = this.#lengthFrom(step + steps);
    if (before > 0) this.#unlink(step - before);
    if (after > 0) this.#unlink(step + steps);
    this.#link(step - before, before + steps + after);
    return before + steps + after;
  }

  /** A run of the first list from this one on that has any. */
  #find(from: number): number {
    for (let list = from; list < this.#end; list++) {
      if (this.#lists[list] !== NONE) return this.#lists[list]!;
    }
    this.#end = Math.min(this.#end, from);
    return NONE;
  }

  /** Puts a free run first in its list. */
  #link(step: number, steps: number): void {
    const list = listOf(steps);
    const next = this.#lists[list]!;
    const [first, last] = [NUMBERS * step, NUMBERS * (step + steps - 1)];
    this.#numbers[first + LENGTH] = this.#numbers[last + LENGTH_AT_END] = steps;
    this.#numbers[first + PREVIOUS] = NONE;
    this.#numbers[first + NEXT] = next;
    if (next !== NONE) this.#numbers[NUMBERS * next + PREVIOUS] = step;
    this.#lists[list] = step;
    this.#end = Math.max(this.#end, list + 1);
    this.#setEdge(step, 1);
    this.#setEdge(step + steps - 1, 1);
  }

  /** Takes a free run out of its list. */
  #unlink(step: number): void {
    const steps = this.#lengthFrom(step);
    const previous = this.#numbers[NUMBERS * step + PREVIOUS]!;
    const next = this.#numbers[NUMBERS * step + NEXT]!;
    if (previous === NONE) this.#lists[listOf(steps)] = next;
    else this.#numbers[NUMBERS * previous + NEXT] = next;
    if (next !== NONE) this.#numbers[NUMBERS * next + PREVIOUS] = previous;
    this.#setEdge(step, 0);
    this.#setEdge(step + steps - 1, 0);
  }

  /** How long the free run is that begins with this step; 0 where none does. */
  #lengthFrom(step: number): number {
    return this.#isEdge(step) ? this.#numbers[NUMBERS * step + LENGTH]! : 0;
  }

  /** How long the free run is that ends just before this step; 0 where none does. */
  #lengthUpTo(step: number): number {
    return this.#isEdge(step - 1) ? this.#numbers[NUMBERS * (step - 1) + LENGTH_AT_END]! : 0;
  }

  #isEdge(step: number): boolean {
    return step >= 0 && step < STEPS_PER_CHUNK && (this.#edges[step >> 3]! >> (step & 7) & 1) === 1;
  }

  #setEdge(step: number, bit: 0 | 1): void {
    this.#edges[step >> 3] = this.#edges[step >> 3]! & ~(1 << (step & 7)) | bit << (step & 7);
  }
}

/** How many bits of a number near this one are no part of a size. */
function grainBitsOf(steps: number): number {
  return Math.max(0, 31 - SIZE_BITS - Math.clz32(steps));
}

/** Room, given and taken back. A place is where it begins, counted in steps over all chunks. */
export class Arena {
  /** `null` where one was released. */
  readonly #chunks: (Chunk | null)[] = [];
  /** For each size the first chunk that may have room for it. */
  readonly #first = new Int32Array(LISTS);

  /** How much memory it has. */
  get byteLength(): number {
    return CHUNK_BYTES * this.#chunks.filter((chunk) => chunk !== null).length;
  }

  /**
   * A place with room for so many steps, as `sizeClass` tells; what is there is of no meaning. It is in
   * the first chunk that has room, so that the last ones become free.
   */
  take(steps: number): number {
    const list = listOf(steps);
    for (let index = this.#first[list]!; index < this.#chunks.length; index++) {
      const step = this.#chunks[index]?.take(steps) ?? -1;
      if (step < 0) continue;
      this.#first[list] = index;
      return STEPS_PER_CHUNK * index + step;
    }
    this.#add();
    return this.take(steps);
  }

  /** The room is for others; of the chunks that are free as a whole, one is kept. */
  giveBack(place: number, steps: number): void {
    const [index, chunk] = [indexOf(place), this.#chunk(place)];
    this.#offer(index, chunk.giveBack(stepOf(place), steps));
    if (!chunk.isFree) return;
    if (this.#chunks.some((other) => other !== chunk && other?.isFree)) this.#chunks[index] = null;
  }

  /** The bytes from a place on. */
  bytes(place: number, length: number): Uint8Array<ArrayBuffer> {
    const at = stepOf(place) * STEP_BYTES;
    return this.#chunk(place).bytes.subarray(at, at + length);
  }

  /** The array that a place is in, as numbers of 16 bits. */
  words(place: number): Uint16Array<ArrayBuffer> {
    return this.#chunk(place).words;
  }

  /** Where in that array the place begins. */
  firstWord(place: number): number {
    return stepOf(place) * STEP_BYTES / 2;
  }

  #add(): void {
    const released = this.#chunks.indexOf(null);
    const index = released === -1 ? this.#chunks.length : released;
    this.#chunks[index] = new Chunk();
    this.#offer(index, STEPS_PER_CHUNK);
  }

  /** A chunk has a free run of so many steps. */
  #offer(index: number, steps: number): void {
    for (let list = listOf(steps); list >= 0; list--) {
      if (index < this.#first[list]!) this.#first[list] = index;
    }
  }

  #chunk(place: number): Chunk {
    return this.#chunks[indexOf(place)]!;
  }
}

function indexOf(place: number): number {
  return Math.floor(place / STEPS_PER_CHUNK);
}

function stepOf(place: number): number {
  return place % STEPS_PER_CHUNK;
}
