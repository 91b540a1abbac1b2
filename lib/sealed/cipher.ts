/**
 * The two primitives: AES-256-GCM for datagrams, HKDF-SHA256 for keys, both by node:crypto and
 * synchronous, as the buffer of a datagram is gone when its turn ends. It keeps no key and no state.
 */
import { createCipheriv, createDecipheriv, hkdfSync } from "node:crypto";
import { HEADER_BYTES, identityBytes, TAG_BYTES, VERSION_AND_MODE } from "./envelope.ts";

/** Bytes of every key: fleet, agent and session. */
export const KEY_BYTES = 32;

const CIPHER = "aes-256-gcm";
const NONCE_BYTES = 12;
const SEQUENCE_BYTES = 4;
const encoder = new TextEncoder();

/** The key of one agent: HKDF(fleet key, salt "pulso/1", info "agent" ‖ key id ‖ the 16 bytes of the id). */
export function deriveAgentKey(fleetKey: Uint8Array, keyId: number, id: string): Uint8Array {
  const info = [...encoder.encode("agent"), keyId, ...identityBytes(id)];
  return hkdf(fleetKey, encoder.encode("pulso/1"), Uint8Array.from(info));
}

/** The key of one session: HKDF(agent key, salt the 16 bytes of the session, info "session" ‖ 0x11). */
export function deriveSessionKey(agentKey: Uint8Array, session: string): Uint8Array {
  const info = [...encoder.encode("session"), VERSION_AND_MODE];
  return hkdf(agentKey, identityBytes(session), Uint8Array.from(info));
}

/** HKDF-SHA256 of RFC 5869: the first 32 bytes. */
export function hkdf(key: Uint8Array, salt: Uint8Array, info: Uint8Array): Uint8Array {
  return new Uint8Array(hkdfSync("sha256", key, salt, info, KEY_BYTES));
}

/** Seals a body under a header: header ‖ ciphertext ‖ tag. */
export function sealBytes(
  sessionKey: Uint8Array,
  header: Uint8Array,
  body: Uint8Array,
): Uint8Array<ArrayBuffer> {
  const { ciphertext, tag } = encrypt(sessionKey, nonceOf(header), header, body);
  const datagram = new Uint8Array(header.length + ciphertext.length + tag.length);
  datagram.set(header);
  datagram.set(ciphertext, header.length);
  datagram.set(tag, header.length + ciphertext.length);
  return datagram;
}

/** Opens a datagram; `null` when its tag does not verify. */
export function openBytes(sessionKey: Uint8Array, datagram: Uint8Array): Uint8Array | null {
  const end = datagram.length - TAG_BYTES;
  return decrypt(sessionKey, nonceOf(datagram), datagram.subarray(0, HEADER_BYTES), {
    ciphertext: datagram.subarray(HEADER_BYTES, end),
    tag: datagram.subarray(end),
  });
}

/** Reused for every datagram: allocating an array takes longer than filling it. */
const nonce = new Uint8Array(NONCE_BYTES);

/** Twelve bytes: eight of zero, and the sequence number as it stands at the end of the header. */
function nonceOf(header: Uint8Array): Uint8Array {
  for (let n = 1; n <= SEQUENCE_BYTES; n++) nonce[NONCE_BYTES - n] = header[HEADER_BYTES - n]!;
  return nonce;
}

/** What AES-256-GCM makes of a plaintext, which is as long as the ciphertext. */
interface Encrypted {
  readonly ciphertext: Uint8Array;
  /** 16 bytes. */
  readonly tag: Uint8Array;
}

/** AES-256-GCM of NIST SP 800-38D; no nonce may be used twice with one key. */
export function encrypt(
  key: Uint8Array,
  nonce: Uint8Array,
  additional: Uint8Array,
  plaintext: Uint8Array,
): Encrypted {
  const cipher = createCipheriv(CIPHER, key, nonce);
  cipher.setAAD(additional);
  const ciphertext = cipher.update(plaintext);
  cipher.final();
  return { ciphertext, tag: cipher.getAuthTag() };
}

/** The plaintext; `null` when the tag does not verify, and then nothing of it is let out. */
export function decrypt(
  key: Uint8Array,
  nonce: Uint8Array,
  additional: Uint8Array,
  { ciphertext, tag }: Encrypted,
): Uint8Array | null {
  // Older versions of Deno accept shorter ones.
  if (tag.length !== TAG_BYTES) return null;
  const decipher = createDecipheriv(CIPHER, key, nonce);
  decipher.setAAD(additional);
  decipher.setAuthTag(tag);
  const plaintext = decipher.update(ciphertext);
  return isAuthentic(decipher) ? plaintext : null;
}

/**
 * Verifies the tag: `final` throws a plain Error when it is wrong, and cannot fail in any other way.
 * Capturing the stack would take as long as opening the datagram.
 */
function isAuthentic(decipher: { final(): unknown }): boolean {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    decipher.final();
    return true;
  } catch {
    return false;
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}
