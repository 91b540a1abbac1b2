/**
 * The answers of the JSON API but for its streams, and the shapes that both have, which docs/API.md
 * describes, in turns of the event loop that are short, whatever the size of the fleet. Pure.
 */
import type { HostOrder, HostQuery } from "../../fleet/index/listed.ts";
import { STEP } from "../../fleet/index/order.ts";
import { type Host, hostIntervalMs } from "../../fleet/host/host.ts";
import { HttpError } from "../http/response.ts";
import { HOSTS_PER_TURN, type Moment, momentOf, viewJson, type WebContext } from "./context.ts";
import { metricOf } from "../../../catalogue.ts";
import { RECENT_POINTS, recentOf } from "../../../common/gaps.js";
import { toHundredths } from "../../../common/status.js";
import { lossVerdict } from "../../../common/ways.js";
import { MAX_TAG_KEYS } from "../../../common/limits.js";
import { HISTORY_METRICS, type HistoryMetric, RECENT_METRICS } from "../../fleet/past/points.ts";
import { hostMessage } from "../../fleet/host/host_message.ts";
import { type HostRow, hostRow } from "../../fleet/host/row.ts";
import type { Metric } from "../../../message/message.ts";
import { groupsJson, unusualHosts } from "./groups.ts";
import { checkNames, readReplayCommand, readRowsQuery } from "./params.ts";

/** The fleet's rows that are asked for, with its totals, in pieces of a JSON text. @throws {HttpError} 400. */
export async function fleetAnswer(
  context: WebContext,
  params: URLSearchParams,
): Promise<Iterable<string>> {
  const { offset, limit, every, recent, maxGroups, ...query } = readRowsQuery(params);
  const { startedMs, pause } = context;
  const { order, ...moment } = await orderFleet(context, query);
  const { nowMs, aheadMs } = moment;
  const head = {
    nowMs: nowMs + aheadMs,
    startedMs: startedMs + aheadMs,
    totals: totalsJson(context, moment),
    kept: context.store !== null,
    failures: Object.fromEntries(context.failures),
    record: context.recorded(),
    remoteWrite: context.remoteWrite(),
    bus: context.bus(),
    matched: order.matched,
    offset,
    limit,
    ...groupsJson(context, query, order, maxGroups),
  };
  await pause();
  const slots = order.slice(offset, limit ?? order.length).filter((_, at) => at % every === 0);
  await pause();
  return jsonTexts(head, await takeRows(context, slots, moment, recent ? recentRowJson : rowJson));
}

async function takeRows(
  { fleet, pause }: WebContext,
  slots: Uint32Array,
  moment: Moment,
  rowOf: typeof rowJson,
) {
  const rows: ReturnType<typeof rowOf>[] = [];
  for (let at = 0; at < slots.length; at += HOSTS_PER_TURN) {
    if (at > 0) await pause();
    const hosts = fleet.hostsAt(slots.subarray(at, at + HOSTS_PER_TURN));
    rows.push(...hosts.map((host) => rowOf(host, moment)));
  }
  return rows;
}

function* jsonTexts(head: object, rows: readonly object[]): Generator<string> {
  let text = `${JSON.stringify(head).slice(0, -1)},"rows":[`;
  for (let at = 0; at < rows.length; at += HOSTS_PER_TURN) {
    if (at > 0) yield text;
    const part = rows.slice(at, at + HOSTS_PER_TURN).map((row) => JSON.stringify(row));
    text = (at > 0 ? "," : text) + part.join(",");
  }
  // What is short is one text, as each waits for a turn.
  yield `${text}]}`;
}

/**
 * The state of a replay, after the command to play, pause, seek or change the speed; `null` where no record
 * is played. @throws {HttpError} 400, or 404 for a command to no replay.
 */
export function replayAnswer({ replay }: WebContext, params: URLSearchParams, isCommand: boolean) {
  if (!isCommand) {
    checkNames(params, []);
    return replay?.state ?? null;
  }
  const { playing, speed, timeMs, byMs } = readReplayCommand(params);
  if (replay === null) {
    throw new HttpError(404, "Cannot control the replay: no record is being played (--replay)");
  }
  if (speed !== null) replay.setSpeed(speed);
  if (playing !== null) replay.play(playing);
  if (timeMs !== null) replay.seek(timeMs);
  if (byMs !== 0) replay.seekBy(byMs);
  return replay.state;
}

/** Deletes a host and all that is kept of it. @throws {HttpError} 400, 404 for one that is not known, or 405. */
export async function forgetAnswer(
  { forget }: WebContext,
  params: URLSearchParams,
  method: string,
) {
  checkNames(params, ["host"]);
  if (method !== "POST") {
    throw new HttpError(405, `Cannot ${method}: only POST is answered`, { allow: "POST" });
  }
  const key = params.get("host") ?? "";
  try {
    return { text: await forget(key) };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new HttpError(404, `Cannot forget this host: ${error.message}`);
  }
}

/** Everything of one host. @throws {HttpError} 400, or 404 for a host that is not known. */
export function hostAnswer(context: WebContext, id: string, params: URLSearchParams) {
  checkNames(params, []);
  return detailJson(find(context.fleet.host(id)), momentOf(context));
}

/** A host that is known. @throws {HttpError} 404 for one that is not. */
export function find(host: Host | undefined): Host {
  if (host === undefined) throw new HttpError(404, "Cannot find this host: no host has that id");
  return host;
}

/** The fleet in an order: when that was, of how many hosts, after which change, and how long it took. */
export interface FleetOrder extends Moment {
  readonly order: HostOrder;
  readonly size: number;
  readonly version: number;
  readonly tookMs: number;
  /** When it was made, on the steady clock. */
  readonly madeMs: number;
}

/** Orders the fleet as it is now, all names in their places. */
export async function orderFleet(context: WebContext, query: HostQuery): Promise<FleetOrder> {
  const { fleet, steadyMs, pause } = context;
  // No more often than for a fleet of which every name is new: some may change as fast as they are settled.
  for (let left = fleet.size; fleet.sortIncrementally(query.sort) && left > 0; left -= STEP) {
    await pause();
  }
  const moment = momentOf(context);
  const madeMs = steadyMs();
  const order = fleet.order(query, moment.nowMs, unusualHosts(context, query, moment.nowMs));
  const { size, version } = fleet;
  return { order, size, version, ...moment, madeMs, tookMs: steadyMs() - madeMs };
}

/** One row, its key called `id`, its time as the wall clock has it. */
export function rowAsJson({ key, ...row }: HostRow, aheadMs: number) {
  const { refused } = row;
  return {
    id: key,
    ...row,
    lastSeenMs: row.lastSeenMs + aheadMs,
    refused: refused && { ...refused, lastMs: refused.lastMs + aheadMs },
  };
}

/** One host in one line. */
export function rowJson(host: Host, { nowMs, aheadMs }: Moment) {
  return rowAsJson(hostRow(host, nowMs), aheadMs);
}

/** One host in one line, with some of its recent past, oldest first; `null` where none was heard. */
export function recentRowJson(host: Host, moment: Moment) {
  const { history } = host;
  const times = history?.times(RECENT_POINTS) ?? [];
  const pasts = RECENT_METRICS.map(({ id, field }) => {
    const values = (history?.values(id, RECENT_POINTS) ?? []).map(toHundredths);
    return [field, recentOf(times, values, hostIntervalMs(host))];
  });
  return { ...rowJson(host, moment), ...Object.fromEntries(pasts) };
}

/** The fleet in numbers, and how a view follows its sites. */
export function totalsJson({ fleet, bus }: WebContext, { nowMs, aheadMs }: Moment) {
  const { dropped, keyUses, ...totals } = fleet.totals(nowMs);
  return {
    ...totals,
    ...(fleet.ways.sites.length > 0 && { sites: fleet.ways.sites.toSorted() }),
    ...viewJson(bus()),
    tagKeys: fleet.index.tags.keys().slice(0, MAX_TAG_KEYS),
    dropped: Object.fromEntries(dropped),
    keyUses: Object.fromEntries(keyUses.entries().map(([id, ms]) => [id, ms + aheadMs])),
  };
}

/** Everything that is known of one host, but for its past. */
export function detailJson(host: Host, { nowMs, aheadMs }: Moment) {
  const { firstSeenMs, rebootedMs, datagrams, bytes } = host;
  const message = hostMessage(host);
  return {
    nowMs: nowMs + aheadMs,
    row: rowAsJson(hostRow(host, nowMs, message), aheadMs),
    firstSeenMs: firstSeenMs + aheadMs,
    rebootedMs: rebootedMs && rebootedMs + aheadMs,
    datagrams,
    bytes,
    delivery: deliveryJson(host, aheadMs),
    ways: waysJson(host, aheadMs),
    message,
  };
}

function deliveryJson({ delivery, timing }: Host, aheadMs: number) {
  if (delivery === null) return null;
  return {
    session: delivery.session,
    sequence: delivery.sequence,
    ...delivery.counts,
    jitterMs: timing?.jitterMs ?? null,
    intervalSeenMs: timing?.intervalMs ?? null,
    clockOffsetMs: timing?.clockOffsetFrom(aheadMs) ?? null,
  };
}

/** Its ways to several sites, with what is to be looked at; `null` where there is one way. */
function waysJson({ ways }: Host, aheadMs: number) {
  return ways && {
    recent: ways.recent,
    verdict: lossVerdict(ways.recent, ways.sites),
    sites: ways.sites.map((way) => ({ ...way, lastMs: way.lastMs + aheadMs })),
  };
}

/** The past of one host: the points later than `sinceMs` of the wall clock, an array for each metric beside their times. */
export function historyJson(
  host: Host,
  { nowMs, aheadMs }: Moment,
  metrics: readonly HistoryMetric[] = HISTORY_METRICS,
  sinceMs = -Infinity,
) {
  const times = (host.history?.times() ?? []).map((timeMs) => timeMs + aheadMs);
  const later = times.findIndex((timeMs) => timeMs > sinceMs);
  const first = later < 0 ? times.length : later;
  const columns = metrics.map((metric) => {
    const values = host.history?.values(metric).slice(first) ?? [];
    return [metricOf(metric).past!, values];
  });
  return {
    nowMs: nowMs + aheadMs,
    intervalMs: hostIntervalMs(host),
    times: times.slice(first),
    ...Object.fromEntries(columns) as Record<string, Metric[]>,
  };
}
