/**
 * Room for the bytes of all hosts in a few large arrays, outside of what the engine's garbage
 * collector looks at: what is written anew takes the place of what was before, and nothing is left to
 * collect. What is given back serves for any size. Pure.
 */
import { Chunk, CHUNK_BYTES, listOf, LISTS, STEP_BYTES, STEPS_PER_CHUNK } from "../past/chunk.ts";

/** Room, given and taken back. A place is where it begins, counted in steps over all chunks. */
export class ByteStore {
  /** `null` where one was released. */
  readonly #chunks: (Chunk | null)[] = [];
  /** For each size the first chunk that may have room for it. */
  readonly #first = new Int32Array(LISTS);

  /** How much memory it has. */
  get byteLength(): number {
    return CHUNK_BYTES * this.#chunks.filter((chunk) => chunk !== null).length;
  }

  /**
   * A place with room for so many steps, as `stepsOf` tells; what is there is of no meaning. It is in
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
