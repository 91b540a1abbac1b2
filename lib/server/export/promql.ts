/**
 * The metrics of the catalogue in PromQL: the mean, the lowest and the highest in even stretches of time, of
 * the series that remote write and `/metrics` give, by the formula of the catalogue where a metric has none.
 * Pure.
 */
import { type CatalogueRow, type Device, DEVICES, metricOf } from "../../catalogue.ts";
import { cleanText } from "../../common/text.js";
import type { Grid } from "../store/stretches.ts";
import { quote } from "../web/prometheus/sample.ts";

/** What is asked of each metric, and by which function. */
const FUNCTIONS = { mean: "avg", lowest: "min", highest: "max" } as const;
/** One of them. */
export type Figure = keyof typeof FUNCTIONS;

/** Names a series of an answer: which part of what was asked it is. */
export const PART = "part";
/** The part that says how often a host was found to be up. */
export const HEARD = "heard";

/** What is asked: some parts, each as an expression of the hosts that are selected, over a time. */
export type Part = (hosts: string, windowMs: number) => string;

/** An answer of more takes too long to read in one turn; VictoriaMetrics takes no longer query than 16 KiB. */
const [MAX_VALUES, MAX_QUERY] = [20_000, 12_000] as const;
/** What has no series of its own is computed at some moments of each stretch: remote write adds a sample each 15 s. */
const [MIN_RESOLUTION_MS, MAX_MOMENTS] = [15_000, 120] as const;

/** The name of a figure of a metric, as a part. */
export function partOf(metric: string, figure: Figure): string {
  return `${metric}.${figure}`;
}

/** All parts that tell some metrics; nobody has series of one that no formula gives. */
export function partsOf(metrics: readonly string[]): [name: string, part: Part][] {
  const figures = Object.keys(FUNCTIONS) as Figure[];
  const parts = metrics.flatMap((id) =>
    figures.map((figure): [string, Part] => [
      partOf(id, figure),
      (hosts, windowMs) => {
        const name = FUNCTIONS[figure];
        return `${name} by (id) (${overTime(name, metricOf(id), hosts, windowMs)})`;
      },
    ])
  );
  const heard: Part = (hosts, windowMs) =>
    `max by (id) (sum_over_time(pulso_host_up{${hosts}}[${seconds(windowMs)}]))`;
  return [[HEARD, heard], ...parts];
}

/** Some hosts by their ids, as a scrape or remote write has written them; none are all. */
export function selectorOf(ids: readonly string[]): string {
  if (ids.length === 0) return 'id!=""';
  const patterns = ids.map((id) => cleanText(id).replace(/[\\^$.*+?()[\]{}|]/g, "\\$&"));
  return `id=~${quote(patterns.join("|"))}`;
}

/** The queries that give some parts of some hosts in so many stretches, none with too long an answer. */
export function* queriesOf(
  parts: readonly [name: string, part: Part][],
  ids: readonly string[],
  { stepMs, count }: Pick<Grid, "stepMs" | "count">,
): Generator<string> {
  const hosts = selectorOf(ids);
  const query = parts.map(([name, part]) =>
    `label_replace(${part(hosts, stepMs)}, "${PART}", "${name}", "", "")`
  ).join(" or ");
  const isShort = parts.length * ids.length * count <= MAX_VALUES && query.length <= MAX_QUERY;
  if (isShort || parts.length + ids.length === 2) return yield query;
  const [half, rest] = [(all: number) => Math.ceil(all / 2), { stepMs, count }];
  if (ids.length > 1) {
    yield* queriesOf(parts, ids.slice(0, half(ids.length)), rest);
    yield* queriesOf(parts, ids.slice(half(ids.length)), rest);
  } else {
    yield* queriesOf(parts.slice(0, half(parts.length)), ids, rest);
    yield* queriesOf(parts.slice(half(parts.length)), ids, rest);
  }
}

/** The hosts with the highest mean of a metric over a time. */
export function topQuery(metric: string, windowMs: number, most: number): string {
  const mean = overTime("avg", metricOf(metric), selectorOf([]), windowMs);
  return `topk(${most}, avg by (id) (${mean}))`;
}

function overTime(name: string, row: CatalogueRow, hosts: string, windowMs: number): string {
  const expression = expressionOf(row, hosts);
  const window = seconds(windowMs);
  if (row.prometheus !== undefined) return `${name}_over_time(${expression}[${window}])`;
  const resolutionMs = Math.max(MIN_RESOLUTION_MS, windowMs / MAX_MOMENTS);
  return `${name}_over_time((${expression})[${window}:${seconds(resolutionMs)}])`;
}

/** A metric at a moment, in base units. @throws {RangeError} for one that has neither series nor such a formula. */
function expressionOf(row: CatalogueRow, hosts: string): string {
  const { id, prometheus, from } = row;
  const of = (id: string) => expressionOf(metricOf(id), hosts);
  if (prometheus !== undefined) return `${prometheus.name}{${hosts}}`;
  if (from !== undefined && "part" in from) {
    return `${of(from.part)} / (${from.of.map(of).join(" + ")})`;
  }
  if (from !== undefined && "highest" in from) {
    return `max without (${labelOf(from.highest)}) (${of(from.highest)})`;
  }
  if (from !== undefined && "total" in from) {
    const names = from.total.map((id) => metricOf(id).prometheus!.name).join("|");
    return `sum without (${labelOf(from.total[0]!)}) ({__name__=~"${names}",${hosts}})`;
  }
  throw new RangeError(`Cannot ask for ${id}: it has no series`);
}

/** What tells the devices apart that a metric is of. */
function labelOf(id: string): string {
  return DEVICES[metricOf(id).kind as Device].prometheus;
}

function seconds(ms: number): string {
  return `${Math.round(ms / 1_000)}s`;
}
