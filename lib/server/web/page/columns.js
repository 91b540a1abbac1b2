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
  kindCell,
  nameCell,
  namedCell,
  numberCell,
  sparkCell,
  statusCell,
  textCell,
} from "./cells.js";
import {
  formatAge,
  formatBytes,
  formatPercent,
  FORMATS,
  formatShortCount,
  tagsText,
  UNKNOWN,
} from "../../../common/format.js";
import { levelOfNumber } from "../../../common/troubles.js";
import { TRACKS } from "./tracks.js";
import { cleanText } from "../../../common/text.js";

/** @typedef {import("./cells.js").Cell} Cell */
/** @typedef {typeof CATALOGUE.metrics[number]} Metric */
/**
 * @typedef {object} Column
 * @property {string} key its class, and what it sorts by where it sorts
 * @property {string} help
 * @property {boolean} sorts
 * @property {() => Cell} cell
 * @property {string | null} grouped the field by which a group has a number of it; `null` for none
 */

/** What no message says. @type {Readonly<Record<string, () => Cell>>} */
const OWN = {
  status: statusCell,
  name: nameCell,
  address: () => textCell((row) => row.address),
  tags: () => textCell((row) => cleanText(tagsText(row.tags ?? {})), true),
  site: () => textCell((row) => cleanText(row.tags?.site ?? ""), true),
  agent: () => textCell((row) => cleanText(row.agent ?? ""), true),
  age: () => textCell((row, nowMs) => formatAge(nowMs - row.lastSeenMs)),
  datagramsLost: () => numberCell((row) => formatShortCount(row.datagramsLost)),
};

/** How a number is written where its head says what it is of. @type {Readonly<Record<string, (value: number | null) => string>>} */
const SHORT = { bytesPerSecond: formatBytes, packets: formatShortCount, count: formatShortCount };
/** Those whose groups are added up. */
const SUMMED = ["datagramsLost"];

/** @type {readonly Column[]} */
const own = CATALOGUE.own.map(({ id, formula, sort }) => ({
  ...{ key: id, help: formula, cell: OWN[id] ?? statusCell, sorts: sort !== undefined },
  grouped: SUMMED.includes(id) ? id : null,
}));

const ALL = new Map(
  [...own, ...CATALOGUE.metrics.flatMap(columnsOf)].map((column) => [column.key, column]),
);

/** From left to right. @type {readonly (Column & { title: string })[]} */
export const COLUMNS = TRACKS.flatMap(({ id, head }) => {
  const column = ALL.get(id);
  return column === undefined ? [] : [{ ...column, title: head }];
});

/** The column of a metric, and that of its last points. @param {Metric} metric @returns {Omit<Column, "title">[]} */
function columnsOf(metric) {
  const { id, formula, sort, recent, field = "" } = metric;
  const column = {
    ...{ key: id, help: formula, sorts: sort !== undefined },
    ...{ cell: () => cellOf(metric), grouped: field },
  };
  if (recent === undefined) return [column];
  const cell = () => sparkCell(recent.field);
  return [column, {
    key: recent.id,
    help: "the last 30 samples",
    sorts: false,
    cell,
    grouped: null,
  }];
}

/** @param {Metric} metric @returns {Cell} */
function cellOf({ id, kind, unit, from, field = "", bar, page }) {
  const valueOf = (/** @type {any} */ row) => row[field] ?? null;
  const level = (/** @type {any} */ row) => levelOfNumber(id, valueOf(row), row);
  const format = SHORT[unit] ?? FORMATS[unit];
  if (page?.bare) return numberCell((row) => format(valueOf(row)), level);
  if (kind !== "host") return coresCell((row) => valueOf(row) ?? []);
  if (from !== undefined && "part" in from) {
    const [part, whole] = [from.part, from.of[0]].map((id) =>
      CATALOGUE.metrics.find((metric) => metric.id === id)
    );
    return barCell(valueOf, (/** @type {any} */ row) => {
      const sizes = [part, whole].map((metric) => row[metric?.field ?? ""] ?? null);
      if (sizes.every((size) => size === null)) return formatPercent(valueOf(row));
      return sizes.map((size) => FORMATS[part?.unit ?? "bytes"](size)).join("/");
    });
  }
  if (from !== undefined && "names" in from) {
    const nameOf = (/** @type {any} */ row) => row[from.names] ?? "";
    if (bar) return namedCell(valueOf, nameOf);
    if (unit === "celsius") return numberCell((row) => degrees(valueOf(row)), level, nameOf);
    return kindCell((row) => FORMATS[unit](valueOf(row)), level, nameOf);
  }
  if (bar) return barCell(valueOf);
  return numberCell((row) => format(valueOf(row)), level);
}

/** @param {number | null} celsius */
function degrees(celsius) {
  return celsius === null ? UNKNOWN : `${Math.round(celsius)}°`;
}
