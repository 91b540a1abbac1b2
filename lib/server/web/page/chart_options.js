// @ts-check
/// <reference lib="dom" />
/**
 * How the charts of a host look: their scales, labels, colours and legends, as the units of their lines
 * have it.
 */
import { formatAny, formatBytes, FORMATS, UNKNOWN } from "../../../common/format.js";
import { describeTime, KeptPast } from "./past.js";
import { paintPast } from "./past_paint.js";
import { BYTE_STEPS, clockLabels, clockSpace, PERCENT_STEPS } from "./ticks.js";

/** @typedef {import("./series.js").Series | KeptPast} Series */
/** @typedef {typeof import("./catalogue.js").CATALOGUE.metrics[number]} Metric */
/** @typedef {{ title: string, lines: readonly Pick<Metric, "id" | "label" | "unit">[], isOwn?: boolean }} Chart of the host's own numbers, it tells no unit */

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

/** Where a value has none on either side, which as a line would not be seen. @param {readonly (number | null)[]} values */
function lonely(values) {
  const isKnown = (/** @type {number} */ at) => values[at] !== null && values[at] !== undefined;
  return [...values.keys()].filter((at) => isKnown(at) && !isKnown(at - 1) && !isKnown(at + 1));
}

/** While nothing is pointed at, a legend has the last values. @param {any} plot */
export function showLast(plot) {
  if (plot.cursor.idx === null || plot.cursor.idx === undefined) {
    plot.setLegend({ idx: plot.pulsoLast ?? null }, false);
  }
}

/** Two rows of charts fill what a wide window has beside its header. @param {number} width @param {number} height */
export function heightFor(width, height) {
  if (width < WIDE) return HEIGHT;
  return Math.max(HEIGHT, Math.min(MAX_HEIGHT, Math.floor((height - 400) / 2)));
}

/** How high a chart is: a band is seen whole. @param {Series | null} series @param {readonly string[]} ids @param {keyof typeof LEAST_TOPS} unit @param {number} top of the lines */
function topOf(series, ids, unit, top) {
  const highest = series instanceof KeptPast ? series.top(ids) : 0;
  return Math.max(LEAST_TOPS[unit], highest * 1.02, (top ?? 0) * 1.1);
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
 * What uPlot is told of a chart.
 *
 * @param {Chart} chart @param {string} syncKey @param {HTMLElement} box
 * @param {() => Series | null} shown @param {(from: number, until: number) => void} onZoom
 */
export function optionsOf({ lines, isOwn = false }, syncKey, box, shown, onZoom) {
  const ids = lines.map(({ id }) => id);
  const unit = lines[0]?.unit ?? "number";
  const format = (/** @type {any} */ value) =>
    isOwn ? value === null ? UNKNOWN : formatAny(value) : FORMATS[unit](value);
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
          /** @type {number} */ low,
          /** @type {number} */ top,
        ) => [
          Math.min(0, (low ?? 0) * 1.1),
          unit === "percent" ? LEAST_TOPS[unit] : topOf(shown(), ids, unit, top),
        ],
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
        ticks.map((tick) => isOwn ? formatAny(tick) : TICK_FORMATS[unit](tick)),
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
        value: (/** @type {any} */ _, /** @type {number | null} */ value) => format(value),
      })),
    ],
  };
}
