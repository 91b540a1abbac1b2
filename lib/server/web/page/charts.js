// @ts-check
/// <reference lib="dom" />
/**
 * The charts of one host over the history kept, as the catalogue has them, with one crosshair for all
 * of them, a drag to zoom and a double click back.
 */
import { element } from "./dom.js";
import { CATALOGUE } from "./catalogue.js";
import { heightFor, optionsOf, showLast } from "./chart_options.js";
import { KeptPast } from "./past.js";
import { cleanText } from "../../../common/text.js";
import { ownId } from "./series.js";

/** @typedef {import("./chart_options.js").Chart} Chart */
/** @typedef {import("./chart_options.js").Series} Series */

/** The metrics of each chart are its lines. @type {readonly Chart[]} */
const CHARTS = Array.from(
  Map.groupBy(
    CATALOGUE.metrics.filter(({ chart }) => chart !== undefined),
    ({ chart = "" }) => chart,
  ),
  ([title, lines]) => ({ title, lines }),
);

/** The custom metrics of a past; none of them is kept on disk. @param {Series | null} series */
function ownOf(series) {
  return series === null || series instanceof KeptPast ? [] : series.own;
}

/** A chart for each custom metric, as nobody knows which go together. @param {string} name @returns {Chart} */
function ownChart(name) {
  const title = cleanText(name);
  return { title, lines: [{ id: ownId(name), label: title, unit: "number" }], isOwn: true };
}

/** Loaded only where there is something to draw. @returns {Promise<any>} */
async function loadUPlot() {
  // The server has it under this name, which is no file beside this one.
  const url = new URL("./uPlot.esm.js", import.meta.url).href;
  return (await import(url)).default;
}

/**
 * Makes the charts; `draw` shows them and `close` frees them.
 *
 * @param {(from: number, until: number) => void} onZoom into the kept past, in seconds: what is finer is loaded
 */
export function openCharts(onZoom) {
  const node = element("div", { class: "charts" });
  /** @type {{ chart: Chart, plot: any }[]} */
  let plots = [];
  /** @type {Series | null} */
  let shown = null;
  let isOpen = true;
  let isAsked = false;
  let isBuilt = false;
  /** The custom metrics that have charts. @type {readonly string[]} */
  let own = [];

  /** Not before there is something to draw: a tab that is hidden has no charts. */
  function start() {
    isAsked = true;
    isBuilt = false;
    loadUPlot().then((uPlot) => isOpen && build(uPlot));
  }

  /** @param {any} uPlot */
  function build(uPlot) {
    for (const { plot } of plots) plot.destroy();
    node.replaceChildren();
    own = ownOf(shown);
    const sync = uPlot.sync("pulso");
    plots = [...CHARTS, ...own.map(ownChart)].map((chart) => {
      const box = element("figure", { class: "chart" }, element("figcaption", {}, chart.title));
      node.append(box);
      const options = optionsOf(chart, sync.key, box, () => shown, onZoom);
      return { chart, plot: new uPlot(options, emptyData(chart), box) };
    });
    isBuilt = true;
    resize();
    if (shown !== null) draw(shown);
  }

  /** @param {Series} series */
  function draw(series) {
    const isOther = (series instanceof KeptPast) || (shown instanceof KeptPast);
    shown = series;
    if (!isAsked || isBuilt && String(own) !== String(ownOf(series))) return start();
    for (const { chart, plot } of plots) {
      if (isOther) plot.pulsoZoomed = false;
      const isZoomed = !isOther && (plot.select.width > 0 || plot.pulsoZoomed);
      const data = series.data(chart.lines.map(({ id }) => id));
      plot.setData(data, !isZoomed);
      plot.pulsoLast = data[0]?.lastIndexOf(series.times.at(-1) ?? NaN);
      showLast(plot);
    }
  }

  function resize() {
    for (const { plot } of plots) {
      const width = plot.root.parentElement.clientWidth;
      const height = heightFor(innerWidth, innerHeight);
      const isOther = width !== plot.width || height !== plot.height;
      if (width > 0 && isOther) plot.setSize({ width, height });
    }
  }

  const observer = new ResizeObserver(resize);
  observer.observe(node);
  addEventListener("resize", resize);
  const scheme = matchMedia("(prefers-color-scheme: dark)");
  const onScheme = () => {
    if (isAsked) start();
  };
  scheme.addEventListener("change", onScheme);
  const close = () => {
    isOpen = false;
    observer.disconnect();
    removeEventListener("resize", resize);
    scheme.removeEventListener("change", onScheme);
    for (const { plot } of plots) plot.destroy();
  };
  return { node, draw, close };
}

/** @param {Chart} chart @returns {any} */
function emptyData({ lines }) {
  return [[], ...lines.map(() => [])];
}
