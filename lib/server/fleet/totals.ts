/**
 * What the whole fleet and the server itself are in a few numbers. Pure.
 */
import type { DROP_REASONS } from "../../common/drop_reasons.js";
import type { Metric } from "../../message/message.ts";
import type { HostStatus } from "../../common/status.js";

/** Why a datagram was not accepted: it cannot be decoded, is no news, finds no room, or met a fault of ours. */
export type DropReason = keyof typeof DROP_REASONS;

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
