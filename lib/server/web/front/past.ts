/**
 * Hosts of several views compared in one metric, as one view of all would compare them: each view tells its
 * own highest, and the highest of those are the highest of all. Where views tell their pasts in stretches of
 * other lengths, all are told in the shortest that those are parts of. Pure.
 */
import type { MeanOfMany } from "../../store/recent.ts";
import { type Grid, rounded, type Series } from "../../store/stretches.ts";
import { find } from "../api/api.ts";
import { meanOf, readCompared } from "../api/compare.ts";
import { headOf, type PastTable, timesOf } from "../api/past.ts";
import { LONG_TIMEOUT_MS } from "./view.ts";
import { refusalOf, type Views } from "./views.ts";

/** A host as a view tells it. */
interface Host extends Series {
  readonly id: string;
  readonly name: string;
  readonly shares: object;
  readonly gaps: readonly object[];
}

/** What a view answers. */
interface Told {
  readonly nowMs: number;
  readonly fromMs: number;
  readonly toMs: number;
  readonly stepMs: number;
  readonly metric: string;
  readonly matched: number;
  readonly times: readonly number[];
  readonly all: MeanOfMany | null;
  readonly hosts: readonly Host[];
}

/** So many times as long as the longest they may be: of 20 s and 30 s, three times. */
const MOST_LONGER = 12;
/** More than any view tells. */
const MAX_COUNT = 20_000;
const FIELDS = ["nowMs", "fromMs", "toMs", "stepMs", "times", "matched", "hosts"];

/** One metric of several hosts, wherever they are. @throws {HttpError} as all views refuse it, or 404 or 502 for a host that is nowhere. */
export async function comparedAt(views: Views, params: URLSearchParams): Promise<PastTable> {
  const { ids, top } = readCompared(params);
  const asked = new URLSearchParams(params);
  asked.set("skipUnknown", "true");
  const { answers, missing } = await views.gather(`api/history?${asked}`, {
    ...{ timeoutMs: LONG_TIMEOUT_MS, fields: FIELDS },
  });
  const all = answers.map(({ data }) => data as Told);
  const grid = gridOf(all);
  const told = all.flatMap((one) =>
    one.hosts.map((host) => ({ ...host, ...inGrid(host, one, grid) }))
  );
  const ranked = onceEach(told).sort((a, b) => meanOf(b) - meanOf(a));
  const highest = new Set(ranked.slice(0, top ?? 0));
  const hosts = ranked.filter((host) => highest.has(host) || ids.includes(host.id));
  if (ids.some((id) => !hosts.some((host) => host.id === id))) {
    if (missing.length > 0) throw refusalOf(undefined, missing);
    find(undefined);
  }
  const times = timesOf(grid);
  const mean = meanOfAll(all, grid);
  const json = {
    nowMs: Math.max(...all.map(({ nowMs }) => nowMs)),
    ...headOf(grid),
    metric: all[0]!.metric,
    matched: top === null ? hosts.length : all.reduce((sum, { matched }) => sum + matched, 0),
    ...{ times, all: mean, hosts, missing },
  };
  const columns = hosts.map((host) => ({ name: host.id, series: host }));
  return { times, columns, all: mean, causes: null, json };
}

/** The mean of the hosts of all views, each view by how many are known of it; `null` where one tells none. */
function meanOfAll(all: readonly Told[], grid: Grid): MeanOfMany | null {
  const means = all.flatMap((one) => {
    const { hosts = 0, mean = [] } = one.all ?? {};
    const samples = mean.map((value) => value === null ? 0 : hosts);
    const series = { mean, lowest: mean, highest: mean, samples } as Series;
    return one.all === null ? [] : { hosts, series: inGrid(series, one, grid) };
  });
  if (means.length < all.length) return null;
  const mean = Array.from({ length: grid.count }, (_, at) => {
    const known = means.filter(({ series }) => (series.mean[at] ?? null) !== null);
    const weight = known.reduce((sum, { hosts }) => sum + hosts, 0);
    const sum = known.reduce((sum, { hosts, series }) => sum + hosts * series.mean[at]!, 0);
    return weight === 0 ? null : rounded(sum / weight);
  });
  return { hosts: means.reduce((sum, { hosts }) => sum + hosts, 0), mean };
}

/** A host that is at several views is told by the one that has most of it. */
function onceEach(hosts: readonly Host[]): Host[] {
  const countOf = ({ samples }: Host) => samples.reduce((a, b) => a + b, 0);
  const most = hosts.toSorted((a, b) => countOf(b) - countOf(a));
  return [...new Map(most.toReversed().map((host) => [host.id, host])).values()];
}

/** The stretches that those of all are parts of, where they are not too long for that. */
function gridOf(all: readonly Told[]): Grid {
  const steps = all.map(({ stepMs }) => stepMs);
  const [longest, common] = [Math.max(...steps), steps.reduce(commonMultiple)];
  const stepMs = common <= MOST_LONGER * longest ? common : longest;
  const fromMs = Math.floor(Math.min(...all.map(({ fromMs }) => fromMs)) / stepMs) * stepMs;
  const untilMs = Math.max(...all.map(({ toMs }) => toMs));
  return { fromMs, stepMs, count: Math.min(MAX_COUNT, Math.ceil((untilMs - fromMs) / stepMs)) };
}

function commonMultiple(a: number, b: number): number {
  let [divisor, rest] = [a, b];
  while (rest > 0) [divisor, rest] = [rest, divisor % rest];
  return a / divisor * b;
}

/** A past in other stretches, each of which some of its own are parts of. */
function inGrid(host: Series, { fromMs, stepMs, times }: Told, grid: Grid): Series {
  if (fromMs === grid.fromMs && stepMs === grid.stepMs && times.length === grid.count) return host;
  const placeOf = (at: number) => Math.floor((fromMs + at * stepMs - grid.fromMs) / grid.stepMs);
  const parts = Array.from({ length: grid.count }, (): number[] => []);
  host.samples.forEach((_, at) => parts[placeOf(at)]?.push(at));
  const of = (
    values: readonly (number | null)[],
    tell: (known: readonly number[], at: readonly number[]) => number,
  ) =>
    parts.map((part) => {
      const known = part.filter((at) => values[at] !== null);
      return known.length === 0 ? null : tell(known.map((at) => values[at]!), known);
    });
  const samplesOf = (part: readonly number[]) =>
    part.reduce((sum, at) => sum + host.samples[at]!, 0);
  return {
    mean: of(host.mean, (means, part) => {
      const sum = means.reduce((sum, mean, n) => sum + mean * host.samples[part[n]!]!, 0);
      return rounded(sum / samplesOf(part));
    }),
    lowest: of(host.lowest, (all) => Math.min(...all)),
    highest: of(host.highest, (all) => Math.max(...all)),
    samples: parts.map(samplesOf),
  };
}
