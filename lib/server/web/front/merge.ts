/**
 * What several views say of their fleets as one: totals are added up, groups of hosts put together. It is
 * what one view of all would say, but for a mean of means, which is off by their rounding. Pure.
 */
import { METRICS } from "../../../catalogue.ts";
import { MAX_GROUPS, MAX_TAG_KEYS } from "../../../common/limits.js";
import { type HostStatus, isHeard, toHundredths } from "../../../common/status.js";
import type { Fleet } from "../../fleet/fleet.ts";
import { compareGroups, TOGETHER } from "../../fleet/index/groups.ts";
import type { totalsJson } from "../api/api.ts";

type Totals = ReturnType<typeof totalsJson>;
type Counts = Readonly<Record<string, number>>;

/** A group of hosts as the API tells it. */
export interface ToldGroup {
  readonly value: string;
  readonly hosts: number;
  readonly byStatus: Readonly<Record<HostStatus, number>>;
  readonly open: boolean;
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
 * The totals of all, how the view follows that is furthest behind, and which views are in none of them. A view's
 * own sites are not told: a front has no page of ways.
 */
export function mergeTotals<T>(all: readonly Totals[], missing: readonly T[]) {
  const { sites: _, view: __, ...totals } = all.length === 0 ? NO_TOTALS : all.reduce(addTotals);
  const [view] = all.flatMap(({ view }) => view ?? []).sort((a, b) => b.behindMs - a.behindMs);
  const tagKeys = totals.tagKeys.slice(0, MAX_TAG_KEYS);
  return { ...totals, ...(view !== undefined && { view }), tagKeys, missing };
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
    tagKeys: [...new Set([...a.tagKeys, ...b.tagKeys])].sort(),
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
    worst: highestOf(parts, ({ worst }) => worst?.value)?.worst ?? null,
    together: together(parts),
    alerts: addCounts(...parts.map(({ alerts }) => alerts)),
  };
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

/** What an answer says of groups; nothing where there are none. */
export function groupsTold(group: string | null, groups: readonly ToldGroup[], omitted: number) {
  if (group === null) return {};
  const cut = Math.max(0, groups.length - MAX_GROUPS);
  return { group, groups: groups.slice(0, MAX_GROUPS), groupsOmitted: omitted + cut };
}
