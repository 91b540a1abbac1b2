/**
 * The recent past of a host, as it is in memory, in the shape of one that is kept: even stretches of time,
 * and gaps where nothing came. Pure.
 */
import { missingIn, usualStepMs } from "../../../../common/gaps.js";
import type { Metric } from "../../../../message/message.ts";
import type { ShownPast } from "./past.ts";

/** What is known of a host's recent past, point by point. */
export interface RecentPoints {
  /** Oldest first, on the fleet's clock, which the wall clock is ahead of by so much. */
  readonly times: readonly number[];
  readonly history: Readonly<Record<string, readonly Metric[]>>;
  readonly intervalMs: number;
  readonly aheadMs: number;
}

const MINUTE_MS = 60_000;
/** How long the recent past may be, so that a young one is seen and none grows under one's eyes. */
const RECENT_MS = [1, 2, 5, 10, 15, 30, 60, 180, 360, 720, 1_440].map((m) => m * MINUTE_MS);
/** A past is as long as it was asked for to this share. */
const TOLERANCE = 1.02;

/** The recent past in even stretches. A stretch between two points that follow each other lies on the line between them; where nothing came is a gap. */
export function recentPast(
  { times, history, intervalMs, aheadMs }: RecentPoints,
  nowMs: number,
  points: number,
): ShownPast {
  const ageMs = nowMs - (times[0] ?? nowMs);
  const spanMs = RECENT_MS.find((ms) => TOLERANCE * ms >= ageMs) ?? RECENT_MS.at(-1)!;
  const stepMs = spanMs / points;
  // Stretches stay what they are while time passes.
  const toMs = Math.ceil(nowMs / stepMs) * stepMs;
  const fromMs = toMs - spanMs;
  const usualMs = usualStepMs(times, intervalMs);
  const silences = [...times, nowMs].map((ms, n) => ({ fromMs: times[n - 1] ?? ms, toMs: ms }));
  const gaps = silences.filter(({ fromMs, toMs }) => missingIn(toMs - fromMs, usualMs) > 0)
    .map((gap) => ({ fromMs: Math.max(fromMs, gap.fromMs + usualMs), toMs: gap.toMs }))
    .filter((gap) => gap.toMs > gap.fromMs)
    .map((gap) => ({ ...gap, cause: "unheard" }));
  const values = Object.fromEntries(
    Object.entries(history).map(([id, all]) => [
      id,
      drawn(times, all, { fromMs, stepMs, points, usualMs }),
    ]),
  );
  const unheardMs = gaps.reduce((sum, gap) => sum + gap.toMs - gap.fromMs, 0);
  const knownMs = Math.max(stepMs, Math.min(spanMs, ageMs));
  const unheard = Math.min(1, unheardMs / knownMs);
  const onWall = <T extends { fromMs: number; toMs: number }>(part: T) => ({
    ...part,
    ...{ fromMs: part.fromMs + aheadMs, toMs: part.toMs + aheadMs },
  });
  return {
    ...onWall({ fromMs, toMs }),
    ...{ stepMs, values, gaps: gaps.map(onWall), shares: { known: 1 - unheard, unheard } },
  };
}

/** One metric in even stretches: the mean of what is in each, and between points that follow each other what lies between. */
function drawn(
  times: readonly number[],
  values: readonly Metric[],
  { fromMs, stepMs, points, usualMs }: {
    readonly fromMs: number;
    readonly stepMs: number;
    readonly points: number;
    readonly usualMs: number;
  },
): Metric[] {
  const sums = new Float64Array(points);
  const counts = new Uint32Array(points);
  let [before, beforeValue]: [number, Metric] = [NaN, null];
  for (let n = 0; n < times.length; n++) {
    const value = values[n] ?? null;
    const at = Math.floor((times[n]! - fromMs) / stepMs);
    if (value !== null && at >= 0 && at < points) {
      sums[at]! += value;
      counts[at]!++;
    }
    const isNext = n > 0 && missingIn(times[n]! - times[n - 1]!, usualMs) === 0;
    if (isNext && value !== null && beforeValue !== null) {
      for (let between = Math.max(0, before + 1); between < Math.min(at, points); between++) {
        sums[between] = beforeValue + (value - beforeValue) * (between - before) / (at - before);
        counts[between] = 1;
      }
    }
    [before, beforeValue] = [at, value];
  }
  return Array.from(sums, (sum, at) => counts[at] === 0 ? null : sum / counts[at]!);
}
