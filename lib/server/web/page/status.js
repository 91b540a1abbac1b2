// @ts-check
/**
 * Whether a host is there, told from how long it has been silent: the same rule as the server's,
 * worked out here so that it goes on while nothing is heard of a host. Pure.
 */

/** @typedef {"live" | "stale" | "offline" | "left"} Status */

/** Every status, in the order in which views name them. @type {readonly Status[]} */
export const STATUSES = ["live", "stale", "offline", "left"];

const GRACE_MS = 1000;

/**
 * `stale` after 3 intervals + 1 s of silence, `offline` after 6 intervals + 1 s.
 *
 * @param {{ status: Status, lastSeenMs: number, intervalMs: number }} row
 * @param {number} nowMs on the server's clock
 * @returns {Status}
 */
export function statusOf({ status, lastSeenMs, intervalMs }, nowMs) {
  if (status === "left") return "left";
  const ageMs = nowMs - lastSeenMs;
  if (ageMs > 6 * intervalMs + GRACE_MS) return "offline";
  return ageMs > 3 * intervalMs + GRACE_MS ? "stale" : "live";
}
