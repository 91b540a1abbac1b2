// @ts-check
/// <reference lib="dom" />
/**
 * How the charts of a host look: their scales, labels, colours and legends, as the units of their lines
 * have it.
 */
import { formatAny, formatBytes, FORMATS, UNKNOWN } from "../../../common/format.js";
import { formatShare } from "../../../common/gaps.js";
import { LOST } from "./past.js";
import { fontOf, paintNames, paintPast, paintWords } from "./past_paint.js";
import {
  BYTE_STEPS,
  clockLabels,
  clockSpace,
  evenTicks,
  PERCENT_STEPS,
  PRESSURE_TOPS,
  stepOf,
  timeRange,
} from "./ticks.js";

/** @typedef {import("./series.js").Series | import("./past.js").KeptPast | import("./past.js").Comparison} Shown */
/** @typedef {typeof import("./catalogue.js").CATALOGUE.metrics[number]} Metric */
/** @typedef {Pick<Metric, "id" | "label" | "unit"> & { place?: number, isMean?: boolean }} Line by its place it has its colour and its dash, but for the mean of all */
/**
 * @typedef {object} Chart
 * @property {string} title
 * @property {readonly Line[]} lines
 * @property {boolean} [isOwn] of the host's own numbers, it tells no unit
 * @property {string} [link] where its title leads
 * @property {boolean} [isOverlay] lines over each other: they have dashes, and no bands
 * @property {boolean} [isSmall] a small one has no room for words
 * @property {boolean} [hasNames] at the ends of its lines
 */

/** How many colours lines have in the style, and their dashes after those. */
const COLORS = 6;
const DASHES = [
  ...[undefined, [7, 3], [2, 3], [9, 3, 2, 3], [12, 4], [4, 2]],
  ...[[7, 3, 2, 3, 2, 3], [1, 3], [14, 3], [5, 5], [3, 1], [10, 6]],
];
const MEAN_DASH = [1, 4];
/** Beside a chart, for the names of lines. */
const NAMES_WIDTH = 96;
/** With the labels of time below it; on a wide screen four rows of charts fill what the rest of the page leaves. */
const HEIGHT = 152;
const MAX_HEIGHT = 264;
const [WIDE, REST, ROWS] = [2_000, 500, 4];
/** The labels of time, below. */
const CLOCK_HEIGHT = 24;
/** Above a chart, so that its highest label has room. */
const PADDING = 8;
/** The labels of values, beside: so wide, and so far apart. */
const VALUES_WIDTH = 58;
const [VALUES_SPACE, OVERLAY_SPACE] = [44, 60];
/** How high a chart is at the least, as noise is no mountain; where the top is known, that. */
const LEAST_TOPS = {
  ...{ percent: 100, bytes: 1024, bytesPerSecond: 1024, packets: 10, number: 1, count: 10 },
  ...{ megabits: 1_000 },
  ...{ perSecond: 10, seconds: 60, milliseconds: 10, celsius: 60, flag: 1 },
};
/** @type {Readonly<Record<string, readonly number[]>>} */
const STEPS = { percent: PERCENT_STEPS, bytes: BYTE_STEPS, bytesPerSecond: BYTE_STEPS };
/** At the ticks rates are written as sizes: the legend says what they are. */
const TICK_FORMATS = { ...FORMATS, bytesPerSecond: formatBytes };

/** Where a value has none on either side, which as a line would not be seen; what is undefined breaks none. @param {readonly (number | null | undefined)[]} values */
function lonely(values) {
  const told = [...values.keys()].filter((at) => values[at] !== undefined);
  const isKnown = (/** @type {number} */ n) => typeof values[told[n] ?? -1] === "number";
  return told.filter((_, n) => isKnown(n) && !isKnown(n - 1) && !isKnown(n + 1));
}

/** How high a chart is in a window. @param {number} width @param {number} height */
export function heightFor(width, height) {
  if (width < WIDE) return HEIGHT;
  return Math.max(HEIGHT, Math.min(MAX_HEIGHT, CLOCK_HEIGHT + Math.floor((height - REST) / ROWS)));
}

/** How high a chart reaches: a band is seen whole. @param {readonly import("./past.js").Band[]} bands @param {number} top of the lines */
function reachOf(bands, top) {
  return bands.flatMap(({ highest }) => highest)
    .reduce((/** @type {number} */ top, value) => Math.max(top, value ?? 0), top ?? 0);
}

/** Where the scale of a chart that reaches so high ends: at a tick. @param {Chart} chart @param {number} reach @param {number} parts it has room for so many */
function topOf({ lines, isOwn = false }, reach, parts) {
  const { id, unit } = lines[0] ?? { id: "", unit: "number" };
  if (unit === "percent" && !isOwn) {
    const tops = id.startsWith("pressure") || id === LOST ? PRESSURE_TOPS : [];
    return tops.find((top) => reach <= top) ?? LEAST_TOPS.percent;
  }
  const top = Math.max(LEAST_TOPS[unit], reach);
  const step = stepOf(top, parts, STEPS[unit] ?? null);
  return Math.ceil(top / step) * step;
}

/** Whether a chart stands in the first row of those beside it: there causes are called by their names. @param {any} plot */
function isInFirstRow({ root }) {
  const figure = root.parentElement;
  return figure?.offsetTop === figure?.parentElement?.firstElementChild.offsetTop;
}

/** How the values of a chart are written. @param {Chart} chart @returns {(value: any) => string} */
export function formatOf({ lines, isOwn = false }) {
  const { id, unit } = lines[0] ?? { id: "", unit: "number" };
  if (id === LOST) return (value) => value === null ? UNKNOWN : formatShare(value / 100);
  if (!isOwn) return FORMATS[unit];
  return (value) => value === null ? UNKNOWN : formatAny(value);
}

/** The colour of a line in the style, by its place. @param {number} place */
export function lineColor(place) {
  return `--c${place % COLORS + 1}`;
}

/** The colours of a chart's lines. @param {Chart} chart @param {(name: string) => string} color of the style */
export function colorsOf({ lines }, color) {
  return lines.map(({ place, isMean }, n) => color(isMean ? "--muted" : lineColor(place ?? n)));
}

/**
 * What uPlot is told of a chart.
 *
 * @param {Chart} chart @param {string} syncKey @param {(name: string) => string} color of the style
 * @param {() => Shown | null} shown @param {(plot: any) => void} onCursor
 * @param {(from: number, until: number) => void} onZoom
 */
export function optionsOf(chart, syncKey, color, shown, onCursor, onZoom) {
  const { lines, isOwn = false, isOverlay = false, isSmall = false, hasNames = false } = chart;
  const ids = lines.map(({ id }) => id);
  const unit = lines[0]?.unit ?? "number";
  const colors = colorsOf(chart, color);
  const axis = {
    stroke: color("--muted"),
    grid: { stroke: color("--grid"), width: 1 },
    ticks: { show: false },
    font: fontOf(1),
  };
  const bands = () => isOverlay ? [] : ids.flatMap((id) => shown()?.band(id) ?? []);
  const space = isOverlay ? OVERLAY_SPACE : VALUES_SPACE;
  const parts = (/** @type {any} */ { height }) =>
    Math.max(1, Math.floor((height - CLOCK_HEIGHT - PADDING) / space));
  return {
    width: 300,
    padding: [PADDING, hasNames ? NAMES_WIDTH : null, 0, null],
    cursor: { y: false, sync: { key: syncKey }, drag: { x: true, y: false }, points: { size: 6 } },
    focus: { alpha: 0.25 },
    legend: { show: false },
    scales: {
      x: {
        range: (
          /** @type {any} */ { data },
          /** @type {number} */ from,
          /** @type {number} */ to,
        ) => timeRange(data[0], from, to),
      },
      y: {
        range: (
          /** @type {any} */ plot,
          /** @type {number} */ low,
          /** @type {number} */ top,
        ) => [Math.min(0, (low ?? 0) * 1.1), topOf(chart, reachOf(bands(), top), parts(plot))],
      },
    },
    hooks: {
      setCursor: [onCursor],
      setSelect: [(/** @type {any} */ plot) => {
        const { left, width } = plot.select;
        if (width > 0) onZoom(plot.posToVal(left, "x"), plot.posToVal(left + width, "x"));
      }],
      drawClear: [(/** @type {any} */ plot) => {
        const past = shown();
        if (past !== null) paintPast(plot, past, ids, color, !isOverlay);
      }],
      draw: [(/** @type {any} */ plot) => {
        const past = shown();
        if (past !== null && !isSmall && isInFirstRow(plot)) paintWords(plot, past, ids, color);
        if (hasNames) paintNames(plot);
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
      splits: (
        /** @type {any} */ plot,
        /** @type {number} */ __,
        /** @type {number} */ low,
        /** @type {number} */ top,
      ) => evenTicks(low, top, stepOf(top, parts(plot), STEPS[unit] ?? null)),
      values: (/** @type {any} */ _, /** @type {number[]} */ ticks) =>
        ticks.map((tick) => isOwn ? formatAny(tick) : TICK_FORMATS[unit](tick)),
    }],
    series: [
      {},
      ...lines.map(({ label, place = 0, isMean = false }, n) => ({
        label,
        stroke: colors[n],
        width: isOverlay && place === 0 && !isMean ? 2 : 1.5,
        dash: !isOverlay ? undefined : isMean ? MEAN_DASH : DASHES[place % DASHES.length],
        points: {
          show: false,
          size: 4,
          filter: (/** @type {any} */ plot, /** @type {number} */ n) => lonely(plot.data[n]),
        },
      })),
    ],
  };
}
