/**
 * One host as the host page shows it: a copy that stays as it is while the fleet goes on. Pure.
 */
import type { DeliveryCounts } from "../../../fleet/accounts/delivery.ts";
import { HISTORY_METRICS, type HistoryMetric } from "../../../fleet/past/points.ts";
import { type Host, hostIntervalMs } from "../../../fleet/host.ts";
import { hostMessage } from "../../../fleet/host_message.ts";
import { type HostRow, hostRow } from "../../../fleet/row.ts";
import type { LegacyMessage, Message, Metric } from "../../../../message/message.ts";

/** All that is known of one host at a time. */
export interface HostDetail {
  readonly row: HostRow;
  readonly message: Message | LegacyMessage;
  readonly intervalMs: number;
  readonly firstSeenMs: number;
  readonly datagrams: number;
  readonly bytes: number;
  /** `null` for a host whose datagrams carry no sequence. */
  readonly delivery: DeliveryCounts | null;
  /** Interarrival jitter, and how far the host's clock seems to be behind. */
  readonly jitterMs: Metric;
  readonly clockOffsetMs: Metric;
  /** The times of the points of `history`, oldest first. */
  readonly times: readonly number[];
  readonly history: Readonly<Record<HistoryMetric, readonly Metric[]>>;
}

/** Copies what a host is at a time; the wall clock is ahead of the fleet's by so much. */
export function hostDetail(host: Host, nowMs: number, aheadMs = 0): HostDetail {
  const message = hostMessage(host);
  return {
    row: hostRow(host, nowMs, message),
    message,
    intervalMs: hostIntervalMs(host),
    firstSeenMs: host.firstSeenMs,
    datagrams: host.datagrams,
    bytes: host.bytes,
    delivery: host.delivery?.counts ?? null,
    jitterMs: host.timing?.jitterMs ?? null,
    clockOffsetMs: host.timing?.clockOffsetFrom(aheadMs) ?? null,
    times: host.history?.times() ?? [],
    history: Object.fromEntries(
      HISTORY_METRICS.map((metric) => [metric, host.history?.values(metric) ?? []]),
    ) as Record<HistoryMetric, Metric[]>,
  };
}
