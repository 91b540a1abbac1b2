/**
 * Which hosts a view shows, and in which order. Pure, and the same for the terminal and the page.
 */
import { HOST_STATUSES } from "./status.ts";
import type { HostRow } from "./row.ts";

/** What a fleet can be sorted by. */
export type SortColumn =
  | "status"
  | "name"
  | "address"
  | "age"
  | "cpu"
  | "memory"
  | "volume"
  | "read"
  | "write"
  | "receive"
  | "send"
  | "interfaceLost"
  | "datagramsLost";

type SortValue = string | number | null;

const SORT_VALUES: Readonly<Record<SortColumn, (row: HostRow) => SortValue>> = {
  status: (row) => HOST_STATUSES.indexOf(row.status),
  name: (row) => row.name,
  address: (row) => row.address,
  age: (row) => row.ageMs,
  cpu: (row) => row.cpuPercent,
  memory: (row) => row.memoryPercent,
  volume: (row) => row.volumePercent,
  read: (row) => row.readBytesPerSecond,
  write: (row) => row.writeBytesPerSecond,
  receive: (row) => row.receiveBytesPerSecond,
  send: (row) => row.sendBytesPerSecond,
  interfaceLost: (row) => row.interfaceLost,
  datagramsLost: (row) => row.datagramsLost,
};

/** Every column to sort by, in the order of the table. */
export const SORT_COLUMNS = Object.keys(SORT_VALUES) as readonly SortColumn[];

const collator = new Intl.Collator("en", { numeric: true });

/** Says which of two rows comes first: below 0 the one, above 0 the other. */
export type RowOrder = (a: HostRow, b: HostRow) => number;

/** The order by a column: the unknown last either way, ties by name, `web-2` before `web-10`. */
export function rowOrder(column: SortColumn, descending: boolean): RowOrder {
  const valueOf = SORT_VALUES[column];
  const direction = descending ? -1 : 1;
  return (a, b) => compare(valueOf(a), valueOf(b), direction) || compareNames(a, b);
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
  return direction * collator.compare(String(a), String(b));
}

function compareNames(a: HostRow, b: HostRow): number {
  return collator.compare(a.name, b.name) || (a.key < b.key ? -1 : Number(a.key > b.key));
}

/** The rows whose name, address, key or status holds every word of the text, whatever the case. */
export function filterRows(rows: readonly HostRow[], text: string): readonly HostRow[] {
  const words = text.toLowerCase().split(/\s+/).filter((word) => word !== "");
  if (words.length === 0) return rows;
  return rows.filter((row) => {
    const haystack = `${row.name}\n${row.address}\n${row.key}\n${row.status}`.toLowerCase();
    return words.every((word) => haystack.includes(word));
  });
}
