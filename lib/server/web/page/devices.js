// @ts-check
/// <reference lib="dom" />
/**
 * The cores, memory, volumes and interfaces of one host as its last message lists them.
 */
import { bar } from "./cells.js";
import { element, setAttribute, setText } from "./dom.js";
import { cleanText, formatBytes, formatCount, formatPercent, formatRate } from "./format.js";
import { levelOf } from "./marks.js";

/** @typedef {number | null} Metric */

/** A table whose lines follow a list. @param {string} caption @param {readonly string[]} titles */
export function listTable(caption, titles) {
  const body = element("tbody");
  const head = element("tr");
  titles.forEach((title) => head.append(element("th", { scope: "col" }, title)));
  const node = element(
    "table",
    {},
    element("caption", {}, caption),
    element("thead", {}, head),
    body,
  );
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
    setText(node.caption ?? node, note === "" ? caption : `${caption} ${note}`);
  };
  return { node, draw };
}

/** The volumes. */
export function volumesTable() {
  const { node, draw } = listTable("Volumes", ["Mount", "Used", "Of", "Free", "Share"]);
  /** @param {any} disk */
  const show = (disk) =>
    draw(
      (disk?.volumes ?? []).map((/** @type {any} */ { mount, total, used, free }) => [
        cleanText(mount),
        formatBytes(used),
        formatBytes(total),
        formatBytes(free),
        formatPercent(percentOf(used, used === null || free === null ? null : used + free)),
      ]),
      omitted(disk),
    );
  return { node, draw: show };
}

/** The interfaces. */
export function interfacesTable() {
  const titles = ["Interface", "Down", "Up", "Lost down", "Lost up"];
  const { node, draw } = listTable("Interfaces", titles);
  /** @param {any} network */
  const show = (network) =>
    draw(
      (network?.interfaces ?? []).map((/** @type {any} */ { name, rx, tx, rxLost, txLost }) => [
        cleanText(name),
        formatRate(rx),
        formatRate(tx),
        formatCount(rxLost),
        formatCount(txLost),
      ]),
      omitted(network),
    );
  return { node, draw: show };
}

/** @param {any} group */
function omitted(group) {
  return group?.omitted > 0 ? `(${group.omitted} more are not listed)` : "";
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
  const draw = (texts) => values.forEach((value, index) => setText(value, texts[index] ?? ""));
  return { node, draw };
}

/** Every core as a bar. */
export function coreBars() {
  const list = element("ol", { class: "core-bars", "aria-label": "Cores" });
  const rest = element("p", { class: "hint", hidden: true });
  const node = element("div", {}, list, rest);
  /** @type {{ item: HTMLElement, show: (percent: Metric) => void, text: HTMLElement }[]} */
  const bars = [];
  /** @param {readonly Metric[]} cores @param {any} cpu the message's */
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
  /** @param {Metric} percent @param {string} words */
  const draw = (percent, words) => {
    show(percent);
    setAttribute(node, "data-level", levelOf(percent));
    // An empty bar would say that nothing is in use.
    track.hidden = percent === null;
    setText(text, words);
  };
  return { node, draw };
}

/** A part in a whole, in percent. @param {Metric | undefined} part @param {Metric | undefined} whole */
export function percentOf(part, whole) {
  if (part === null || part === undefined || !whole) return null;
  return part / whole * 100;
}
