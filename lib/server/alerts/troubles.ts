/**
 * What the server notices of itself, in words for its alerts: what it could not take, keep, write or tell.
 * Pure.
 */
import { formatCount } from "../../common/format.js";
import type { Metric } from "../../message/message.ts";
import type { Troubles } from "./rule.ts";

/** What is asked of the parts of a server; each may be absent. */
export interface Parts {
  /** Counts that only grow; `null` where they cannot be known. */
  readonly kernelDropped: (nowMs: number) => Metric;
  readonly recordOmitted: () => Metric;
  readonly logDropped: () => Metric;
  readonly store: { readonly state: { readonly paused: string | null } } | null;
  /** Why each destination could not be told; `null` for one that could. */
  readonly destinations: () => readonly {
    readonly name: string;
    readonly lastError: string | null;
  }[];
}

/** What has grown is told of for so long. */
const RECENT_MS = 60_000;

/** What tells of each trouble. */
export function troublesOf(parts: Parts): Troubles {
  return {
    kernelDrops: growing(parts.kernelDropped),
    recordOmitted: growing(parts.recordOmitted),
    logDropped: growing(parts.logDropped),
    storePaused: () => parts.store?.state.paused ?? null,
    notTold: () => {
      const failing = parts.destinations().filter(({ lastError }) => lastError !== null);
      if (failing.length === 0) return null;
      return failing.map(({ name, lastError }) => `${name}: ${lastError}`).join("; ");
    },
  };
}

/** What says how much a count is, for a while after it has grown. */
function growing(read: (nowMs: number) => Metric): (nowMs: number) => string | null {
  let before: Metric = null;
  let grewMs = NaN;
  return (nowMs) => {
    const count = read(nowMs);
    if (count !== null && before !== null && count > before) grewMs = nowMs;
    before = count ?? before;
    return nowMs - grewMs < RECENT_MS ? `${formatCount(before)} since the start` : null;
  };
}
