// @ts-check
/**
 * Where the past of a host has a gap, and what is said of it, the same for the server and its page, which
 * loads this file as it is; and which ranges of the past can be chosen. Pure; what was not heard is not
 * known, and is no line between what was.
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

const MINUTE_MS = 60_000;
const DAY_MS = 1_440 * MINUTE_MS;

/** What can be chosen, the shortest first. @type {Readonly<Record<string, number>>} */
export const SPANS_MS = {
  ...{ "15m": 15 * MINUTE_MS, "1h": 60 * MINUTE_MS, "6h": DAY_MS / 4, "24h": DAY_MS },
  ...{ "7d": 7 * DAY_MS, "30d": 30 * DAY_MS, "1y": 365 * DAY_MS },
};

/** What each cause of a gap is called. @type {Readonly<Record<string, string>>} */
export const CAUSE_WORDS = {
  lost: "lost on the way or dropped here",
  way: "lost on the way",
  dropped: "dropped here by the kernel",
  refused: "refused",
  silent: "host silent",
  left: "agent stopped",
  down: "server not running",
  missed: "server could not write",
  damaged: "damaged on disk",
  unheard: "nothing arrived",
};

/**
 * The causes in shares of 1 with how much each is, the greatest first. Where it is known what the kernel
 * dropped here, the rest of what is lost was lost on the way.
 *
 * @param {Readonly<Record<string, Metric>>} shares
 * @returns {[cause: string, share: number][]}
 */
export function causesIn({ lost = 0, dropped = null, ...others }) {
  /** @type {Record<string, Metric>} */
  const shares = { ...others, [dropped === null ? "lost" : "way"]: lost, dropped };
  return Object.keys(CAUSE_WORDS).map((
    cause,
  ) => /** @type {[string, number]} */ ([cause, shares[cause] ?? 0])).filter(([, share]) =>
    share > 0
  ).sort(([, a], [, b]) => b - a);
}

/** A share of 1: `99.2%`; one that is there is never `0.0%`, and no part of the whole is all of it. @param {number} share */
export function formatShare(share) {
  const text = (100 * share).toFixed(1);
  if (share > 0 && text === "0.0") return "under 0.1%";
  return share < 1 && text === "100.0" ? "over 99.9%" : `${text}%`;
}

/** What a range is made of, in one line: `99.2% known; 0.5% host silent`. @param {Readonly<Record<string, Metric>>} shares */
export function describeShares(shares) {
  const parts = causesIn(shares).map(([cause, share]) =>
    `${formatShare(share)} ${CAUSE_WORDS[cause]}`
  );
  const known = `${formatShare(shares.known ?? 0)} known`;
  return parts.length === 0 ? known : `${known}; ${parts.join(", ")}`;
}
