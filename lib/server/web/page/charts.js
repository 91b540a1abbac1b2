// @ts-check
/// <reference lib="dom" />
/**
 * Charts over one time, with one crosshair for all of them, which follows the pointer or the arrow keys, a
 * drag to zoom and a double click back.
 */
import { element } from "./dom.js";
import { isWithModifier } from "./keys.js";
import { colorsOf, formatOf, optionsOf } from "./chart_options.js";
import { legendOf, openReadout } from "./readout.js";
import { heldAt } from "./past.js";
import { colorOf, onTheme } from "./theme.js";

/** @typedef {import("./chart_options.js").Chart} Chart */
/** @typedef {import("./chart_options.js").Shown} Shown */
/** @typedef {{ chart: Chart, plot: any, legend: ReturnType<typeof legendOf>, format: (value: any) => string }} Drawn */

/** The title of a chart, above it. */
const HEAD_HEIGHT = 22;

/** That in which a drag began: all others follow it, and would zoom as well. @type {any} */
let dragged = null;

/** Loaded only where there is something to draw. @returns {Promise<any>} */
async function loadUPlot() {
  // The server has it under this name, which is no file beside this one.
  const url = new URL("./uPlot.esm.js", import.meta.url).href;
  return (await import(url)).default;
}

/**
 * Makes the charts; `draw` shows them and `close` frees them.
 *
 * @param {object} on
 * @param {(shown: Shown) => readonly Chart[]} on.chartsOf which charts there are of a past
 * @param {(chart: Chart) => number} on.heightOf
 * @param {(from: number, until: number) => void} on.onZoom into a part of the time, in seconds
 * @param {() => void} on.onBack to the time before
 */
export function openCharts({ chartsOf, heightOf, onZoom, onBack }) {
  const node = element("div", { class: "charts" });
  /** @type {Drawn[]} */
  let drawn = [];
  /** @type {Shown | null} */
  let shown = null;
  let isOpen = true;
  let isAsked = false;
  let isBuilt = false;
  /** What the charts are that are there. */
  let built = "";
  // On its way while the server is asked for what is drawn.
  const loading = loadUPlot();

  /** Not before there is something to draw: a tab that is hidden has no charts. */
  function start() {
    if (shown !== null && !isAsked) reserve(chartsOf(shown));
    isAsked = true;
    isBuilt = false;
    loading.then((uPlot) => isOpen && build(uPlot));
  }

  /** Keeps the room for charts that are still to come, so that nothing moves when they do. @param {readonly Chart[]} charts */
  function reserve(charts) {
    node.replaceChildren(...charts.map((chart) => {
      const box = element("figure", { class: "chart" });
      box.style.minHeight = `${heightOf(chart) + HEAD_HEIGHT}px`;
      return box;
    }));
  }

  /** @param {any} uPlot */
  function build(uPlot) {
    for (const { plot } of drawn) plot.destroy();
    node.replaceChildren();
    const charts = shown === null ? [] : chartsOf(shown);
    built = JSON.stringify(charts);
    const sync = uPlot.sync("pulso");
    drawn = charts.map((chart) => make(uPlot, chart, sync.key));
    isBuilt = true;
    resize();
    if (shown !== null) draw(shown);
  }

  /** @param {any} uPlot @param {Chart} chart @param {string} syncKey @returns {Drawn} */
  function make(uPlot, chart, syncKey) {
    const box = element("figure", { class: chart.isOverlay ? "chart overlay" : "chart" });
    node.append(box);
    const colors = colorsOf(chart, colorOf);
    const format = formatOf(chart);
    const legend = legendOf(chart, colors);
    const readout = openReadout(chart, colors, format);
    box.append(...legend.nodes);
    const onCursor = (/** @type {any} */ plot) => readout.show(plot, shown);
    const onSelect = (/** @type {number} */ from, /** @type {number} */ until) => {
      plot.pulsoZoomed = true;
      if (plot === dragged) onZoom(from, until);
    };
    const look = optionsOf(chart, syncKey, colorOf, () => shown, onCursor, onSelect);
    const options = { ...look, height: heightOf(chart) };
    const plot = new uPlot(options, [[], ...chart.lines.map(() => [])], box);
    plot.over.append(...readout.nodes);
    listen(plot, chart);
    return { chart, plot, legend, format };
  }

  /** @param {any} plot @param {Chart} chart */
  function listen(plot, { title }) {
    const { over } = plot;
    Object.assign(over, { tabIndex: 0, role: "img", ariaLabel: `${title}: arrow keys read it` });
    over.addEventListener("mousedown", () => dragged = plot);
    over.addEventListener("dblclick", () => {
      plot.pulsoZoomed = false;
      onBack();
    });
    over.addEventListener("blur", () => plot.setCursor({ left: -10, top: -10 }, true, true));
    over.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
      const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (step === undefined || isWithModifier(event)) return;
      event.preventDefault();
      event.stopPropagation();
      const [times] = plot.data;
      const at = Math.max(0, Math.min(times.length - 1, (plot.cursor.idx ?? times.length) + step));
      const left = plot.valToPos(times[at], "x");
      plot.setCursor({ left, top: over.clientHeight / 2 }, true, true);
    });
  }

  /** @param {Shown} next @param {boolean} [isOther] of another time: all of it is shown */
  function draw(next, isOther = false) {
    shown = next;
    if (!isAsked || isBuilt && built !== JSON.stringify(chartsOf(next))) return start();
    for (const { chart, plot, legend, format } of drawn) {
      if (isOther) plot.pulsoZoomed = false;
      const data = next.data(chart.lines.map(({ id }) => id));
      plot.setData(data, plot.select.width === 0 && !plot.pulsoZoomed);
      // The pointer stands still, and what is below it is another.
      const { left, top } = plot.cursor;
      if (left >= 0) queueMicrotask(() => isOpen && plot.setCursor({ left, top }, true, false));
      legend.show(data.slice(1).map((values) => format(heldAt(values, next.lastAt(values)))));
    }
  }

  /** Brings a line forward in charts of several; `null` none. @param {string | null} id */
  function focus(id) {
    for (const { chart, plot } of drawn.filter(({ chart }) => chart.isOverlay)) {
      const at = chart.lines.findIndex((line) => line.id === id);
      plot.setSeries(at < 0 ? null : at + 1, { focus: true });
    }
  }

  function resize() {
    for (const { chart, plot } of drawn) {
      const width = plot.root.parentElement.clientWidth;
      const height = heightOf(chart);
      const isOther = width !== plot.width || height !== plot.height;
      if (width > 0 && isOther) plot.setSize({ width, height });
    }
  }

  const observer = new ResizeObserver(resize);
  observer.observe(node);
  addEventListener("resize", resize);
  const ignoreTheme = onTheme(() => isAsked && start());
  const close = () => {
    isOpen = false;
    observer.disconnect();
    removeEventListener("resize", resize);
    ignoreTheme();
    for (const { plot } of drawn) plot.destroy();
  };
  return { node, draw, reserve, focus, close };
}
