/**
 * The hosts as the terminal shows them: of the fleet as it is, of which only those that are seen are
 * looked at closely; rows that were taken before, for a view that is frozen; and one host in full, a
 * copy that stays as it is while the fleet goes on. Pure.
 */
import type { ViewState as FollowState } from "../../../../common/ways.js";
import type { Fleet } from "../../../fleet/fleet.ts";
import { filterRows, groupRows, sortRows } from "../../../fleet/index/query.ts";
import { NOTHING, onWallClock, type Queue, type ShownAlert } from "../../../../common/alerts.js";
import type { HostWays } from "../../../fleet/ways/way.ts";
import { type HostRow, hostRow } from "../../../fleet/host/row.ts";
import type { DeliveryCounts } from "../../../fleet/accounts/delivery.ts";
import { HISTORY_METRICS, type HistoryMetric } from "../../../fleet/past/points.ts";
import { type Host, hostIntervalMs } from "../../../fleet/host/host.ts";
import { hostMessage } from "../../../fleet/host/host_message.ts";
import type { LegacyMessage, Message, Metric } from "../../../../message/message.ts";
import type { FleetTotals } from "../../../fleet/receipt.ts";
import { type OrderedHosts, withGroups } from "./grouped.ts";
import type { Comparison, Selection } from "./state.ts";
import type { Ranges, ReadPast, RecentPoints } from "./past.ts";
import { hostStatus } from "../../../../common/status.js";

/** All hosts, to be put in any order. */
export interface Hosts {
  readonly size: number;
  /** The keys of all tags that there are. */
  readonly tagKeys: readonly string[];
  /** What a host is called; its key where it is not known. */
  nameOf(key: string): string;
  /** Alerts say which hosts are shown of groups that are folded. */
  order(selection: Selection, alerts: readonly ShownAlert[]): OrderedHosts;
}

/** Rows that do not change. */
export function hostsOfRows(all: readonly HostRow[]): Hosts {
  return {
    size: all.length,
    tagKeys: [...new Set(all.flatMap(({ tags }) => Object.keys(tags)))].sort(),
    nameOf: (key) => all.find((row) => row.key === key)?.name ?? key,
    order({ filter, sort, descending, group, open }, alerts) {
      const matched = filterRows(all, filter);
      const sorted = (rows: readonly HostRow[]) => sortRows(rows, sort, descending);
      if (group === null) return listOf(sorted(matched), matched.length);
      const groups = groupRows(matched, group, sort);
      const opened = groups.filter(({ value }) => open.includes(value));
      const list = listOf(opened.flatMap(({ members }) => sorted(members)), matched.length);
      const found = new Map(
        groups.flatMap(({ value, members }) =>
          members.map((host) => [host.key, { host, value }] as const)
        ),
      );
      return withGroups(list, groups, { tag: group, open, alerts }, {
        find: (key) => found.get(key),
        keyOf: ({ key }) => key,
        nameOf: ({ name }) => name,
        statusOf: ({ status }) => status,
        rowsOf: (rows) => rows,
      });
    },
  };
}

function listOf(rows: readonly HostRow[], matched: number): OrderedHosts {
  return {
    keys: rows.map(({ key }) => key),
    matched,
    rows: (first, count) => rows.slice(first, first + count),
  };
}

/** More hosts than a screen shows. */
const MAX_KEPT = 500;

/** Reads newest messages, and keeps some until others come: of those on the screen few are new at a look. */
export function messageReader(): typeof hostMessage {
  const kept = new Map<
    Host,
    { readonly version: number; readonly message: Message | LegacyMessage }
  >();
  return (host) => {
    const { version } = host;
    const known = kept.get(host);
    if (known?.version === version) return known.message;
    if (kept.size >= MAX_KEPT) kept.clear();
    const message = hostMessage(host);
    kept.set(host, { version, message });
    return message;
  };
}

/** The hosts of a fleet; their status and age are those at a time. */
export function hostsOfFleet(
  fleet: Fleet,
  nowMs: number,
  messageOf = hostMessage,
): Hosts {
  const rowOf = (host: Host) => hostRow(host, nowMs, messageOf(host));
  return {
    size: fleet.size,
    tagKeys: fleet.index.tags.keys(),
    nameOf: (key) => fleet.host(key)?.name ?? key,
    order({ filter, group, open, ...sorting }, alerts) {
      fleet.sortIncrementally(sorting.sort);
      const query = { text: filter, statuses: null, group, open, ...sorting };
      const order = fleet.order(query, nowMs);
      const hosts = (first: number, count: number) => fleet.hostsAt(order.slice(first, count));
      const list = {
        keys: {
          length: order.length,
          indexOf: (key: string) => order.indexOf(fleet.host(key)?.slot ?? NaN),
          at: (index: number) => hosts(index, 1)[0]?.key,
        },
        matched: order.matched,
        rows: (first: number, count: number) => hosts(first, count).map(rowOf),
      };
      if (group === null || order.groups === null) return list;
      return withGroups(list, order.groups, { tag: group, open, alerts }, {
        find(key) {
          const host = fleet.host(key)?.slot;
          const value = host === undefined ? undefined : order.groupOf(host);
          return host === undefined || value === undefined ? undefined : { host, value };
        },
        keyOf: (slot) => fleet.index.host(slot)?.key ?? "",
        nameOf: (slot) => fleet.index.host(slot)?.name ?? "",
        statusOf: (slot) => fleet.index.status(slot, nowMs),
        rowsOf: (slots) => fleet.hostsAt(Uint32Array.from(slots)).map(rowOf),
      });
    },
  };
}

/** One of several hosts that are compared in one metric. */
export interface ComparedHost extends RecentPoints {
  readonly key: string;
  readonly name: string;
  readonly status: HostRow["status"];
}

/** The fleet, as it is when asked. */
export interface FleetReader {
  hosts(nowMs: number): Hosts;
  /** All of them as they are, for a view that is frozen. */
  rows(nowMs: number): readonly HostRow[];
  totals(): FleetTotals;
  /** How it follows its sites, where it is a view. */
  view(): FollowState | null;
  host(key: string): Host | undefined;
  /** What stands in the fleet, and of one host. */
  alerts(): Queue;
  alertsOf(key: string): Queue;
  /** The past of a host; `null` where none is kept on disk. */
  readonly past: ReadPast | null;
}

/** So many hosts are compared where none is picked. */
const MOST_COMPARED = 5;

/**
 * The hosts that are compared: those that are picked; where none is, those with the most when they were asked
 * for first, which stay in their places from then on; none on other pages.
 */
export function readCompared(
  read: Pick<FleetReader, "hosts" | "host">,
  { page, picked, metric }: Comparison & { readonly page: string },
  moment: { readonly nowMs: number; readonly aheadMs: number },
  before: readonly ComparedHost[] = [],
): readonly ComparedHost[] {
  if (page !== "compare") return [];
  const selection = { filter: "", sort: metric, descending: true, group: null, open: [] };
  const highest = () => read.hosts(moment.nowMs).order(selection, []).rows(0, MOST_COMPARED);
  const most = () => before.length < MOST_COMPARED ? highest() : before;
  const keys = picked.length > 0 ? picked : most().map(({ key }) => key);
  return keys.map((key) => read.host(key)).filter((host) => host !== undefined)
    .map((host) => comparedHost(host, metric, moment));
}

/** Copies the past of a host in one metric; the wall clock is ahead of the fleet's by so much. */
function comparedHost(
  host: Host,
  metric: HistoryMetric,
  { nowMs, aheadMs }: { readonly nowMs: number; readonly aheadMs: number },
): ComparedHost {
  const { key, name, history, left } = host;
  const intervalMs = hostIntervalMs(host);
  const status = hostStatus({ ageMs: nowMs - host.lastSeenMs, intervalMs, left });
  const times = history?.times() ?? [];
  return {
    ...{ key, name, status, times, intervalMs, aheadMs },
    history: { [metric]: history?.values(metric) ?? [] },
  };
}

/** All that is known of one host at a time. */
export interface HostDetail {
  readonly row: HostRow;
  /** What stands of it, by the wall clock, which is ahead of the fleet's by so much. */
  readonly alerts: Queue;
  readonly aheadMs: number;
  readonly message: Message | LegacyMessage;
  readonly intervalMs: number;
  readonly firstSeenMs: number;
  /** When it was first heard after a reboot; `null` where that was not seen. */
  readonly rebootedMs: Metric;
  readonly datagrams: number;
  readonly bytes: number;
  /** `null` for a host whose datagrams carry no sequence. */
  readonly delivery: DeliveryCounts | null;
  /** `null` where there is one way. */
  readonly ways: HostWays | null;
  /** Interarrival jitter, and how far the host's clock seems to be behind. */
  readonly jitterMs: Metric;
  readonly clockOffsetMs: Metric;
  /** The times of the points of `history`, oldest first. */
  readonly times: readonly number[];
  readonly history: Readonly<Record<HistoryMetric, readonly Metric[]>>;
  /** What is kept of it on disk; `null` where nothing is. */
  readonly ranges: Ranges | null;
}

/** Copies what a host is at a time, with its alerts; the wall clock is ahead of the fleet's by so much. */
export function hostDetail(
  host: Host,
  nowMs: number,
  aheadMs = 0,
  alerts: Queue = NOTHING,
): HostDetail {
  const message = hostMessage(host);
  return {
    row: hostRow(host, nowMs, message),
    ranges: null,
    alerts: onWallClock(alerts, aheadMs),
    aheadMs,
    message,
    intervalMs: hostIntervalMs(host),
    firstSeenMs: host.firstSeenMs,
    rebootedMs: host.rebootedMs,
    datagrams: host.datagrams,
    bytes: host.bytes,
    delivery: host.delivery?.counts ?? null,
    jitterMs: host.timing?.jitterMs ?? null,
    ways: host.ways,
    clockOffsetMs: host.timing?.clockOffsetFrom(aheadMs) ?? null,
    times: host.history?.times() ?? [],
    history: Object.fromEntries(
      HISTORY_METRICS.map((metric) => [metric, host.history?.values(metric) ?? []]),
    ) as Record<HistoryMetric, Metric[]>,
  };
}
