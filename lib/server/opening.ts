/**
 * Opens sealed datagrams for the fleet, with the keys of a file as they are when each one comes. Its
 * one job is to read the two clocks by which a session is judged.
 */
import type { Decoded } from "../message/digest.ts";
import type { Origin } from "../common/address.ts";
import type { KeyFile } from "../sealed/key_file.ts";
import { Opener, type OpenerOptions } from "../sealed/opener.ts";
import type { Decoder } from "./fleet/receipt.ts";

/** Reads what is sealed, and what is plain where that may pass. */
export class SealedDecoder implements Decoder {
  readonly #opener: Opener;
  readonly #keys: Pick<KeyFile, "ring">;

  constructor(keys: Pick<KeyFile, "ring">, options: OpenerOptions) {
    this.#keys = keys;
    this.#opener = new Opener(options);
  }

  decode(bytes: Uint8Array, sender: Origin): Decoded {
    const clock = { wallMs: Date.now(), upMs: performance.now() };
    return this.#opener.open(bytes, this.#keys.ring, clock, sender);
  }
}
