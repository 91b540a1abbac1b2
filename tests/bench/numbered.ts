/** A datagram that is sent again and again, each time with the next sequence number written over it. */
import { encodeMessage } from "../../lib/message/encode.ts";
import type { Message } from "../../lib/message/message.ts";

/** As long as the highest, so that a number can be written over the one before. */
export const FIRST_SEQUENCE = 1_000_000_001;

const encoder = new TextEncoder();

/** The digits of a sequence number, from the first on. */
export function digitsOf(sequence: number): Uint8Array {
  return encoder.encode(String(sequence));
}

/** A message as it is sent, and where its sequence number is. */
export class NumberedDatagram {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly #sequenceAt: number;

  constructor(message: Message) {
    this.bytes = encodeMessage({ ...message, seq: FIRST_SEQUENCE });
    this.#sequenceAt = new TextDecoder().decode(this.bytes).indexOf(String(FIRST_SEQUENCE));
  }

  /** Writes another number, by its digits, over the one that it has. */
  number(digits: Uint8Array): void {
    this.bytes.set(digits, this.#sequenceAt);
  }
}
