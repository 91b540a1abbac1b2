// @ts-check
/// <reference lib="dom" />
/**
 * Every core over time as a strip of heat: a line for each core, a column for each sample that
 * came while this page was open. The server keeps no past of single cores.
 */
import { element, setText } from "./dom.js";
import { colorOf } from "./theme.js";
import { formatCountOf } from "../../../common/format.js";

/** @typedef {number | null} Metric */

const COLUMNS = 240;
const LEAST_LINE = 2;
const MOST_LINE = 10;
const MOST_HEIGHT = 192;

/** A strip that is drawn as samples come. */
export function openHeat() {
  const canvas = element("canvas", { role: "img" });
  const caption = element("figcaption", {});
  const node = element("figure", { class: "heat" }, caption, canvas);
  /** @type {(readonly Metric[])[]} */
  const samples = [];
  let lastSeenMs = 0;

  /** @param {{ lastSeenMs: number, coresPercent: readonly Metric[] }} row */
  function take(row) {
    if (row.lastSeenMs === lastSeenMs) return;
    lastSeenMs = row.lastSeenMs;
    samples.push(row.coresPercent);
    if (samples.length > COLUMNS) samples.shift();
    draw();
  }

  function draw() {
    const cores = samples.reduce((most, { length }) => Math.max(most, length), 0);
    node.hidden = cores === 0;
    if (cores === 0) return;
    const span = formatCountOf(samples.length, "sample");
    setText(caption, `Cores over ${span} since this page was opened`);
    canvas.setAttribute("aria-label", `Heat of ${formatCountOf(cores, "core")} over ${span}`);
    const line = Math.max(LEAST_LINE, Math.min(MOST_LINE, Math.floor(MOST_HEIGHT / cores)));
    canvas.width = COLUMNS;
    canvas.height = cores * line;
    canvas.style.height = `${cores * line}px`;
    const context = canvas.getContext("2d");
    if (context === null) return;
    context.fillStyle = colorOf("--c1");
    const offset = COLUMNS - samples.length;
    samples.forEach((sample, column) => {
      sample.forEach((percent, core) => {
        if (percent === null) return;
        context.globalAlpha = 0.06 + 0.94 * percent / 100;
        context.fillRect(offset + column, core * line, 1, line - (line > 3 ? 1 : 0));
      });
    });
  }

  return { node, take };
}
