/**
 * The last messages of all hosts as bytes in a few large arrays, outside of what the engine's
 * garbage collector looks at: a new message is written over the one before, and nothing is left
 * to collect. Pure.
 */

/** Bytes of one array; the longest datagram fits many times. */
const CHUNK_BYTES = 2 ** 20;
/** Room is given in steps, so that a text that grows by a digit stays where it is. */
const STEP_BYTES = 128;

const decoder = new TextDecoder();
const NOWHERE = -1;

/** Room for texts, given and taken back. */
export class TextStore {
  readonly #chunks: Uint8Array<ArrayBuffer>[] = [];
  /** Where the last chunk is free from. */
  #next = CHUNK_BYTES;
  /** Places that were given back, by their room in steps. */
  readonly #free: number[][] = [];

  /** A place with room for so many steps. */
  take(steps: number): number {
    const known = this.#free[steps]?.pop();
    if (known !== undefined) return known;
    const bytes = steps * STEP_BYTES;
    if (this.#next + bytes > CHUNK_BYTES) {
      this.#chunks.push(new Uint8Array(CHUNK_BYTES));
      this.#next = 0;
    }
    const place = (this.#chunks.length - 1) * CHUNK_BYTES + this.#next;
    this.#next += bytes;
    return place;
  }

  giveBack(place: number, steps: number): void {
    (this.#free[steps] ??= []).push(place);
  }

  /** The bytes from a place on. */
  bytes(place: number, length: number): Uint8Array {
    const at = place % CHUNK_BYTES;
    return this.#chunks[Math.floor(place / CHUNK_BYTES)]!.subarray(at, at + length);
  }
}

/** One text, which may be written anew. */
export class StoredText {
  readonly #store: TextStore;
  #place = NOWHERE;
  #steps = 0;
  #length = 0;
  /** Its bytes once it has no room in the store. */
  #own: Uint8Array | null = null;

  constructor(store: TextStore) {
    this.#store = store;
  }

  /** Whether nothing was written. */
  get isEmpty(): boolean {
    return this.#place === NOWHERE;
  }

  /** Keeps the text that these bytes are in UTF-8. */
  write(bytes: Uint8Array): void {
    const steps = Math.max(1, Math.ceil(bytes.length / STEP_BYTES));
    // A shorter one stays where there is room for it, unless that is more than twice as much.
    if (steps > this.#steps || 2 * steps < this.#steps) {
      this.#giveBack();
      this.#place = this.#store.take(steps);
      this.#steps = steps;
    }
    this.#length = bytes.length;
    this.#store.bytes(this.#place, bytes.length).set(bytes);
  }

  /** The text as it was last written; empty before. */
  read(): string {
    return decoder.decode(this.#bytes());
  }

  /** Gives its room back; it is written no more, and those who still look at it read what it was. */
  leave(): void {
    this.#own = this.#bytes().slice();
    this.#giveBack();
  }

  #bytes(): Uint8Array {
    if (this.#place === NOWHERE) return this.#own ?? new Uint8Array(0);
    return this.#store.bytes(this.#place, this.#length);
  }

  #giveBack(): void {
    if (this.#place !== NOWHERE) this.#store.giveBack(this.#place, this.#steps);
    this.#place = NOWHERE;
    this.#steps = 0;
  }
}
