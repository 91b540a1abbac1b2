/**
 * The points of histories: which metrics each keeps, packed into a few bits each, as three digits are
 * all that a chart can show; and the room of those of one history. Pure.
 */
import { type KnownRow, METRICS } from "../../../catalogue.ts";
import type { Metric } from "../../../message/message.ts";
import { PLACE, type SummaryNumbers } from "../../../message/metrics.ts";
import { type Arena, sizeClass } from "../memory/arena.ts";

/** A metric that a history keeps, by its id. */
export type HistoryMetric = Extract<KnownRow, { past: string }>["id"];

/** How a number is kept: in so many bits, of which all ones stand for what is not known. */
export interface Code {
  readonly bits: number;
  readonly encode: (value: number) => number;
  readonly decode: (code: number) => number;
}

/** Numbers from a least one on in even steps; the highest code stands for all above. */
function even(bits: number, stepsPerOne: number, least = 0): Code {
  const most = 2 ** bits - 2;
  return {
    bits,
    encode: (value) => Math.min(most, Math.max(0, Math.round((value - least) * stepsPerOne))),
    decode: (code) => code / stepsPerOne + least,
  };
}

/** More would be noise. */
const DIGITS = 4;

/** Numbers from 0 on, exact below 2,048 steps; the highest code stands for all above. */
function floating(bits: number, stepBits: number, stepsPerOne = 1): Code {
  const most = 2 ** bits - 2;
  return {
    bits,
    encode: (value) => Math.min(most, encodeFloat(value * stepsPerOne, stepBits, Math.round)),
    decode(code) {
      const value = decodeFloat(code, stepBits) / stepsPerOne;
      return code < EXACT ? value : Number(value.toPrecision(DIGITS));
    },
  };
}

/** As exact as agents send percent, as a chart can show temperatures, and as anybody needs rates; together they fill a point. */
export const CODES: Readonly<Record<Extract<KnownRow, { past: string }>["unit"], Code>> = {
  percent: even(10, 10),
  celsius: even(10, 4, -60),
  bytesPerSecond: floating(15, 10),
  number: floating(12, 8, 100),
};

const WORD_BITS = 16;

/** Every one, with its place in a summary, how it is kept, and behind how many bits of a point. */
const KEPT = METRICS.filter(({ past }) => past !== undefined).map(({ id, unit }, at, all) => {
  const codes = [...all.slice(0, at), { unit }].map(({ unit }) =>
    CODES[unit as keyof typeof CODES]
  );
  return {
    ...{ id: id as HistoryMetric, place: PLACE[id as HistoryMetric], ...codes.pop()! },
    firstBit: codes.reduce((sum, { bits }) => sum + bits, WORD_BITS),
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
export const STRIDE = Math.ceil((KEPT.at(-1)!.firstBit + KEPT.at(-1)!.bits) / WORD_BITS);
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
  let [pending, used] = [0, 0];
  for (let column = 0; column < KEPT.length; column++) {
    const { place, bits, encode } = KEPT[column]!;
    const value = point[place]!;
    pending |= (Number.isNaN(value) ? unknownOf(bits) : encode(value)) << used;
    used += bits;
    if (used < WORD_BITS) continue;
    words[word++] = pending;
    pending >>>= WORD_BITS;
    used -= WORD_BITS;
  }
  if (used > 0) words[word] = pending;
}

/** How one metric of a point is read. */
export function pointReader(metric: HistoryMetric): (words: Uint16Array, at: number) => Metric {
  const { firstBit, bits, decode } = KEPT[HISTORY_METRICS.indexOf(metric)]!;
  const [word, shift] = [Math.floor(firstBit / WORD_BITS), firstBit % WORD_BITS];
  const unknown = unknownOf(bits);
  return (words, at) => {
    const two = words[at + word]! | (words[at + word + 1] ?? 0) << WORD_BITS;
    const code = two >>> shift & unknown;
    return code === unknown ? null : decode(code);
  };
}

/** What stands for a number that is not known. */
function unknownOf(bits: number): number {
  return 2 ** bits - 1;
}

/** From a power of two to the next spans have 2^10 steps. */
const SPAN_STEP_BITS = 10;

/** A span of time in whole milliseconds in 16 bits, never longer than it is: for the sum of spans. */
export function encodeSpan(spanMs: number): number {
  return encodeFloat(spanMs, SPAN_STEP_BITS, Math.floor);
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

/** A number that has 2^`stepBits` steps between a power of two and the next from there on. */
function encodeFloat(value: number, stepBits: number, round: (value: number) => number): number {
  if (value < EXACT) return round(value);
  const power = floorLog2(value) - stepBits;
  const first = EXACT + ((power - (EXACT_BITS - stepBits)) << stepBits);
  return first + round(value / 2 ** power) - 2 ** stepBits;
}

function decodeFloat(code: number, stepBits: number): number {
  if (code < EXACT) return code;
  const power = ((code - EXACT) >> stepBits) + EXACT_BITS - stepBits;
  const step = (code - EXACT) & (2 ** stepBits - 1);
  return (2 ** stepBits + step) * 2 ** power;
}

/** The whole part of the logarithm to base 2; −1 below 1. */
function floorLog2(number: number): number {
  const high = Math.floor(number / 2 ** 32);
  return high > 0 ? 63 - Math.clz32(high) : 31 - Math.clz32(number);
}
