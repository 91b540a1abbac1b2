// @ts-check
/// <reference lib="dom" />
/**
 * What a chart says in words: its title with the last value of each line, and what its lines are at the
 * crosshair, with the cause where something is not known.
 */
import { CAUSE_WORDS } from "../../../common/gaps.js";
import { UNKNOWN } from "../../../common/format.js";
import { element, setText } from "./dom.js";
import { causeAt, heldAt } from "./past.js";

/** @typedef {import("./chart_options.js").Chart} Chart */
/** @typedef {import("./chart_options.js").Shown} Shown */

/** The readout stands so far from the crosshair. */
const DISTANCE = 8;

/** The head of a chart. @param {Chart} chart @param {readonly string[]} colors of its lines */
export function legendOf({ title, lines, link, isOverlay }, colors) {
  const text = link === undefined
    ? title
    : element("a", { href: link, "data-route": true, title: "compare hosts in it" }, title);
  const caption = element("figcaption", {}, text);
  const values = lines.map(() => element("b", {}, UNKNOWN));
  const legend = element("div", { class: "legend" });
  lines.forEach(({ label }, n) => {
    const value = values[n];
    if (isOverlay || value === undefined) return;
    const name = lines.length === 1 && label === title ? "last" : lineName(label, title);
    legend.append(element("span", {}, swatch(colors[n] ?? ""), `${name} `, value));
  });
  /** @param {readonly string[]} texts the last value of each line */
  const show = (texts) => texts.forEach((text, n) => values[n] && setText(values[n], text));
  return { nodes: [caption, legend], show };
}

/** The name of a line: what its title says already is not said again. @param {string} label @param {string} title */
export function lineName(label, title) {
  if (label === title) return "most";
  const words = label.split(" ").filter((word) => word.toLowerCase() !== title.toLowerCase());
  const name = words.join(" ");
  return /^[A-Z][a-z]/.test(name) ? name.charAt(0).toLowerCase() + name.slice(1) : name;
}

/** The colour of a line beside its name. @param {string} color */
export function swatch(color) {
  const node = element("i", { class: "swatch", "aria-hidden": "true" });
  node.style.background = color;
  return node;
}

/** What stands over a chart at the crosshair; `show` moves it there. @param {Chart} chart @param {readonly string[]} colors @param {(value: number | null) => string} format */
export function openReadout({ title, lines, isOverlay, isOwn }, colors, format) {
  const box = element("div", { class: "readout", hidden: true });
  const clock = element("div", { class: "clock", hidden: true });

  /** @param {any} plot @param {Shown | null} shown */
  function show(plot, shown) {
    const { idx, left } = plot.cursor;
    const isAway = idx === null || idx === undefined || left < 0 || shown === null;
    box.hidden = clock.hidden = isAway;
    if (isAway) return;
    const sampled = plot.data[0][idx];
    const pointed = plot.posToVal(left, "x");
    // Within a gap only a sample beside the crosshair is meant.
    const isBeside = Math.abs(plot.valToPos(sampled, "x") - left) <= DISTANCE;
    const gapOf = (/** @type {string} */ id) => {
      if (isBeside) return null;
      const cause = causeAt(shown.gaps([id]), pointed);
      return cause === causeAt(shown.gaps([id]), sampled) ? null : cause;
    };
    const gaps = lines.map(({ id }) => gapOf(id));
    const time = gaps.includes(null) ? sampled : pointed;
    const rows = lines.map(({ id, label }, n) => ({
      label: lines.length === 1 || isOverlay || isOwn ? label : lineName(label, title),
      color: colors[n] ?? "",
      value: gaps[n] === null ? heldAt(plot.data[n + 1], idx) : null,
      band: isOverlay ? null : shown.band(id),
      cause: gaps[n] ?? causeAt(shown.gaps([id]), sampled),
    }));
    if (rows.length > 2) rows.sort((a, b) => (b.value ?? -Infinity) - (a.value ?? -Infinity));
    box.replaceChildren(...rows.map((row) => line(row, idx)));
    setText(clock, clockText(time, plot.data[0]));
    place(plot, left);
  }

  /** @param {{ label: string, color: string, value: number | null, band: import("./past.js").Band | null, cause: string | null }} row @param {number} idx */
  function line({ label, color, value, band, cause }, idx) {
    const [lowest, highest] = [band?.lowest[idx] ?? null, band?.highest[idx] ?? null];
    const isOne = lowest === null || format(lowest) === format(highest);
    const range = value === null || isOne ? "" : ` (${format(lowest)}–${format(highest)})`;
    const words = value === null && cause !== null ? CAUSE_WORDS[cause] ?? cause : format(value);
    return element("div", {}, swatch(color), `${label} ${words}${range}`);
  }

  /** @param {any} plot @param {number} left */
  function place({ over }, left) {
    const isLeft = left + DISTANCE + box.offsetWidth > over.clientWidth;
    const at = isLeft ? left - DISTANCE - box.offsetWidth : left + DISTANCE;
    box.style.transform = `translateX(${Math.round(Math.max(0, at))}px)`;
    clock.style.transform = `translateX(${Math.round(left)}px) translateX(-50%)`;
  }

  return { nodes: [box, clock], show };
}

/** The time of a point, with the day where there are several, and with seconds where they matter. @param {number} time @param {readonly number[]} times */
function clockText(time, times) {
  const date = new Date(time * 1000);
  const spanSeconds = (times.at(-1) ?? 0) - (times[0] ?? 0);
  const clock = date.toTimeString().slice(0, spanSeconds < 7_200 ? 8 : 5);
  if (spanSeconds < 86_400) return clock;
  return `${date.toLocaleDateString([], { day: "numeric", month: "short" })} ${clock}`;
}
