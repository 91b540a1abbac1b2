// @ts-check
/// <reference lib="dom" />
/**
 * The numbers of one host: shares as bars, all others group by group; which there are, and what each is
 * called, says the catalogue.
 */
import { CATALOGUE } from "./catalogue.js";
import { element, setText } from "./dom.js";
import { gauge, metricOf, valueOf } from "./devices.js";
import { FORMATS } from "../../../common/format.js";

/** @typedef {typeof CATALOGUE.metrics[number]} Metric */

/** The shares of a host that are drawn as bars, but for those of devices. */
const SHARES = CATALOGUE.metrics.filter(({ kind, bar, from }) =>
  kind === "host" && bar && !(from !== undefined && "names" in from)
);
const PARTS = new Set(SHARES.flatMap(({ from }) => partsOf(from)));

/** The other numbers of a host. */
const FIGURES = CATALOGUE.metrics.filter(({ id, kind, bar }) =>
  kind === "host" && !bar && !PARTS.has(id)
);

/** The ids of a part and its whole. @param {Metric["from"]} from */
function partsOf(from) {
  if (from === undefined || !("part" in from)) return [];
  return [from.part, metricOf(from.part).partOf ?? from.of[0] ?? ""];
}

/** Those numbers by their groups, in the order of a message. */
const FIGURES_OF = Map.groupBy(FIGURES, ({ group }) => group);

/** Every share of a host as a bar, and its other numbers, group by group. */
export function hostFigures() {
  const bars = SHARES.map((metric) => ({ metric, ...gauge(metric.label, metric.formula) }));
  const groups = Array.from(FIGURES_OF, ([group, metrics]) => {
    const { node, draw } = figureList(metrics.map(({ label }) => label));
    const title = element("h3", {}, CATALOGUE.groups[group] ?? group);
    return { group, metrics, draw, node: element("div", {}, title, node) };
  });
  /** @param {any} row @param {any} message */
  const draw = (row, message) => {
    // A group that is not sent is absent; one that could not be read is not known.
    const isSent = (/** @type {string} */ group) => message[group] !== undefined;
    for (const { metric, draw, node } of bars) {
      node.hidden = !isSent(metric.group);
      const of = message[metric.group];
      const value = metric.field === undefined ? valueOf(metric, of) : row[metric.field];
      draw(value, textOf(metric, of, value));
    }
    for (const { group, metrics, draw, node } of groups) {
      const texts = metrics.map((metric) => figureOf(metric, row, message));
      draw(texts);
      node.hidden = !isSent(group) || texts.every((text) => text === "");
    }
  };
  return { nodes: [...bars, ...groups].map(({ node }) => node), draw };
}

/** A number of a host; empty for one that its system does not have. @param {Metric} metric @param {any} row @param {any} message */
function figureOf(metric, row, message) {
  const { unit, field, group, optional } = metric;
  const value = field === undefined ? valueOf(metric, message[group]) : row[field];
  return value === null && optional ? "" : FORMATS[unit](value);
}

/** The number of a bar: its part and its whole, where it has them. @param {Metric} metric @param {any} of @param {number | null} value */
function textOf({ from, unit }, of, value) {
  const parts = partsOf(from).map((id) => {
    const { name, unit } = metricOf(id);
    return { value: of?.[name], text: FORMATS[unit](of?.[name]) };
  });
  if (parts.length === 0) return FORMATS[unit](value);
  return parts[1]?.value === 0 ? "none" : parts.map(({ text }) => text).join(" of ");
}

/** A few figures in a line. @param {readonly string[]} names @param {string} [kind] its class */
export function figureList(names, kind = "facts") {
  const node = element("dl", { class: kind });
  const values = names.map((name) => {
    const value = element("dd", { class: "number" });
    node.append(element("div", {}, element("dt", {}, name), value));
    return value;
  });
  /** @param {readonly string[]} texts */
  const draw = (texts) =>
    values.forEach((value, index) => {
      setText(value, texts[index] ?? "");
      if (value.parentElement !== null) value.parentElement.hidden = value.textContent === "";
    });
  return { node, draw };
}
