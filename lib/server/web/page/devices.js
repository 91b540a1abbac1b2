// @ts-check
/// <reference lib="dom" />
/**
 * The devices of one host as tables, and its shares of time under pressure; which numbers there are, and what
 * each is called, says the catalogue.
 */
import { CATALOGUE } from "./catalogue.js";
import { bar } from "./cells.js";
import { element, setAttribute, setText } from "./dom.js";
import { cleanText } from "../../../common/text.js";
import { formatAny, formatBytes, formatCount, FORMATS } from "../../../common/format.js";
import { levelOf, percentOf } from "../../../common/status.js";

/** @typedef {number | null} Value */
/** @typedef {typeof CATALOGUE.metrics[number]} Metric */
/** @typedef {keyof typeof CATALOGUE.devices} Device */
/** @typedef {{ text: string, level?: string | undefined, title?: string }} Cell */
/** @typedef {{ name: string, note?: string, percent?: Value, cells: readonly Cell[] }} Line */

/** A table has a head to say what its numbers are of, and so no units in its cells. */
const SHORT_FORMATS = {
  ...FORMATS,
  bytesPerSecond: formatBytes,
  megabits: (/** @type {Value} */ value) =>
    value === null || value < 1_000
      ? formatCount(value) + (value === null ? "" : "M")
      : `${value / 1_000}G`,
};
/** Numbers of a device that stand as one. @type {Readonly<Partial<Record<Device, readonly (readonly [head: string, ...ids: string[]])[]>>>} */
const SUMS = {
  interface: [
    ["lost", "interfaceReceiveLost", "interfaceSendLost"],
    ["total", "interfaceReceiveBytes", "interfaceSendBytes"],
  ],
};
/** What is said beside a name when it is so, and not otherwise. @type {Readonly<Record<string, readonly [value: number, words: string]>>} */
const NOTES = { interfaceUp: [0, "down"], volumeReadOnly: [1, "read-only"] };
/** Shares of which much is trouble. */
const JUDGED = ["volumeShare", "volumeInodes"];

/** Whether a number as it is written says that there is nothing. @param {string} text */
export function isZero(text) {
  return /^0\D*$/.test(text);
}

/** A part of the page. @param {string} title @param {...Node} children */
export function section(title, ...children) {
  return element("section", {}, element("h2", {}, title), ...children);
}

/** A number of a host or of a device, or what follows from some. @param {Metric} metric @param {any} of @returns {Value} */
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

/** A section with a table whose lines follow a list; hidden while there are none. @param {string} title @param {readonly string[]} heads @param {boolean} hasBars */
function table(title, heads, hasBars) {
  const caption = element("caption", { hidden: true });
  const body = element("tbody");
  const [first = "", ...others] = heads;
  const head = element("tr", {}, element("th", { scope: "col" }, first));
  if (hasBars) head.append(element("td"));
  for (const text of others) head.append(element("th", { scope: "col" }, text));
  const made = element("table", { "aria-label": title }, caption, element("thead", {}, head), body);
  const node = section(title, made);
  /** @type {ReturnType<typeof tableLine>[]} */
  const lines = [];
  /** @param {readonly Line[]} all @param {string} [note] what is not in them */
  const draw = (all, note = "") => {
    while (lines.length > all.length) lines.pop()?.node.remove();
    while (lines.length < all.length) {
      const line = tableLine(others.length, hasBars);
      lines.push(line);
      body.append(line.node);
    }
    all.forEach((line, n) => lines[n]?.show(line));
    // A column that no line has anything in is absent.
    others.forEach((_, n) => {
      const isEmpty = all.every(({ cells }) => (cells[n]?.text ?? "") === "");
      const at = n + (hasBars ? 2 : 1);
      for (const row of made.rows) row.cells[at]?.toggleAttribute("hidden", isEmpty);
    });
    setText(caption, note);
    caption.hidden = note === "";
    node.hidden = all.length === 0;
  };
  return { node, draw };
}

/** @param {number} count of its numbers @param {boolean} hasBar */
function tableLine(count, hasBar) {
  const name = element("span", { class: "device" });
  const note = element("span", { class: "note" });
  const { node: track, show: showBar } = bar();
  const cells = Array.from({ length: count }, () => element("td", { class: "number" }));
  const node = element("tr", {}, element("th", { scope: "row" }, name, note));
  if (hasBar) node.append(element("td", { class: "share" }, track));
  node.append(...cells);
  /** @param {Line} line */
  const show = (line) => {
    setText(name, line.name);
    setAttribute(name, "title", line.name);
    setText(note, line.note ?? "");
    track.hidden = (line.percent ?? null) === null;
    showBar(line.percent ?? null);
    cells.forEach((cell, n) => {
      const { text = "", level = "normal", title = "" } = line.cells[n] ?? {};
      setText(cell, text);
      setAttribute(cell, "data-level", level !== "normal" && level);
      setAttribute(cell, "data-zero", isZero(text));
      setAttribute(cell, "title", title !== "" && title);
    });
  };
  return { node, show };
}

/** The devices of a kind that have names, each with all numbers that any of them has. @param {Device} kind */
export function devicesSection(kind) {
  const { list, key, label, labels } = CATALOGUE.devices[kind];
  const sums = SUMS[kind] ?? [];
  const metrics = CATALOGUE.metrics.filter((metric) => metric.kind === kind);
  const summed = new Set(sums.flatMap(([, ...ids]) => ids));
  const own = metrics.filter(({ id }) => !summed.has(id) && !Object.hasOwn(NOTES, id));
  const barred = metrics.find(({ bar }) => bar);
  const [group = "", field = ""] = list.split(".");
  const heads = [...own.map(headOf), ...sums.map(([head]) => head)];
  const { node, draw } = table(labels, [label.toLowerCase(), ...heads], barred !== undefined);
  /** @param {any} device @returns {Line} */
  const lineOf = (device) => ({
    name: cleanText(device[key ?? ""]),
    note: metrics.flatMap((metric) => {
      const [value, words] = NOTES[metric.id] ?? [];
      return words !== undefined && valueOf(metric, device) === value ? [words] : [];
    }).join(", "),
    percent: barred === undefined ? null : valueOf(barred, device),
    cells: [
      ...own.map((metric) => cellOf(metric, device)),
      ...sums.map(([, ...ids]) => sumOf(ids.map(metricOf), device)),
    ],
  });
  /** @param {any} message */
  const show = (message) => {
    /** @type {any[]} */
    const devices = message[group]?.[field] ?? [];
    draw(devices.map(lineOf), omitted(message[group], CATALOGUE.devices[kind].omitted));
  };
  return { node, draw: show };
}

/** @param {Metric} metric */
function headOf({ short, unit }) {
  return unit === "bytesPerSecond" || unit === "perSecond" ? `${short}/s` : short;
}

/** @param {Metric} metric @param {any} device @returns {Cell} */
function cellOf(metric, device) {
  const value = valueOf(metric, device);
  const level = JUDGED.includes(metric.id) ? levelOf(value) : "normal";
  const isAbsent = value === null && metric.optional;
  return { text: isAbsent ? "" : SHORT_FORMATS[metric.unit](value), level, title: metric.formula };
}

/** @param {readonly Metric[]} metrics @param {any} device @returns {Cell} */
function sumOf(metrics, device) {
  const known = metrics.map((metric) => ({ metric, value: valueOf(metric, device) }))
    .filter(({ value }) => value !== null);
  const [first] = known;
  if (first === undefined) return { text: metrics.every(({ optional }) => optional) ? "" : "–" };
  const format = SHORT_FORMATS[first.metric.unit];
  return {
    text: format(known.reduce((sum, { value }) => sum + (value ?? 0), 0)),
    title: known.map(({ metric, value }) => `${metric.label} ${format(value)}`).join(", "),
  };
}

/** The shares of time in which some tasks, or all, waited for something. */
export function pressureSection() {
  const metrics = CATALOGUE.metrics.filter(({ group, name }) =>
    group === "pressure" && name !== ""
  );
  const kinds = metrics.filter(({ name }) => !name.endsWith("Full"));
  const { node, draw } = table("Pressure", ["share of time", "some", "full"], true);
  /** @param {any} message */
  const show = ({ pressure }) => {
    /** @param {string} name */
    const of = (name) =>
      metrics.some((metric) => metric.name === name) ? pressure?.[name] ?? null : null;
    const lines = kinds.map(({ name, label, formula }) => ({
      name: label.replace(/ pressure$/, "").replace(/^./, (letter) => letter.toUpperCase()),
      percent: of(name),
      cells: [
        { text: FORMATS.percent(of(name)), title: formula },
        { text: FORMATS.percent(of(`${name}Full`)) },
      ],
    }));
    draw(pressure === undefined ? [] : lines);
  };
  return { node, draw: show };
}

/** Custom metrics. */
export function ownNumbersSection() {
  const { node, draw } = table("Custom metrics", ["name", "now"], false);
  /** @param {any} message */
  const show = (message) =>
    draw(
      Object.entries(message.extra ?? {}).map(([name, value]) => ({
        name: cleanText(name),
        cells: [{ text: formatAny(Number(value)) }],
      })),
    );
  return { node, draw: show };
}

/** The kinds of devices that have names, what is hot first. */
export const NAMED_KINDS = /** @type {Device[]} */ (Object.keys(CATALOGUE.devices))
  .filter((kind) => CATALOGUE.devices[kind].key !== null)
  .sort((a, b) => placeOf(a) - placeOf(b));

/** @param {Device} kind */
function placeOf(kind) {
  return ["temperature", "fan"].includes(kind) ? 0 : 1;
}

/** What is not listed. @param {any} group @param {string} [field] */
export function omitted(group, field = "omitted") {
  return group?.[field] > 0 ? `(${group[field]} more are not listed)` : "";
}
