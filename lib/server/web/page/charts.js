// @ts-check
/// <reference lib="dom" />
/**
 * The charts of one host over the history kept, as the catalogue has them, with one crosshair for all
 * of them, a drag to zoom and a double click back.
 */
import { element } from "./dom.js";
import { CATALOGUE } from "./catalogue.js";
import { formatBytes, FORMATS } from "../../../common/format.js";
import { describeTime, KeptPast } from "./past.js";
import { paintPast } from "./past_paint.js";
import { BYTE_STEPS, clockLabels, clockSpace, PERCENT_STEPS } from "./ticks.js";

/** @typedef {import("./series.js").Series | KeptPast} Series */
/** @typedef {typeof CATALOGUE.metrics[number]} Metric */
/** @typedef {{ title: string, lines: readonly Metric[] }} Chart */

/** The metrics of each chart are its lines. @type {readonly Chart[]} */
const CHARTS = Array.from(
  Map.groupBy(
    CATALOGUE.metrics.filter(({ chart }) => chart !== undefined),
    ({ chart = "" }) => chart,
  ),
  ([title, lines]) => ({ title, lines }),
);
const HEIGHT = 150;
const MAX_HEIGHT = 420;
/** From here on two stand in a row. */
const WIDE = 1100;
/** The labels of time, below. */
const CLOCK_HEIGHT = 24;
/** The labels of values, beside: so wide, and so far apart. */
const VALUES_WIDTH = 58;
const VALUES_SPACE = 30;
/** How high a chart is at the least, as noise is no mountain; where the top is known, that. */
const LEAST_TOPS = {
  ...{ percent: 100, bytes: 1024, bytesPerSecond: 1024, packets: 10, number: 1, count: 10 },
  ...{ megabits: 1_000 },
  ...{ perSecond: 10, seconds: 60, milliseconds: 10, celsius: 60, flag: 1 },
};
const STEPS = { percent: PERCENT_STEPS, bytes: BYTE_STEPS, bytesPerSecond: BYTE_STEPS };
/** At the ticks rates are written as sizes: the legend says what they are. */
const TICK_FORMATS = { ...FORMATS, bytesPerSecond: formatBytes };

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

  /** Not before there is something to draw: a tab that is hidden has no charts. */
  function start() {
    isAsked = true;
    loadUPlot().then((uPlot) => isOpen && build(uPlot));
  }

  /** @param {any} uPlot */
  function build(uPlot) {
    for (const { plot } of plots) plot.destroy();
    const sync = uPlot.sync("pulso");
    plots = CHARTS.map((chart) => {
      const box = element("figure", { class: "chart" }, element("figcaption", {}, chart.title));
      node.append(box);
      const options = optionsOf(chart, sync.key, box, () => shown, onZoom);
      return { chart, plot: new uPlot(options, emptyData(chart), box) };
    });
    resize();
    if (shown !== null) draw(shown);
  }

  /** @param {Series} series */
  function draw(series) {
    const isOther = (series instanceof KeptPast) || (shown instanceof KeptPast);
    shown = series;
    if (!isAsked) start();
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
    node.replaceChildren();
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

/** Where a value has none on either side, which as a line would not be seen. @param {readonly (number | null)[]} values */
function lonely(values) {
  const isKnown = (/** @type {number} */ at) => values[at] !== null && values[at] !== undefined;
  return [...values.keys()].filter((at) => isKnown(at) && !isKnown(at - 1) && !isKnown(at + 1));
}

/** While nothing is pointed at, a legend has the last values. @param {any} plot */
function showLast(plot) {
  if (plot.cursor.idx === null || plot.cursor.idx === undefined) {
    plot.setLegend({ idx: plot.pulsoLast ?? null }, false);
  }
}

/** Two rows of charts fill what a wide window has beside its header. @param {number} width @param {number} height */
function heightFor(width, height) {
  if (width < WIDE) return HEIGHT;
  return Math.max(HEIGHT, Math.min(MAX_HEIGHT, Math.floor((height - 400) / 2)));
}

/** How high a chart is: a band is seen whole. @param {Series | null} series @param {readonly string[]} ids @param {keyof typeof LEAST_TOPS} unit @param {number} top of the lines */
function topOf(series, ids, unit, top) {
  const highest = series instanceof KeptPast ? series.top(ids) : 0;
  return Math.max(LEAST_TOPS[unit], highest * 1.02, (top ?? 0) * 1.1);
}

/** @param {Chart} chart @returns {any} */
function emptyData({ lines }) {
  return [[], ...lines.map(() => [])];
}

/** A drag over the kept past asks for what is finer there. @param {any} plot @param {Series | null} series @param {(from: number, until: number) => void} onZoom */
function zoom(plot, series, onZoom) {
  const { left, width } = plot.select;
  plot.pulsoZoomed = width > 0;
  if (width > 0 && series instanceof KeptPast) {
    onZoom(plot.posToVal(left, "x"), plot.posToVal(left + width, "x"));
  }
}

/**
 * @param {Chart} chart @param {string} syncKey @param {HTMLElement} box
 * @param {() => Series | null} shown @param {(from: number, until: number) => void} onZoom
 */
function optionsOf({ lines }, syncKey, box, shown, onZoom) {
  const ids = lines.map(({ id }) => id);
  const unit = lines[0]?.unit ?? "number";
  const style = getComputedStyle(box);
  const color = (/** @type {string} */ name) => style.getPropertyValue(name).trim();
  const axis = {
    stroke: color("--muted"),
    grid: { stroke: color("--grid"), width: 1 },
    ticks: { show: false },
    font: "11px system-ui, sans-serif",
  };
  return {
    width: 300,
    height: HEIGHT,
    cursor: { sync: { key: syncKey }, drag: { x: true, y: false }, points: { size: 6 } },
    legend: { live: true },
    scales: {
      y: {
        range: (
          /** @type {any} */ _,
          /** @type {any} */ __,
          /** @type {number} */ top,
        ) => [0, unit === "percent" ? LEAST_TOPS[unit] : topOf(shown(), ids, unit, top)],
      },
    },
    hooks: {
      setCursor: [showLast],
      setSelect: [(/** @type {any} */ plot) => zoom(plot, shown(), onZoom)],
      drawClear: [(/** @type {any} */ plot) => {
        const past = shown();
        if (past instanceof KeptPast) paintPast(plot, past, ids, color("--muted"));
      }],
    },
    axes: [{
      ...axis,
      size: CLOCK_HEIGHT,
      space: (
        /** @type {any} */ _,
        /** @type {number} */ __,
        /** @type {number} */ from,
        /** @type {number} */ to,
        /** @type {number} */ width,
      ) => clockSpace(to - from, width),
      values: (/** @type {any} */ _, /** @type {number[]} */ ticks) => clockLabels(ticks),
    }, {
      ...axis,
      size: VALUES_WIDTH,
      space: VALUES_SPACE,
      ...(unit in STEPS && { incrs: STEPS[/** @type {keyof typeof STEPS} */ (unit)] }),
      values: (/** @type {any} */ _, /** @type {number[]} */ ticks) =>
        ticks.map((tick) => TICK_FORMATS[unit](tick)),
    }],
    series: [
      {
        label: "time",
        value: (/** @type {any} */ _, /** @type {number | null} */ time) =>
          describeTime(time, shown()),
      },
      ...lines.map(({ label }, n) => ({
        label,
        stroke: color(`--line-${n + 1}`),
        width: 1.5,
        points: {
          show: false,
          size: 4,
          filter: (/** @type {any} */ plot, /** @type {number} */ n) => lonely(plot.data[n]),
        },
        value: (/** @type {any} */ _, /** @type {number | null} */ value) => FORMATS[unit](value),
      })),
    ],
  };
}
