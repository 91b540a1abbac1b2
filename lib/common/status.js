// @ts-check
/**
 * Whether a host is there, told from how long it has been silent, and the signs that show it: the same
 * for every view and the page, which loads this file as it is. Pure: status is worked out when somebody
 * asks, never stored and never scheduled.
 */

/** @typedef {"live" | "stale" | "offline" | "left"} HostStatus `live` hears in time, `stale` is late, `offline` is silent, `left` said good-bye */

/** Every status, in the order in which views name them. @type {readonly HostStatus[]} */
export const HOST_STATUSES = ["live", "stale", "offline", "left"];

/** How bad each is, to sort by: whoever said good-bye is missed by nobody. @type {Readonly<Record<HostStatus, number>>} */
export const STATUS_SEVERITY = { live: 0, left: 1, stale: 2, offline: 3 };

/** A sign for each status, so that none is told by its colour alone. @type {Readonly<Record<HostStatus, string>>} */
export const STATUS_SIGNS = { live: "●", stale: "◐", offline: "✗", left: "○" };

/** A sign for what is to be known of a host beside its status: that it is refused, or shares its id. */
export const NOTE_SIGNS = { refused: "⊘", shared: "≡" };

const STALE_INTERVALS = 3;
const OFFLINE_INTERVALS = 6;
const GRACE_MS = 1_000;

/**
 * Derives a status: `stale` after 3 intervals + 1 s of silence, `offline` after 6 intervals + 1 s.
 * At 5 % independent loss and 5 s, a healthy host is stale twice a day and offline once in nine years.
 *
 * @param {{ readonly ageMs: number, readonly intervalMs: number, readonly left: boolean }} silence
 * @returns {HostStatus}
 */
export function hostStatus({ ageMs, intervalMs, left }) {
  if (left) return "left";
  if (ageMs > offlineAfterMs(intervalMs)) return "offline";
  return ageMs > STALE_INTERVALS * intervalMs + GRACE_MS ? "stale" : "live";
}

/** How long a host is silent when it is offline. @param {number} intervalMs */
export function offlineAfterMs(intervalMs) {
  return OFFLINE_INTERVALS * intervalMs + GRACE_MS;
}

/** Whether what a host said last is still true of it: it is neither silent for too long nor gone. @param {HostStatus} status */
export function isHeard(status) {
  return status === "live" || status === "stale";
}
