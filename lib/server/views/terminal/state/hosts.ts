/**
 * The hosts as the terminal shows them: of the fleet as it is, of which only those that are seen are
 * looked at closely; rows that were taken before, for a view that is frozen; and one host in full, a
 * copy that stays as it is while the fleet goes on. Pure.
 */
import type { Fleet } from "../../../fleet/fleet.ts";
import type { SortColumn } from "../../../../catalogue.ts";
import { filterRows, sortRows } from "../../../fleet/index/query.ts";
import { type HostRow, hostRow } from "../../../fleet/host/row.ts";
import type { DeliveryCounts } from "../../../fleet/accounts/delivery.ts";
import { HISTORY_METRICS, type HistoryMetric } from "../../../fleet/past/points.ts";
import { type Host, hostIntervalMs } from "../../../fleet/host/host.ts";
import { hostMessage } from "../../../fleet/host/host_message.ts";
import type { LegacyMessage, Message, Metric } from "../../../../message/message.ts";

/** The keys of hosts in an order; an array of keys is one. */
export interface HostKeys {
  readonly length: number;
  /** The place of a host; −1 when it is not among them. */
  indexOf(key: string): number;
  at(index: number): string | undefined;
}

/** Hosts in an order. */
interface OrderedHosts {
  readonly keys: HostKeys;
  /** The rows from a place on. */
  rows(first: number, count: number): readonly HostRow[];
}

/** All hosts, to be put in any order. */
export interface Hosts {
  readonly size: number;
  order(text: string, sort: SortColumn, descending: boolean): OrderedHosts;
}

/** Rows that do not change. */
export function hostsOfRows(all: readonly HostRow[]): Hosts {
  return {
    size: all.length,
    order(text, sort, descending) {
      const rows = sortRows(filterRows(all, text), sort, descending);
      return {
        keys: rows.map(({ key }) => key),
        rows: (first, count) => rows.slice(first, first + count),
      };
    },
  };
}

/** The hosts of a fleet; their status and age are those at a time. */
export function hostsOfFleet(fleet: Fleet, nowMs: number): Hosts {
  return {
    size: fleet.size,
    order(text, sort, descending) {
      fleet.settleSome();
      const order = fleet.order({ text, statuses: null, sort, descending }, nowMs);
      const hosts = (first: number, count: number) => fleet.hostsAt(order.slice(first, count));
      return {
        keys: {
          length: order.length,
          indexOf: (key) => order.indexOf(fleet.host(key)?.slot ?? NaN),
          at: (index) => hosts(index, 1)[0]?.key,
        },
        rows: (first, count) => hosts(first, count).map((host) => hostRow(host, nowMs)),
      };
    },
  };
}

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
