/**
 * Hosts in groups by the value of a tag: how many of each are how, and the worst number of each. Pure, and
 * the same for the fleet's index and for rows that were taken before.
 */
import { METRICS } from "../../../catalogue.ts";
import type { SortColumn } from "../../../common/columns.ts";
import { type HostStatus, isHeard } from "../../../common/status.js";
import { TextMap } from "../../../common/hash.ts";
import { SUMMARY_METRICS } from "../../../message/summary.ts";
import { compareNaturally } from "./names.ts";

/** The hosts that have one value of a tag; `T` stands for one of them. */
export interface HostGroup<T> {
  /** The value; empty for those without the tag. */
  readonly value: string;
  readonly hosts: number;
  readonly byStatus: Readonly<Record<HostStatus, number>>;
  /** The highest number of those that are heard, what that is of, and whose; `null` where none is known. */
  readonly worst: { readonly metric: string; readonly value: number; readonly host: T } | null;
  /** What the numbers of those that are heard come to, by metric, and whose the highest is; none where none is known. */
  readonly together: ReadonlyMap<string, { readonly value: number; readonly host: T | null }>;
  readonly members: readonly T[];
}

/** What is asked of hosts to be grouped. */
export interface GroupReaders<T> {
  /** The values of the tag, each once, and which of them a host has. */
  readonly values: readonly string[];
  readonly placeOf: (host: T) => number;
  readonly statusOf: (host: T) => HostStatus;
  readonly numberOf: (metric: string) => (host: T) => number;
}

/** Units whose numbers mean something when they are added up over hosts. */
const ADDED: readonly string[] = ["bytesPerSecond", "packets", "count"];

/** Shares that stand for how a host is, where nothing else is looked at. */
const SHARES = METRICS.filter(({ id, bar }) =>
  bar && (SUMMARY_METRICS as readonly string[]).includes(id)
).map(({ id }) => id);

/** How the numbers of a group are put together: rates and counts are added up, of what has a limit the highest is told, of shares the mean. */
export const TOGETHER: readonly { readonly metric: string; readonly way: string }[] = METRICS
  .flatMap(({ id, kind, unit, page, from }) => {
    if (page === undefined || kind !== "host") return [];
    if (unit === "celsius" || from !== undefined && ("highest" in from || "most" in from)) {
      return [{ metric: id, way: "highest" }];
    }
    if (unit === "percent") return [{ metric: id, way: "mean" }];
    return ADDED.includes(unit) ? [{ metric: id, way: "sum" }] : [];
  }).concat({ metric: "datagramsLost", way: "sum" });

/** The metrics whose highest number is the worst: the one that is sorted by, else all shares. */
function judgedBy(sort: SortColumn | null): readonly string[] {
  return sort !== null && METRICS.some(({ id }) => id === sort) ? [sort] : SHARES;
}

/** Groups hosts: those in which somebody is missing first, then by their values, last those without one. */
export function groupHosts<T>(
  hosts: Iterable<T>,
  readers: GroupReaders<T>,
  sort: SortColumn | null,
): readonly HostGroup<T>[] {
  const { values, placeOf, statusOf } = readers;
  /** By the places of their values, of which many may have no host. */
  const groups = new Array<Group<T> | undefined>(values.length);
  for (const host of hosts) {
    const place = placeOf(host);
    const group = groups[place] ??= new Group(values[place]!, readers, sort);
    group.add(host, statusOf(host));
  }
  return groups.filter((group) => group !== undefined).sort(compareGroups);
}

/** Numbers are read of those groups alone of which they are asked. */
class Group<T> implements HostGroup<T> {
  readonly byStatus = { live: 0, stale: 0, offline: 0, left: 0 } satisfies Record<
    HostStatus,
    number
  >;
  readonly members: T[] = [];
  readonly #heard: T[] = [];
  readonly #readers: GroupReaders<T>;
  readonly #sort: SortColumn | null;

  constructor(readonly value: string, readers: GroupReaders<T>, sort: SortColumn | null) {
    this.#readers = readers;
    this.#sort = sort;
  }

  get hosts(): number {
    return this.members.length;
  }

  add(host: T, status: HostStatus): void {
    this.members.push(host);
    this.byStatus[status]++;
    if (isHeard(status)) this.#heard.push(host);
  }

  get together(): HostGroup<T>["together"] {
    const together = new Map<string, { value: number; host: T | null }>();
    for (const { metric, way } of TOGETHER) {
      const { sum, known, highest, host } = this.#sumUp(metric);
      if (known === 0) continue;
      if (way === "highest") together.set(metric, { value: highest, host });
      else together.set(metric, { value: way === "mean" ? sum / known : sum, host: null });
    }
    return together;
  }

  get worst(): HostGroup<T>["worst"] {
    let worst: HostGroup<T>["worst"] = null;
    for (const metric of judgedBy(this.#sort)) {
      const { highest, host } = this.#sumUp(metric);
      if (highest > (worst?.value ?? -Infinity)) worst = { metric, value: highest, host: host! };
    }
    return worst;
  }

  /** One number of those that are heard, as far as it is known: one after the other, each is read fast. */
  #sumUp(metric: string) {
    const numberOf = this.#readers.numberOf(metric);
    let [sum, known, highest] = [0, 0, -Infinity];
    let host: T | null = null;
    for (const heard of this.#heard) {
      const value = numberOf(heard);
      if (Number.isNaN(value)) continue;
      sum += value;
      known++;
      if (value <= highest) continue;
      highest = value;
      host = heard;
    }
    return { sum, known, highest, host };
  }
}

/** Which of two groups comes first. */
export function compareGroups(a: GroupPlace, b: GroupPlace): number {
  return Number(isTroubled(b)) - Number(isTroubled(a)) ||
    Number(a.value === "") - Number(b.value === "") ||
    compareNaturally(a.value, b.value) || (a.value < b.value ? -1 : 1);
}

/** What the place of a group follows from. */
type GroupPlace = Pick<HostGroup<unknown>, "value" | "byStatus">;

function isTroubled({ byStatus }: GroupPlace): boolean {
  return byStatus.offline + byStatus.stale > 0;
}

/** Numbers texts that come from outside: each once, and the place of each one that was given. */
export function numberTexts(texts: Iterable<string>) {
  const known = new TextMap<{ readonly key: string; readonly place: number }>();
  const values: string[] = [];
  const places = Array.from(texts, (key) => {
    const place = known.get(key)?.place ?? values.push(key) - 1;
    if (place === known.size) known.set({ key, place });
    return place;
  });
  return { values, places };
}
