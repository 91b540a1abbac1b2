// @ts-check
/// <reference lib="dom" />
/**
 * The charts of one host over the history kept: CPU, memory, disk and network, with one crosshair
 * for all of them, a drag to zoom and a double click back.
 */
import { element } from "./dom.js";
import { formatBytes, formatPercent, formatRate } from "./format.js";
import { BYTE_STEPS, clockLabels, clockSpace, PERCENT_STEPS } from "./ticks.js";

/** @typedef {import("./series.js").Series} Series */
/**
 * @typedef {object} Chart
 * @property {string} title
 * @property {readonly { metric: string, label: string, color: string }[]} lines
 * @property {(value: number | null) => string} format
 * @property {number} [max] the top, where it is known
 */

/** @type {readonly Chart[]} */
const CHARTS = [
  chart("CPU", formatPercent, [["cpu", "busy", "--line-1"]], 100),
  chart("Memory", formatPercent, [["memory", "used", "--line-1"]], 100),
  chart("Disk", formatRate, [["read", "read", "--line-1"], ["write", "write", "--line-2"]]),
  chart("Network", formatRate, [["rx", "down", "--line-1"], ["tx", "up", "--line-2"]]),
];
const HEIGHT = 150;
const MAX_HEIGHT = 420;
/** From here on two stand in a row. */
const WIDE = 1100;
/** The labels of time, below. */
const CLOCK_HEIGHT = 24;
/** The labels of values, beside: so wide, and so far apart. */
const VALUES_WIDTH = 58;
const VALUES_SPACE = 30;
/** So much is shown of a rate that stays below it: noise is not drawn as a mountain. */
const LEAST_RATE = 1024;

/** @param {string} title @param {(value: number | null) => string} format @param {[string, string, string][]} lines @param {number} [max] @returns {Chart} */
function chart(title, format, lines, max) {
  return {
    title,
    format,
    lines: lines.map(([metric, label, color]) => ({ metric, label, color })),
    ...(max !== undefined && { max }),
  };
}

/** Loaded only where there is something to draw. @returns {Promise<any>} */
async function loadUPlot() {
  // The server has it under this name, which is no file beside this one.
  const url = new URL("./uPlot.esm.js", import.meta.url).href;
  return (await import(url)).default;
}

/** Makes the charts; `draw` shows them and `close` frees them. */
export function openCharts() {
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
      return { chart, plot: new uPlot(optionsOf(chart, sync.key, box), emptyData(chart), box) };
    });
    resize();
    if (shown !== null) draw(shown);
  }

  /** @param {Series} series */
  function draw(series) {
    shown = series;
    if (!isAsked) start();
    for (const { chart, plot } of plots) {
      const isZoomed = plot.select.width > 0 || plot.pulsoZoomed;
      const data = series.data(chart.lines.map(({ metric }) => metric));
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

/** @param {Chart} chart @returns {any} */
function emptyData({ lines }) {
  return [[], ...lines.map(() => [])];
}

/** @param {Chart} chart @param {string} syncKey @param {HTMLElement} box */
function optionsOf({ lines, format, max }, syncKey, box) {
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
        ) => [0, max ?? Math.max(LEAST_RATE, top * 1.1)],
      },
    },
    hooks: {
      setCursor: [showLast],
      setSelect: [(/** @type {any} */ plot) => void (plot.pulsoZoomed = plot.select.width > 0)],
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
      incrs: max === undefined ? BYTE_STEPS : PERCENT_STEPS,
      values: (/** @type {any} */ _, /** @type {number[]} */ ticks) =>
        ticks.map((tick) => max === undefined ? formatBytes(tick) : format(tick)),
    }],
    series: [
      { label: "time", value: "{HH}:{mm}:{ss}" },
      ...lines.map(({ label, color: name }) => ({
        label,
        stroke: color(name),
        width: 1.5,
        points: {
          show: false,
          size: 4,
          filter: (/** @type {any} */ plot, /** @type {number} */ n) => lonely(plot.data[n]),
        },
        value: (/** @type {any} */ _, /** @type {number | null} */ value) => format(value),
      })),
    ],
  };
}
