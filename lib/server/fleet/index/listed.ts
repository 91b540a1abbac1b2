/**
 * Which hosts of a query are listed: all in their order, or in groups those of each that is open, and of one that
 * is folded some that are unusual, as they are silent or have an alert; their places follow from states, never
 * from a value. Pure.
 */
import type { SortColumn } from "../../../common/columns.ts";
import type { ShownAlert } from "../../../common/alerts.js";
import type { HostStatus } from "../../../common/status.js";
import { troubleOf, worstByHost } from "../../../common/troubles.js";
import type { HostGroup } from "./groups.ts";
import { compareNaturally } from "./names.ts";
import { SlotOrder } from "./order.ts";

/** So many of a folded group are shown at the most. */
export const MAX_UNUSUAL = 5;

const SILENT: readonly HostStatus[] = ["stale", "offline"];
/** How much each level stands out; silence is more than an alert of the same. */
const RANKS = { critical: 3, warning: 1, left: 0 };

/** Which of the members of a group are unusual. */
export type UnusualOf = (members: readonly number[]) => readonly number[];

/** Which hosts are asked for, in which order. */
export interface HostQuery {
  /** As in `filterRows`. */
  readonly text: string;
  /** Any when `null`. */
  readonly statuses: readonly HostStatus[] | null;
  /** `null` for the order in which they were first heard. */
  readonly sort: SortColumn | null;
  readonly descending: boolean;
  /** The tag whose values they are grouped by, and of which values the hosts are listed; all where nothing is said. */
  readonly group?: string | null;
  readonly open?: readonly string[] | null;
  /** Whether some hosts are listed of the other groups: those that are unusual. */
  readonly unusual?: boolean;
}

/** What is read off a host that `T` stands for. */
export interface UnusualReaders<T> {
  /** The host of a key; `undefined` where it is in no group. */
  hostOf(key: string): T | undefined;
  nameOf(host: T): string;
  statusOf(host: T): HostStatus;
}

/** What tells which of some hosts are unusual, in the order of `byUnusual`. */
export function unusualIn<T>(
  standing: readonly ShownAlert[],
  { hostOf, nameOf, statusOf }: UnusualReaders<T>,
): (hosts: readonly T[]) => readonly T[] {
  const worst = new Map<T, ShownAlert>(
    worstByHost(standing).entries().flatMap(([key, alert]) => {
      const host = hostOf(key);
      return host === undefined ? [] : [[host, alert] as const];
    }),
  );
  const alertOf = (host: T) => worst.get(host);
  // Of very many hosts most are well: what costs is asked of the others alone.
  const isUnusual = (host: T) => SILENT.includes(statusOf(host)) || worst.has(host);
  return (hosts) => byUnusual(hosts.filter(isUnusual), { alertOf, nameOf, statusOf });
}

/** Hosts, those first that stand out most, then by their names. */
export function byUnusual<T>(
  hosts: readonly T[],
  { alertOf, nameOf, statusOf }: Omit<UnusualReaders<T>, "hostOf"> & {
    readonly alertOf: (host: T) => ShownAlert | undefined;
  },
): readonly T[] {
  return hosts
    .map((host) => ({ host, rank: ranked({ status: statusOf(host), alert: alertOf(host) }) }))
    .sort((a, b) => b.rank - a.rank || compareNaturally(nameOf(a.host), nameOf(b.host)))
    .map(({ host }) => host);
}

/** How much a host stands out; 0 for not at all. */
function ranked(state: Parameters<typeof troubleOf>[0]): number {
  const trouble = troubleOf(state);
  return trouble === null ? 0 : RANKS[trouble.level] + Number(SILENT.includes(state.status));
}

/** Groups with the order of what is listed of each. */
export function listGroups(
  groups: readonly HostGroup<number>[],
  { query: { open = null }, order, unusualOf }: {
    readonly query: HostQuery;
    readonly order: (some: Uint32Array<ArrayBuffer>) => SlotOrder;
    readonly unusualOf: UnusualOf;
  },
  more: { readonly matched: number; readonly groupOf: HostOrder["groupOf"] },
): HostOrder {
  const parts = groups.map(({ value, members }) =>
    open?.includes(value) ?? true
      ? { order: order(Uint32Array.from(members)), unusual: 0 }
      : fewOf(unusualOf(members))
  );
  return new HostOrder(groups, parts, more);
}

/** The first of those that are unusual, as they are given, and how many there are. */
function fewOf(unusual: readonly number[]) {
  const slots = Uint32Array.from(unusual.slice(0, MAX_UNUSUAL));
  const order = new SlotOrder(
    slots,
    Float64Array.from(slots.keys()),
    new Uint32Array(slots.length),
  );
  return { order, unusual: unusual.length };
}

/** The hosts of a query: some in their order, and the groups of all where that is asked for. */
export class HostOrder {
  readonly groups: readonly HostGroup<number>[] | null;
  /** How many hosts the query lets through, listed or not. */
  readonly matched: number;
  /** The value of the group that a slot is in; `undefined` for one that the query does not let through. */
  readonly groupOf: (slot: number) => string | undefined;
  /** How many hosts of each group are listed, and how many of one that is folded are unusual. */
  readonly listed: readonly { readonly listed: number; readonly unusual: number }[];
  readonly #parts: readonly SlotOrder[];

  /** Groups with the order of what is listed of each, or the one order of all. */
  constructor(
    groups: readonly HostGroup<number>[] | null,
    parts: readonly { readonly order: SlotOrder; readonly unusual: number }[],
    { matched, groupOf = () => undefined }: {
      readonly matched: number;
      readonly groupOf?: HostOrder["groupOf"];
    },
  ) {
    this.groups = groups;
    this.matched = matched;
    this.groupOf = groupOf;
    this.#parts = parts.map(({ order }) => order);
    this.listed = parts.map(({ order, unusual }) => ({ listed: order.length, unusual }));
  }

  /** How many are listed. */
  get length(): number {
    return this.#parts.reduce((sum, { length }) => sum + length, 0);
  }

  /** The slots from a place on, as in a `SlotOrder`. */
  slice(first: number, count: number): Uint32Array {
    const slots = new Uint32Array(Math.max(0, Math.min(count, this.length - first)));
    let taken = 0;
    let begin = 0;
    for (const part of this.#parts) {
      const from = Math.max(first - begin, 0);
      const left = Math.min(slots.length - taken, part.length - from);
      if (left > 0) {
        slots.set(part.slice(from, left), taken);
        taken += left;
      }
      begin += part.length;
    }
    return slots;
  }

  /** The place of a slot; −1 when it is not listed. */
  indexOf(slot: number): number {
    let begin = 0;
    for (const part of this.#parts) {
      const at = part.indexOf(slot);
      if (at >= 0) return begin + at;
      begin += part.length;
    }
    return -1;
  }
}
