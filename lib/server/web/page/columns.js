// @ts-check
/// <reference lib="dom" />
/**
 * The columns of the table of hosts, as the catalogue has them: what each is called, explained and
 * sorted by, and the cell that it puts into a row.
 */
import { CATALOGUE } from "./catalogue.js";
import {
  barCell,
  coresCell,
  nameCell,
  namedCell,
  sparkCell,
  statusCell,
  textCell,
} from "./cells.js";
import { formatAge, formatCount, FORMATS, tagsText, UNKNOWN } from "../../../common/format.js";
import { cleanText } from "../../../common/text.js";

/** @typedef {import("./cells.js").Cell} Cell */
/** @typedef {typeof CATALOGUE.metrics[number]} Metric */
/**
 * @typedef {object} Column
 * @property {string} key its class, and what it sorts by where it sorts
 * @property {string} title
 * @property {string} help
 * @property {boolean} sorts
 * @property {() => Cell} cell
 * @property {boolean} [grows] as its texts may be of any length
 */

/** What no message says. @type {Readonly<Record<string, () => Cell>>} */
const OWN = {
  status: statusCell,
  name: nameCell,
  address: () => textCell((row) => row.address),
  tags: () => textCell((row) => cleanText(tagsText(row.tags ?? {})), true),
  age: () => textCell((row, nowMs) => formatAge(nowMs - row.lastSeenMs)),
  datagramsLost: () => textCell((row) => formatCount(row.datagramsLost)),
};

const own = CATALOGUE.own.map(({ id, label, formula, sort }) => ({
  ...{ key: id, title: label, help: formula, cell: OWN[id] ?? statusCell },
  sorts: sort !== undefined,
  ...(id === "datagramsLost" && { grows: true }),
}));

/** @type {readonly Column[]} */
export const COLUMNS = [
  ...own.slice(0, -1),
  ...CATALOGUE.metrics.filter(({ page }) => page !== undefined).flatMap(columnsOf),
  ...own.slice(-1),
];

/** The column of a metric, and that of its last points. @param {Metric} metric @returns {Column[]} */
function columnsOf(metric) {
  const { id, label, formula, sort, unit, recent } = metric;
  const column = {
    ...{ key: id, title: label, help: formula, sorts: sort !== undefined },
    cell: () => cellOf(metric),
    ...(unit === "packets" && { grows: true }),
  };
  if (recent === undefined) return [column];
  const last = { key: recent.id, title: `Recent ${label}`, help: "the last 30 samples" };
  return [column, { ...last, sorts: false, cell: () => sparkCell(recent.field) }];
}

/** @param {Metric} metric @returns {Cell} */
function cellOf({ kind, unit, from, field = "", bar }) {
  const valueOf = (/** @type {any} */ row) => row[field] ?? null;
  if (kind !== "host") return coresCell((row) => valueOf(row) ?? []);
  if (from !== undefined && "names" in from) {
    const nameOf = (/** @type {any} */ row) => row[from.names] ?? "";
    if (unit === "percent") return namedCell(valueOf, nameOf);
    return textCell((row) => `${FORMATS[unit](valueOf(row))} ${cleanText(nameOf(row))}`);
  }
  if (from !== undefined && "part" in from) {
    const [part, whole] = [from.part, from.of[0]].map((id) =>
      CATALOGUE.metrics.find((metric) => metric.id === id)
    );
    return barCell(valueOf, (/** @type {any} */ row) => {
      const sizes = [part, whole].map((metric) => row[metric?.field ?? ""] ?? null);
      if (sizes.every((size) => size === null)) return UNKNOWN;
      return sizes.map((size) => FORMATS[part?.unit ?? "bytes"](size)).join("/");
    });
  }
  if (bar) return barCell(valueOf);
  return textCell((row) => FORMATS[unit](valueOf(row)));
}
