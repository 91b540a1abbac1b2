/**
 * The hosts as the terminal shows them: of the fleet as it is, of which only those that are seen are
 * looked at closely; rows that were taken before, for a view that is frozen; and one host in full, a
 * copy that stays as it is while the fleet goes on. Pure.
 */
import type { Fleet } from "../../../fleet/fleet.ts";
import type { SortColumn } from "../../../../catalogue.ts";
import type { HostGroup } from "../../../fleet/index/groups.ts";
import { filterRows, groupRows, sortRows } from "../../../fleet/index/query.ts";
import { NOTHING, onWallClock, type Queue } from "../../../../common/alerts.js";
import type { HostStatus } from "../../../../common/status.js";
import { type HostRow, hostRow } from "../../../fleet/host/row.ts";
import type { DeliveryCounts } from "../../../fleet/accounts/delivery.ts";
import { HISTORY_METRICS, type HistoryMetric } from "../../../fleet/past/points.ts";
import { type Host, hostIntervalMs } from "../../../fleet/host/host.ts";
import { hostMessage } from "../../../fleet/host/host_message.ts";
import type { LegacyMessage, Message, Metric } from "../../../../message/message.ts";
import type { Ranges } from "./past.ts";

/** The keys of hosts in an order; an array of keys is one. */
export interface HostKeys {
  readonly length: number;
  /** The place of a host; −1 when it is not among them. */
  indexOf(key: string): number;
  at(index: number): string | undefined;
}

/** The hosts that have one value of a tag, in one line. */
export interface GroupRow {
  readonly key: string;
  readonly tag: string;
  /** Empty for those without the tag. */
  readonly value: string;
  readonly hosts: number;
  readonly byStatus: Readonly<Record<HostStatus, number>>;
  readonly isOpen: boolean;
  readonly worst: { readonly name: string; readonly metric: string; readonly value: number } | null;
}

/** Hosts in an order, with lines of their groups between them where they are grouped. */
interface OrderedHosts {
  readonly keys: HostKeys;
  /** How many hosts are meant, listed or not. */
  readonly matched: number;
  /** The lines from a place on. */
  rows(first: number, count: number): readonly (HostRow | GroupRow)[];
}

/** Which hosts are shown, and how. */
export interface Selection {
  readonly filter: string;
  readonly sort: SortColumn;
  readonly descending: boolean;
  readonly group: string | null;
  readonly open: readonly string[];
}

/** All hosts, to be put in any order. */
export interface Hosts {
  readonly size: number;
  /** The keys of all tags that there are. */
  readonly tagKeys: readonly string[];
  order(selection: Selection): OrderedHosts;
}

/** What the line of a group goes by; no host's key begins so. */
const GROUP_KEY = "\0";

/** The value of the group that a key is of; `null` for the key of a host. */
export function groupOfKey(key: string): string | null {
  return key.startsWith(GROUP_KEY) ? key.slice(GROUP_KEY.length) : null;
}

/** Rows that do not change. */
export function hostsOfRows(all: readonly HostRow[]): Hosts {
  return {
    size: all.length,
    tagKeys: [...new Set(all.flatMap(({ tags }) => Object.keys(tags)))].sort(),
    order({ filter, sort, descending, group, open }) {
      const matched = filterRows(all, filter);
      const sorted = (rows: readonly HostRow[]) => sortRows(rows, sort, descending);
      if (group === null) return listOf(sorted(matched), matched.length);
      const groups = groupRows(matched, group, sort);
      const opened = groups.filter(({ value }) => open.includes(value));
      const list = listOf(opened.flatMap(({ members }) => sorted(members)), matched.length);
      return withGroups(groups.map((one) => groupRow(one, group, open, ({ name }) => name)), list);
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

/** The hosts of a fleet; their status and age are those at a time. */
export function hostsOfFleet(fleet: Fleet, nowMs: number): Hosts {
  return {
    size: fleet.size,
    tagKeys: fleet.index.tags.keys(),
    order({ filter, group, open, ...sorting }) {
      fleet.sortIncrementally();
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
        rows: (first: number, count: number) =>
          hosts(first, count).map((host) => hostRow(host, nowMs)),
      };
      if (group === null || order.groups === null) return list;
      const nameOf = (slot: number) => fleet.index.host(slot)?.name ?? "";
      return withGroups(order.groups.map((one) => groupRow(one, group, open, nameOf)), list);
    },
  };
}

function groupRow<T>(
  { value, hosts, byStatus, worst }: HostGroup<T>,
  tag: string,
  open: readonly string[],
  nameOf: (host: T) => string,
): GroupRow {
  return {
    ...{ key: GROUP_KEY + value, tag, value, hosts, byStatus, isOpen: open.includes(value) },
    worst: worst && { name: nameOf(worst.host), metric: worst.metric, value: worst.value },
  };
}

/** Puts the line of each group before its hosts, which are in the order of the groups. */
function withGroups(groups: readonly GroupRow[], list: OrderedHosts): OrderedHosts {
  let before = 0;
  const places = groups.map((group, at) => {
    const place = { group, first: at + before, before };
    if (group.isOpen) before += group.hosts;
    return place;
  });
  const last = (holds: (place: typeof places[number]) => boolean) => places.findLast(holds);
  /** Which host stands in a line, by its place among the hosts; the group where there is none. */
  const lineAt = (line: number) => {
    const place = last(({ first }) => first <= line);
    if (place === undefined || place.first === line) return place?.group;
    return place.before + line - place.first - 1;
  };
  return {
    keys: {
      length: groups.length + list.keys.length,
      indexOf(key) {
        if (groupOfKey(key) !== null) {
          return places.find(({ group }) => group.key === key)?.first ?? -1;
        }
        const host = list.keys.indexOf(key);
        if (host < 0) return -1;
        const { first, before } = last(({ group, before }) => group.isOpen && before <= host)!;
        return first + 1 + host - before;
      },
      at(index) {
        if (index < 0 || index >= groups.length + list.keys.length) return undefined;
        const line = lineAt(index);
        return typeof line === "number" ? list.keys.at(line) : line?.key;
      },
    },
    matched: list.matched,
    rows(first, count) {
      const end = Math.min(first + count, groups.length + list.keys.length);
      const lines = Array.from({ length: Math.max(0, end - first) }, (_, n) => lineAt(first + n));
      const hosts = lines.filter((line) => typeof line === "number");
      const rows = list.rows(hosts[0] ?? 0, hosts.length);
      return lines.map((line) => typeof line === "number" ? rows[line - hosts[0]!] : line)
        .filter((row) => row !== undefined);
    },
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
  ranges: Ranges | null = null,
): HostDetail {
  const message = hostMessage(host);
  return {
    row: hostRow(host, nowMs, message),
    ranges,
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
    clockOffsetMs: host.timing?.clockOffsetFrom(aheadMs) ?? null,
    times: host.history?.times() ?? [],
    history: Object.fromEntries(
      HISTORY_METRICS.map((metric) => [metric, host.history?.values(metric) ?? []]),
    ) as Record<HistoryMetric, Metric[]>,
  };
}
