/**
 * The part of the past of a host that its page shows: which one, and when it is asked for, anew as time
 * passes. Nobody waits for it: until it is there, the one before is shown, or none.
 */
import { SPANS_MS } from "../../../../common/gaps.js";
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

/** Reads the past of a host over a span up to now, in about so many stretches; `null` where it is not known. */
export type ReadPast = (key: string, spanMs: number, points: number) => Promise<ShownPast | null>;

/** The ranges of a host's page, which of them is chosen, and what is known of that. */
export interface Ranges {
  readonly chosen: number;
  /** `null` for the first range, which is live, and while nothing has come. */
  readonly shown: ShownPast | null;
}

/** The ranges by their names; the first is live. */
export const RANGES = Object.entries(SPANS_MS).map(([name, spanMs]) => ({ name, spanMs }));

/** More stretches than there are cells. */
const POINTS = 120;
const REFRESH_MS = 15_000;

/** Asks for what is shown. */
export class PastReader {
  readonly #read: ReadPast | null;
  readonly #onNews: () => void;
  /** What is looked at, when it is to be asked for, and what came of it. */
  #looked = { key: "", chosen: 0 };
  #dueMs = -Infinity;
  #shown: ShownPast | null = null;
  #isAsking = false;

  constructor(read: ReadPast | null, onNews: () => void) {
    this.#read = read;
    this.#onNews = onNews;
  }

  /** What is known of a range of a host; `null` where no past is kept. */
  at(key: string, chosen: number, steadyMs: number): Ranges | null {
    const read = this.#read;
    if (read === null) return null;
    const isOther = this.#looked.key !== key || this.#looked.chosen !== chosen;
    if (isOther) {
      this.#looked = { key, chosen };
      this.#shown = null;
      this.#dueMs = -Infinity;
    }
    if (chosen > 0 && steadyMs >= this.#dueMs && !this.#isAsking) this.#ask(read, steadyMs);
    return { chosen, shown: this.#shown };
  }

  async #ask(read: ReadPast, steadyMs: number): Promise<void> {
    const looked = this.#looked;
    this.#dueMs = steadyMs + REFRESH_MS;
    this.#isAsking = true;
    try {
      const shown = await read(looked.key, RANGES[looked.chosen]!.spanMs, POINTS);
      if (this.#looked === looked) this.#shown = shown;
    } catch {
      // The disk is at fault, which the log tells; it is asked again later.
    } finally {
      this.#isAsking = false;
      this.#onNews();
    }
  }
}
