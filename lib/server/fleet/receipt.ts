/**
 * What goes into a fleet and what comes back: how it reads datagrams, how much it keeps, and what
 * became of each one. Pure.
 */
import type { Decoded } from "../../message/digest.ts";
import { Digester } from "../../message/digest.ts";
import type { Origin } from "../../common/address.ts";
import { decodeMessage } from "../../message/codec.ts";
import { type LegacyMessage, type Message, type Metric } from "../../message/message.ts";
import type { SummaryNumbers } from "../../message/metrics.ts";
import type { Network } from "../../common/network.ts";
import type { Host } from "./host/host.ts";
import type { DropReason } from "../../common/drop_reasons.js";

/** A datagram that was accepted, with the host that it changed. */
export class Accepted {
  readonly accepted = true;
  readonly host: Host;
  /** Who sent this one, which for a late one may be another than the host's newest. */
  readonly sender: Origin;
  readonly #decoded: Decoded;

  constructor(host: Host, sender: Origin, decoded: Decoded) {
    this.host = host;
    this.sender = sender;
    this.#decoded = decoded;
  }

  /** The numbers of its summary, for as long as the datagram is there. */
  get summary(): SummaryNumbers {
    return this.#decoded.digest.summary;
  }

  /** All that it says, read anew: it can be asked for as long as the datagram's bytes are there. */
  get message(): Message | LegacyMessage {
    const { body, digest: { id, session, seq }, keyId } = this.#decoded;
    const message = decodeMessage(body);
    // The envelope of a sealed one says who sent it, not its body.
    return keyId === null ? message : Object.assign(message, { id, session, seq });
  }
}

/** A datagram that was not accepted, and why; with the error where there was one. */
export interface Dropped {
  readonly accepted: false;
  readonly reason: DropReason;
  readonly error?: Error;
}

/** What became of one datagram. */
export type Receipt = Accepted | Dropped;

/** What reads datagrams. */
export interface Decoder {
  /** Reads one, from its origin and the time when it came. @throws {DatagramError} for one that is not to be accepted. */
  decode(bytes: Uint8Array, sender: Origin, nowMs: number): Decoded;
}

/** How much a fleet keeps, and how it reads. */
export interface FleetOptions {
  /** Reads the datagrams; only plain ones are accepted when absent. */
  readonly decoder?: Decoder | undefined;
  /** Networks that may send; everybody when absent or empty. */
  readonly allow?: readonly Network[];
  /** Datagrams that the kernel dropped at our socket; unknown when absent. */
  readonly kernelDropped?: (nowMs: number) => Metric;
  readonly maxHosts: number;
  readonly historyMs: number;
  readonly nowMs: number;
}

/** Reads datagrams that are not sealed. */
export class PlainDecoder implements Decoder {
  readonly #digester: Digester;

  constructor(maxHosts: number) {
    this.#digester = new Digester(maxHosts);
  }

  decode(bytes: Uint8Array, { hostname }: Origin, nowMs: number): Decoded {
    const digest = this.#digester.digest(bytes, hostname, nowMs);
    return { digest, body: bytes, keyId: null, replay: null };
  }
}
