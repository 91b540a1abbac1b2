/**
 * The part of the past of a host that its page shows: which one, and when it is asked for, anew as time
 * passes; and the recent one, as it is in memory, in the same shape. Nobody waits for what is kept: until it
 * is there, the one before is shown, or none.
 */
import { missingIn, SPANS_MS, usualStepMs } from "../../../../common/gaps.js";
import { describeError } from "../../../../common/log.ts";
import type { Metric } from "../../../../message/message.ts";

/** A part of the past of one host, in even stretches of time, on the wall clock. */
export interface ShownPast {
  readonly fromMs: number;
  readonly toMs: number;
  readonly stepMs: number;
  /** The mean of each metric in each stretch, by its id. */
  readonly values: Readonly<Record<string, readonly Metric[]>>;
  readonly gaps: readonly {
    readonly fromMs: number;
    readonly toMs: number;
    readonly cause: string;
  }[];
  readonly shares: Readonly<Record<string, Metric>>;
}

/** Which part of the past: from when to when, on the wall clock, or up to now where no end is said; in about so many stretches. */
export interface WantedPast {
  readonly spanMs: number;
  readonly untilMs: number | null;
  readonly points: number;
}

/** Reads the past of a host; `null` where it is not known. */
export type ReadPast = (key: string, wanted: WantedPast) => Promise<ShownPast | null>;

/** Which range is chosen, and its end where that is not now. */
export interface ChosenRange {
  readonly range: number;
  readonly untilMs: number | null;
}

/** The ranges of a host's page, which of them is chosen, and what is known of that. */
export interface Ranges extends ChosenRange {
  /** `null` for the first range up to now, which is live, and while nothing has come. */
  readonly shown: ShownPast | null;
  /** Why nothing can be known of it, where that is so. */
  readonly problem?: string;
}

/** Whether a range shows what is in memory, as it comes. */
export function isLive({ range, untilMs }: ChosenRange): boolean {
  return range === 0 && untilMs === null;
}

/** The ranges by their names; the first is live. */
export const RANGES = Object.entries(SPANS_MS).map(([name, spanMs]) => ({ name, spanMs }));

/** More stretches than a chart has dots, on most screens. */
const POINTS = 300;
const REFRESH_MS = 15_000;

/** Asks for what is shown. */
export class PastReader {
  readonly #read: ReadPast | null;
  readonly #onNews: () => void;
  /** What is looked at, when it is to be asked for, and what came of it. */
  #looked: ChosenRange & { readonly key: string } = { key: "", range: 0, untilMs: null };
  #dueMs = -Infinity;
  #shown: ShownPast | null = null;
  #problem: string | null = null;
  #isAsking = false;

  constructor(read: ReadPast | null, onNews: () => void) {
    this.#read = read;
    this.#onNews = onNews;
  }

  /** What is known of a range of a host; `null` where no past is kept. */
  at(key: string, chosen: ChosenRange, steadyMs: number): Ranges | null {
    const read = this.#read;
    if (read === null) return null;
    const { range, untilMs } = chosen;
    const looked = this.#looked;
    if (looked.key !== key || looked.range !== range || looked.untilMs !== untilMs) {
      this.#looked = { key, range, untilMs };
      this.#shown = null;
      this.#problem = null;
      this.#dueMs = -Infinity;
    }
    const isDue = !isLive(chosen) && steadyMs >= this.#dueMs && !this.#isAsking;
    if (isDue) this.#ask(read, steadyMs);
    const problem = this.#problem;
    return { range, untilMs, shown: this.#shown, ...problem !== null && { problem } };
  }

  async #ask(read: ReadPast, steadyMs: number): Promise<void> {
    const looked = this.#looked;
    this.#dueMs = steadyMs + REFRESH_MS;
    this.#isAsking = true;
    const { spanMs } = RANGES[looked.range]!;
    try {
      const shown = await read(looked.key, { spanMs, untilMs: looked.untilMs, points: POINTS });
      if (this.#looked !== looked) return;
      this.#shown = shown;
      this.#problem = null;
    } catch (error) {
      // It is asked again later; until then what came before is shown.
      if (this.#looked === looked) this.#problem = describeError(error);
    } finally {
      this.#isAsking = false;
      this.#onNews();
    }
  }
}

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

/** The recent past in even stretches. A stretch between two points that follow each other lies on the line between them; where nothing came is a gap. It goes back to its first point, or to an earlier time. */
export function recentPast(
  { times, history, intervalMs, aheadMs }: RecentPoints,
  nowMs: number,
  points: number,
  sinceMs = times[0] ?? nowMs,
): ShownPast {
  const ageMs = nowMs - sinceMs;
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
