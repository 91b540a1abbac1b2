// @ts-check
/// <reference lib="dom" />
/**
 * The parts of a row that are made once and changed in place: texts, bars and small drawings.
 * Each gives its element and a function that shows another row in it.
 */
import { missing, RECENT_POINTS } from "../../../common/gaps.js";
import { drawing, element, setAttribute, setText } from "./dom.js";
import { cleanText } from "../../../common/text.js";
import { formatPercent, formatTime } from "../../../common/format.js";
import { levelOf, STATUS_SIGNS } from "../../../common/status.js";
import { notesOf } from "../../../common/host_words.js";
import { troubleOf } from "../../../common/troubles.js";
import { hostPath } from "./paths.js";
import { BUSY_PERCENT, linePath, stripPath } from "./shapes.js";

/** @typedef {import("./store.js").Row} Row */
/** @typedef {{ node: Element, show: (row: Row, nowMs: number) => void }} Cell */

/** What stands above a column; rows can be sorted by many. @param {import("./table.js").Column} column @param {(key: string) => void} onSort */
export function headCell({ key, title, help, sorts }, onSort) {
  const label = sorts
    ? element("button", { type: "button", title: help, onclick: () => onSort(key) }, title)
    : element("span", { title: help }, title);
  return element("div", { role: "columnheader", class: `cell ${key}` }, label);
}

/** A text; one that may be cut is told in full when pointed at. @param {(row: Row, nowMs: number) => string} textOf @param {boolean} [isLong] @returns {Cell} */
export function textCell(textOf, isLong = false) {
  const node = document.createElement("span");
  return {
    node,
    show(row, nowMs) {
      const text = textOf(row, nowMs);
      setText(node, text);
      if (isLong) setAttribute(node, "title", text);
    },
  };
}

/** What stands for nothing, or for no news: quiet, so that what is not stands out. */
const QUIET = /^(0(\.00|%)?|–)$/;

/** A number, in the colour of its level, with what it is of when pointed at. @param {(row: Row) => string} textOf @param {(row: Row) => import("../../../common/troubles.js").Level} [levelOf] @param {(row: Row) => string} [nameOf] @returns {Cell} */
export function numberCell(textOf, levelOf = () => "normal", nameOf = () => "") {
  const node = element("span", { class: "number" });
  return {
    node,
    show(row) {
      const text = textOf(row);
      setText(node, text);
      setAttribute(node, "data-quiet", QUIET.test(text));
      setAttribute(node, "data-level", levelOf(row));
      setAttribute(node, "title", cleanText(nameOf(row)) || false);
    },
  };
}

/** A number behind the kind of it. @param {(row: Row) => string} textOf @param {(row: Row) => import("../../../common/troubles.js").Level} levelOf @param {(row: Row) => string} nameOf @returns {Cell} */
export function kindCell(textOf, levelOf, nameOf) {
  const number = numberCell(textOf, levelOf);
  const kind = element("span", { class: "kind" });
  const node = element("span", { class: "of-kind" }, kind, number.node);
  return {
    node,
    show(row, nowMs) {
      number.show(row, nowMs);
      setText(kind, QUIET.test(textOf(row)) ? "" : cleanText(nameOf(row)));
    },
  };
}

/** A shape, and the word for those who hear it. @returns {Cell} */
export function statusCell() {
  const mark = element("span", { class: "mark", "aria-hidden": "true" });
  const word = element("span", { class: "spoken" });
  const node = element("span", { class: "status" }, mark, word);
  return {
    node,
    show({ status, lastSeenMs }) {
      setText(mark, STATUS_SIGNS[status]);
      setText(word, status);
      setAttribute(node, "data-status", status);
      setAttribute(node, "title", `last heard ${formatTime(lastSeenMs)}`);
    },
  };
}

/** The name, with the signs of what is to be known besides, a link to the host's own page; and in a word what is wrong. @returns {Cell} */
export function nameCell() {
  // A name that is read from the right is cut on the left.
  const link = element("a", { class: "name", "data-route": true, tabindex: -1, dir: "auto" });
  const say = element("span", { class: "say" });
  const node = element("span", { class: "who" }, link, say);
  return {
    node,
    show(row, nowMs) {
      const text = cleanText(row.name);
      const notes = notesOf(row, nowMs);
      setText(link, [...notes.map(({ sign }) => sign), text].join(" "));
      setAttribute(link, "title", [text, ...notes.map((note) => note.text)].join("; "));
      setAttribute(link, "href", hostPath(row.id));
      const trouble = troubleOf(row);
      setText(say, trouble?.word ?? "");
      setAttribute(say, "title", trouble?.text ?? false);
      setAttribute(say, "data-level", trouble?.level ?? false);
    },
  };
}

/**
 * A bar with its number.
 *
 * @param {(row: Row) => number | null} percentOf
 * @param {(row: Row) => string} [textOf] in place of the percentage
 * @returns {Cell}
 */
export function barCell(percentOf, textOf = (row) => formatPercent(percentOf(row))) {
  const { node: track, show: showBar } = bar();
  const text = element("span", { class: "number" });
  const node = element("span", { class: "measure" }, track, text);
  return {
    node,
    show(row) {
      const percent = percentOf(row);
      showBar(percent);
      const told = textOf(row);
      setText(text, told);
      setAttribute(text, "data-quiet", QUIET.test(told));
      setAttribute(text, "data-level", levelOf(percent));
    },
  };
}

/**
 * The highest of several: how high, and which.
 *
 * @param {(row: Row) => number | null} percentOf
 * @param {(row: Row) => string} nameOf
 * @returns {Cell}
 */
export function namedCell(percentOf, nameOf) {
  const { node, show } = barCell(percentOf);
  const mount = element("span", { class: "mount" });
  node.classList.add("named");
  node.append(mount);
  return {
    node,
    show(row, nowMs) {
      show(row, nowMs);
      const text = cleanText(nameOf(row));
      setText(mount, text);
      setAttribute(mount, "title", text);
    },
  };
}

/** A bar alone. */
export function bar() {
  const fill = element("span", { class: "fill" });
  const node = element("span", { class: "bar", "aria-hidden": "true" }, fill);
  let shown = NaN;
  /** @param {number | null} percent */
  const show = (percent) => {
    const next = percent === null ? -1 : Math.round(percent * 2) / 2;
    if (next === shown) return;
    shown = next;
    // An empty one would say 0%.
    setAttribute(node, "data-unknown", percent === null);
    fill.style.transform = `scaleX(${Math.max(0, next) / 100})`;
    setAttribute(fill, "data-level", levelOf(percent));
  };
  return { node, show };
}

/** The recent past of a metric, up to now. @param {string} field @returns {Cell} */
export function sparkCell(field) {
  const path = drawing("path", { "vector-effect": "non-scaling-stroke" });
  const box = { class: "spark", viewBox: "0 0 100 100", preserveAspectRatio: "none" };
  const node = drawing("svg", { ...box, "aria-hidden": "true" }, path);
  return {
    node,
    show(row, nowMs) {
      const { lastSeenMs, intervalMs, [field]: known = [] } = /** @type {any} */ (row);
      const recent = [...known, ...missing(nowMs - lastSeenMs, intervalMs)];
      setAttribute(path, "d", linePath(recent.slice(-RECENT_POINTS), RECENT_POINTS, 100));
    },
  };
}

/** A column for each core. @param {(row: Row) => readonly (number | null)[]} coresOf @returns {Cell} */
export function coresCell(coresOf) {
  const path = drawing("path");
  const full = drawing("path", { class: "full" });
  const box = { class: "cores", viewBox: "0 0 100 100", preserveAspectRatio: "none" };
  const svg = drawing("svg", { ...box, "aria-hidden": "true" }, path, full);
  const count = element("span", { class: "number" });
  const node = element("span", { class: "measure" }, svg, count);
  return {
    node,
    show(row) {
      const cores = coresOf(row);
      setAttribute(path, "d", stripPath(cores));
      setAttribute(full, "d", stripPath(cores, BUSY_PERCENT));
      setText(count, cores.length === 0 ? "" : String(cores.length));
    },
  };
}
