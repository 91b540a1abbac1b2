/**
 * The points of histories: which metrics each keeps, packed into a few bits each, as three digits are
 * all that a chart can show; and the room of those of one history. Pure.
 */
import { type KnownRow, METRICS } from "../../../catalogue.ts";
import type { Metric } from "../../../message/message.ts";
import { PLACE, type SummaryNumbers } from "../../../message/summary.ts";
import { type Arena, sizeClass } from "../memory/arena.ts";

/** A metric that a history keeps, by its id. */
export type HistoryMetric = Extract<KnownRow, { past: string }>["id"];

/** How a number is kept: in this many bits, of which all ones stand for what is not known, and all but the last for all above. */
interface Code {
  readonly bits: number;
  readonly stepsPerOne: number;
  readonly least: number;
  /** From `EXACT` steps on there are 2^`stepBits` from a power of two to the next; 0 where steps are even. */
  readonly stepBits: number;
}

/** As exact as agents send percent, as a chart can show temperatures, and as anybody needs rates; together they fill a point. */
export const CODES: Readonly<Record<Extract<KnownRow, { past: string }>["unit"], Code>> = {
  percent: { bits: 10, stepsPerOne: 10, least: 0, stepBits: 0 },
  celsius: { bits: 10, stepsPerOne: 4, least: -60, stepBits: 0 },
  bytesPerSecond: { bits: 15, stepsPerOne: 1, least: 0, stepBits: 10 },
  number: { bits: 12, stepsPerOne: 100, least: 0, stepBits: 8 },
};

/** The code of a number; NaN is not known. */
export function encode({ bits, stepsPerOne, least, stepBits }: Code, value: number): number {
  const unknown = (1 << bits) - 1;
  if (Number.isNaN(value)) return unknown;
  const steps = Math.max(0, (value - least) * stepsPerOne);
  const code = stepBits === 0 ? Math.round(steps) : encodeFloat(steps, stepBits, 0.5);
  return Math.min(code, unknown - 1);
}

/** More would be noise. */
const DIGITS = 4;

/** The number that a code stands for. */
export function decode({ bits, stepsPerOne, least, stepBits }: Code, code: number): Metric {
  if (code === (1 << bits) - 1) return null;
  if (stepBits === 0 || code < EXACT) return code / stepsPerOne + least;
  return Number((decodeFloat(code, stepBits) / stepsPerOne).toPrecision(DIGITS));
}

const WORD_BITS = 16;

/** Every one, with its place in a summary, how it is kept, and behind how many bits of a point. */
const KEPT = METRICS.filter(({ past }) => past !== undefined).map(({ id, unit }, at, all) => {
  const codeOf = ({ unit }: { unit: string }) => CODES[unit as keyof typeof CODES];
  return {
    ...{ id: id as HistoryMetric, place: PLACE[id as HistoryMetric], code: codeOf({ unit }) },
    firstBit: all.slice(0, at).reduce((sum, row) => sum + codeOf(row).bits, WORD_BITS),
  };
});

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

/** Numbers of 16 bits in a point: its time, and the metrics that are kept, side by side. */
export const STRIDE = Math.ceil((KEPT.at(-1)!.firstBit + KEPT.at(-1)!.code.bits) / WORD_BITS);
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
  let word = at + 1;
  let pending = 0;
  let used = 0;
  for (let column = 0; column < KEPT.length; column++) {
    const { place, code } = KEPT[column]!;
    pending |= encode(code, point[place]!) << used;
    used += code.bits;
    if (used < WORD_BITS) continue;
    words[word++] = pending;
    pending >>>= WORD_BITS;
    used -= WORD_BITS;
  }
  if (used > 0) words[word] = pending;
}

/** How one metric of a point is read. */
export function pointReader(metric: HistoryMetric): (words: Uint16Array, at: number) => Metric {
  const { firstBit, code } = KEPT[HISTORY_METRICS.indexOf(metric)]!;
  const [word, shift] = [Math.floor(firstBit / WORD_BITS), firstBit % WORD_BITS];
  const mask = (1 << code.bits) - 1;
  return (words, at) => {
    const two = words[at + word]! | (words[at + word + 1] ?? 0) << WORD_BITS;
    return decode(code, two >>> shift & mask);
  };
}

/** From a power of two to the next spans have 2^10 steps. */
const SPAN_STEP_BITS = 10;

/** A span of time in whole milliseconds in 16 bits, never longer than it is: for the sum of spans. */
export function encodeSpan(spanMs: number): number {
  return encodeFloat(spanMs, SPAN_STEP_BITS, 0);
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
  return decodeFloat(short, SPAN_STEP_BITS);
}

/** Below this a number is its own code. */
const EXACT_BITS = 11;
const EXACT = 2 ** EXACT_BITS;

/** To raise 2 to a power takes longer than all else. */
const POWERS = Float64Array.from({ length: 64 }, (_, power) => 2 ** power);

/** A number that has 2^`stepBits` steps from a power of two to the next from there on: the step below it, or with half a one the nearest. */
function encodeFloat(value: number, stepBits: number, half: number): number {
  if (value < EXACT) return Math.floor(value + half);
  const power = floorLog2(value) - stepBits;
  const first = EXACT + ((power - (EXACT_BITS - stepBits) - 1) << stepBits);
  return first + Math.floor(value / POWERS[power]! + half);
}

function decodeFloat(code: number, stepBits: number): number {
  if (code < EXACT) return code;
  const power = ((code - EXACT) >> stepBits) + EXACT_BITS - stepBits;
  const step = (code - EXACT) & ((1 << stepBits) - 1);
  return ((1 << stepBits) + step) * POWERS[power]!;
}

/** The whole part of the logarithm to base 2; −1 below 1. */
function floorLog2(number: number): number {
  const high = Math.floor(number / 2 ** 32);
  return high > 0 ? 63 - Math.clz32(high) : 31 - Math.clz32(number);
}
