/**
 * What the whole fleet and the server itself are in a few numbers. Pure.
 */
import type { DecodeReason, Metric, SealReason } from "../../message/message.ts";
import type { HostStatus } from "./status.ts";

/** Why a datagram was not accepted: it cannot be decoded, is no news, finds no room, or met a fault of ours. */
export type DropReason = "source" | DecodeReason | SealReason | "duplicate" | "old" | "internal";

/** Every reason with the words that a view explains it by. */
export const DROP_REASONS: Readonly<Record<DropReason, string>> = {
  source: "of an address that is not listed (--allow)",
  empty: "no bytes at all",
  oversize: "longer than 8,192 bytes",
  format: "neither a JSON object nor a whole sealed datagram",
  costly: "not as agents write it, and too many such came at once",
  utf8: "not UTF-8",
  json: "not JSON",
  version: "a message version that this server does not know",
  schema: "a field that is missing, malformed or out of range",
  plain: "not sealed, where all must be (--auth require)",
  mode: "sealed in a way that this server does not know",
  key: "sealed with a key that is not here, or not valid now",
  auth: "sealed, and altered, or made with another key",
  session: "sealed, of an older session than the agent's newest",
  clock: "opens a sealed session, and its time is not now",
  downgrade: "plain, of an id that was heard sealed (--auth mixed)",
  duplicate: "a copy of a datagram that had come before",
  old: "too far behind to tell whether it is a copy",
  budget: "of a stranger, and too many strangers came at once",
  capacity: "a new host, and no room for one more (--max-hosts)",
  internal: "a fault inside this server",
};

/** The fleet in numbers. Of every datagram: `received` = `accepted` + all of `dropped`. */
export interface FleetTotals {
  readonly hosts: number;
  readonly byStatus: Readonly<Record<HostStatus, number>>;
  /** Datagrams per second over the last seconds; `null` in the first. */
  readonly datagramsPerSecond: Metric;
  readonly received: number;
  readonly receivedBytes: number;
  readonly accepted: number;
  /** Datagrams not accepted, by reason; reasons that did not occur are absent. */
  readonly dropped: ReadonlyMap<DropReason, number>;
  /** Datagrams that the kernel dropped as our socket was full; not in `received`. `null` where it cannot be read. */
  readonly kernelDropped: Metric;
  /** Datagrams that never came, over all hosts with a sequence; `null` when there is none such. */
  readonly lost: Metric;
  /** When a datagram sealed with each key was last accepted, on the server's clock, by key id. */
  readonly keyUses: ReadonlyMap<number, number>;
  /** Hosts that were forgotten, as others needed the room. */
  readonly forgotten: number;
}
