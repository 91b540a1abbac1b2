/**
 * The past as it is kept on disk, as the JSON API and its CSV tell it: one host in all metrics, or several
 * hosts in one. Pure.
 */
import type { Host } from "../../fleet/host/host.ts";
import { hostIntervalMs } from "../../fleet/host/host.ts";
import { HISTORY_METRICS, type HistoryMetric } from "../../fleet/past/points.ts";
import {
  CAUSES,
  type Causes,
  causesOf,
  type Plan,
  planOf,
  type Series,
  seriesOf,
  sharesOf,
} from "../../store/stretches.ts";
import { HttpError } from "../http/response.ts";
import { momentOf, type WebContext } from "./context.ts";
import { find, historyJson } from "./api.ts";
import {
  checkNames,
  HISTORY_PARAMETERS,
  PAST_PARAMETERS,
  type PastQuery,
  readCompared,
  readHistoryQuery,
  readPastQuery,
  SEVERAL_PARAMETERS,
} from "./params.ts";

/** One metric of one host, or of several. */
interface Column {
  readonly name: string;
  readonly series: Series;
}

/** A table over time, to be told as JSON or as CSV. */
interface PastTable {
  readonly times: readonly number[];
  readonly columns: readonly Column[];
  /** The causes of each stretch, in milliseconds; `null` for several hosts. */
  readonly causes: Causes | null;
  /** All of it in the shape of the API. */
  readonly json: object;
}

/**
 * The past of a host, or of several where none is named in the path: as it is in memory, or as it is kept
 * where a part of it is asked for; CSV is a text. @throws {HttpError} 400, or 404 for a host that is not known.
 */
export async function pastAnswer(
  context: WebContext,
  id: string | null,
  params: URLSearchParams,
  isCsv: boolean,
): Promise<object | string> {
  const { host, ...others } = Object.fromEntries(params);
  const isOfSeveral = id === null && host === undefined &&
    ["hosts", "top"].some((name) => params.has(name));
  checkNames(params, [
    ...id === null && !isOfSeveral ? ["host"] : [],
    ...isOfSeveral
      ? ["metric", ...SEVERAL_PARAMETERS]
      : [...HISTORY_PARAMETERS, ...PAST_PARAMETERS],
  ]);
  const isKept = isOfSeveral || isCsv || PAST_PARAMETERS.some((name) => params.has(name));
  if (!isKept) return recentAnswer(context, id ?? host ?? "", new URLSearchParams(others));
  const { nowMs, aheadMs } = momentOf(context);
  const query = readPastQuery(params, nowMs + aheadMs);
  const table = isOfSeveral
    ? await hostsPast(context, await comparedHosts(context, params, query), query)
    : await hostPast(context, find(context.fleet.host(id ?? host ?? "")), query);
  return isCsv ? csvOf(table) : table.json;
}

function recentAnswer(context: WebContext, id: string, params: URLSearchParams) {
  const { metrics, sinceMs } = readHistoryQuery(params);
  return historyJson(find(context.fleet.host(id)), momentOf(context), metrics, sinceMs);
}

async function comparedHosts(context: WebContext, params: URLSearchParams, query: PastQuery) {
  const compared = readCompared(params);
  if (typeof compared === "number") return await topHosts(context, query, compared);
  return compared.map((id) => find(context.fleet.host(id)));
}

/** What is kept of one host. @throws {HttpError} 404 where nothing is. */
async function hostPast(
  context: WebContext,
  host: Host,
  query: PastQuery,
): Promise<PastTable> {
  const store = storeOf(context);
  const { nowMs, aheadMs } = momentOf(context);
  const plan = planFor(context, query, [host]);
  const [found] = await store.read([host], plan);
  const known = [host.firstSeenMs + aheadMs, Math.min(nowMs + aheadMs, query.untilMs)] as const;
  const causes = causesOf(plan, found!, known, store.downs);
  const columns = seriesOf(plan, found!).map((series, n) => ({ name: query.names[n]!, series }));
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
    shares: sharesOf(causes),
    recent: recentOf(host, plan, query, aheadMs),
  };
  return { times, columns, causes, json };
}

/** The hosts with the highest mean of a metric. @throws {HttpError} 404 where nothing is kept. */
async function topHosts(
  context: WebContext,
  query: PastQuery,
  most: number,
): Promise<readonly Host[]> {
  return await storeOf(context).top(planFor(context, { ...query, points: 1 }, []), most);
}

/** One metric of several hosts, those with the highest mean first. @throws {HttpError} 404 where nothing is kept. */
async function hostsPast(
  context: WebContext,
  hosts: readonly Host[],
  query: PastQuery,
): Promise<PastTable> {
  const store = storeOf(context);
  const { nowMs, aheadMs } = momentOf(context);
  const plan = planFor(context, query, hosts);
  const found = await store.read(hosts, plan);
  const told = hosts.map((host, n) => ({ host, series: seriesOf(plan, found[n]!)[0]! }))
    .sort((a, b) => meanOf(b.series) - meanOf(a.series));
  const times = timesOf(plan);
  const json = {
    nowMs: nowMs + aheadMs,
    ...headOf(plan),
    metric: query.names[0],
    times,
    hosts: told.map(({ host: { key, name }, series }) => ({ id: key, name, ...series })),
  };
  const columns = told.map(({ host: { key }, series }) => ({ name: key, series }));
  return { times, columns, causes: null, json };
}

function storeOf({ store }: WebContext) {
  if (store !== null) return store;
  throw new HttpError(
    404,
    "Cannot find this part of the past: the server was started without --data",
  );
}

function planFor(
  context: WebContext,
  { metrics, ...wanted }: PastQuery,
  hosts: readonly Host[],
): Plan {
  const { nowMs, aheadMs } = momentOf(context);
  const leastMs = Math.max(...hosts.map(hostIntervalMs), 0);
  const minutesSinceMs = nowMs + aheadMs - storeOf(context).keepMs.minute;
  return planOf({ ...wanted, leastMs, minutesSinceMs }, metrics);
}

function headOf({ fromMs, stepMs, count }: Plan) {
  return { fromMs, toMs: fromMs + count * stepMs, stepMs };
}

/** When each stretch begins. */
function timesOf({ fromMs, stepMs, count }: Plan): number[] {
  return Array.from({ length: count }, (_, n) => fromMs + n * stepMs);
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

function meanOf({ mean, samples }: Series): number {
  const sum = mean.reduce((sum: number, value, n) => sum + (value ?? 0) * samples[n]!, 0);
  const count = samples.reduce((a, b) => a + b, 0);
  return count === 0 ? -Infinity : sum / count;
}

/** A table as CSV (RFC 4180): a row for each stretch, nothing where nothing is known. */
function csvOf({ times, columns, causes }: PastTable): string {
  const fields = columns.flatMap(({ name, series: { mean, lowest, highest } }) => [
    [name, mean] as const,
    [`${name}_lowest`, lowest] as const,
    [`${name}_highest`, highest] as const,
  ]);
  const whys = causes === null
    ? []
    : CAUSES.map((cause) => [`${cause}_ms`, causes[cause]] as const);
  const all = [...fields, ...whys];
  const head = ["time", ...all.map(([name]) => quoted(name))].join(",");
  const rows = times.map((ms, n) =>
    [new Date(ms).toISOString(), ...all.map(([, values]) => values[n] ?? "")].join(",")
  );
  return [head, ...rows, ""].join("\r\n");
}

function quoted(name: string): string {
  return /[",\r\n]/.test(name) ? `"${name.replaceAll('"', '""')}"` : name;
}
