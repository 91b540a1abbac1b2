/**
 * The columns of a table of hosts: what it shows besides metrics, what it is sorted by and what a filter
 * compares, for the terminal, the page and the API. Pure.
 */
import { type CatalogueRow, type KnownRow, METRICS, type Unit } from "../catalogue.ts";

/** A column of a table of hosts, of what no message says. */
export type OwnColumn = Required<Pick<CatalogueRow, "label" | "short" | "formula" | "page">> & {
  readonly id: string;
  readonly sort?: "ascending" | "descending";
  /** What it counts, where it is a number. */
  readonly unit?: ComparedNumber["unit"];
  readonly terminal?: readonly (readonly [step: number, cells: number])[];
};

const OWN = [
  {
    id: "status",
    label: "Status",
    short: "",
    formula: "live; stale after 3 intervals + 1 s of silence; offline after 6",
    sort: "descending",
    terminal: [[0, 1]],
    page: { from: 0, track: "2ch", head: "" },
  },
  {
    id: "name",
    label: "Name",
    short: "name",
    formula: "its name; a legacy sender's address",
    sort: "ascending",
    terminal: [[10, 8], [50, 12], [70, 16], [130, 18], [230, 24]],
    page: { from: 0, track: "minmax(17ch, 1fr)", wide: "30ch", head: "Host" },
  },
  {
    id: "address",
    label: "Address",
    short: "address",
    formula: "where its last datagram came from",
    sort: "ascending",
    terminal: [[200, 21]],
    page: { from: 1_800, track: "16ch", after: "datagramsLost" },
  },
  {
    id: "tags",
    label: "Tags",
    short: "tags",
    formula: "what its agent was told to say of it",
    terminal: [[280, 30]],
    page: { from: 2_561, track: "24ch", after: "address" },
  },
  {
    id: "site",
    label: "Site",
    short: "site",
    formula: "its tag of that name",
    page: { from: 2_240, track: "7ch", after: "address" },
  },
  {
    id: "agent",
    label: "Agent",
    short: "agent",
    formula: "the version of its agent",
    page: { from: 2_240, track: "7ch", after: "site" },
  },
  {
    id: "age",
    label: "Age",
    short: "age",
    formula: "time since its last datagram",
    sort: "descending",
    unit: "milliseconds",
    terminal: [[60, 4]],
    page: { from: 0, track: "5ch" },
  },
  {
    id: "datagramsLost",
    label: "Datagrams lost",
    short: "lost",
    formula: "its datagrams that never came, by their sequence numbers",
    sort: "descending",
    unit: "packets",
    terminal: [[80, 5]],
    page: { from: 980, track: "5ch", head: "Lost" },
  },
] as const satisfies readonly OwnColumn[];

/** What a table of hosts shows besides metrics: all but the last one before them. */
export const OWN_COLUMNS: readonly OwnColumn[] = OWN;

/** What a fleet can be sorted by. */
export type SortColumn =
  | Extract<typeof OWN[number], { sort: string }>["id"]
  | Extract<KnownRow, { sort: string }>["id"];

/** Everything to sort by, in the order of a table. */
export const SORT_COLUMNS = [...OWN_COLUMNS.slice(0, -1), ...METRICS, ...OWN_COLUMNS.slice(-1)]
  .filter(({ sort }) => sort !== undefined).map(({ id }) => id) as readonly SortColumn[];

/** A number of a host that a filter compares, by any of its names in lower case, the first one its id. */
export interface ComparedNumber {
  readonly id: string;
  readonly unit: Unit | "milliseconds";
  readonly names: readonly string[];
}

/** All that is sorted by or kept in the recent past. */
export const COMPARED_NUMBERS: readonly ComparedNumber[] = [
  ...METRICS.filter(({ sort, past }) => sort !== undefined || past !== undefined),
  ...OWN_COLUMNS.filter(({ unit }) => unit !== undefined),
].map(({ id, short, unit }, _, all) => {
  const isOther = all.some((other) => other.id !== id && other.id.toLowerCase() === short);
  const names = new Set([id.toLowerCase(), ...(isOther ? [] : [short])]);
  return { id, unit: unit!, names: [...names] };
});

const ASCENDING: ReadonlySet<string> = new Set(
  [...OWN_COLUMNS, ...METRICS].filter(({ sort }) => sort === "ascending").map(({ id }) => id),
);

/** Whether a table that is sorted by it begins with the most, or the worst. */
export function isDescendingFirst(column: string): boolean {
  return !ASCENDING.has(column);
}
