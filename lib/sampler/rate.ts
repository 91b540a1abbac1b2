/**
 * Counters into rates: the one place where two readings of a counter are subtracted. Pure; a
 * counter that went back says nothing about what happened meanwhile, so its rate is not known.
 */
import type { Metric } from "../message.ts";
import { amountOf } from "./sample.ts";

/**
 * How much a counter grew per second, over the true time between its two readings. After a long gap
 * this is still the true average. `null` where there is no reading before, no time passed, or the
 * counter went back (reset, wrapped, or another device by the same name).
 */
export function ratePerSecond(before: Metric, after: Metric, elapsedMs: number): Metric {
  if (before === null || after === null || !(elapsedMs > 0)) return null;
  return amountOf((after - before) / elapsedMs * 1_000);
}
