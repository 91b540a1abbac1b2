/**
 * The fleet in the shapes of the JSON API, which docs/API.md describes. Pure.
 */
import type { Fleet } from "../fleet/fleet.ts";
import { HISTORY_METRICS, type HistoryMetric } from "../fleet/history.ts";
import { type Host, hostIntervalMs } from "../fleet/host.ts";
import { hostMessage } from "../fleet/host_message.ts";
import { type HostRow, hostRow } from "../fleet/row.ts";
import type { Metric } from "../message.ts";

/** Points of the CPU's recent past in a row of a snapshot. */
export const RECENT_POINTS = 30;

/** One row, its key called `id`. */
export function rowAsJson({ key, ...row }: HostRow) {
  return { id: key, ...row };
}

/** One host in one line. */
export function rowJson(host: Host, nowMs: number) {
  return rowAsJson(hostRow(host, nowMs));
}

/** One host in one line, and its last means of CPU use in percent, oldest first. */
export function recentRowJson(host: Host, nowMs: number) {
  const recent = host.history?.values("cpu", RECENT_POINTS) ?? [];
  return { ...rowJson(host, nowMs), cpuRecent: recent.map(toHundredths) };
}

/** The fleet in numbers. */
export function totalsJson(fleet: Fleet, nowMs: number) {
  const { dropped, keyUses, ...totals } = fleet.totals(nowMs);
  return {
    ...totals,
    dropped: Object.fromEntries(dropped),
    keyUses: Object.fromEntries(keyUses),
  };
}

/** Everything that is known of one host, but for its past. */
export function detailJson(host: Host, nowMs: number) {
  const { firstSeenMs, datagrams, bytes } = host;
  const message = hostMessage(host);
  return {
    nowMs,
    row: rowAsJson(hostRow(host, nowMs, message)),
    firstSeenMs,
    datagrams,
    bytes,
    delivery: deliveryJson(host),
    message,
  };
}

function deliveryJson({ delivery, timing }: Host) {
  if (delivery === null) return null;
  return {
    session: delivery.session,
    sequence: delivery.sequence,
    ...delivery.counts,
    jitterMs: timing?.jitterMs ?? null,
    intervalSeenMs: timing?.intervalMs ?? null,
    clockOffsetMs: timing?.clockOffsetMs ?? null,
  };
}

/** The past of one host: the points later than `sinceMs`, an array for each metric beside their times. */
export function historyJson(
  host: Host,
  nowMs: number,
  metrics: readonly HistoryMetric[] = HISTORY_METRICS,
  sinceMs = -Infinity,
) {
  const times = host.history?.times() ?? [];
  const later = times.findIndex((timeMs) => timeMs > sinceMs);
  const first = later < 0 ? times.length : later;
  const columns = metrics.map((metric) => {
    const values = host.history?.values(metric).slice(first) ?? [];
    return [metric, values];
  });
  return {
    nowMs,
    intervalMs: hostIntervalMs(host),
    times: times.slice(first),
    ...Object.fromEntries(columns) as Partial<Record<HistoryMetric, Metric[]>>,
  };
}

/** As exact as a message says percent, and cheaper than all digits: a snapshot holds many. */
function toHundredths(percent: Metric): Metric {
  return percent === null ? null : Math.round(percent * 100) / 100;
}
