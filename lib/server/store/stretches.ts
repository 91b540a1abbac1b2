/**
 * A range of history as it is requested: into which stretches of time it is divided, what is known of each,
 * and why the rest is not. Pure: it is handed what the file has, and all times are those of the wall clock.
 */
import type { Metric } from "../../message/message.ts";
import { type TierName, TIERS } from "./file/blobs.js";
import type { Correction } from "./file/database.js";
import type { Range } from "./file/past.js";
import { AT, HEAD, KERNEL_DROPPED, PER_METRIC, rowLength } from "./file/rows.js";

/** The causes into which a stretch of time is divided; they always add up to it. */
export const CAUSES = [
  /** Samples say how it was. */
  "known",
  /** Numbers are missing: lost on the way, or dropped by the kernel here where that is not known. */
  "lost",
  /** Datagrams came and were refused. */
  "refused",
  /** The host sent nothing. */
  "silent",
  /** It had said good-bye. */
  "left",
  /** This server was not running. */
  "down",
  /** It was, and could not write. */
  "missed",
  /** It was written, and is damaged on disk. */
  "damaged",
  /** The kernel here dropped datagrams, as the socket was full; `null` where it is not known. */
  "dropped",
] as const;

/** Why something is or is not known; `unheard` where nobody knows more than that nothing arrived. */
export type Cause = (typeof CAUSES)[number] | "unheard";

/** What each stretch is made of, in milliseconds; of `unheard` nothing where the file alone tells it. */
export type Causes = Record<Exclude<Cause, "dropped" | "unheard">, number[]> & {
  dropped: Metric[];
  unheard?: number[];
};

const [MINUTE_MS, HOUR_MS] = [TIERS.minute.periodMs, TIERS.hour.periodMs];
const DAY_MS = 24 * HOUR_MS;
/** For a longer range minutes would take too long to read. */
const MAX_MINUTES_MS = 8 * DAY_MS;

/** How long stretches may be: each a whole part of a day, or some of them. */
const STEPS_MS = [
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * MINUTE_MS),
  ...[1, 2, 3, 6, 12].map((hours) => hours * HOUR_MS),
  ...[1, 2, 7, 14, 28].map((days) => days * DAY_MS),
];

/** Which part of the past is asked for: some metrics, on the wall clock, in about so many stretches. */
export interface PastQuery {
  readonly metrics: readonly string[];
  readonly fromMs: number;
  readonly untilMs: number;
  readonly points: number;
}

/** The present on the fleet's clock, and what is added to it for that of the wall clock. */
export interface Moment {
  readonly nowMs: number;
  readonly aheadMs: number;
}

/** How a part of the past is told. */
export interface Wanted {
  readonly fromMs: number;
  readonly untilMs: number;
  /** In at most so many stretches. */
  readonly points: number;
  /** None shorter than that. */
  readonly leastMs: number;
  /** Minutes from before are gone. */
  readonly minutesSinceMs: number;
}

/** A range of the file, and the time that it is; its last metric is what the kernel dropped. */
export interface Plan extends Range {
  readonly fromMs: number;
  readonly stepMs: number;
  readonly count: number;
}

/** Even stretches of time. */
export type Grid = Pick<Plan, "fromMs" | "stepMs" | "count">;

/** In which stretches a part of the past is told: hours where minutes are too many or gone. */
export function planOf(wanted: Wanted, asked: readonly string[]): Plan {
  const { fromMs, untilMs, points, leastMs, minutesSinceMs } = wanted;
  const isOfHours = fromMs < minutesSinceMs || untilMs - fromMs > MAX_MINUTES_MS;
  const needMs = Math.max((untilMs - fromMs) / points, leastMs, isOfHours ? HOUR_MS : 0);
  const stepMs = STEPS_MS.find((ms) => ms >= needMs) ?? Math.ceil(needMs / DAY_MS) * DAY_MS;
  const tier: TierName = stepMs >= HOUR_MS ? "hour" : "minute";
  const { periodMs } = TIERS[tier];
  const beginMs = Math.floor(fromMs / stepMs) * stepMs;
  const count = Math.max(1, Math.ceil((untilMs - beginMs) / stepMs));
  const [from, step] = [beginMs / periodMs, stepMs / periodMs];
  const metrics = [...asked, KERNEL_DROPPED.id];
  return { tier, from, step, until: from + count * step, metrics, fromMs: beginMs, stepMs, count };
}

/** What the file and the present minute have of one host, or others. */
export interface Found {
  readonly sums: Float64Array;
  readonly corrections: readonly Omit<Correction, "host">[];
  /** When something that was kept is damaged; absent where it is not the file's. */
  readonly damaged?: readonly Interval[];
  /** For how long the host was heard in each stretch that is not the file's, which knows no more; NaN where it is. */
  readonly heardMs?: Float64Array;
}

/** One metric in all stretches; `null` where nothing is known. */
export interface Series {
  readonly mean: (number | null)[];
  readonly lowest: (number | null)[];
  readonly highest: (number | null)[];
  /** How many samples knew it. */
  readonly samples: number[];
}

/** The metrics of a plan, by their places in it. */
export function seriesOf({ metrics, count }: Plan, { sums }: Found): Series[] {
  const length = rowLength(metrics.length);
  return metrics.slice(0, -1).map((_, metric) => {
    const series: Series = { mean: [], lowest: [], highest: [], samples: [] };
    for (let n = 0; n < count; n++) {
      const at = n * length + HEAD + PER_METRIC * metric;
      const samples = sums[at]!;
      series.samples.push(samples);
      series.mean.push(samples === 0 ? null : rounded(sums[at + 1]! / samples));
      series.lowest.push(samples === 0 ? null : rounded(sums[at + 2]!));
      series.highest.push(samples === 0 ? null : rounded(sums[at + 3]!));
    }
    return series;
  });
}

/** Rounds to the digits that are significant. */
export function rounded(value: number): number {
  return Number(value.toPrecision(6));
}

/** Two moments, the first before the second. */
export type Interval = readonly [fromMs: number, untilMs: number];

/** What each stretch of a plan is made of, in milliseconds, of the time in which the host was known. */
export function causesOf(
  plan: Plan,
  { sums, corrections, damaged = [], heardMs }: Found,
  known: Interval,
  downs: readonly Interval[],
): Causes {
  const all: readonly Cause[] = heardMs === undefined ? CAUSES : [...CAUSES, "unheard"];
  const causes = Object.fromEntries(all.map((cause) => [cause, []])) as unknown as Causes;
  const length = rowLength(plan.metrics.length);
  for (let n = 0; n < plan.count; n++) {
    const stretch: Interval = [plan.fromMs + n * plan.stepMs, plan.fromMs + (n + 1) * plan.stepMs];
    const heard = Math.min(heardMs?.[n] ?? NaN, overlap(stretch, known));
    const parts = Number.isNaN(heard)
      ? partsOf(sums.subarray(n * length, (n + 1) * length), stretch, known, { downs, damaged })
      : { ...NO_PARTS, known: heard, unheard: overlap(stretch, known) - heard };
    for (const correction of corrections) correct(parts, stretch, correction);
    for (const cause of all) {
      const ms = parts[cause];
      (causes[cause] as Metric[]).push(ms && Math.round(ms));
    }
  }
  return causes;
}

/** What one stretch is made of. */
type Parts = Record<Exclude<Cause, "dropped">, number> & { dropped: Metric };

const NO_PARTS: Parts = {
  ...{ known: 0, lost: 0, dropped: null, refused: 0, silent: 0 },
  ...{ left: 0, down: 0, missed: 0, damaged: 0, unheard: 0 },
};

function partsOf(
  sums: Float64Array,
  stretch: Interval,
  known: Interval,
  { downs, damaged }: Record<"downs" | "damaged", readonly Interval[]>,
): Parts {
  const wholeMs = overlap(stretch, known);
  const spanMs = Math.min(wholeMs, sums[AT.span]!);
  const during: Interval = [Math.max(stretch[0], known[0]), Math.min(stretch[1], known[1])];
  const msIn = (all: readonly Interval[]) => all.reduce((ms, one) => ms + overlap(during, one), 0);
  const down = Math.min(wholeMs - spanMs, msIn(downs));
  const gone = Math.min(wholeMs - spanMs - down, msIn(damaged));
  const parts: Parts = { ...NO_PARTS, known: spanMs, down, damaged: gone };
  parts.missed = wholeMs - spanMs - down - gone;
  for (const cause of ["lost", "refused", "silent", "left"] as const) {
    parts[cause] = Math.min(parts.known, sums[AT[cause]]!);
    parts.known -= parts[cause];
  }
  const [isKnown = 0, droppedMs = 0] = sums.subarray(-PER_METRIC);
  if (isKnown > 0) drop(parts, droppedMs);
  return parts;
}

/** Some of what was lost was dropped by the kernel. */
function drop(parts: Parts, ms: number): void {
  const droppedMs = Math.min(parts.lost, ms);
  parts.dropped = (parts.dropped ?? 0) + droppedMs;
  parts.lost -= droppedMs;
}

/** Corrects a silence that turned out to be something else. */
function correct(
  parts: Parts,
  stretch: Interval,
  { fromMs, untilMs, lost, refused, dropped }: Omit<Correction, "host">,
): void {
  const silentMs = Math.min(parts.silent, overlap(stretch, [fromMs, untilMs]));
  parts.lost += lost * silentMs;
  parts.refused += refused * silentMs;
  parts.silent -= (lost + refused) * silentMs;
  if (dropped > 0) drop(parts, dropped * silentMs);
}

function overlap([from, until]: Interval, [otherFrom, otherUntil]: Interval): number {
  return Math.max(0, Math.min(until, otherUntil) - Math.max(from, otherFrom));
}

/** What all stretches together are made of: shares of 1; `null` where none knows it. */
export function sharesOf(causes: Causes): Record<keyof Causes, Metric> {
  const sumOf = (all: readonly Metric[]) => all.reduce<number>((sum, ms) => sum + (ms ?? 0), 0);
  const all: [string, readonly Metric[]][] = Object.entries(causes);
  const whole = all.reduce((sum, [, ms]) => sum + sumOf(ms), 0);
  const shareOf = (all: readonly Metric[]) =>
    all.length > 0 && all.every((ms) => ms === null)
      ? null
      : whole === 0
      ? 0
      : rounded(sumOf(all) / whole);
  const shares = all.map(([cause, ms]) => [cause, shareOf(ms)]);
  return Object.fromEntries(shares);
}

/** When the server did not run, between its runs and up to this one. */
export function downsOf(
  runs: readonly (readonly number[])[],
  startedMs: number,
): readonly Interval[] {
  return runs.map(([, beatMs = 0], n) => [beatMs, runs[n + 1]?.[0] ?? startedMs] as const);
}
