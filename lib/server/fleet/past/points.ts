/**
 * The points of histories: which metrics each keeps, in numbers of 16 bits, as three digits and more are
 * all that a chart can show; and the room of those of one history. Pure.
 */
import { type KnownRow, METRICS, UNITS } from "../../../catalogue.ts";
import type { Metric } from "../../../message/message.ts";
import { PLACE, type SummaryNumbers } from "../../../message/metrics.ts";
import { type Arena, sizeClass } from "../memory/arena.ts";

/** A metric that a history keeps, by its id. */
export type HistoryMetric = Extract<KnownRow, { past: string }>["id"];

/** Every one, with its place in a summary and how it is kept. */
const KEPT = METRICS.filter(({ past }) => past !== undefined).map(({ id, unit }) => ({
  id: id as HistoryMetric,
  place: PLACE[id as HistoryMetric],
  isPercent: unit === "percent",
  scale: 10 ** UNITS[unit].decimals,
}));

/** Every metric that a history keeps. */
export const HISTORY_METRICS: readonly HistoryMetric[] = KEPT.map(({ id }) => id);

/** Those of which a row may have the last points, and in which field. */
export const RECENT_METRICS = METRICS.flatMap(({ id, recent }) =>
  recent === undefined ? [] : [{ id: id as HistoryMetric, field: recent.field }]
);

/** Most points that a history holds, however short the interval: 15 minutes of seconds. */
export const MAX_POINTS = 900;

/** How many points a history over `spanMs` holds at an interval. */
export function pointCount(spanMs: number, intervalMs: number): number {
  return Math.min(MAX_POINTS, Math.max(1, Math.ceil(spanMs / intervalMs)));
}

/** Numbers of 16 bits in a point: its time, and each metric that is kept. */
export const STRIDE = 1 + KEPT.length;
const WORD_BYTES = 2;
/** Number of points that there is room for at first. */
const FIRST_POINTS = 2;
const NO_WORDS = new Uint16Array(0);

/** The room of one history. */
export class PointRoom {
  /** The array that the points are in, and where in it they begin. */
  words = NO_WORDS;
  first = 0;
  readonly #store: Arena;
  #place = 0;
  #points = 0;

  constructor(store: Arena) {
    this.#store = store;
  }

  /** Has no room any more, as that is another's. */
  begin(): void {
    this.words = NO_WORDS;
    this.first = this.#place = this.#points = 0;
  }

  /** How many points have room. */
  get points(): number {
    return this.#points;
  }

  /** Writes where it is into two words of a row. */
  save(to: Int32Array, at: number): void {
    to[at] = this.#place;
    to[at + 1] = this.#points;
  }

  /** Becomes the one that was saved. */
  load(from: Int32Array, at: number): void {
    this.#place = from[at]!;
    this.#points = from[at + 1]!;
    this.#look();
  }

  /** Makes room for more points, up to so many; those that are there stay. */
  grow(most: number): void {
    const { words, first } = this;
    const [place, points] = [this.#place, this.#points];
    this.#points = points === 0 ? Math.min(most, FIRST_POINTS) : most;
    this.#place = this.#store.take(stepsOfPoints(this.#points));
    this.#look();
    if (points === 0) return;
    this.words.set(words.subarray(first, first + STRIDE * points), this.first);
    this.#store.giveBack(place, stepsOfPoints(points));
  }

  /** Gives the room back; the points are still here, and none is added any more. */
  leave(): void {
    this.words = this.words.slice(this.first, this.first + STRIDE * this.#points);
    this.first = 0;
    this.giveBack();
  }

  /** Gives the room back, with the points. */
  giveBack(): void {
    if (this.#points > 0) this.#store.giveBack(this.#place, stepsOfPoints(this.#points));
  }

  #look(): void {
    this.words = this.#store.words(this.#place);
    this.first = this.#store.firstWord(this.#place);
  }
}

function stepsOfPoints(points: number): number {
  return sizeClass(WORD_BYTES * STRIDE * points);
}

/** Writes the metrics of a point, which begins at a place. */
export function writePoint(words: Uint16Array, at: number, point: SummaryNumbers): void {
  for (let column = 0; column < KEPT.length; column++) {
    const { place, isPercent, scale } = KEPT[column]!;
    const value = point[place]!;
    words[at + 1 + column] = isPercent ? encodePercent(value) : encodeRate(value * scale);
  }
}

/** How one metric of a point is read. */
export function pointReader(metric: HistoryMetric): (words: Uint16Array, at: number) => Metric {
  const column = HISTORY_METRICS.indexOf(metric);
  const { isPercent, scale } = KEPT[column]!;
  const decode = isPercent ? decodePercent : scale === 1 ? decodeRate : scaledRate(scale);
  return (words, at) => decode(words[at + 1 + column]!);
}

function scaledRate(scale: number): (short: number) => Metric {
  return (short) => {
    const scaled = decodeRate(short);
    return scaled === null ? null : scaled / scale;
  };
}

/** What stands for a number that is not known. */
const UNKNOWN = 0xffff;
const STEPS_PER_PERCENT = 100;
/** Below twice this a rate is exact; above, it has this many steps between two powers of two. */
const STEPS = 1_024;
/** More would be noise. */
const DIGITS = 4;
const LOG2_STEPS = Math.log2(STEPS);

/** A percentage from 0 to 100 in steps of 0.01; NaN is not known. */
export function encodePercent(percent: number): number {
  return Number.isNaN(percent) ? UNKNOWN : Math.round(percent * STEPS_PER_PERCENT);
}

/** The percentage that a number stands for. */
export function decodePercent(short: number): Metric {
  return short === UNKNOWN ? null : short / STEPS_PER_PERCENT;
}

/**
 * A rate from 0 to 2^53: a floating-point number of 10 bits after the point, rounded to four digits
 * when it is read: wrong by at most 0.1 %; whole numbers below 2,048 are exact. NaN is not known.
 */
export function encodeRate(rate: number): number {
  return Number.isNaN(rate) ? UNKNOWN : encodeFloat(rate, Math.round);
}

/** The rate that a number stands for. */
export function decodeRate(short: number): Metric {
  if (short === UNKNOWN) return null;
  const rate = decodeFloat(short);
  return short < 2 * STEPS ? rate : Number(rate.toPrecision(DIGITS));
}

/** A span of time in whole milliseconds, the same way but never longer than it is: for the sum of spans. */
export function encodeSpan(spanMs: number): number {
  return encodeFloat(spanMs, Math.floor);
}

/**
 * Divides the span between two points for one at a place between them: the longer part is cut off, and the
 * other is the rest, so that their sum stays.
 */
export function divideSpan(
  words: Uint16Array,
  at: number,
  nextAt: number,
  firstMs: number,
  wholeMs: number,
): void {
  const longer = encodeSpan(Math.max(firstMs, wholeMs - firstMs));
  const shorter = encodeSpan(wholeMs - decodeSpan(longer));
  const isFirstLonger = firstMs > wholeMs - firstMs;
  words[at] = isFirstLonger ? longer : shorter;
  words[nextAt] = isFirstLonger ? shorter : longer;
}

/** The span that a number stands for: too short by at most 0.1 %, exact below 2,048 ms. */
export function decodeSpan(short: number): number {
  return decodeFloat(short);
}

function encodeFloat(value: number, round: (value: number) => number): number {
  const exponent = Math.max(0, floorLog2(value) - LOG2_STEPS);
  return STEPS * exponent + round(value / 2 ** exponent);
}

function decodeFloat(short: number): number {
  if (short < 2 * STEPS) return short;
  const exponent = Math.floor(short / STEPS) - 1;
  return (short - STEPS * exponent) * 2 ** exponent;
}

/** The whole part of the logarithm to base 2; −1 below 1. */
function floorLog2(number: number): number {
  const high = Math.floor(number / 2 ** 32);
  return high > 0 ? 63 - Math.clz32(high) : 31 - Math.clz32(number);
}
