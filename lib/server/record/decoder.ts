/**
 * Verdicts on datagrams: learnt while they are decoded, so that they can be carried with them, and repeated
 * where they are read again, as far as what carries them holds them. That needs no keys. Pure.
 */
import type { Origin } from "../../common/address.ts";
import { type Decoded, Digester } from "../../message/digest.ts";
import { DatagramError } from "../../message/message.ts";
import { decodeHeader, HEADER_BYTES, TAG_BYTES } from "../../sealed/envelope.ts";
import { type Decoder, PlainDecoder, type Receipt } from "../fleet/receipt.ts";
import { type EntryReader, KIND, type Verdict } from "./format.ts";

const PLAIN: Verdict = { kind: "plain" };
/** For those that were let in and need not be judged again. */
export const PASSED: Verdict = { kind: "passed" };
const NOT_LISTED: Verdict = { kind: "refused", reason: "source", agent: null };

/** Learns what a decoder makes of each datagram. */
export class VerdictDecoder implements Decoder {
  readonly #decoder: Decoder | undefined;
  #decoded: Decoded | null = null;
  #refused: DatagramError | null = null;

  /** Of the decoder of sealed datagrams; without one all are plain. */
  constructor(decoder: Decoder | undefined) {
    this.#decoder = decoder;
  }

  decode(bytes: Uint8Array, sender: Origin, nowMs: number): Decoded {
    this.#decoded = this.#refused = null;
    try {
      return this.#decoded = this.#decoder!.decode(bytes, sender, nowMs);
    } catch (error) {
      if (error instanceof DatagramError) this.#refused = error;
      throw error;
    }
  }

  /** The verdict on the datagram that the fleet has taken last, valid as long as its bytes. */
  verdictOn(receipt: Receipt): Verdict {
    if (!receipt.accepted && receipt.reason === "source") return NOT_LISTED;
    if (this.#decoder === undefined) return PLAIN;
    if (this.#refused !== null) {
      const { reason, agent } = this.#refused;
      return { kind: "refused", reason, agent };
    }
    if (this.#decoded === null) return PLAIN;
    const { keyId, body, isAnew = false, replay } = this.#decoded;
    return keyId === null ? PASSED : { kind: "opened", body, isAnew, replay };
  }
}

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
