/**
 * What goes into a fleet and what comes back: how it reads datagrams, how much it keeps, and what
 * became of each one. Pure.
 */
import type { Address } from "../format.ts";
import { decodeMessage, type LegacyMessage, type Message, type Metric } from "../message.ts";
import type { Network } from "../network.ts";
import type { Host } from "./host.ts";
import type { DropReason } from "./totals.ts";

/** A datagram that was accepted, with the host that it changed. */
export interface Accepted {
  readonly accepted: true;
  readonly host: Host;
  readonly message: Message | LegacyMessage;
}

/** A datagram that was not accepted, and why; with the error where there was one. */
export interface Dropped {
  readonly accepted: false;
  readonly reason: DropReason;
  readonly error?: Error;
}

/** What became of one datagram. */
export type Receipt = Accepted | Dropped;

/** A datagram that was decoded, and what is known of it besides. */
export interface Decoded {
  readonly message: Message | LegacyMessage;
  /** The bytes that it was read from: valid as long as the datagram, and kept as they are. */
  readonly body: Uint8Array;
  /** The id of the key that it was sealed with; `null` for a plain one. */
  readonly keyId: number | null;
  /** Why a sealed one is no news, even if the host was forgotten; `null` when it is, or nobody knows. */
  readonly replay: "duplicate" | "old" | null;
}

/** How much a fleet keeps, and how it reads. */
export interface FleetOptions {
  /** Reads a datagram; throws a `DatagramError` for one that is not to be accepted. Plain ones only when absent. */
  readonly decode?: (bytes: Uint8Array, sender: Address) => Decoded;
  /** Networks that may send; everybody when absent or empty. */
  readonly allow?: readonly Network[];
  /** Datagrams that the kernel dropped at our socket; unknown when absent. */
  readonly kernelDropped?: (nowMs: number) => Metric;
  readonly maxHosts: number;
  readonly historyMs: number;
  readonly nowMs: number;
}

/** Reads a datagram that is not sealed. @throws {DatagramError} as `decodeMessage` does. */
export function decodePlain(bytes: Uint8Array): Decoded {
  return { message: decodeMessage(bytes), body: bytes, keyId: null, replay: null };
}
