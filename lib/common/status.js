// @ts-check
/**
 * In which state a host, a share in use and a datagram are, and the signs and words for it: the same
 * for every view and the page, which loads this file as it is. Pure: a status is worked out when somebody
 * asks, never stored and never scheduled.
 */

/** @typedef {"live" | "stale" | "offline" | "left"} HostStatus `live` hears in time, `stale` is late, `offline` is silent, `left` said good-bye */

/** Every status, in the order in which views name them. @type {readonly HostStatus[]} */
export const HOST_STATUSES = ["live", "stale", "offline", "left"];

/** How bad each is, to sort by: a host that said good-bye is not missed. @type {Readonly<Record<HostStatus, number>>} */
export const STATUS_SEVERITY = { live: 0, left: 1, stale: 2, offline: 3 };

/** A sign for each status, so that none is shown by colour alone. @type {Readonly<Record<HostStatus, string>>} */
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
  return ageMs > staleAfterMs(intervalMs) ? "stale" : "live";
}

/** How long a host is silent when it is stale. @param {number} intervalMs */
export function staleAfterMs(intervalMs) {
  return STALE_INTERVALS * intervalMs + GRACE_MS;
}

/** How long a host is silent when it is offline. @param {number} intervalMs */
export function offlineAfterMs(intervalMs) {
  return OFFLINE_INTERVALS * intervalMs + GRACE_MS;
}

/** Whether what a host said last is still true of it: it is neither silent for too long nor gone. @param {HostStatus} status */
export function isHeard(status) {
  return status === "live" || status === "stale";
}

/** @typedef {number | null} Metric */

/** From here on a share in use is a warning, and critical, in percent. */
export const WARNING_PERCENT = 70;
/** The other of the two. */
export const CRITICAL_PERCENT = 90;

/** How much a share needs attention, as it is shown: rounded; what is not known needs none. @param {Metric} percent @param {number} [warning] @param {number} [critical] */
export function levelOf(percent, warning = WARNING_PERCENT, critical = CRITICAL_PERCENT) {
  const shown = percent === null ? NaN : Math.round(percent);
  if (!(shown >= warning)) return "normal";
  return shown < critical ? "warning" : "critical";
}

/** A number to 0.01, as a message says percent: further digits are long, and no truer. @param {Metric} value @returns {Metric} */
export function toHundredths(value) {
  return value === null ? null : Math.round(value * 100) / 100;
}

/** `part` of `whole` in percent; of nothing, nothing is known. @param {Metric} part @param {Metric} whole @returns {Metric} */
export function percentOf(part, whole) {
  return part === null || whole === null || whole <= 0 ? null : part / whole * 100;
}

/** @typedef {keyof typeof DROP_REASONS} DropReason Why a datagram was not accepted: it cannot be decoded, is not new, found no room, or met an internal error. */

/** Every reason with the words that a view explains it by. */
export const DROP_REASONS = Object.freeze({
  source: "sender not allowed (--allow)",
  empty: "empty",
  oversize: "longer than 8,192 bytes",
  format: "neither a JSON object nor a whole sealed datagram",
  costly: "slow to read, and over the rate limit for that",
  utf8: "not UTF-8",
  json: "not JSON",
  version: "unknown message version",
  schema: "a field is missing, malformed or out of range",
  plain: "not sealed, and all must be (--auth require)",
  mode: "sealed in an unknown mode",
  key: "sealed with an unknown key, or one not valid now",
  auth: "authentication failed",
  session: "sealed in an older session than the agent's newest",
  clock: "clock skew too large at the start of a sealed session",
  downgrade: "plain, though its id was heard sealed (--auth mixed)",
  duplicate: "a copy of an earlier datagram",
  old: "too far behind to tell whether it is a copy",
  budget: "rate limit of new hosts and sessions",
  capacity: "host table full (--max-hosts)",
  internal: "internal error of this server",
});
