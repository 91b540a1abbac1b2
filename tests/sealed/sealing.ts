/** Keys, agents and sealed datagrams for the tests of the sealed room. */
import { createHash } from "node:crypto";
import type { Message } from "../../lib/message/message.ts";
import type { Key, Keyring } from "../../lib/sealed/keyring.ts";
import { sealedEncoding, Sealer } from "../../lib/sealed/sealer.ts";

/** When the tests take place. */
export const NOW_MS = 1_795_442_910_170;

const BASE64URL = { alphabet: "base64url", omitPadding: true } as const;

function bytesOf(seed: string, length: number): Uint8Array {
  return new Uint8Array(createHash("sha256").update(seed).digest().subarray(0, length));
}

/** The id of an agent, by number. */
export function idOf(agent: number): string {
  return bytesOf(`agent ${agent}`, 16).toBase64(BASE64URL);
}

/** A session that began at a time; with another salt another one of the same moment. */
export function sessionOf(startMs: number, salt = 0): string {
  const bytes = bytesOf(`session ${salt}`, 16);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, Math.floor(startMs / 2 ** 32));
  view.setUint32(2, startMs % 2 ** 32);
  return bytes.toBase64(BASE64URL);
}

/** A key of the fleet, by its id. */
export function keyOf(keyId: number, changes: Partial<Key> = {}): Key {
  return {
    keyId,
    agent: null,
    secret: bytesOf(`key ${keyId}`, 32),
    notBeforeMs: -Infinity,
    notAfterMs: Infinity,
    ...changes,
  };
}

/** A ring of keys; the fleet's key 1 alone when none is named. */
export function ringOf(...keys: readonly Key[]): Keyring {
  const all = keys.length === 0 ? [keyOf(1)] : keys;
  return new Map(all.map((key) => [key.keyId, key]));
}

/** What a sealed datagram is made of; each part as usual unless it is named. */
export interface Sealing {
  readonly agent?: number;
  readonly session?: string;
  readonly seq?: number;
  readonly ring?: Keyring;
  readonly message?: Partial<Message>;
}

/** One sealed datagram, as an agent sends it. */
export function sealed(
  { agent = 1, session = sessionOf(NOW_MS), seq = 1, ring = ringOf(), message = {} }: Sealing = {},
): Uint8Array<ArrayBuffer> {
  const body = sealedEncoding().encode({ v: 1, host: "web-01", time: NOW_MS, ...message });
  return new Sealer(idOf(agent), session).seal(body, seq, ring, NOW_MS)!;
}
