// @ts-check
/// <reference lib="dom" />
/**
 * The cores of one host: each as a bar now, and each over time as a line of heat, a column for each sample
 * that came while this page was open. The server keeps no past of single cores.
 */
import { element, setAttribute, setText } from "./dom.js";
import { formatCountOf } from "../../../common/format.js";
import { omitted } from "./devices.js";
import { BUSY_PERCENT, coresText, groupsOf } from "./shapes.js";
import { colorOf, onTheme } from "./theme.js";

/** @typedef {number | null} Metric */

const COLUMNS = 240;
/** How high the line of a core is, and of one among many, and all together. */
const [LINE, THIN_LINE, MANY, MOST_HEIGHT] = [5, 2, 64, 192];
/** From which share on a core has which heat: one blue, and red. @type {readonly (readonly [percent: number, color: string])[]} */
const HEAT = [[BUSY_PERCENT, "--h6"], [75, "--h4"], [55, "--h3"], [35, "--h2"], [15, "--h1"]];

/** Bars and heat, that are drawn as samples come; `close` ends it. */
export function openCores() {
  const bars = element("div", { class: "core-bars", "aria-hidden": "true" });
  const text = element("p", { class: "hint" });
  const canvas = element("canvas", { role: "img" });
  const since = element("figcaption", {});
  const heat = element("figure", { class: "heat", hidden: true }, canvas, since);
  const node = element("div", { class: "cores-now" }, bars, text, heat);
  /** @type {(readonly Metric[])[]} */
  const samples = [];
  let lastSeenMs = 0;

  /** @param {{ lastSeenMs: number, intervalMs: number, coresPercent: readonly Metric[] }} row @param {any} cpu the message's */
  function draw({ lastSeenMs: seenMs, coresPercent: cores }, cpu) {
    node.hidden = cores.length === 0;
    drawBars(groupsOf(cores));
    setText(text, [coresText(cores), omitted(cpu)].filter(Boolean).join(" "));
    if (seenMs === lastSeenMs) return;
    lastSeenMs = seenMs;
    samples.push(cores);
    if (samples.length > COLUMNS) samples.shift();
    drawHeat();
  }

  /** @param {readonly { mean: Metric, isBusy: boolean }[]} groups */
  function drawBars(groups) {
    while (bars.children.length > groups.length) bars.lastElementChild?.remove();
    while (bars.children.length < groups.length) bars.append(element("i", {}, element("u")));
    groups.forEach(({ mean, isBusy }, n) => {
      const bar = /** @type {HTMLElement} */ (bars.children[n]?.firstElementChild);
      bar.style.height = `${Math.round(mean ?? 0)}%`;
      setAttribute(bar, "data-busy", isBusy);
    });
  }

  function drawHeat() {
    const cores = samples.reduce((most, { length }) => Math.max(most, length), 0);
    // One sample is what the bars show.
    heat.hidden = cores === 0 || samples.length < 2;
    const context = canvas.getContext("2d");
    if (heat.hidden || context === null) return;
    const span = formatCountOf(samples.length, "sample");
    setText(since, `each core over ${span} since this page was opened`);
    setAttribute(canvas, "aria-label", `Heat of ${formatCountOf(cores, "core")} over ${span}`);
    const line = cores > MANY ? THIN_LINE : LINE;
    canvas.width = COLUMNS;
    canvas.height = cores * line;
    canvas.style.height = `${Math.min(MOST_HEIGHT, cores * line)}px`;
    const offset = COLUMNS - samples.length;
    samples.forEach((sample, column) =>
      sample.forEach((percent, core) => {
        if (percent === null) return;
        const [, color = "--h0"] = HEAT.find(([from]) => Math.round(percent) >= from) ?? [];
        context.fillStyle = colorOf(color);
        context.fillRect(offset + column, core * line, 1, line - (line > THIN_LINE ? 1 : 0));
      })
    );
  }

  return { node, draw, close: onTheme(drawHeat) };
}
