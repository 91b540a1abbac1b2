/**
 * The recent past of hosts as the memory has it, in even stretches of time: for a comparison where there is
 * no store, or where the memory has what is finer, and beside what comes from elsewhere. Pure.
 */
import { missingIn, usualStepMs } from "../../common/gaps.js";
import type { Metric } from "../../message/message.ts";
import { type Host, hostIntervalMs } from "../fleet/host/host.ts";
import { HISTORY_METRICS, type HistoryMetric } from "../fleet/past/points.ts";
import { TIERS } from "./file/blobs.js";
import { addGap, type Gap } from "./holes.ts";
import { addValue, HEAD, PER_METRIC, rowLength } from "./file/rows.js";
import {
  type Found,
  type Grid,
  type Moment,
  type PastQuery,
  type Plan,
  rounded,
  type Series,
} from "./stretches.ts";

/** The metric of a query that has a recent past; `undefined` for one that is kept on disk alone. */
export function metricInMemory({ metrics: [id] }: PastQuery): HistoryMetric | undefined {
  return HISTORY_METRICS.find((metric) => metric === id);
}

const MINUTE_MS = TIERS.minute.periodMs;
/** Stretches of the memory, a second or some of them long. */
const STEPS_MS = [1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 1_800, 3_600]
  .map((seconds) => 1_000 * seconds);

/** The stretches in which the memory tells it; `null` where it has less than a store, or nothing finer. */
export function recentGrid(
  hasStore: boolean,
  hosts: readonly Host[],
  query: PastQuery,
  { nowMs, aheadMs }: Moment,
): Grid | null {
  const times = hosts.map(({ history }) => (history?.times() ?? []).map((ms) => ms + aheadMs));
  const sinceMs = Math.min(...times.map(([first]) => first ?? Infinity), nowMs + aheadMs);
  const fromMs = hasStore ? query.fromMs : Math.max(query.fromMs, sinceMs);
  const untilMs = Math.max(fromMs + 1, Math.min(query.untilMs, nowMs + aheadMs));
  // Twice as long as from one sample to the next: none is empty because one came a little late.
  const spacings = hosts.map((host, n) => 2 * usualStepMs(times[n]!, hostIntervalMs(host)));
  const leastMs = Math.max(...spacings, 0);
  const needMs = Math.max(leastMs, (untilMs - fromMs) / query.points);
  const stepMs = STEPS_MS.find((ms) => ms >= needMs) ?? needMs;
  const isCovered = hosts.every(({ firstSeenMs }, n) =>
    (times[n]![0] ?? Infinity) <= Math.max(fromMs, firstSeenMs + aheadMs) + stepMs
  );
  const isFiner = stepMs < MINUTE_MS && isCovered && metricInMemory(query) !== undefined;
  if (hasStore && !isFiner) return null;
  const beginMs = Math.floor(fromMs / stepMs) * stepMs;
  return { fromMs: beginMs, stepMs, count: Math.ceil((untilMs - beginMs) / stepMs) };
}

/** The mean of a host's samples in a range; −∞ where there are none. */
export function recentMean(
  { history }: Host,
  metric: HistoryMetric,
  { fromMs, untilMs }: Pick<PastQuery, "fromMs" | "untilMs">,
  { aheadMs }: Pick<Moment, "aheadMs">,
): number {
  const times = history?.times() ?? [];
  const isMeant = (n: number) => times[n]! + aheadMs >= fromMs && times[n]! + aheadMs <= untilMs;
  const values = (history?.values(metric) ?? []).filter((value, n) => value !== null && isMeant(n));
  const sum = values.reduce((a: number, b) => a + b!, 0);
  return values.length === 0 ? -Infinity : sum / values.length;
}

/** The samples of a host that are in memory, summed up in stretches. */
export function recentSeries(
  { history }: Host,
  metric: HistoryMetric,
  { fromMs, stepMs, count }: Grid,
  { aheadMs }: Moment,
): Series {
  const all = Array.from({ length: count }, (): number[] => []);
  const values = history?.values(metric) ?? [];
  history?.times().forEach((ms, n) => {
    const value = values[n];
    if (value !== null) all[Math.floor((ms + aheadMs - fromMs) / stepMs)]?.push(value!);
  });
  const of = (tell: (known: readonly number[]) => number) =>
    all.map((known) => known.length === 0 ? null : tell(known));
  return {
    mean: of((known) => rounded(known.reduce((a, b) => a + b, 0) / known.length)),
    lowest: of((known) => Math.min(...known)),
    highest: of((known) => Math.max(...known)),
    samples: all.map(({ length }) => length),
  };
}

/** The mean of many hosts in all stretches, `null` where nothing is known, and of how many it is. */
export interface MeanOfMany {
  readonly hosts: number;
  readonly mean: readonly Metric[];
}

/** The mean of many hosts as the memory has it, each by the time for which its samples stand. */
export class RecentMean {
  readonly #grid: Grid;
  readonly #metric: HistoryMetric;
  readonly #sums: Float64Array;
  readonly #weights: Float64Array;
  #hosts = 0;

  /** Of a metric, in the stretches of a grid. */
  constructor(metric: HistoryMetric, grid: Grid) {
    this.#grid = grid;
    this.#metric = metric;
    this.#sums = new Float64Array(grid.count);
    this.#weights = new Float64Array(grid.count);
  }

  /** Adds the samples of a host. */
  add(host: Host, { aheadMs }: Pick<Moment, "aheadMs">): void {
    const { fromMs, stepMs, count } = this.#grid;
    const values = host.history?.values(this.#metric) ?? [];
    const weight = hostIntervalMs(host);
    let isKnown = false;
    host.history?.times().forEach((ms, n) => {
      const [place, value] = [Math.floor((ms + aheadMs - fromMs) / stepMs), values[n] ?? null];
      if (value === null || place < 0 || place >= count) return;
      this.#sums[place]! += value * weight;
      this.#weights[place]! += weight;
      isKnown = true;
    });
    if (isKnown) this.#hosts++;
  }

  /** Of all that were added. */
  get all(): MeanOfMany {
    const meanAt = (sum: number, n: number) =>
      this.#weights[n] === 0 ? null : rounded(sum / this.#weights[n]!);
    return { hosts: this.#hosts, mean: Array.from(this.#sums, meanAt) };
  }
}

/** When a host was not heard since the first of its samples, and of how much of the time something is known. */
export function unheardIn(
  host: Host,
  { fromMs, stepMs, count }: Grid,
  { nowMs, aheadMs }: Moment,
): { readonly shares: object; readonly gaps: readonly Gap[] } {
  const placeOf = (ms: number) => Math.floor((ms + aheadMs - fromMs) / stepMs);
  const heard = new Set((host.history?.times() ?? []).map(placeOf).filter((n) => n >= 0));
  const first = Math.min(...heard, count);
  const isSilent = missingIn(nowMs - host.lastSeenMs, hostIntervalMs(host)) > 0;
  // What is under way is no gap yet.
  const end = isSilent ? count : Math.min(count, Math.max(...heard, -1) + 1);
  const gaps: Gap[] = [];
  for (let n = first; n < end; n++) {
    const beginMs = fromMs + n * stepMs;
    if (!heard.has(n)) addGap(gaps, { fromMs: beginMs, toMs: beginMs + stepMs, cause: "unheard" });
  }
  const unheardMs = gaps.reduce((ms, gap) => ms + gap.toMs - gap.fromMs, 0);
  const share = end > first ? rounded(unheardMs / stepMs / (end - first)) : 1;
  return { gaps, shares: { known: 1 - share, unheard: share } };
}

/** What the memory has of a host in the stretches of a plan. */
export function recentFound(host: Host, plan: Plan, moment: Moment): Found {
  const sums = new Float64Array(plan.count * rowLength(plan.metrics.length));
  const times = (host.history?.times() ?? []).map((ms) => ms + moment.aheadMs);
  plan.metrics.forEach((id, metric) => {
    const kept = HISTORY_METRICS.find((known) => known === id);
    if (kept === undefined) return;
    host.history?.values(kept).forEach((value, n) => {
      const stretch = Math.floor((times[n]! - plan.fromMs) / plan.stepMs);
      if (value === null || stretch < 0 || stretch >= plan.count) return;
      addValue(sums, stretch * rowLength(plan.metrics.length) + HEAD + PER_METRIC * metric, value);
    });
  });
  return { sums, corrections: [], heardMs: heardIn(times, hostIntervalMs(host), plan, moment) };
}

/** For how long a host was heard in each stretch: from sample to sample where none is missing between them. */
function heardIn(
  times: readonly number[],
  intervalMs: number,
  { fromMs, stepMs, count }: Grid,
  { nowMs, aheadMs }: Moment,
): Float64Array {
  const heardMs = new Float64Array(count);
  const usualMs = usualStepMs(times, intervalMs);
  times.forEach((ms, n) => {
    const nextMs = times[n + 1] ?? nowMs + aheadMs;
    const untilMs = missingIn(nextMs - ms, usualMs) === 0 ? nextMs : ms + usualMs;
    const [first, last] = [ms, untilMs].map((ms) => Math.floor((ms - fromMs) / stepMs));
    for (let at = Math.max(0, first!); at <= Math.min(count - 1, last!); at++) {
      const beginMs = fromMs + at * stepMs;
      heardMs[at]! += Math.min(untilMs, beginMs + stepMs) - Math.max(ms, beginMs);
    }
  });
  return heardMs;
}
