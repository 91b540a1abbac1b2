/**
 * The part of the past of a host that its page shows: which one, and when it is asked for, anew as time
 * passes. Nobody waits for it: until it is there, the one before is shown, or none.
 */
import { SPANS_MS } from "../../../../common/gaps.js";
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
