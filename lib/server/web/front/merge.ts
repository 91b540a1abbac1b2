/**
 * What several views say of their fleets as one: totals and accounts of ways are added up, groups of hosts put
 * together. It is what one view of all would say, but for a mean of means, which is off by their rounding and
 * where some hosts do not know the number. Pure.
 */
import { METRICS } from "../../../catalogue.ts";
import { MAX_GROUPS, MAX_TAG_KEYS } from "../../../common/limits.js";
import { type HostStatus, isHeard, toHundredths } from "../../../common/status.js";
import type { Fleet } from "../../fleet/fleet.ts";
import { compareGroups, TOGETHER } from "../../fleet/index/groups.ts";
import { MAX_UNUSUAL } from "../../fleet/index/listed.ts";
import { lossPercent, lossVerdict } from "../../../common/ways.js";
import type { totalsJson } from "../api/api.ts";
import type { waysAnswer } from "../api/ways.ts";

type Totals = ReturnType<typeof totalsJson>;
type Counts = Readonly<Record<string, number>>;

/** A group of hosts as the API tells it. */
export interface ToldGroup {
  readonly value: string;
  readonly hosts: number;
  readonly byStatus: Readonly<Record<HostStatus, number>>;
  readonly open: boolean;
  /** Of one that is folded, where they are asked for: how many are listed as they are unusual, and how many are. */
  readonly listed?: number;
  readonly unusual?: number;
  readonly worst: { readonly metric: string; readonly value: number } | null;
  readonly together: Readonly<Record<string, number | string>>;
  readonly alerts: Counts;
}

/** The totals of no host. */
const NO_TOTALS: Totals = {
  hosts: 0,
  byStatus: { live: 0, stale: 0, offline: 0, left: 0 },
  datagramsPerSecond: null as ReturnType<Fleet["totals"]>["datagramsPerSecond"],
  received: 0,
  receivedBytes: 0,
  accepted: 0,
  copies: 0,
  kernelDropped: null,
  lost: 0,
  forgotten: 0,
  tagKeys: [],
  dropped: {},
  keyUses: {},
};

/**
 * The totals of all, how the view follows that is furthest behind, and which views are in none of them.
 */
export function mergeTotals<T>(all: readonly Totals[], missing: readonly T[]) {
  const { sites: _, view: __, ...totals } = all.length === 0 ? NO_TOTALS : all.reduce(addTotals);
  const [view] = all.flatMap(({ view }) => view ?? []).sort((a, b) => b.behindMs - a.behindMs);
  const sites = allOf(all.map(({ sites = [] }) => sites));
  return {
    ...totals,
    ...(sites.length > 0 && { sites }),
    ...(view !== undefined && { view }),
    tagKeys: totals.tagKeys.slice(0, MAX_TAG_KEYS),
    missing,
  };
}

/** What any of some lists has, each once. */
export function allOf(lists: readonly (readonly string[])[]): string[] {
  return [...new Set(lists.flat())].sort();
}

function addTotals(a: Totals, b: Totals): Totals {
  return {
    hosts: a.hosts + b.hosts,
    byStatus: addCounts(a.byStatus, b.byStatus) as Totals["byStatus"],
    datagramsPerSecond: addKnown(a.datagramsPerSecond, b.datagramsPerSecond),
    received: a.received + b.received,
    receivedBytes: a.receivedBytes + b.receivedBytes,
    accepted: a.accepted + b.accepted,
    copies: a.copies + b.copies,
    kernelDropped: addKnown(a.kernelDropped, b.kernelDropped),
    lost: addKnown(a.lost, b.lost),
    forgotten: a.forgotten + b.forgotten,
    tagKeys: allOf([a.tagKeys, b.tagKeys]),
    dropped: addCounts(a.dropped, b.dropped),
    keyUses: putTogether([a.keyUses, b.keyUses], Math.max),
  };
}

/** What is not known of a part is not known of all. */
function addKnown(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : a + b;
}

function addCounts(...all: readonly Counts[]): Counts {
  return putTogether(all, (a, b) => a + b);
}

function putTogether(all: readonly Counts[], add: (a: number, b: number) => number): Counts {
  const sums = new Map<string, number>();
  for (const [name, count] of all.flatMap((counts) => Object.entries(counts))) {
    const sum = sums.get(name);
    sums.set(name, sum === undefined ? count : add(sum, count));
  }
  return Object.fromEntries(sums);
}

/** The groups of several views as those of one, in their order. */
export function mergeGroups(all: readonly (readonly ToldGroup[])[]): readonly ToldGroup[] {
  return Array.from(Map.groupBy(all.flat(), ({ value }) => value).values(), mergeOne)
    .sort(compareGroups);
}

function mergeOne(parts: readonly ToldGroup[]): ToldGroup {
  const [{ value, open }] = parts as readonly [ToldGroup];
  return {
    value,
    hosts: parts.reduce((sum, { hosts }) => sum + hosts, 0),
    byStatus: addCounts(...parts.map(({ byStatus }) => byStatus)) as ToldGroup["byStatus"],
    open,
    ...unusualOf(parts),
    worst: highestOf(parts, ({ worst }) => worst?.value)?.worst ?? null,
    together: together(parts),
    alerts: addCounts(...parts.map(({ alerts }) => alerts)),
  };
}

function unusualOf(parts: readonly ToldGroup[]): Pick<ToldGroup, "listed" | "unusual"> {
  const counts = parts.flatMap(({ unusual }) => unusual ?? []);
  if (counts.length === 0) return {};
  const unusual = counts.reduce((sum, count) => sum + count, 0);
  return { listed: Math.min(unusual, MAX_UNUSUAL), unusual };
}

/** A group of which all hosts are listed. */
export function opened({ listed, ...group }: ToldGroup): ToldGroup {
  return { ...group, open: true, ...listed !== undefined && { listed: group.hosts, unusual: 0 } };
}

function together(parts: readonly ToldGroup[]): ToldGroup["together"] {
  return Object.fromEntries(TOGETHER.flatMap(({ metric, way }) => {
    const { field = metric, from } = METRICS.find(({ id }) => id === metric) ?? {};
    const numberOf = (part: ToldGroup) => part.together[field] as number | undefined;
    const known = parts.filter((part) => numberOf(part) !== undefined);
    if (known.length === 0) return [];
    if (way === "highest") {
      const highest = highestOf(known, numberOf)!;
      const names = from !== undefined && "highest" in from ? [from.names] : [];
      return [...names, field].map((name) => [name, highest.together[name]!] as const);
    }
    const weightOf = (part: ToldGroup) => way === "mean" ? heardOf(part) : 1;
    const sum = known.reduce((sum, part) => sum + numberOf(part)! * weightOf(part), 0);
    const weight = way === "mean" ? known.reduce((sum, part) => sum + weightOf(part), 0) : 1;
    return [[field, toHundredths(sum / weight)!] as const];
  }));
}

function highestOf<T>(all: readonly T[], valueOf: (one: T) => number | undefined): T | undefined {
  return all.reduce<T | undefined>(
    (best, one) =>
      (valueOf(one) ?? -Infinity) > (best === undefined ? -Infinity : valueOf(best) ?? -Infinity)
        ? one
        : best,
    undefined,
  );
}

/** The numbers of a group are of these. */
function heardOf({ byStatus }: ToldGroup): number {
  return Object.entries(byStatus)
    .reduce((sum, [status, count]) => sum + (isHeard(status as HostStatus) ? count : 0), 0);
}

/** How many groups views have and do not tell. */
export function omittedIn(all: readonly { readonly groupsOmitted?: number }[]): number {
  return all.reduce((sum, { groupsOmitted = 0 }) => sum + groupsOmitted, 0);
}

/** What an answer says of groups; nothing where there are none. */
export function groupsTold(group: string | null, groups: readonly ToldGroup[], omitted: number) {
  if (group === null) return {};
  const cut = Math.max(0, groups.length - MAX_GROUPS);
  return { group, groups: groups.slice(0, MAX_GROUPS), groupsOmitted: omitted + cut };
}

const NO_COUNT = { sent: 0, lost: 0 };

type WayGroup = Awaited<ReturnType<typeof waysAnswer>>["groups"][number];
type Way = WayGroup["sites"][number];

/** The ways of the groups of several views, in the order of their values. */
export function mergeWays(all: readonly (readonly WayGroup[])[]): readonly WayGroup[] {
  const merged = Array.from(Map.groupBy(all.flat(), ({ value }) => value), ([value, parts]) => {
    const ways = Map.groupBy(parts.flatMap(({ sites }) => sites), ({ site }) => site);
    const sites = Array.from(ways, ([site, same]) => mergeWay(site, same));
    sites.sort((a, b) => a.site < b.site ? -1 : 1);
    const [hosts, recent] = [sumOf(parts, "hosts"), recentOf(parts)];
    const verdict = lossVerdict(recent, sites, hosts);
    return { value, hosts, unknown: sumOf(parts, "unknown"), recent, verdict, sites };
  });
  return merged.sort((a, b) => a.value < b.value ? -1 : 1);
}

function mergeWay(site: string, parts: readonly Way[]): Way {
  const meanOf = (field: "delayMs" | "jitterMs") => {
    const known = parts.filter((part) => part[field] !== null);
    const sum = known.reduce((sum, part) => sum + part[field]! * part.hosts, 0);
    return known.length === 0 ? null : sum / sumOf(known, "hosts");
  };
  const [hosts, recent] = [sumOf(parts, "hosts"), recentOf(parts)];
  const day = parts.some(({ day }) => day !== undefined) && { day: mergeDays(parts) };
  return { site, hosts, recent, delayMs: meanOf("delayMs"), jitterMs: meanOf("jitterMs"), ...day };
}

/** A day of a way, of which views tell the counts of each part. */
function mergeDays(ways: readonly Way[]): NonNullable<Way["day"]> | null {
  const days = ways.flatMap(({ day }) => day ?? []);
  const [first] = days;
  if (first === undefined) return null;
  const shares = first.shares.map((_, at) => {
    const counts = days.flatMap(({ parts }) => parts?.[at] ?? []);
    return lossPercent({ sent: sumOf(counts, "sent"), lost: sumOf(counts, "lost") });
  });
  return { sent: sumOf(days, "sent"), lost: sumOf(days, "lost"), shares };
}

/** The groups of a view with their days as they are from another moment on: views are asked at several. */
export function daysFrom(
  groups: readonly WayGroup[],
  { fromMs, stepMs }: { readonly fromMs: number; readonly stepMs: number },
  beginMs: number,
): readonly WayGroup[] {
  const behind = Math.round((beginMs - fromMs) / stepMs);
  if (behind === 0) return groups;
  const moved = ({ day, ...way }: Way): Way =>
    day?.parts === undefined ? { ...way, ...day !== undefined && { day } } : {
      ...way,
      day: { ...day, parts: day.parts.map((_, at) => day.parts![at + behind] ?? NO_COUNT) },
    };
  return groups.map((group) => ({ ...group, sites: group.sites.map(moved) }));
}

function recentOf(parts: readonly Pick<Way, "recent">[]): Way["recent"] {
  const all = parts.map(({ recent }) => recent);
  return { sent: sumOf(all, "sent"), lost: sumOf(all, "lost") };
}

function sumOf<K extends string>(parts: readonly Readonly<Record<K, number>>[], field: K): number {
  return parts.reduce((sum, part) => sum + part[field], 0);
}
