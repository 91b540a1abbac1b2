/**
 * Counters into rates: the one place where two readings of a counter are subtracted. Pure; a
 * counter says nothing about what happened while it went back, or came back from there, or grew by
 * more than can be true: then its rate is not known.
 */
import type { Metric } from "../message/message.ts";
import { amountOf } from "./sample.ts";

/** A counter at one reading. */
export interface Counter {
  readonly value: number;
  /** The most that it has said so far; more than `value` once it went back. */
  readonly highest: number;
}

/** A counter as it is read now, with what is remembered of its reading before. */
export function readCounter(value: number, before?: Counter): Counter {
  return { value, highest: Math.max(value, before?.highest ?? 0) };
}

/**
 * How much a counter grew per second, over the true time between its two readings. After a long gap
 * this is still the true average. `null` where there is no reading before, no time passed, the
 * counter went back (reset, wrapped, or another device by the same name), or the growth leads from
 * below to the highest value so far or beyond: then it comes back from a reading that was 0 by mistake.
 *
 * @param maxPerSecond what the device can do at most.
 */
export function ratePerSecond(
  before: Counter | undefined,
  after: Counter,
  elapsedMs: number,
  maxPerSecond: number,
): Metric {
  if (before === undefined || !(elapsedMs > 0)) return null;
  const isBack = before.value < before.highest && after.value >= before.highest;
  const rate = (after.value - before.value) / elapsedMs * 1_000;
  return isBack || rate > maxPerSecond ? null : amountOf(rate);
}
