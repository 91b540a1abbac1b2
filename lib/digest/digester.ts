/**
 * From the bytes of a plain datagram to its digest: the short way for the form that agents send, the
 * long one for all others. Pure.
 */
import { decodeMessage } from "../message.ts";
import { TextCache } from "../text_cache.ts";
import { CanonicalReader } from "./canonical.ts";
import { Digest, digestMessage } from "./digest.ts";

/** The id, the name and the session. */
const TEXTS_PER_HOST = 3;

/** Digests datagrams, one at a time. */
export class Digester {
  readonly #digest = new Digest();
  readonly #reader: CanonicalReader;

  /** `mostHosts`: of so many the names are kept at hand. */
  constructor(mostHosts: number) {
    this.#reader = new CanonicalReader(new TextCache(TEXTS_PER_HOST * mostHosts));
  }

  /**
   * The digest of a plain datagram; it holds until the next call.
   *
   * @throws {DatagramError} as `decodeMessage` does.
   */
  digest(bytes: Uint8Array): Digest {
    if (!this.#reader.read(bytes, this.#digest)) {
      digestMessage(decodeMessage(bytes), this.#digest);
    }
    return this.#digest;
  }
}
