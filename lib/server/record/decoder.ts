/**
 * Repeats the verdicts on the datagrams of a record, as far as the record holds them: playing it needs no
 * keys. Pure.
 */
import type { Origin } from "../../common/address.ts";
import { type Decoded, Digester } from "../../message/digest.ts";
import { DatagramError } from "../../message/message.ts";
import { decodeHeader, HEADER_BYTES, TAG_BYTES } from "../../sealed/envelope.ts";
import { type Decoder, PlainDecoder } from "../fleet/receipt.ts";
import { type EntryReader, KIND } from "./format.ts";

/** Reads the datagram of the entry that was read last. */
export class RecordedDecoder implements Decoder {
  readonly #entries: EntryReader;
  readonly #plain: PlainDecoder;
  /** For those that were let in: no budget keeps them out now. */
  readonly #digester: Digester;

  constructor(entries: EntryReader, maxHosts: number) {
    this.#entries = entries;
    this.#plain = new PlainDecoder(maxHosts);
    this.#digester = new Digester(maxHosts);
  }

  /** The bytes that are handed on: as many as came. */
  bytes(): Uint8Array {
    const { kind, bytes } = this.#entries;
    if (kind !== KIND.opened) return bytes;
    const whole = new Uint8Array(bytes.length + TAG_BYTES);
    whole.set(bytes);
    return whole;
  }

  decode(bytes: Uint8Array, sender: Origin, nowMs: number): Decoded {
    const { kind, reason, agent } = this.#entries;
    if (kind === KIND.plain) return this.#plain.decode(bytes, sender, nowMs);
    if (kind === KIND.opened) return this.#opened(bytes, sender);
    if (kind === KIND.passed) {
      const digest = this.#digester.digest(bytes, sender.hostname, Infinity);
      return { digest, body: bytes, keyId: null, replay: null, isAnew: false };
    }
    const words = "it was refused when it was recorded";
    throw new DatagramError(reason as DatagramError["reason"], words, agent);
  }

  #opened(bytes: Uint8Array, { hostname }: Origin): Decoded {
    const { id, session, seq, keyId } = decodeHeader(bytes);
    const body = bytes.subarray(HEADER_BYTES, bytes.length - TAG_BYTES);
    const digest = this.#digester.digest(body, hostname, Infinity);
    if (digest.legacy) throw DatagramError.of("schema", "v is missing");
    digest.id = id;
    digest.session = session;
    digest.seq = seq;
    const { replay, isAnew } = this.#entries;
    return { digest, body, keyId, replay, isAnew };
  }
}
