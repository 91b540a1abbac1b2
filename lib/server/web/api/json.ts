/**
 * The fleet in the shapes of the JSON API, which docs/API.md describes. Pure.
 */
import { metricOf } from "../../../catalogue.ts";
import { RECENT_POINTS, recentOf } from "../../../common/gaps.js";
import type { Fleet } from "../../fleet/fleet.ts";
import { HISTORY_METRICS, type HistoryMetric } from "../../fleet/past/points.ts";
import { type Host, hostIntervalMs } from "../../fleet/host/host.ts";
import { hostMessage } from "../../fleet/host/host_message.ts";
import { type HostRow, hostRow } from "../../fleet/host/row.ts";
import type { Metric } from "../../../message/message.ts";
import type { Moment } from "./context.ts";

/** One row, its key called `id`, its time as the wall clock has it. */
export function rowAsJson({ key, ...row }: HostRow, aheadMs: number) {
  const { refused } = row;
  return {
    id: key,
    ...row,
    lastSeenMs: row.lastSeenMs + aheadMs,
    refused: refused && { ...refused, lastMs: refused.lastMs + aheadMs },
  };
}

/** One host in one line. */
export function rowJson(host: Host, { nowMs, aheadMs }: Moment) {
  return rowAsJson(hostRow(host, nowMs), aheadMs);
}

/** One host in one line, and its last means of CPU use in percent, oldest first; `null` where none was heard. */
export function recentRowJson(host: Host, moment: Moment) {
  const { history } = host;
  const values = (history?.values("cpu", RECENT_POINTS) ?? []).map(toHundredths);
  const recent = recentOf(history?.times(RECENT_POINTS) ?? [], values, hostIntervalMs(host));
  return { ...rowJson(host, moment), cpuRecent: recent };
}

/** The fleet in numbers. */
export function totalsJson(fleet: Fleet, { nowMs, aheadMs }: Moment) {
  const { dropped, keyUses, ...totals } = fleet.totals(nowMs);
  return {
    ...totals,
    dropped: Object.fromEntries(dropped),
    keyUses: Object.fromEntries(keyUses.entries().map(([id, ms]) => [id, ms + aheadMs])),
  };
}

/** Everything that is known of one host, but for its past. */
export function detailJson(host: Host, { nowMs, aheadMs }: Moment) {
  const { firstSeenMs, datagrams, bytes } = host;
  const message = hostMessage(host);
  return {
    nowMs: nowMs + aheadMs,
    row: rowAsJson(hostRow(host, nowMs, message), aheadMs),
    firstSeenMs: firstSeenMs + aheadMs,
    datagrams,
    bytes,
    delivery: deliveryJson(host, aheadMs),
    message,
  };
}

function deliveryJson({ delivery, timing }: Host, aheadMs: number) {
  if (delivery === null) return null;
  return {
    session: delivery.session,
    sequence: delivery.sequence,
    ...delivery.counts,
    jitterMs: timing?.jitterMs ?? null,
    intervalSeenMs: timing?.intervalMs ?? null,
    clockOffsetMs: timing?.clockOffsetFrom(aheadMs) ?? null,
  };
}

/** The past of one host: the points later than `sinceMs` of the wall clock, an array for each metric beside their times. */
export function historyJson(
  host: Host,
  { nowMs, aheadMs }: Moment,
  metrics: readonly HistoryMetric[] = HISTORY_METRICS,
  sinceMs = -Infinity,
) {
  const times = (host.history?.times() ?? []).map((timeMs) => timeMs + aheadMs);
  const later = times.findIndex((timeMs) => timeMs > sinceMs);
  const first = later < 0 ? times.length : later;
  const columns = metrics.map((metric) => {
    const values = host.history?.values(metric).slice(first) ?? [];
    return [metricOf(metric).past!, values];
  });
  return {
    nowMs: nowMs + aheadMs,
    intervalMs: hostIntervalMs(host),
    times: times.slice(first),
    ...Object.fromEntries(columns) as Record<string, Metric[]>,
  };
}

/** As exact as a message says percent, and cheaper than all digits: a snapshot holds many. */
function toHundredths(percent: Metric): Metric {
  return percent === null ? null : Math.round(percent * 100) / 100;
}
