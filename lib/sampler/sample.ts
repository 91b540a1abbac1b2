/**
 * What every source of metrics gives: the sampler's interface, the sample, and the steps that all
 * sources share, such as counters into rates. It must never read anything itself.
 */
import { cleanText, VISIBLE_CHARACTER } from "../common/text.js";
import {
  MAX_TEXT_LENGTH,
  type Metric,
  type MetricGroup,
  type Metrics,
  type Texts,
} from "../message/message.ts";
import type { Explanation } from "./decision.ts";

/** One sample of this host, and what could not be sampled. */
export interface Sample {
  /** The selected groups; a group that failed is `null`. */
  readonly metrics: Metrics;
  /** Custom metrics by their names, where any are read. */
  readonly extra?: Readonly<Record<string, number>>;
  /** What fails now and why: a group, `disk rates`, `volumes`, or one volume such as `volume /srv`. */
  readonly failures: ReadonlyMap<string, string>;
}

/** Reads this host. */
export interface Sampler {
  /** Takes the first reading, so that the first sample has rates; returns what is told of this host in words. */
  prime(): Promise<Texts>;
  /** Takes a reading; its rates are averages over the time since the one before. Never throws for a metric. */
  sample(): Promise<Sample>;
  /** What was decided of the devices and mounts of the selected groups. @throws {Error} when nothing can be read. */
  explain(): Promise<readonly Explanation[]>;
}

/** Numbers by their fields. */
export type Numbers = Readonly<Record<string, Metric>>;

/** Numbers of a group; `null` where they could not be read, `undefined` where there are none. */
export interface ToldNumbers {
  readonly group: MetricGroup;
  readonly numbers: Numbers | null | undefined;
}

/** Notes what fails in one sample, so that one failing metric never stops the others. */
export class FailureNotes {
  readonly all: Map<string, string> = new Map();

  /** The result of `act`, or `null` and a note when it throws. */
  attempt<T>(thing: string, act: () => T): T | null {
    try {
      return act();
    } catch (error) {
      return this.note(thing, error);
    }
  }

  /** The result of a promise, or `null` and a note when it is rejected. */
  async settle<T>(thing: string, answer: Promise<T>): Promise<T | null> {
    try {
      return await answer;
    } catch (error) {
      return this.note(thing, error);
    }
  }

  /** Notes that a thing failed. */
  note(thing: string, error: unknown): null {
    this.all.set(thing, error instanceof Error ? error.message : String(error));
    return null;
  }
}

/** A number that a message can carry: from 0 to 2^53 − 1, or `null`. */
export function amountOf(value: number | null | undefined): Metric {
  const fits = typeof value === "number" && value >= 0 && value <= Number.MAX_SAFE_INTEGER;
  return fits ? value : null;
}

/** By how much a counter grew; `null` where that is not known, or it went back. */
export function growth(before: Metric | undefined, after: Metric): Metric {
  return typeof before === "number" && after !== null ? amountOf(after - before) : null;
}

/** A device's name as a message can carry it: without unsafe characters and not too long. */
export function deviceName(text: string, maxLength: number): string {
  // The cut may leave half a surrogate pair, which is not well-formed text.
  const name = cleanText(text).slice(0, maxLength).toWellFormed();
  return VISIBLE_CHARACTER.test(name) ? name : "?";
}

/** Texts as a message can carry them; those that say nothing are left out. */
export function cleanTexts(
  texts: Readonly<Record<keyof Texts | string, string | undefined>>,
): Texts {
  const said = Object.entries(texts).filter(([, text]) => text !== undefined && text.trim() !== "");
  return Object.fromEntries(
    said.map(([name, text]) => [name, deviceName(text!.trim(), MAX_TEXT_LENGTH)]),
  );
}

const [SPACE, ZERO, NINE] = [0x20, 0x30, 0x39];

/** What columnsAt() gives. */
const columns: number[] = [];

/**
 * The whole numbers of a line from a place on, with spaces before and between them; right up to 2^53, and
 * NaN for what is none. The array is good until the next call: lines of /proc have twenty, of which few are
 * wanted, and a text and a place for each would be most of the garbage of a sample.
 */
export function columnsAt(text: string, start: number): readonly number[] {
  let count = 0;
  let number = -1;
  for (let at = start;; at++) {
    const code = text.charCodeAt(at);
    if (code >= ZERO && code <= NINE) {
      number = (number < 0 ? 0 : 10 * number) + (code - ZERO);
      continue;
    }
    if (code > SPACE) {
      number = NaN;
      continue;
    }
    if (number !== -1) columns[count++] = number;
    number = -1;
    if (code !== SPACE) break;
  }
  columns.length = count;
  return columns;
}

/** A counter at one reading. */
export interface Counter {
  readonly value: number;
  /** The most that it has said so far; more than `value` once it went back. */
  readonly highest: number;
}

/** A counter as it is read now, with what is remembered of its reading before: the same object where it stands still, as most do. */
export function readCounter(value: number, before?: Counter): Counter {
  if (before?.value === value) return before;
  return { value, highest: Math.max(value, before?.highest ?? 0) };
}

/**
 * How much a counter grew per second, over the true time between its two readings. After a long gap
 * this is still the true average. `null` where there is no reading before, no time passed, the
 * counter went back (reset, wrapped, or another device by the same name), or the growth leads from
 * below to the highest value so far or beyond: then it comes back from a reading that was 0 by mistake.
 *
 * @param maxPerSecond what the device can do at most.
 */
export function ratePerSecond(
  before: Counter | undefined,
  after: Counter,
  elapsedMs: number,
  maxPerSecond: number,
): Metric {
  if (before === undefined || !(elapsedMs > 0)) return null;
  const isBack = before.value < before.highest && after.value >= before.highest;
  const rate = (after.value - before.value) / elapsedMs * 1_000;
  return isBack || rate > maxPerSecond ? null : amountOf(rate);
}

/**
 * Metrics with what readers have read: `null` where that failed, `undefined` where there is nothing. A
 * group that has nothing but such numbers is `null` when none could be read; one that failed otherwise
 * stays `null`.
 */
export function withNumbers(
  metrics: Metrics,
  all: readonly ToldNumbers[],
): Metrics {
  const groups: Record<string, Record<string, unknown> | null | undefined> = { ...metrics };
  for (const { group, numbers } of all) {
    if (numbers === undefined) continue;
    const isOwn = metrics[group] === undefined;
    if (isOwn && numbers === null) groups[group] ??= null;
    if (numbers === null || (!isOwn && metrics[group] === null)) continue;
    if (groups[group] === metrics[group]) groups[group] = { ...metrics[group], ...numbers };
    else groups[group] = Object.assign(groups[group] ?? {}, numbers);
  }
  return groups as Metrics;
}
