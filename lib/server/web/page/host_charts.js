// @ts-check
/**
 * Which charts a host has: those of the catalogue of which it says something or something is known, and one
 * for each number of its own. Pure.
 */
import { CATALOGUE } from "./catalogue.js";
import { cleanText } from "../../../common/text.js";
import { comparedMetrics, comparePath } from "./compare.js";
import { KeptPast, LOST } from "./past.js";
import { ownId, saidOf, Series } from "./series.js";

/** @typedef {import("./chart_options.js").Chart} Chart */
/** @typedef {import("./chart_options.js").Shown} Shown */
/** @typedef {typeof CHARTS[number]["lines"][number]} Line */

/** The order of the charts, two in a row; others behind them. */
const ORDER = ["CPU", "Memory", "Pressure", "Load", "Disk", "Network", "Temperature", "Disk busy"];
const placeOf = (/** @type {string} */ title) => (ORDER.indexOf(title) + 1) || Infinity;

/** The metrics of each chart are its lines, each in its colour. */
const CHARTS = Array.from(
  Map.groupBy(
    CATALOGUE.metrics.filter(({ chart }) => chart !== undefined),
    ({ chart = "" }) => chart,
  ),
  ([title, lines]) => ({ title, lines: lines.map((line, place) => ({ ...line, place })) }),
).sort((a, b) => placeOf(a.title) - placeOf(b.title));

/** Those of what is kept on disk. */
const KEPT_CHARTS = CHARTS.map(({ title, lines }) => ({
  title,
  lines: lines.filter(({ store }) => store),
})).filter(({ lines }) => lines.length > 0);

/** The charts of a host, of which the newest detail is given; a title leads to where other hosts are compared with it. @param {{ row: any, message: any }} detail @param {Shown} shown @param {boolean} isKept @returns {readonly Chart[]} */
export function hostCharts({ row, message }, shown, isKept) {
  const own = shown instanceof Series ? shown.own : [];
  const charts = (shown instanceof KeptPast ? KEPT_CHARTS : CHARTS).filter(({ lines }) =>
    lines.some((line) => saidOf(line, row, message) !== null) || isKnown(lines, shown)
  );
  // Of several, the highest says nothing that they do not, where all of their past is there.
  const isTold = (/** @type {Line} */ line) =>
    (saidOf(line, row, message) !== null || isKnown([line], shown)) &&
    !(isKept && line.from !== undefined && "most" in line.from);
  const told = charts.map(({ title, lines }) => ({ title, lines: lines.filter(isTold) }));
  const linked = told.map((chart) => withLink(row.id, chart, isKept));
  return [...linked, ...lostCharts(row, shown), ...own.map(ownChart)];
}

/** What was lost, where that is kept, and the host counts what it sends. @param {any} row @param {Shown} shown @returns {readonly Chart[]} */
function lostCharts({ datagramsLost = null }, shown) {
  const line = /** @type {const} */ ({ id: LOST, label: "lost", unit: "percent" });
  const isTold = datagramsLost !== null && shown instanceof KeptPast &&
    shown.data([LOST])[1]?.some((value) => value !== null);
  return isTold ? [{ title: "Datagrams lost", lines: [line] }] : [];
}

/** @param {readonly Line[]} lines @param {Shown} shown */
function isKnown(lines, shown) {
  const [, ...columns] = shown.data(lines.map(({ id }) => id));
  return columns.some((column) => column.some((value) => typeof value === "number"));
}

/** @param {string} host @param {typeof CHARTS[number]} chart @param {boolean} isKept @returns {Chart} */
function withLink(host, { title, lines }, isKept) {
  const compared = comparedMetrics(isKept).find((row) => row.chart === title);
  const chart = { title, lines: lines.map((line) => lineOf(line, title, lines.length)) };
  if (compared === undefined) return chart;
  return { ...chart, link: comparePath({ metric: compared.name, hosts: [host] }) };
}

/** What is drawn of a metric: a share is beside others of its chart called by its part. @param {Line} metric @param {string} title @param {number} count @returns {import("./chart_options.js").Line} */
function lineOf({ id, label, unit, place, from }, title, count) {
  const part = from !== undefined && "part" in from ? from.part : "";
  const of = CATALOGUE.metrics.find((metric) => metric.id === part)?.short;
  return { id, label: label === title && count > 1 ? of ?? label : label, unit, place };
}

/** A chart for each number of the host's own, as nobody knows which go together. @param {string} name @returns {Chart} */
function ownChart(name) {
  const title = cleanText(name);
  return { title, lines: [{ id: ownId(name), label: title, unit: "number" }], isOwn: true };
}
