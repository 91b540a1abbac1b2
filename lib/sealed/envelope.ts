/**
 * The envelope of a sealed datagram: 40 bytes of header before the ciphertext and its tag. Pure: it
 * reads and writes bytes, knows no key, and believes nothing that it reads; the opener decides.
 * docs/SECURITY.md describes the same in words.
 */
import { DatagramError, MAX_DATAGRAM_BYTES, SEALED_BYTE } from "../message/message.ts";

/** Version 1 in the high half, mode 1 (sealed with AES-256-GCM) in the low one. */
export const VERSION_AND_MODE = 0x11;
/** Bytes before the ciphertext; all of them are the additional data of the tag. */
export const HEADER_BYTES = 40;
/** Bytes after the ciphertext. */
export const TAG_BYTES = 16;
/** How much longer a sealed datagram is than its body. */
export const ENVELOPE_BYTES = HEADER_BYTES + TAG_BYTES;
/** Bytes of an agent's id and of a session in the header: 22 characters of base64url each. */
export const IDENTITY_BYTES = 16;
/** Highest key id: it is one byte. */
export const MAX_KEY_ID = 0xff;

const KEY_ID_AT = 2;
const RESERVED_AT = 3;
const ID_AT = 4;
const SESSION_AT = ID_AT + IDENTITY_BYTES;
const SEQUENCE_AT = SESSION_AT + IDENTITY_BYTES;
const BASE64URL = { alphabet: "base64url", omitPadding: true } as const;

/** What the header says; to be believed only once the tag is verified. */
export interface Header {
  readonly keyId: number;
  /** The agent's id and session as 22 characters of base64url each. */
  readonly id: string;
  readonly session: string;
  /** Start of the session on the agent's clock: the first six bytes of `session`, in milliseconds since 1970. */
  readonly startMs: number;
  readonly seq: number;
}

/** Whether a datagram claims to be sealed; no other one begins with this byte. */
export function isSealed(bytes: Uint8Array): boolean {
  return bytes[0] === SEALED_BYTE;
}

/** Writes a header. @throws {RangeError} for an id or a session that is not 16 bytes. */
export function encodeHeader(
  { keyId, id, session, seq }: Omit<Header, "startMs">,
): Uint8Array<ArrayBuffer> {
  const header = new Uint8Array(HEADER_BYTES);
  header.set([SEALED_BYTE, VERSION_AND_MODE, keyId]);
  header.set(identityBytes(id), ID_AT);
  header.set(identityBytes(session), SESSION_AT);
  new DataView(header.buffer).setUint32(SEQUENCE_AT, seq);
  return header;
}

/**
 * Reads the header of a datagram that claims to be sealed, cheapest checks first.
 *
 * @throws {DatagramError} `oversize`, `format`, `version` or `mode`.
 */
export function decodeHeader(bytes: Uint8Array): Header {
  if (bytes.length > MAX_DATAGRAM_BYTES) {
    throw DatagramError.of("oversize", `it is longer than ${MAX_DATAGRAM_BYTES} bytes`);
  }
  if (bytes.length <= ENVELOPE_BYTES) {
    throw DatagramError.of("format", "it is too short to be sealed");
  }
  if (bytes[1]! >>> 4 !== VERSION_AND_MODE >>> 4) {
    throw DatagramError.of("version", "the version of its envelope is not 1");
  }
  if (bytes[1] !== VERSION_AND_MODE || bytes[RESERVED_AT] !== 0) {
    throw DatagramError.of("mode", "it is sealed in an unknown mode");
  }
  return readFields(bytes);
}

function readFields(bytes: Uint8Array): Header {
  const view = new DataView(bytes.buffer, bytes.byteOffset, HEADER_BYTES);
  const seq = view.getUint32(SEQUENCE_AT);
  if (seq === 0) throw DatagramError.of("format", "its sequence number is 0");
  return {
    keyId: bytes[KEY_ID_AT]!,
    id: bytes.subarray(ID_AT, SESSION_AT).toBase64(BASE64URL),
    session: bytes.subarray(SESSION_AT, SEQUENCE_AT).toBase64(BASE64URL),
    startMs: view.getUint16(SESSION_AT) * 2 ** 32 + view.getUint32(SESSION_AT + 2),
    seq,
  };
}

/**
 * The 16 bytes that 22 characters of base64url stand for.
 *
 * @throws {RangeError} that completes "Cannot use the id …: ", for any other text, and for one of the
 * texts that stand for the same bytes as another.
 */
export function identityBytes(text: string): Uint8Array<ArrayBuffer> {
  if (!/^[A-Za-z0-9_-]{21}[AQgw]$/.test(text)) {
    throw new RangeError("it must be 16 bytes in 22 characters of base64url");
  }
  return Uint8Array.fromBase64(text, { alphabet: "base64url" });
}
