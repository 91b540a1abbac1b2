// @ts-check
/**
 * Which hosts are shown and in which order, and how that stands in the URL. Pure.
 */
import { STATUSES } from "./status.js";

/** @typedef {import("./status.js").Status} Status */
/** @typedef {import("./store.js").Row} Row */
/** @typedef {{ text: string, statuses: readonly Status[], sort: string, descending: boolean }} Query */

/** What each sort goes by. @type {Readonly<Record<string, (row: Row) => string | number | null>>} */
const SORT_VALUES = {
  status: (row) => STATUSES.indexOf(row.status),
  name: (row) => row.name,
  address: (row) => row.address,
  age: (row) => -row.lastSeenMs,
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

/** Every sort there is. */
export const SORTS = Object.keys(SORT_VALUES);

/** Sorts that put the greatest first when they are chosen: what is looked for is the worst. */
const ASCENDING_FIRST = new Set(["name", "address", "age"]);

/** Whether a sort begins with the greatest. @param {string} sort */
export function isDescendingFirst(sort) {
  return !ASCENDING_FIRST.has(sort);
}

/** Reads the query from a URL's search part; what makes no sense is left at its default. @param {string} search @returns {Query} */
export function readQuery(search) {
  const params = new URLSearchParams(search);
  const sort = params.get("sort") ?? "name";
  const wanted = (params.get("status") ?? "").split(",");
  return {
    text: params.get("q") ?? "",
    statuses: STATUSES.filter((status) => wanted.includes(status)),
    sort: SORTS.includes(sort) ? sort : "name",
    descending: params.get("order") === "desc",
  };
}

/** The search part of the URL for a query; what is at its default is not in it. @param {Query} query */
export function writeQuery({ text, statuses, sort, descending }) {
  const params = new URLSearchParams();
  if (text !== "") params.set("q", text);
  if (statuses.length > 0) params.set("status", statuses.join(","));
  if (sort !== "name") params.set("sort", sort);
  if (descending) params.set("order", "desc");
  const search = params.toString();
  return search === "" ? "" : `?${search}`;
}

const collator = new Intl.Collator("en", { numeric: true });

/**
 * The rows that a query lets through, in its order: the unknown last either way, ties by name.
 *
 * @param {Iterable<Row>} rows whose status is of now
 * @param {Query} query
 * @returns {Row[]}
 */
export function select(rows, { text, statuses, sort, descending }) {
  const words = text.toLowerCase().split(/\s+/).filter((word) => word !== "");
  const selected = [];
  for (const row of rows) {
    if (statuses.length > 0 && !statuses.includes(row.status)) continue;
    if (words.length === 0 || holdsAll(row, words)) selected.push(row);
  }
  return sortRows(selected, sort, descending);
}

/** @param {Row} row @param {readonly string[]} words */
function holdsAll({ name, address, id, status }, words) {
  const haystack = `${name}\n${address}\n${id}\n${status}`.toLowerCase();
  return words.every((word) => haystack.includes(word));
}

/** @param {Row[]} rows @param {string} sort @param {boolean} descending */
function sortRows(rows, sort, descending) {
  const valueOf = SORT_VALUES[sort] ?? ((row) => row.name);
  const direction = descending ? -1 : 1;
  return rows.sort((a, b) =>
    compare(valueOf(a), valueOf(b), direction) || collator.compare(a.name, b.name) ||
    (a.id < b.id ? -1 : 1)
  );
}

/** @param {string | number | null} a @param {string | number | null} b @param {number} direction */
function compare(a, b, direction) {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  if (typeof a === "number" && typeof b === "number") return direction * (a - b);
  return direction * collator.compare(String(a), String(b));
}
