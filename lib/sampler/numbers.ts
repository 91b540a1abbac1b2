/**
 * Numbers that one text of /proc says outright, and what says them where there is no /proc: a metric that
 * needs no more is a row of the catalogue and a reader here. No rate and no device is made of them.
 */
import type { Metric, MetricGroup, Metrics } from "../message/message.ts";
import { amountOf } from "./sample.ts";

/** Numbers by their fields. */
export type Numbers = Readonly<Record<string, Metric>>;

/** How some numbers of a group are read. */
export interface NumbersReader {
  /** What they are called when they cannot be read. */
  readonly thing: string;
  readonly group: MetricGroup;
  /** The file below the root of the proc filesystem that says them. */
  readonly file: string;
  /** @throws {SyntaxError} when it does not say them. */
  readonly parse: (text: string) => Numbers;
  /** What this system says without /proc; `null` where it does not know. */
  readonly elsewhere: () => Numbers | null;
}

/** Every reader. */
const NUMBERS_READERS: readonly NumbersReader[] = [
  {
    thing: "load averages",
    group: "system",
    file: "loadavg",
    parse: parseLoadAverages,
    // On Windows they are always 0.
    elsewhere: () => Deno.build.os === "windows" ? null : loadAveragesOf(Deno.loadavg()),
  },
];

/** `0.52 0.48 0.41 1/345 6789`, the means over 1, 5 and 15 minutes first (proc_loadavg(5)). */
export function parseLoadAverages(text: string): Numbers {
  const means = /^(\d+\.\d+) (\d+\.\d+) (\d+\.\d+) /.exec(text)?.slice(1).map(Number);
  if (means === undefined) throw new SyntaxError("Cannot parse load averages: they are not there");
  return loadAveragesOf(means);
}

function loadAveragesOf(means: readonly number[]): Numbers {
  const [load1, load5, load15] = means.map(amountOf);
  return { load1: load1!, load5: load5!, load15: load15! };
}

/** The readers of some groups. */
export function readersOf(groups: ReadonlySet<MetricGroup>): readonly NumbersReader[] {
  return NUMBERS_READERS.filter(({ group }) => groups.has(group));
}

/**
 * Metrics with what readers have read. A group that has nothing but such numbers is `null` when none could
 * be read; one that failed otherwise stays `null`.
 */
export function withNumbers(
  metrics: Metrics,
  readers: readonly NumbersReader[],
  read: (reader: NumbersReader) => Numbers | null,
): Metrics {
  const groups: Record<string, object | null | undefined> = { ...metrics };
  for (const reader of readers) {
    const { group } = reader;
    const numbers = read(reader);
    const isOwn = metrics[group] === undefined;
    if (isOwn) {
      groups[group] = numbers === null ? groups[group] ?? null : { ...groups[group], ...numbers };
    } else if (groups[group] !== null) groups[group] = { ...groups[group], ...numbers };
  }
  return groups as Metrics;
}
