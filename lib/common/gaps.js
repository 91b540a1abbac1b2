// @ts-check
/**
 * Where the past of a host has a gap, the same for the server and its page, which loads this file as
 * it is. Pure; what was not heard is not known, and is no line between what was.
 */

/** @typedef {number | null} Metric */

/** Points of the CPU's recent past in a row. */
export const RECENT_POINTS = 30;

/** Silence of more intervals than this is a gap; a single lost sample is not. */
const GAP_INTERVALS = 2.5;
/** Shortest gap: a page hears of a host only a few times a second, however often that reports. */
const MIN_GAP_MS = 1_500;
/** With fewer steps, an outage could look like the usual one. */
const FEW_STEPS = 3;

/**
 * How many samples are missing after a silence; 0 as long as that is no gap.
 *
 * @param {number} silenceMs
 * @param {number} intervalMs from one sample to the next
 */
export function missingIn(silenceMs, intervalMs) {
  if (silenceMs <= Math.max(MIN_GAP_MS, GAP_INTERVALS * intervalMs)) return 0;
  return Math.max(1, Math.round(silenceMs / intervalMs) - 1);
}

/**
 * How far points are apart as a rule: an interval, or more where a past keeps fewer of them. Gaps may
 * be many, but not most of it.
 *
 * @param {readonly number[]} times in milliseconds
 * @param {number} intervalMs
 */
export function usualStepMs(times, intervalMs) {
  const steps = times.slice(1).map((time, index) => time - (times[index] ?? time));
  if (steps.length < FEW_STEPS) return intervalMs;
  return Math.max(intervalMs, steps.toSorted((a, b) => a - b)[steps.length >> 2] ?? 0);
}

/**
 * The last values of a past at even steps, with `null` for each that is missing.
 *
 * @param {readonly number[]} times in milliseconds, oldest first
 * @param {readonly Metric[]} values as many
 * @param {number} intervalMs
 * @returns {readonly Metric[]}
 */
export function recentOf(times, values, intervalMs) {
  const silences = times.map((time, index) => time - (times[index - 1] ?? time));
  if (silences.every((silenceMs) => missingIn(silenceMs, intervalMs) === 0)) return values;
  const stepMs = usualStepMs(times, intervalMs);
  return values.flatMap((value, index) => [...missing(silences[index] ?? 0, stepMs), value])
    .slice(-RECENT_POINTS);
}

/** What stands for a silence. @param {number} silenceMs @param {number} intervalMs @returns {null[]} */
export function missing(silenceMs, intervalMs) {
  return Array(Math.min(RECENT_POINTS, missingIn(silenceMs, intervalMs))).fill(null);
}
