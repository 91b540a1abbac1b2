/**
 * Which hosts a view shows, and in which order: of the fleet as it is, by its index, and of rows
 * that were taken before. Pure, and the same for the terminal and the page.
 */
import { METRICS, type SortColumn } from "../../../catalogue.ts";
import type { SummaryMetric } from "../../../message/metrics.ts";
import type { FleetIndex } from "./fleet_index.ts";
import { compareNames, compareNaturally, holdsWord, searchText, wordsOf } from "./names.ts";
import { SlotOrder } from "./order.ts";
import type { HostRow } from "../host/row.ts";
import { type HostStatus, STATUS_SEVERITY } from "../../../common/status.js";

type SortValue = string | number | null;

/** What rows are sorted by; the field of a row where nothing else is said. */
const SORT_VALUES: Partial<Record<SortColumn, (row: HostRow) => SortValue>> = {
  status: (row) => STATUS_SEVERITY[row.status],
  age: (row) => row.ageMs,
};

function sortValueOf(column: SortColumn): (row: HostRow) => SortValue {
  const field = (METRICS.find(({ id }) => id === column)?.field ?? column) as keyof HostRow;
  return SORT_VALUES[column] ?? ((row) => row[field] as SortValue);
}

type Keys = (index: FleetIndex, nowMs: number) => (slot: number) => number;

/** The same as numbers of the index, that of a metric where nothing else is said; a text by its rank, the least age for the latest. */
const SORT_KEYS: Partial<Record<SortColumn, Keys>> = {
  status: (index, nowMs) => (slot) => STATUS_SEVERITY[index.status(slot, nowMs)],
  name: ({ names }) => (slot) => names.rank(slot),
  address: ({ addresses }) => (slot) => addresses.rank(slot),
  age: ({ lastSeenMs }) => (slot) => -lastSeenMs[slot]!,
  datagramsLost: ({ datagramsLost }) => (slot) => datagramsLost[slot]!,
};

function sortKeyOf(column: SortColumn): Keys {
  return SORT_KEYS[column] ?? ((index) => {
    const metric = index.metric(column as SummaryMetric);
    return (slot) => metric[slot]!;
  });
}

/** The order by a column: the unknown last either way, ties by name, `web-2` before `web-10`. */
function rowOrder(column: SortColumn, descending: boolean): (a: HostRow, b: HostRow) => number {
  const valueOf = sortValueOf(column);
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

/** The rows whose status, or name, address and key by `holdsWord`, hold every word of the text, whatever the case. */
export function filterRows(rows: readonly HostRow[], text: string): readonly HostRow[] {
  const words = wordsOf(text);
  if (words.length === 0) return rows;
  return rows.filter((row) => {
    const haystack = searchText(row);
    return words.every((word) => row.status.includes(word) || holdsWord(haystack, word));
  });
}

/** Which hosts are asked for, in which order. */
export interface HostQuery {
  /** As in `filterRows`. */
  readonly text: string;
  /** Any when `null`. */
  readonly statuses: readonly HostStatus[] | null;
  /** `null` for the order in which they were first heard. */
  readonly sort: SortColumn | null;
  readonly descending: boolean;
}

/** The slots of the hosts of a query, in the order of `rowOrder`. */
export function orderHosts(index: FleetIndex, query: HostQuery, nowMs: number): SlotOrder {
  const { sort, descending } = query;
  const keyOf = sort === null
    ? (slot: number) => index.entry[slot]!
    : sortKeyOf(sort)(index, nowMs);
  const direction = descending ? -1 : 1;
  const slots = index.select(hostFilter(index, query, nowMs));
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

function hostFilter(
  index: FleetIndex,
  { text, statuses }: HostQuery,
  nowMs: number,
): (slot: number) => boolean {
  const words = wordsOf(text);
  if (words.length === 0 && statuses === null) return () => true;
  return (slot) => {
    const status = index.status(slot, nowMs);
    return (statuses?.includes(status) ?? true) &&
      words.every((word) => status.includes(word) || holdsWord(index.text(slot), word));
  };
}
