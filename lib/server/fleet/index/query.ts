/**
 * Which hosts a view shows, and in which order: of the fleet as it is, by its index, and of rows
 * that were taken before. Pure, and the same for the terminal and the page.
 */
import { METRICS } from "../../../catalogue.ts";
import { COMPARED_NUMBERS, type SortColumn } from "../../../common/columns.ts";
import { compares, readFilter, type Term } from "../../../common/filter.js";
import type { Metric, Tags } from "../../../message/message.ts";
import type { SummaryMetric } from "../../../message/summary.ts";
import type { FleetIndex, IndexView } from "./fleet_index.ts";
import { groupHosts, type GroupReaders, type HostGroup, numberTexts } from "./groups.ts";
import { HostOrder, type HostQuery, listGroups, type UnusualOf } from "./listed.ts";
import { compareNames, compareNaturally, holdsWord, type Named, searchText } from "./names.ts";
import { SlotOrder } from "./order.ts";
import type { HostRow } from "../host/row.ts";
import { type HostStatus, STATUS_SEVERITY } from "../../../common/status.js";

/** What is sorted by; `null` where it is not known. */
export type SortValue = string | number | null;

/** What rows are sorted by; the field of a row where nothing else is said. */
const SORT_VALUES: Partial<Record<SortColumn, (row: HostRow) => SortValue>> = {
  status: (row) => STATUS_SEVERITY[row.status],
  age: (row) => row.ageMs,
};

function sortValueOf(column: SortColumn): (row: HostRow) => SortValue {
  const field = (METRICS.find(({ id }) => id === column)?.field ?? column) as keyof HostRow;
  return SORT_VALUES[column] ?? ((row) => row[field] as SortValue);
}

type Keys = (index: IndexView, nowMs: number) => (slot: number) => number;

/** The same as numbers of the index, that of a metric where nothing else is said; a text by its rank, the least age for the latest. */
const SORT_KEYS: Partial<Record<SortColumn, Keys>> = {
  status: (index, nowMs) => (slot) => STATUS_SEVERITY[index.status(slot, nowMs)],
  name: ({ names }) => (slot) => names.rank(slot),
  address: ({ addresses }) => (slot) => addresses.rank(slot),
  age: ({ lastSeenMs }) => (slot) => -lastSeenMs[slot]!,
  datagramsLost: ({ datagramsLost }) => (slot) => datagramsLost[slot]!,
};

/** What hosts are sorted by in the index; NaN where it is not known. */
export function sortKeyOf(column: SortColumn): Keys {
  return SORT_KEYS[column] ?? ((index) => {
    const metric = index.metric(column as SummaryMetric);
    return (slot) => metric[slot]!;
  });
}

/** The order of rows by a column. */
export function rowOrder(column: SortColumn, descending: boolean) {
  return orderBy(column, descending, sortValueOf(column));
}

/** The order by a column, of which each has a value: the unknown last either way, ties by name, `web-2` before `web-10`. */
export function orderBy<T extends Named>(
  column: SortColumn,
  descending: boolean,
  valueOf: (of: T) => SortValue,
): (a: T, b: T) => number {
  const direction = descending ? -1 : 1;
  // An order of texts is turned round as a whole, as ranks are.
  const tieDirection = column === "name" || column === "address" ? direction : 1;
  return (a, b) => compare(valueOf(a), valueOf(b), direction) || tieDirection * compareNames(a, b);
}

/** Sorts a copy in the order of `rowOrder`. */
export function sortRows(
  rows: readonly HostRow[],
  column: SortColumn,
  descending: boolean,
): HostRow[] {
  return rows.toSorted(rowOrder(column, descending));
}

function compare(a: SortValue, b: SortValue, direction: 1 | -1): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  if (typeof a === "number" && typeof b === "number") return direction * (a - b);
  return direction * compareNaturally(String(a), String(b));
}

/** What the terms of a filter ask of a host, which is given as a row or a slot. */
interface Readers<T> {
  status(of: T): HostStatus;
  /** Name, address and key, as `holdsWord` looks in them. */
  text(of: T): string;
  /** Whether it has a tag; of any value where that is empty. */
  tagTest(key: string, value: string): (of: T) => boolean;
  /** A number that may be compared; NaN where it is not known. */
  number(id: string): (of: T) => number;
}

/** Whether all terms hold for a host. */
function testOf<T>(terms: readonly Term[], readers: Readers<T>): (of: T) => boolean {
  // What costs least is asked first.
  const tests = terms.toSorted((a, b) => COSTS[a.kind] - COSTS[b.kind])
    .map((term) => termTest(term, readers));
  return (of) => {
    for (let n = 0; n < tests.length; n++) if (!tests[n]!(of)) return false;
    return true;
  };
}

const COSTS: Readonly<Record<Term["kind"], number>> = { number: 0, tag: 1, word: 2 };

function termTest<T>(term: Term, readers: Readers<T>): (of: T) => boolean {
  if (term.kind === "number") {
    const read = readers.number(term.metric);
    return (of) => compares(read(of), term);
  }
  const { word } = term;
  if (term.kind === "tag") {
    const hasTag = readers.tagTest(term.key, term.value);
    return (of) => hasTag(of) || holdsWord(readers.text(of), word);
  }
  return (of) => readers.status(of).includes(word) || holdsWord(readers.text(of), word);
}

/** What is understood of a text. */
const termsOf = (text: string): readonly Term[] => readFilter(text, COMPARED_NUMBERS).terms;

const ROW_READERS: Readers<HostRow> = {
  status: ({ status }) => status,
  text: searchText,
  tagTest: (key, value) => ({ tags }) => hasTag(tags, key, value),
  number(id) {
    const valueOf = sortValueOf(id as SortColumn);
    return (row) => valueOf(row) as Metric ?? NaN;
  },
};

/** The rows for which every term of a text holds that is understood, as `readFilter` has them. */
export function filterRows(rows: readonly HostRow[], text: string): readonly HostRow[] {
  const terms = termsOf(text);
  return terms.length === 0 ? rows : rows.filter(testOf(terms, ROW_READERS));
}

/** The slots of the hosts of a query, in the order of `rowOrder`. */
export function orderHosts(
  index: FleetIndex,
  query: HostQuery,
  nowMs: number,
  unusualOf: UnusualOf,
): HostOrder {
  const isLetThrough = hostFilter(index, query, nowMs);
  const slots = index.select(isLetThrough);
  const { length: matched } = slots;
  const { group = null, sort } = query;
  const order = (some: Uint32Array<ArrayBuffer>) => orderSlots(index, some, query, nowMs);
  if (group === null) {
    return new HostOrder(null, [{ order: order(slots), unusual: 0 }], { matched });
  }
  const readers = slotGroups(index, group, nowMs);
  const groups = groupHosts(slots, readers, sort);
  const groupOf = (slot: number) =>
    isLetThrough(slot) ? readers.values[readers.placeOf(slot)] : undefined;
  return listGroups(groups, { query, order, unusualOf }, { matched, groupOf });
}

function orderSlots(
  index: FleetIndex,
  slots: Uint32Array<ArrayBuffer>,
  { sort, descending }: HostQuery,
  nowMs: number,
): SlotOrder {
  const keyOf = sort === null
    ? (slot: number) => index.entry[slot]!
    : sortKeyOf(sort)(index, nowMs);
  const direction = descending ? -1 : 1;
  const keys = new Float64Array(slots.length);
  const ties = new Uint32Array(slots.length);
  // Loops: `from` of a typed array takes ten times as long.
  for (let at = 0; at < slots.length; at++) {
    const slot = slots[at]!;
    const key = direction * keyOf(slot);
    keys[at] = Number.isNaN(key) ? Infinity : key;
    ties[at] = index.names.rank(slot);
  }
  return new SlotOrder(slots, keys, ties);
}

function slotGroups(index: FleetIndex, key: string, nowMs: number): GroupReaders<number> {
  const { values, places } = numberTexts(index.tags.map((tags) => tagOf(tags, key)));
  return {
    values,
    placeOf: (slot) => places[index.tags.idOf(slot)]!,
    statusOf: (slot) => index.status(slot, nowMs),
    numberOf: slotReaders(index, nowMs).number,
  };
}

/** Groups rows by a tag, as `orderHosts` does. */
export function groupRows(
  rows: readonly HostRow[],
  key: string,
  sort: SortColumn,
): readonly HostGroup<HostRow>[] {
  const { values, places } = numberTexts(rows.map(({ tags }) => tagOf(tags, key)));
  const placeOf = new Map(rows.map((row, at) => [row, places[at]!]));
  return groupHosts(rows, {
    values,
    placeOf: (row) => placeOf.get(row)!,
    statusOf: ROW_READERS.status,
    numberOf: ROW_READERS.number,
  }, sort);
}

/** What a tag says; empty for hosts without it. */
export function tagOf(tags: Tags, key: string): string {
  return Object.hasOwn(tags, key) ? tags[key]! : "";
}

/** Whether a query lets the host of a slot through. */
export function hostFilter(
  index: IndexView,
  { text, statuses }: Pick<HostQuery, "text" | "statuses">,
  nowMs: number,
): (slot: number) => boolean {
  const terms = termsOf(text);
  const holds = testOf(terms, slotReaders(index, nowMs));
  if (statuses === null) return holds;
  return (slot) => statuses.includes(index.status(slot, nowMs)) && holds(slot);
}

function slotReaders(index: IndexView, nowMs: number): Readers<number> {
  return {
    status: (slot) => index.status(slot, nowMs),
    text: (slot) => index.text(slot),
    tagTest: (key, value) => index.tags.test((tags) => hasTag(tags, key, value)),
    number(id) {
      if (id === "age") return (slot) => Math.max(0, nowMs - index.lastSeenMs[slot]!);
      return sortKeyOf(id as SortColumn)(index, nowMs);
    },
  };
}

function hasTag(tags: Tags, key: string, value: string): boolean {
  if (!Object.hasOwn(tags, key)) return false;
  return value === "" || tags[key]!.toLowerCase() === value;
}
