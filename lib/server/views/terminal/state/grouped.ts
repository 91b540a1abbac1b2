/**
 * Hosts in groups, line by line: that of each group, its hosts where it is open, and where it is folded those
 * that are unusual, with how many more there are. Pure; places follow from states, never from a value.
 */
import { METRICS } from "../../../../catalogue.ts";
import type { ShownAlert } from "../../../../common/alerts.js";
import type { HostStatus } from "../../../../common/status.js";
import { alertsByValue } from "../../../../common/troubles.js";
import type { HostRow } from "../../../fleet/host/row.ts";
import type { HostGroup } from "../../../fleet/index/groups.ts";
import { MAX_UNUSUAL, unusualIn } from "../../../fleet/index/listed.ts";

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
  readonly alerts: Readonly<Record<ShownAlert["severity"], number>>;
  readonly isOpen: boolean;
  /** What their numbers come to, by metric; and as the row of a host has them. */
  readonly together: HostGroup<unknown>["together"];
  readonly row: HostRow;
}

/** The hosts of a folded group that are not shown, in one line. */
export interface RestRow {
  readonly key: string;
  readonly rest: number;
  /** How many of them are unusual. */
  readonly unusual: number;
}

/** What stands in a line of the table. */
export type TableRow = HostRow | GroupRow | RestRow;

/** Hosts in an order, with lines of their groups between them where they are grouped. */
export interface OrderedHosts {
  readonly keys: HostKeys;
  /** How many hosts are meant, listed or not. */
  readonly matched: number;
  /** The lines from a place on. */
  rows(first: number, count: number): readonly TableRow[];
}

/** How the keys of lines begin that are of a group, and of the rest of one; no host's key and no value begins so. */
const [GROUP_KEY, REST_KEY] = ["\0", "\0\0"];

/** The value of the group that a key is of; `null` for the key of a host. */
export function groupOfKey(key: string): string | null {
  if (key.startsWith(REST_KEY)) return key.slice(REST_KEY.length);
  return key.startsWith(GROUP_KEY) ? key.slice(GROUP_KEY.length) : null;
}

/** What the line of a group goes by. */
export function keyOfGroup(value: string): string {
  return GROUP_KEY + value;
}

/** What is read off a host that `T` stands for. */
interface Readers<T> {
  /** The host of a key and the value of its group; `undefined` where it is in none. */
  find(key: string): { readonly host: T; readonly value: string } | undefined;
  keyOf(host: T): string;
  nameOf(host: T): string;
  statusOf(host: T): HostStatus;
  rowsOf(hosts: readonly T[]): readonly HostRow[];
}

interface Grouping {
  readonly tag: string;
  readonly open: readonly string[];
  readonly alerts: readonly ShownAlert[];
}

/** Lines one below the other, by their keys. */
interface Part {
  readonly length: number;
  /** The place of a key, which in the list of all hosts that are open is another. */
  indexOf(key: string, inList: number): number;
  at(index: number): string | undefined;
  rows(first: number, count: number): readonly TableRow[];
}

/** Puts the line of each group before its hosts, which are listed in the order of those groups that are open. */
export function withGroups<T>(
  list: OrderedHosts,
  groups: readonly HostGroup<T>[],
  grouping: Grouping,
  readers: Readers<T>,
): OrderedHosts {
  const parts = partsOf(list, groups, grouping, readers);
  const firsts: number[] = [];
  let length = 0;
  for (const part of parts) {
    firsts.push(length);
    length += part.length;
  }
  const keys = {
    length,
    indexOf(key: string) {
      const inList = groupOfKey(key) === null ? list.keys.indexOf(key) : -1;
      for (const [n, part] of parts.entries()) {
        const at = part.indexOf(key, inList);
        if (at >= 0) return firsts[n]! + at;
      }
      return -1;
    },
    at(index: number) {
      const n = firsts.findLastIndex((first) => first <= index);
      return index >= length ? undefined : parts[n]?.at(index - firsts[n]!);
    },
  };
  const rows = (first: number, count: number) =>
    parts.flatMap((part, n) => {
      const from = Math.max(0, first - firsts[n]!);
      const end = Math.min(part.length, first + count - firsts[n]!);
      return end > from ? part.rows(from, end - from) : [];
    });
  return { keys, matched: list.matched, rows };
}

function partsOf<T>(
  list: OrderedHosts,
  groups: readonly HostGroup<T>[],
  { tag, open, alerts: standing }: Grouping,
  readers: Readers<T>,
): readonly Part[] {
  const counts = alertsByValue(standing, (key) => readers.find(key)?.value);
  const unusualOf = unusualIn(standing, { ...readers, hostOf: (key) => readers.find(key)?.host });
  let before = 0;
  return groups.flatMap((group): readonly Part[] => {
    const { value, hosts, byStatus: { stale, offline } } = group;
    const isOpen = open.includes(value);
    const alerts = counts.get(value) ?? { critical: 0, warning: 0 };
    const row = () => groupRow(group, { tag, isOpen, alerts }, readers);
    const head = single(keyOfGroup(value), row);
    if (isOpen) {
      before += hosts;
      return [head, partOf(list, before - hosts, hosts)];
    }
    if (stale + offline + alerts.critical + alerts.warning === 0) return [head];
    const unusual = unusualOf(group.members);
    const shown = unusual.slice(0, MAX_UNUSUAL);
    const more = { rest: hosts - shown.length, unusual: unusual.length - shown.length };
    const key = REST_KEY + value;
    const last = more.rest === 0 ? [] : [single(key, () => ({ key, ...more }))];
    return [head, picked(shown, readers), ...last];
  });
}

function single(key: string, row: () => TableRow): Part {
  return {
    length: 1,
    indexOf: (other) => other === key ? 0 : -1,
    at: () => key,
    rows: () => [row()],
  };
}

function picked<T>(hosts: readonly T[], { keyOf, rowsOf }: Readers<T>): Part {
  return {
    length: hosts.length,
    indexOf: (key) => hosts.findIndex((host) => keyOf(host) === key),
    at: (index) => keyOf(hosts[index]!),
    rows: (first, count) => rowsOf(hosts.slice(first, first + count)),
  };
}

/** Some of a list. */
function partOf({ keys, rows }: OrderedHosts, first: number, length: number): Part {
  return {
    length,
    indexOf: (_, inList) => inList >= first && inList < first + length ? inList - first : -1,
    at: (index) => keys.at(first + index),
    rows: (from, count) => rows(first + from, count),
  };
}

/** A row of which no number is known. */
const UNKNOWN = Object.fromEntries(
  METRICS.filter(({ field }) => field !== undefined)
    .map(({ field, kind }) => [field!, kind === "host" ? null : []]),
);

function groupRow<T>(
  { value, hosts, byStatus, together }: HostGroup<T>,
  more: Pick<GroupRow, "tag" | "isOpen" | "alerts">,
  { nameOf }: Readers<T>,
): GroupRow {
  const numbers = together.entries().flatMap(([metric, { value, host }]) => {
    const { field = metric, from } = METRICS.find(({ id }) => id === metric) ?? {};
    if (host === null || from === undefined || !("names" in from)) return [[field, value]];
    return [[from.names, nameOf(host)], [field, value]];
  });
  const row = { ...UNKNOWN, status: "live", ...Object.fromEntries(numbers) } as HostRow;
  return { ...more, key: keyOfGroup(value), value, hosts, byStatus, together, row };
}
