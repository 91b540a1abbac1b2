/**
 * Numbers in 16 bits, for the past: three digits and more are all that a chart can show. Pure.
 */
import type { Metric } from "../../../message/message.ts";

/** What stands for a number that is not known. */
const UNKNOWN = 0xffff;
const STEPS_PER_PERCENT = 100;
/** Below twice this much a rate is exact; above, it has so many steps between a power of two and the next. */
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
 * when it is read: wrong by 0.1 % at the most; whole numbers below 2,048 are exact. NaN is not known.
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

/** The span that a number stands for: too short by 0.1 % at the most, exact below 2,048 ms. */
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
