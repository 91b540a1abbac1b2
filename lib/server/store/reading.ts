/**
 * The past of hosts as views ask for it: which part, in which stretches it is told, and what is known of
 * them. It reads by the store that it is handed, and does nothing else.
 */
import type { Metric } from "../../message/message.ts";
import type { Host } from "../fleet/host/host.ts";
import { hostIntervalMs } from "../fleet/host/host.ts";
import { type Gap, gapsOf } from "./holes.ts";
import type { MeanOfMany } from "./recent.ts";
import type { Store } from "./store.ts";
import {
  type Causes,
  causesOf,
  type Moment,
  type PastQuery,
  type Plan,
  planOf,
  type Series,
  seriesOf,
  sharesOf,
} from "./stretches.ts";

/** What the past is read from. */
export interface PastStore extends Pick<Store, "read" | "top" | "downs" | "keepMs"> {
  /** The mean of many hosts; `null` where it cannot be had. */
  mean(...of: Parameters<Store["mean"]>): Promise<MeanOfMany | null>;
  /** Before it nothing was kept there. */
  readonly sinceMs?: number;
  /** Samples are further apart there, where they come from elsewhere. */
  readonly spacingMs?: number;
}

/** The past of one host: each metric in all stretches, and what they are made of. */
export interface HostPast {
  readonly series: readonly Series[];
  readonly causes: Causes;
  readonly shares: Record<keyof Causes, Metric>;
  readonly gaps: readonly Gap[];
}

/** In which stretches a part of the past of some hosts is told. */
export function planFor(
  { keepMs, spacingMs = 0 }: Pick<PastStore, "keepMs" | "spacingMs">,
  hosts: readonly Host[],
  { metrics, ...wanted }: PastQuery,
  { nowMs, aheadMs }: Moment,
): Plan {
  const leastMs = Math.max(...hosts.map(hostIntervalMs), spacingMs);
  return planOf({ ...wanted, leastMs, minutesSinceMs: nowMs + aheadMs - keepMs.minute }, metrics);
}

/** Reads a part of the past of hosts, up to now. */
export async function readPast(
  store: PastStore,
  hosts: readonly Host[],
  query: PastQuery,
  moment: Moment,
): Promise<{ readonly plan: Plan; readonly pasts: readonly HostPast[] }> {
  const plan = planFor(store, hosts, query, moment);
  const found = await store.read(hosts, plan);
  const { downs, sinceMs: keptSinceMs = -Infinity } = store;
  // Each stretch is told whole, also one that the range ends in.
  const untilMs = moment.nowMs + moment.aheadMs;
  const pasts = hosts.map(({ firstSeenMs }, n) => {
    // Elsewhere it may have been heard before.
    const first = found[n]!.heardMs?.findIndex((ms) => ms > 0) ?? -1;
    const heardMs = first < 0 ? Infinity : plan.fromMs + first * plan.stepMs;
    // The wall clock may have been set back since it was first seen.
    const sinceMs = Math.min(heardMs, Math.max(keptSinceMs, firstSeenMs + moment.aheadMs));
    const causes = causesOf(plan, found[n]!, [sinceMs, untilMs], downs);
    const [shares, gaps] = [sharesOf(causes), gapsOf(plan, causes)];
    return { series: seriesOf(plan, found[n]!), causes, shares, gaps };
  });
  return { plan, pasts };
}
