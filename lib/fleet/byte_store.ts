/**
 * Room for the bytes of all hosts in a few large arrays, outside of what the engine's garbage
 * collector looks at: what is written anew takes the place of what was before, and nothing is left to
 * collect. Pure.
 */

/** Bytes of one array; the longest datagram fits many times. */
const CHUNK_BYTES = 2 ** 20;
/** Room is given in steps, so that a text that grows by a digit stays where it is. */
const STEP_BYTES = 32;
const STEPS_PER_CHUNK = CHUNK_BYTES / STEP_BYTES;

/** Rooms come in so many sizes from one power of two to the next. */
const SIZES_PER_OCTAVE = 4;

/**
 * How many steps of room so many bytes get: in few sizes, as what is given back serves only for the
 * same size. So a host that has had all of them leaves no more than seven times its largest behind.
 */
export function stepsOf(bytes: number): number {
  const steps = Math.max(1, Math.ceil(bytes / STEP_BYTES));
  const grain = Math.max(1, 2 ** Math.floor(Math.log2(steps)) / SIZES_PER_OCTAVE);
  return Math.ceil(steps / grain) * grain;
}

/** Room, given and taken back. A place is where it begins, counted in steps over all arrays. */
export class ByteStore {
  readonly #bytes: Uint8Array<ArrayBuffer>[] = [];
  readonly #words: Uint16Array<ArrayBuffer>[] = [];
  /** Where the last array is free from, in steps. */
  #next = STEPS_PER_CHUNK;
  /** Places that were given back, by their room in steps. */
  readonly #free: number[][] = [];

  /** How much memory it has. */
  get byteLength(): number {
    return CHUNK_BYTES * this.#bytes.length;
  }

  /** A place with room for so many steps; what is there is of no meaning. */
  take(steps: number): number {
    const known = this.#free[steps]?.pop();
    if (known !== undefined) return known;
    if (this.#next + steps > STEPS_PER_CHUNK) {
      const chunk = new ArrayBuffer(CHUNK_BYTES);
      this.#bytes.push(new Uint8Array(chunk));
      this.#words.push(new Uint16Array(chunk));
      this.#next = 0;
    }
    const place = (this.#bytes.length - 1) * STEPS_PER_CHUNK + this.#next;
    this.#next += steps;
    return place;
  }

  giveBack(place: number, steps: number): void {
    (this.#free[steps] ??= []).push(place);
  }

  /** The bytes from a place on. */
  bytes(place: number, length: number): Uint8Array<ArrayBuffer> {
    const at = place % STEPS_PER_CHUNK * STEP_BYTES;
    return this.#bytes[Math.floor(place / STEPS_PER_CHUNK)]!.subarray(at, at + length);
  }

  /** The array that a place is in, as numbers of 16 bits. */
  words(place: number): Uint16Array<ArrayBuffer> {
    return this.#words[Math.floor(place / STEPS_PER_CHUNK)]!;
  }

  /** Where in that array the place begins. */
  firstWord(place: number): number {
    return place % STEPS_PER_CHUNK * STEP_BYTES / 2;
  }
}
