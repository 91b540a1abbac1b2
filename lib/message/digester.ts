/**
 * From the bytes of a plain datagram to its digest: the short way for the form that agents send, the
 * long one for all others, and only so much of what takes long. Pure.
 */
import { Budget } from "../common/budget.ts";
import { checkEnds, DatagramError, decodeMessage, TARGET_DATAGRAM_BYTES } from "./message.ts";
import { TextCache } from "../common/text_cache.ts";
import { CanonicalReader } from "./canonical.ts";
import { Digest, digestMessage } from "./digest.ts";

/** The id, the name and the session. */
const TEXTS_PER_HOST = 3;

/** Bytes that may go the long way: at some 20 ns for each, 4 % of a core. */
const LONG_WAY = {
  network: { burst: 2_000_000, perSecond: 1_000_000 },
  all: { burst: 4_000_000, perSecond: 2_000_000 },
};
/** So many bytes on the short way take as long as one on the long one. */
const SHORT_WAY_BYTES = 8;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Digests datagrams, one at a time. */
export class Digester {
  readonly #digest = new Digest();
  readonly #reader: CanonicalReader;
  readonly #budget = new Budget(LONG_WAY);

  /** `mostHosts`: of so many the names are kept at hand. */
  constructor(mostHosts: number) {
    this.#reader = new CanonicalReader(new TextCache(TEXTS_PER_HOST * mostHosts));
  }

  /**
   * The digest of a plain datagram that came from an address at a time; it holds until the next call.
   *
   * @throws {DatagramError} as `decodeMessage` does, or `costly`.
   */
  digest(bytes: Uint8Array, address: string, nowMs: number): Digest {
    checkEnds(bytes);
    if (bytes.length > TARGET_DATAGRAM_BYTES) {
      this.pay(bytes.length / SHORT_WAY_BYTES, address, nowMs);
    }
    if (this.#reader.read(bytes, this.#digest)) return this.#digest;
    this.pay(bytes.length, address, nowMs);
    digestMessage(decodeMessage(bytes), this.#digest);
    keepTexts(this.#digest);
    return this.#digest;
  }

  /** Pays for what takes as long as so many bytes on the long way. @throws {DatagramError} `costly`. */
  pay(bytes: number, address: string, nowMs: number): void {
    if (this.#budget.take(address, nowMs, bytes)) return;
    throw DatagramError.of("costly", "it takes long to read, and too many such came at once");
  }
}

/** The engine keeps a part of a text as a reference to the whole: what is kept of a datagram is made anew. */
function keepTexts(digest: Digest): void {
  digest.host = copyOf(digest.host);
  digest.id &&= copyOf(digest.id);
  digest.session &&= copyOf(digest.session);
}

function copyOf(text: string): string {
  return decoder.decode(encoder.encode(text));
}
