// @ts-check
/**
 * Which charts a host has: those of the catalogue of which it says something or something is known, and one
 * for each number of its own. Pure.
 */
import { CATALOGUE } from "./catalogue.js";
import { cleanText } from "../../../common/text.js";
import { comparedMetrics, comparePath } from "./compare.js";
import { KeptPast } from "./past.js";
import { ownId, saidOf, Series } from "./series.js";

/** @typedef {import("./chart_options.js").Chart} Chart */
/** @typedef {import("./chart_options.js").Shown} Shown */

/** The metrics of each chart are its lines. */
const CHARTS = Array.from(
  Map.groupBy(
    CATALOGUE.metrics.filter(({ chart }) => chart !== undefined),
    ({ chart = "" }) => chart,
  ),
  ([title, lines]) => ({ title, lines }),
);

/** Those of what is kept on disk. */
const KEPT_CHARTS = CHARTS.map(({ title, lines }) => ({
  title,
  lines: lines.filter(({ store }) => store),
})).filter(({ lines }) => lines.length > 0);

/** The charts of a host, of which the newest detail is given; a title leads to where other hosts are compared with it. @param {{ row: any, message: any }} detail @param {Shown} shown @param {boolean} isKept @returns {readonly Chart[]} */
export function hostCharts({ row, message }, shown, isKept) {
  const own = shown instanceof Series ? shown.own : [];
  const charts = (shown instanceof KeptPast ? KEPT_CHARTS : CHARTS).filter(({ lines }) =>
    lines.some((metric) => saidOf(metric, row, message) !== null) || isKnown(lines, shown)
  );
  return [...charts.map((chart) => withLink(row.id, chart, isKept)), ...own.map(ownChart)];
}

/** @param {typeof CHARTS[number]["lines"]} lines @param {Shown} shown */
function isKnown(lines, shown) {
  const [, ...columns] = shown.data(lines.map(({ id }) => id));
  return columns.some((column) => column.some((value) => value !== null));
}

/** @param {string} host @param {typeof CHARTS[number]} chart @param {boolean} isKept @returns {Chart} */
function withLink(host, { title, lines }, isKept) {
  const compared = comparedMetrics(isKept).find((row) => row.chart === title);
  const chart = { title, lines: lines.map(({ id, label, unit }) => ({ id, label, unit })) };
  if (compared === undefined) return chart;
  return { ...chart, link: comparePath({ metric: compared.name, hosts: [host] }) };
}

/** A chart for each number of the host's own, as nobody knows which go together. @param {string} name @returns {Chart} */
function ownChart(name) {
  const title = cleanText(name);
  return { title, lines: [{ id: ownId(name), label: title, unit: "number" }], isOwn: true };
}
