/**
 * What goes into a fleet and what comes back: how it reads datagrams, how much it keeps, and what
 * became of each one. Pure.
 */
import type { Digest } from "../../message/digest.ts";
import { Digester } from "../../message/digester.ts";
import type { Address } from "../../common/format.ts";
import {
  decodeMessage,
  type LegacyMessage,
  type Message,
  type Metric,
} from "../../message/message.ts";
import type { Network } from "../../common/network.ts";
import type { Host } from "./host.ts";
import type { Repeat } from "./accounts/sequence_window.ts";
import type { DropReason } from "./totals.ts";

/** A datagram that was accepted, with the host that it changed. */
export class Accepted {
  readonly accepted = true;
  readonly host: Host;
  /** Who sent this one, which for a late one may be another than the host's newest. */
  readonly sender: Address;
  readonly #decoded: Decoded;

  constructor(host: Host, sender: Address, decoded: Decoded) {
    this.host = host;
    this.sender = sender;
    this.#decoded = decoded;
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

/** A datagram that was decoded, and what is known of it besides; it holds until the next one. */
export interface Decoded {
  readonly digest: Digest;
  /** The bytes that it was read from: valid as long as the datagram, and kept as they are. */
  readonly body: Uint8Array;
  /** The id of the key that it was sealed with; `null` for a plain one. */
  readonly keyId: number | null;
  /** Why a sealed one is no news, whatever the fleet knows; `null` when it is, or nobody can tell. */
  readonly replay: Repeat | null;
  /** Whether it is known that a sealed one's agent begins anew with it. */
  readonly isAnew?: boolean;
}

/** How datagrams are read, with their sender and the time when they came. */
export type Decode = (bytes: Uint8Array, sender: Address, nowMs: number) => Decoded;

/** How much a fleet keeps, and how it reads. */
export interface FleetOptions {
  /** Reads a datagram; throws a `DatagramError` for one that is not to be accepted. Plain ones only when absent. */
  readonly decode?: Decode;
  /** Networks that may send; everybody when absent or empty. */
  readonly allow?: readonly Network[];
  /** Datagrams that the kernel dropped at our socket; unknown when absent. */
  readonly kernelDropped?: (nowMs: number) => Metric;
  readonly maxHosts: number;
  readonly historyMs: number;
  readonly nowMs: number;
}

/** Reads datagrams that are not sealed, and throws as `decodeMessage` does. */
export function plainDecoder(maxHosts: number): Decode {
  const digester = new Digester(maxHosts);
  return (bytes, { hostname }, nowMs) => ({
    digest: digester.digest(bytes, hostname, nowMs),
    body: bytes,
    keyId: null,
    replay: null,
  });
}
