// @ts-check
/**
 * Where the charts put their ticks, and what they write at those of time. Pure.
 */

/** Powers of two, up to 512 PiB: a few of one are round in the units of 1,024 that bytes are shown in. */
export const BYTE_STEPS = Array.from({ length: 60 }, (_, power) => 2 ** power);

/** A single sample stands at the end of so many seconds. */
const ALONE_SECONDS = 60;

/** Steps of percent. */
export const PERCENT_STEPS = [10, 25, 50, 100];

/** The next tops of a scale of pressure, which is seldom high. */
export const PRESSURE_TOPS = [10, 25, 50, 100];

/** Steps of other numbers, in each power of ten, and from where to where they go. */
const DECIMAL_STEPS = [1, 2, 2.5, 5];
const [LEAST_POWER, MOST_POWER] = [-6, 18];

/** With the widest digits of a font of 11 px, and some air. */
const CHARACTER_WIDTH = 7;
const AIR_WIDTH = 16;
const SECONDS_PER_MINUTE = 60;
/** The longest step of the chart's own that is shorter than a minute. */
const LONGEST_FINE_STEP = 30;
/** From such a step on days matter, and not the time of day. */
const SECONDS_PER_DAY = 86_400;

/** The smallest step with which a scale from 0 to a number has so many parts at most. @param {number} top @param {number} parts @param {readonly number[] | null} steps those of its unit; `null` for round numbers */
export function stepOf(top, parts, steps) {
  const all = steps ?? DECIMALS;
  return all.find((step) => Math.ceil(top / step) <= parts) ?? top;
}

/** @type {readonly number[]} */
const DECIMALS = Array.from({ length: MOST_POWER - LEAST_POWER }, (_, n) => n + LEAST_POWER)
  .flatMap((power) => DECIMAL_STEPS.map((step) => Number(`${step}e${power}`)));

/** Where ticks are, each so far from the one before it. @param {number} low @param {number} top @param {number} step */
export function evenTicks(low, top, step) {
  const [first, last] = [Math.ceil(low / step), Math.floor(top / step + 1e-9)];
  return Array.from({ length: last - first + 1 }, (_, n) => (first + n) * step);
}

/** From when to when a chart is, in seconds: a single time alone would be taken for the first of some years. @param {readonly number[]} times of its samples @param {number} from @param {number} to @returns {[number, number]} */
export function timeRange(times, from, to) {
  return times.length === 1 ? [from - ALONE_SECONDS, from] : [from, to];
}

/**
 * Pixels from one tick of time to the next, at least, so that their labels stay apart.
 *
 * @param {number} seconds how long the time shown is
 * @param {number} width of it in pixels
 */
export function clockSpace(seconds, width) {
  const space = labelSpace("00:00");
  const isFine = seconds * space / width <= LONGEST_FINE_STEP;
  return isFine ? labelSpace("00:00:00") : space;
}

/** @param {string} label */
function labelSpace(label) {
  return label.length * CHARACTER_WIDTH + AIR_WIDTH;
}

/** The times of day of some ticks, with seconds where they matter. @param {readonly number[]} ticks seconds since 1970 */
export function clockLabels(ticks) {
  const [first = 0, second = first + SECONDS_PER_MINUTE] = ticks;
  // A tick may stand an hour off where summer begins or ends.
  if (second - first > SECONDS_PER_DAY / 2) return ticks.map(dayLabel);
  const length = second - first < SECONDS_PER_MINUTE ? 8 : 5;
  return ticks.map((tick) => new Date(tick * 1000).toTimeString().slice(0, length));
}

/** `11-26`. @param {number} tick */
function dayLabel(tick) {
  const date = new Date(tick * 1000);
  return [date.getMonth() + 1, date.getDate()].map((n) => `${n}`.padStart(2, "0")).join("-");
}
