/**
 * Agent side: seals the messages of one session. It never uses a number twice, which would reveal both
 * messages, and never lets one out unsealed. Pure; the keys are handed to it.
 */
import { encodeMessage } from "../message/encode.ts";
import type { Message } from "../message/message.ts";
import { deriveSessionKey, sealBytes } from "./cipher.ts";
import { encodeHeader, ENVELOPE_BYTES, identityBytes } from "./envelope.ts";
import { agentSecret, type Key, type Keyring, sealingKey } from "./keyring.ts";

/** Seals for one agent in one session. */
export class Sealer {
  readonly #id: string;
  readonly #session: string;
  #lastSequence = 0;
  #key: Key | null = null;
  #sessionKey: Uint8Array | null = null;

  /** @throws {RangeError} for an id or a session that does not fit into the header. */
  constructor(id: string, session: string) {
    identityBytes(id);
    identityBytes(session);
    this.#id = id;
    this.#session = session;
  }

  /**
   * Seals a body with the key that is in use at a time; `null` when there is none.
   *
   * @throws {RangeError} when the number was used before.
   */
  seal(
    body: Uint8Array,
    seq: number,
    ring: Keyring,
    nowMs: number,
  ): Uint8Array<ArrayBuffer> | null {
    if (seq <= this.#lastSequence) {
      throw new RangeError(`Cannot seal datagram ${seq}: sequence number already used`);
    }
    const key = sealingKey(ring, this.#id, nowMs);
    if (key === null) return null;
    this.#lastSequence = seq;
    const header = encodeHeader({ keyId: key.keyId, id: this.#id, session: this.#session, seq });
    return sealBytes(this.#sessionKeyOf(key), header, body);
  }

  #sessionKeyOf(key: Key): Uint8Array {
    if (key !== this.#key || this.#sessionKey === null) {
      this.#sessionKey = deriveSessionKey(agentSecret(key, this.#id)!, this.#session);
      this.#key = key;
    }
    return this.#sessionKey;
  }
}

/** How a message is encoded before it is sealed: without what the header says, and with room for the envelope. */
export function sealedEncoding(maxDatagramBytes: number | null = null) {
  return { encode: encodeBody, overheadBytes: ENVELOPE_BYTES, maxDatagramBytes };
}

function encodeBody({ id: _id, session: _session, seq: _seq, ...body }: Message) {
  return encodeMessage(body);
}
