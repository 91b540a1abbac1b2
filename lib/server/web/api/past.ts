/**
 * The past of one host as the JSON API and its CSV tell it: as it is in memory or, where a part of it is
 * asked for, as it is kept on disk. Pure.
 */
import { metricOf } from "../../../catalogue.ts";
import { MAX_TIME_MS, type Metric } from "../../../message/message.ts";
import { type Host, hostIntervalMs } from "../../fleet/host/host.ts";
import { HISTORY_METRICS, type HistoryMetric } from "../../fleet/past/points.ts";
import { readPast } from "../../store/reading.ts";
import type { MeanOfMany } from "../../store/recent.ts";
import type { Causes, Grid, Plan, Series } from "../../store/stretches.ts";
import { HttpError } from "../http/response.ts";
import { momentOf, type WebContext } from "./context.ts";
import { find, historyJson } from "./api.ts";
import { type PastQuery, readChoices, readInteger } from "./params.ts";

/** The parameters of the recent past of a host. */
export const HISTORY_PARAMETERS = ["metric", "since"];

/** What its metrics are called there. */
const PAST_NAMES = HISTORY_METRICS.map((id) => metricOf(id).past!);

/** One metric of one host, or of several. */
interface Column {
  readonly name: string;
  readonly series: Series;
}

/** A table over time, to be told as JSON or as CSV. */
export interface PastTable {
  readonly times: readonly number[];
  readonly columns: readonly Column[];
  /** The mean of all hosts among which some were looked for. */
  readonly all?: MeanOfMany | null;
  /** The causes of each stretch, in milliseconds; `null` for several hosts. */
  readonly causes: Causes | null;
  /** All of it in the shape of the API. */
  readonly json: object;
}

/** What stands before the columns. */
export function headOf({ fromMs, stepMs, count }: Grid) {
  return { fromMs, toMs: fromMs + count * stepMs, stepMs };
}

/** When each stretch begins. */
export function timesOf({ fromMs, stepMs, count }: Grid): number[] {
  return Array.from({ length: count }, (_, n) => fromMs + n * stepMs);
}

/** The recent past of a host as it is in memory. @throws {HttpError} 400, or 404 for a host that is not known. */
export function recentAnswer(context: WebContext, id: string, params: URLSearchParams) {
  const names = readChoices(params, "metric", PAST_NAMES);
  const metrics = names?.map((name) => HISTORY_METRICS[PAST_NAMES.indexOf(name)]!);
  const sinceMs = readInteger(params, "since", 0, MAX_TIME_MS) ?? -Infinity;
  return historyJson(find(context.fleet.host(id)), momentOf(context), metrics, sinceMs);
}

/** What is kept of one host. @throws {HttpError} 404 where nothing is. */
export async function hostPast(
  context: WebContext,
  host: Host,
  query: PastQuery,
): Promise<PastTable> {
  const { store } = context;
  if (store === null) throw notKept("this part of the past");
  const { nowMs, aheadMs } = momentOf(context);
  const { plan, pasts: [past] } = await readPast(store, [host], query, { nowMs, aheadMs });
  const { causes, shares, gaps } = past!;
  const columns = past!.series.map((series, n) => ({ name: query.names[n]!, series }));
  const of = (field: keyof Series) =>
    Object.fromEntries(columns.map(({ name, series }) => [name, series[field]]));
  const times = timesOf(plan);
  const json = {
    nowMs: nowMs + aheadMs,
    intervalMs: hostIntervalMs(host),
    ...headOf(plan),
    times,
    ...of("mean"),
    lowest: of("lowest"),
    highest: of("highest"),
    samples: of("samples"),
    causesMs: causes,
    shares,
    gaps,
    recent: recentOf(host, plan, query, aheadMs),
  };
  return { times, columns, causes, json };
}

/** What only a store has. */
export function notKept(what: string): HttpError {
  return new HttpError(404, `Cannot find ${what}: the server was started without --data`);
}

/** The samples themselves, where a minute is coarser than what is asked for. */
function recentOf(host: Host, plan: Plan, query: PastQuery, aheadMs: number) {
  const { fromMs, untilMs, points } = query;
  if (host.history === null || (untilMs - fromMs) / points >= plan.stepMs) return null;
  const times = host.history.times().map((ms) => ms + aheadMs);
  const isMeant = (_: unknown, n: number) => times[n]! >= fromMs && times[n]! <= untilMs;
  const columns = query.metrics.flatMap((id, n) => {
    const kept = HISTORY_METRICS.find((metric) => metric === id) as HistoryMetric | undefined;
    if (kept === undefined) return [];
    return [[query.names[n]!, host.history!.values(kept).filter(isMeant)] as const];
  });
  return { times: times.filter(isMeant), ...Object.fromEntries(columns) };
}

/** A table as CSV (RFC 4180): a row for each stretch, nothing where nothing is known. */
export function csvOf({ times, columns, all: mean, causes }: PastTable): string {
  const fields = columns.flatMap(({ name, series: { mean, lowest, highest } }) => [
    [name, mean] as const,
    [`${name}_lowest`, lowest] as const,
    [`${name}_highest`, highest] as const,
  ]);
  const whys = Object.entries(causes ?? {})
    .map(([cause, ms]: [string, readonly Metric[]]) => [`${cause}_ms`, ms] as const);
  const means = mean ? [["mean of all", mean.mean] as const] : [];
  const all = [...fields, ...means, ...whys];
  const head = ["time", ...all.map(([name]) => quoted(name))].join(",");
  const rows = times.map((ms, n) =>
    [new Date(ms).toISOString(), ...all.map(([, values]) => values[n] ?? "")].join(",")
  );
  return [head, ...rows, ""].join("\r\n");
}

function quoted(name: string): string {
  return /[",\r\n]/.test(name) ? `"${name.replaceAll('"', '""')}"` : name;
}
