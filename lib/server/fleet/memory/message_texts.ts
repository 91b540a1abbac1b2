/**
 * A text of each slot that is written anew again and again, as a host's last message is: its bytes
 * lie in a store, each time in the same place while they fit. Pure.
 */
import { type Arena, stepsOf } from "./arena.ts";
import { Rows } from "./rows.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A row has four words: where the text is, how much room it has in steps, and how long it is. */
const ROW_NUMBERS = 2;
const [PLACE, STEPS, LENGTH] = [0, 1, 2];

/** The newest messages of all hosts. */
export class MessageTexts {
  readonly #store: Arena;
  readonly #rows = new Rows(ROW_NUMBERS);

  constructor(store: Arena) {
    this.#store = store;
  }

  /** Keeps the text that these bytes are in UTF-8. */
  write(slot: number, bytes: Uint8Array): void {
    const { words, at } = this.#rows.row(slot);
    const first = 2 * at;
    const [needed, present] = [stepsOf(bytes.length), words[first + STEPS]!];
    // A shorter one stays where there is room for it, unless that is more than twice as much.
    if (needed > present || 2 * needed < present) {
      if (present > 0) this.#store.giveBack(words[first + PLACE]!, present);
      words[first + PLACE] = this.#store.take(needed);
      words[first + STEPS] = needed;
    }
    words[first + LENGTH] = bytes.length;
    this.#store.bytes(words[first + PLACE]!, bytes.length).set(bytes);
  }

  /** Adds to the text, which is not empty, what these bytes are in UTF-8. */
  append(slot: number, separator: string, bytes: Uint8Array): void {
    const { words, at } = this.#rows.row(slot);
    const before = this.#store.bytes(words[2 * at + PLACE]!, words[2 * at + LENGTH]!);
    const whole = new Uint8Array(before.length + separator.length + bytes.length);
    whole.set(before);
    encoder.encodeInto(separator, whole.subarray(before.length));
    whole.set(bytes, before.length + separator.length);
    this.write(slot, whole);
  }

  /** The text as it was last written; empty before. */
  read(slot: number): string {
    const { words, at } = this.#rows.row(slot);
    const first = 2 * at;
    if (words[first + STEPS] === 0) return "";
    return decoder.decode(this.#store.bytes(words[first + PLACE]!, words[first + LENGTH]!));
  }

  /** The text is gone, and its room is for others. */
  leave(slot: number): void {
    const { words, at } = this.#rows.row(slot);
    const first = 2 * at;
    if (words[first + STEPS]! > 0) {
      this.#store.giveBack(words[first + PLACE]!, words[first + STEPS]!);
    }
    this.#rows.clear(slot);
  }
}
