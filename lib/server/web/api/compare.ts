/**
 * The past as the JSON API and its CSV tell it: of one host, or of several compared in one metric, those with
 * the highest mean first: named ones, or the top of the fleet or of a part of it. From disk where a store
 * keeps it, and from memory where there is none, or where that has what is finer. Pure.
 */
import { TAG_KEY } from "../../../common/filter.js";
import type { Host } from "../../fleet/host/host.ts";
import { planFor, readPast } from "../../store/reading.ts";
import {
  type MeanOfMany,
  metricInMemory,
  recentGrid,
  RecentMean,
  recentMean,
  recentSeries,
  unheardIn,
} from "../../store/recent.ts";
import type { Gap } from "../../store/holes.ts";
import type { Grid, Moment, Plan, Series } from "../../store/stretches.ts";
import { HttpError } from "../http/response.ts";
import { find, orderFleet } from "./api.ts";
import { HOSTS_PER_TURN, momentOf, type WebContext } from "./context.ts";
import {
  checkNames,
  PAST_PARAMETERS,
  type PastQuery,
  quote,
  readChoice,
  readInteger,
  readPastQuery,
  readText,
} from "./params.ts";
import {
  csvOf,
  headOf,
  HISTORY_PARAMETERS,
  hostPast,
  notKept,
  type PastTable,
  recentAnswer,
  timesOf,
} from "./past.ts";

/** The parameters by which several hosts are chosen. */
export const SELECTING_PARAMETERS = ["hosts", "top", "tag", "q"];
/** Those of the past of several. */
export const COMPARED_PARAMETERS = ["metric", ...SELECTING_PARAMETERS, ...PAST_PARAMETERS];
/** Most hosts that are named, and most of those with the highest mean. */
const MAX_COMPARED = 50;

/** One host as it is told: in stretches, and why some of them are empty. */
interface Told {
  readonly series: Series;
  readonly shares: object;
  readonly gaps: readonly Gap[];
}

/** Several, in stretches of the plan by which the store was read, where they come from there. */
interface ToldHosts {
  readonly grid: Grid;
  readonly plan: Plan | null;
  readonly told: readonly Told[];
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
  const host = params.get("host");
  const isOfSeveral = id === null && host === null &&
    SELECTING_PARAMETERS.some((name) => params.has(name));
  checkNames(params, [
    ...id === null && !isOfSeveral ? ["host"] : [],
    ...isOfSeveral
      ? [...COMPARED_PARAMETERS, "skipUnknown"]
      : [...HISTORY_PARAMETERS, ...PAST_PARAMETERS],
  ]);
  if (id === null && host === null && !isOfSeveral) {
    throw new HttpError(400, "Cannot tell a past: name host, hosts, top, tag or q");
  }
  const isKept = isOfSeveral || isCsv || PAST_PARAMETERS.some((name) => params.has(name));
  if (!isKept) return recentAnswer(context, (id ?? host)!, params);
  const { nowMs, aheadMs } = momentOf(context);
  const query = readPastQuery(params, nowMs + aheadMs);
  const telling = isOfSeveral
    ? comparedPast(context, params, query)
    : hostPast(context, find(context.fleet.host((id ?? host)!)), query);
  const table = await telling.catch((error) => Promise.reject(refusalOf(error)));
  return isCsv ? csvOf(table) : table.json;
}

/** What is read elsewhere may not be had, which is not our fault. */
function refusalOf(error: unknown): unknown {
  if (!(error instanceof DOMException)) return error;
  const status = { NetworkError: 502, QuotaExceededError: 503 }[error.name];
  return status === undefined ? error : new HttpError(status, error.message);
}

/** One metric of several hosts. @throws {HttpError} 400, or 404 for a host or a metric that is not known. */
async function comparedPast(
  context: WebContext,
  params: URLSearchParams,
  query: PastQuery,
): Promise<PastTable> {
  const { hosts, matched, among } = await chooseHosts(context, params, query);
  const moment = momentOf(context);
  const recent = recentGrid(context.store !== null, hosts, query, moment);
  const { told, ...where } = await tell(context, hosts, query, recent, moment);
  const { grid } = where;
  const all = among === null ? null : await meanOfAll(context, among, query, where);
  const ranked = hosts.map((host, n) => ({ host, ...told[n]! }))
    .sort((a, b) => meanOf(b.series) - meanOf(a.series));
  const times = timesOf(grid);
  const json = {
    nowMs: moment.nowMs + moment.aheadMs,
    ...headOf(grid),
    metric: query.names[0],
    matched,
    times,
    all,
    hosts: ranked.map(({ host: { key, name }, series, shares, gaps }) => ({
      ...{ id: key, name, ...series, shares, gaps },
    })),
  };
  const columns = ranked.map(({ host: { key }, series }) => ({ name: key, series }));
  return { times, columns, all, causes: null, json };
}

/** The hosts that are meant, and among which, and how many, those with the highest mean were looked for. */
async function chooseHosts(context: WebContext, params: URLSearchParams, query: PastQuery) {
  const { ids, top, text } = readCompared(params);
  const isSkipped = readChoice(params, "skipUnknown", ["true", "false"]) === "true";
  const named = [...new Set(ids)].map((id) => context.fleet.host(id))
    .filter((host) => host !== undefined || !isSkipped).map(find);
  if (top === null) return { hosts: named, matched: named.length, among: null };
  const group = text === "" ? null : await hostsMatching(context, text);
  const ranked = context.store === null
    ? await topOfMemory(context, query, group ?? context.fleet.hosts())
    : await topOfStore(context, query, group === null ? top : Infinity);
  const highest = ranked.filter((host) => group === null || group.has(host)).slice(0, top);
  const hosts = [...new Set([...named, ...highest])];
  return { hosts, matched: group?.size ?? context.fleet.size, among: group ?? "all" as const };
}

/** The mean of all among whom the highest were looked for; `null` where it cannot be had. */
async function meanOfAll(
  context: WebContext,
  among: ReadonlySet<Host> | "all",
  query: PastQuery,
  { grid, plan }: Pick<ToldHosts, "grid" | "plan">,
): Promise<MeanOfMany | null> {
  if (plan !== null) return await context.store!.mean(plan, among === "all" ? null : [...among]);
  const mean = new RecentMean(metricInMemory(query)!, grid);
  const moment = momentOf(context);
  let count = 0;
  for (const host of among === "all" ? context.fleet.hosts() : among) {
    if (++count % HOSTS_PER_TURN === 0) await context.pause();
    mean.add(host, moment);
  }
  return mean.all;
}

async function hostsMatching(context: WebContext, text: string): Promise<ReadonlySet<Host>> {
  const sorting = { sort: null, descending: false, statuses: null, group: null, open: null };
  const { order } = await orderFleet(context, { text, ...sorting });
  return new Set(context.fleet.hostsAt(order.slice(0, order.length)));
}

/** Hosts by their mean in memory, the highest first. @throws {HttpError} 404 for a metric that only a store has. */
async function topOfMemory(context: WebContext, query: PastQuery, hosts: Iterable<Host>) {
  const metric = metricInMemory(query);
  if (metric === undefined) throw notKept(`the past of ${query.names[0]}`);
  const moment = momentOf(context);
  const means: { host: Host; mean: number }[] = [];
  for (const host of hosts) {
    if (means.length % HOSTS_PER_TURN === HOSTS_PER_TURN - 1) await context.pause();
    means.push({ host, mean: recentMean(host, metric, query, moment) });
  }
  return means.filter(({ mean }) => mean > -Infinity).sort((a, b) => b.mean - a.mean)
    .map(({ host }) => host);
}

function topOfStore(context: WebContext, query: PastQuery, most: number): Promise<readonly Host[]> {
  const store = context.store!;
  return store.top(planFor(store, [], { ...query, points: 1 }, momentOf(context)), most);
}

/** What is known of each host; why the rest is not says the store, where there is one. */
async function tell(
  { store }: WebContext,
  hosts: readonly Host[],
  query: PastQuery,
  recent: Grid | null,
  moment: Moment,
): Promise<ToldHosts> {
  const kept = store && await readPast(store, hosts, query, moment);
  const metric = metricInMemory(query);
  if (kept === null && metric === undefined) throw notKept(`the past of ${query.names[0]}`);
  const told = hosts.map((host, n): Told => {
    const past = kept?.pasts[n];
    const series = recent === null ? past!.series[0]! : recentSeries(host, metric!, recent, moment);
    if (past !== undefined) return { series, shares: past.shares, gaps: past.gaps };
    return { series, ...unheardIn(host, recent!, moment) };
  });
  return { grid: recent ?? kept!.plan, plan: recent === null ? kept!.plan : null, told };
}

/** The mean over all of its samples; −∞ where there are none. */
export function meanOf({ mean, samples }: Series): number {
  const sum = mean.reduce((sum: number, value, n) => sum + (value ?? 0) * samples[n]!, 0);
  const count = samples.reduce((a, b) => a + b, 0);
  return count === 0 ? -Infinity : sum / count;
}

/** Reads which hosts are compared: those of some ids, and so many of those that a filter lets through. @throws {HttpError} 400. */
export function readCompared(params: URLSearchParams) {
  const refuse = (state: string) => new HttpError(400, `Cannot compare hosts: ${state}`);
  if (!params.get("metric") || params.get("metric")!.includes(",")) {
    throw refuse("it needs one metric, such as metric=cpu");
  }
  const ids = params.get("hosts")?.split(",") ?? [];
  if (ids.length > MAX_COMPARED) throw refuse(`more than ${MAX_COMPARED} of them`);
  const text = [readText(params), readTag(params)].join(" ").trim();
  const top = readInteger(params, "top", 1, MAX_COMPARED) ?? (text === "" ? null : MAX_COMPARED);
  if (ids.length === 0 && top === null) {
    throw refuse("it needs hosts=ID,ID, top=N or tag=KEY:VALUE");
  }
  return { ids, top, text };
}

/** A tag as a filter; `role=db` is one, too. */
function readTag(params: URLSearchParams): string {
  const tag = params.get("tag");
  if (tag === null) return "";
  const [, key = "", value = ""] = /^([^:=]*)[:=]([^"]+)$/.exec(tag) ?? [];
  if (TAG_KEY.test(key)) return `${key}:"${value}"`;
  throw new HttpError(400, `Cannot use tag=${quote(tag)}: it must be KEY:VALUE, such as role:db`);
}
