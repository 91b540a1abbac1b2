/**
 * Whether a host is there, told from how long it has been silent. Pure: status is worked out when
 * somebody asks, never stored and never scheduled.
 */

/** `live` hears in time, `stale` is late, `offline` is silent, `left` said good-bye. */
export type HostStatus = "live" | "stale" | "offline" | "left";

/** Every status, in the order in which views name them. */
export const HOST_STATUSES: readonly HostStatus[] = ["live", "stale", "offline", "left"];

/** How bad each is, to sort by: whoever said good-bye is missed by nobody. */
export const STATUS_SEVERITY: Readonly<Record<HostStatus, number>> = {
  live: 0,
  left: 1,
  stale: 2,
  offline: 3,
};

const STALE_INTERVALS = 3;
const OFFLINE_INTERVALS = 6;
const GRACE_MS = 1_000;

/**
 * Derives a status: `stale` after 3 intervals + 1 s of silence, `offline` after 6 intervals + 1 s.
 * At 5 % independent loss and 5 s, a healthy host is stale twice a day and offline once in nine years.
 */
export function hostStatus(
  silence: { readonly ageMs: number; readonly intervalMs: number; readonly left: boolean },
): HostStatus {
  if (silence.left) return "left";
  if (silence.ageMs > offlineAfterMs(silence.intervalMs)) return "offline";
  if (silence.ageMs > STALE_INTERVALS * silence.intervalMs + GRACE_MS) return "stale";
  return "live";
}

/** How long a host is silent when it is offline. */
export function offlineAfterMs(intervalMs: number): number {
  return OFFLINE_INTERVALS * intervalMs + GRACE_MS;
}

/** Whether what a host said last is still true of it: it is neither silent for too long nor gone. */
export function isHeard(status: HostStatus): boolean {
  return status === "live" || status === "stale";
}
