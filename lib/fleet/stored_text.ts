/**
 * A text that is written anew again and again, as a host's last message is: its bytes lie in a store,
 * each time in the same place while they fit. Pure.
 */
import { type ByteStore, NOWHERE, stepsOf } from "./byte_store.ts";

const decoder = new TextDecoder();

/** One text. */
export class StoredText {
  readonly #store: ByteStore;
  #place = NOWHERE;
  #steps = 0;
  #length = 0;
  /** Its bytes once it has no room in the store. */
  #own: Uint8Array | null = null;

  constructor(store: ByteStore) {
    this.#store = store;
  }

  /** Whether nothing was written. */
  get isEmpty(): boolean {
    return this.#place === NOWHERE;
  }

  /** Keeps the text that these bytes are in UTF-8. */
  write(bytes: Uint8Array): void {
    const steps = stepsOf(bytes.length);
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
