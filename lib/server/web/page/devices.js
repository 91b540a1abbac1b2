// @ts-check
/// <reference lib="dom" />
/**
 * The numbers and devices of one host as its last message lists them; which there are, and what each is
 * called, says the catalogue.
 */
import { CATALOGUE } from "./catalogue.js";
import { bar } from "./cells.js";
import { element, setAttribute, setText } from "./dom.js";
import { cleanText } from "../../../common/text.js";
import { formatAny, formatPercent, FORMATS } from "../../../common/format.js";
import { levelOf, percentOf } from "../../../common/status.js";

/** @typedef {number | null} Value */
/** @typedef {typeof CATALOGUE.metrics[number]} Metric */
/** @typedef {keyof typeof CATALOGUE.devices} Device */

/** A section with a table whose lines follow a list; hidden while there are none. @param {string} name @param {readonly string[]} titles */
function listSection(name, titles) {
  const caption = element("caption", { hidden: true });
  const body = element("tbody");
  const head = element("tr");
  titles.forEach((title) => head.append(element("th", { scope: "col" }, title)));
  const table = element(
    "table",
    { "aria-label": name },
    caption,
    element("thead", {}, head),
    body,
  );
  const node = section(name, table);
  /** @param {readonly (readonly string[])[]} lines @param {string} [note] what is not in them */
  const draw = (lines, note = "") => {
    while (body.rows.length > lines.length) body.deleteRow(-1);
    lines.forEach((line, index) => {
      const row = body.rows[index] ?? body.insertRow();
      while (row.cells.length < line.length) {
        row.append(row.cells.length === 0 ? element("th", { scope: "row" }) : element("td"));
      }
      Array.from(row.cells).forEach((cell, column) => setText(cell, line[column] ?? ""));
    });
    titles.forEach((_, column) => {
      const isEmpty = lines.every((line) => line[column] === "");
      for (const row of table.rows) row.cells[column]?.toggleAttribute("hidden", isEmpty);
    });
    setText(caption, note);
    caption.hidden = note === "";
    node.hidden = lines.length === 0;
  };
  return { node, draw };
}

/** A part of the page. @param {string} title @param {...Node} children */
export function section(title, ...children) {
  return element("section", {}, element("h2", {}, title), ...children);
}

/** A number of a host or of a device, or what follows from some. @param {Metric} metric @param {any} of */
export function valueOf({ name, from }, of) {
  if (from === undefined || !("part" in from)) return of?.[name] ?? null;
  const [part = null, ...whole] = [from.part, ...from.of].map((id) =>
    of?.[metricOf(id).name] ?? null
  );
  return percentOf(part, whole.includes(null) ? null : whole.reduce((sum, term) => sum + term, 0));
}

/** @param {string} id @returns {Metric} */
export function metricOf(id) {
  const metric = CATALOGUE.metrics.find((metric) => metric.id === id);
  if (metric === undefined) throw new RangeError(`Cannot find the metric ${id}: it has no row`);
  return metric;
}

/** The devices of a kind that have names, each with all numbers that any of them has. @param {Device} kind */
export function devicesSection(kind) {
  const { list, key, label, labels } = CATALOGUE.devices[kind];
  const metrics = CATALOGUE.metrics.filter((metric) => metric.kind === kind);
  const [group = "", field = ""] = list.split(".");
  const { node, draw } = listSection(labels, [label, ...metrics.map(({ label }) => label)]);
  /** @param {any} message */
  const show = (message) => {
    /** @type {any[]} */
    const devices = message[group]?.[field] ?? [];
    const isThere = metrics.map((metric) =>
      !metric.optional || devices.some((device) => valueOf(metric, device) !== null)
    );
    draw(
      devices.map((device) => [
        cleanText(device[key ?? ""]),
        ...metrics.map((metric, at) =>
          isThere[at] ? FORMATS[metric.unit](valueOf(metric, device)) : ""
        ),
      ]),
      omitted(message[group], CATALOGUE.devices[kind].omitted),
    );
  };
  return { node, draw: show };
}

/** Custom metrics. */
export function ownNumbersSection() {
  const { node, draw } = listSection("Custom metrics", ["Name", "Value"]);
  /** @param {any} message */
  const show = (message) =>
    draw(
      Object.entries(message.extra ?? {}).map((
        [name, value],
      ) => [cleanText(name), formatAny(Number(value))]),
    );
  return { node, draw: show };
}

/** The kinds of devices that have names, in the order of the catalogue's rows. */
export const NAMED_KINDS = /** @type {Device[]} */ ([
  ...new Set(CATALOGUE.metrics.map(({ kind }) => kind)),
].filter((kind) => kind !== "host" && CATALOGUE.devices[kind].key !== null));

/** @param {any} group @param {string} [field] */
function omitted(group, field = "omitted") {
  return group?.[field] > 0 ? `(${group[field]} more are not listed)` : "";
}

/** Every core as a bar. */
export function coreBars() {
  const list = element("ol", { class: "core-bars", "aria-label": "Cores" });
  const rest = element("p", { class: "hint", hidden: true });
  const node = element("div", {}, list, rest);
  /** @type {{ item: HTMLElement, show: (percent: Value) => void, text: HTMLElement }[]} */
  const bars = [];
  /** @param {readonly Value[]} cores @param {any} cpu the message's */
  const draw = (cores, cpu) => {
    rest.hidden = !(cpu?.omitted > 0);
    setText(rest, omitted(cpu));
    while (bars.length < cores.length) {
      const { node: track, show } = bar();
      const text = element("span", { class: "number" });
      const item = element(
        "li",
        {},
        element("span", { class: "index" }, String(bars.length)),
        track,
        text,
      );
      list.append(item);
      bars.push({ item, show, text });
    }
    bars.forEach(({ item, show, text }, index) => {
      item.hidden = index >= cores.length;
      show(cores[index] ?? null);
      setText(text, formatPercent(cores[index]));
    });
  };
  return { node, draw };
}

/** One wide bar with a title and its number. @param {string} title @param {string} help */
export function gauge(title, help) {
  const { node: track, show } = bar();
  const text = element("b", { class: "number" });
  const node = element(
    "div",
    { class: "gauge", title: help },
    element("span", {}, title),
    track,
    text,
  );
  /** @param {Value} percent @param {string} words */
  const draw = (percent, words) => {
    show(percent);
    setAttribute(node, "data-level", levelOf(percent));
    // An empty bar would say that nothing is in use.
    track.hidden = percent === null;
    setText(text, words);
  };
  return { node, draw };
}
