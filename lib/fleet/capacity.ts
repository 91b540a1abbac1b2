/**
 * Which host makes room when the fleet is full: the one that has been silent longest among those
 * that are offline or left. A host that is heard is never put out for a new one. Pure.
 */
import { type Host, hostIntervalMs } from "./host.ts";
import { hostStatus } from "./status.ts";

/** Looking for silent hosts means looking at all: at most once in this time, so that a flood costs nothing. */
const SURVEY_INTERVAL_MS = 1_000;

/** Names silent hosts, the longest silent first. */
export class Departures {
  #surveyedMs = -Infinity;
  /** The longest silent last, so that taking one is cheap. */
  #silent: Host[] = [];

  /** The next host to forget, or `null` when every host is heard. */
  next(hosts: Iterable<Host>, nowMs: number): Host | null {
    const known = this.#takeSilent(nowMs);
    if (known !== null || nowMs - this.#surveyedMs < SURVEY_INTERVAL_MS) return known;
    this.#surveyedMs = nowMs;
    this.#silent = Iterator.from(hosts).filter((host) => isSilent(host, nowMs)).toArray()
      .sort((a, b) => b.lastSeenMs - a.lastSeenMs);
    return this.#takeSilent(nowMs);
  }

  #takeSilent(nowMs: number): Host | null {
    let host = this.#silent.pop();
    // A host may have been heard again since the survey.
    while (host !== undefined && !isSilent(host, nowMs)) host = this.#silent.pop();
    return host ?? null;
  }
}

function isSilent(host: Host, nowMs: number): boolean {
  const ageMs = nowMs - host.lastSeenMs;
  const status = hostStatus({ ageMs, intervalMs: hostIntervalMs(host), left: host.left });
  return status === "offline" || status === "left";
}
