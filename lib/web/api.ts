/**
 * The answers of the JSON API but for its streams: which hosts are asked for, in turns of the
 * event loop that are short, whatever the size of the fleet. Pure.
 */
import { filterRows, rowOrder } from "../fleet/query.ts";
import { type Host } from "../fleet/host.ts";
import { type HostRow, hostRow } from "../fleet/row.ts";
import { HOSTS_PER_TURN, Refusal, type WebContext } from "./context.ts";
import { detailJson, historyJson, rowAsJson, totalsJson } from "./json.ts";
import { checkNames, type FleetQuery, readFleetQuery, readHistoryQuery } from "./params.ts";
import { sortInTurns } from "./sort.ts";

/** The fleet's rows that are asked for, with its totals, in pieces of a JSON text. @throws {Refusal} 400. */
export async function fleetAnswer(
  context: WebContext,
  params: URLSearchParams,
): Promise<Iterable<string>> {
  const query = readFleetQuery(params);
  const { sort, descending, offset, limit } = query;
  const nowMs = context.nowMs();
  const matching = await selectRows(context, query, nowMs);
  const sorted = sort === null
    ? descending ? matching.toReversed() : matching
    : await sortInTurns(matching, rowOrder(sort, descending), context.pause);
  const { fleet, startedMs } = context;
  const head = {
    nowMs,
    startedMs,
    totals: totalsJson(fleet, nowMs),
    matched: matching.length,
    offset,
    limit,
  };
  return jsonTexts(head, sorted.slice(offset, limit === null ? undefined : offset + limit));
}

async function selectRows(
  { fleet, pause }: WebContext,
  { text, statuses }: FleetQuery,
  nowMs: number,
): Promise<readonly HostRow[]> {
  const hosts = [...fleet.hosts()];
  const selected: HostRow[] = [];
  for (let at = 0; at < hosts.length; at += HOSTS_PER_TURN) {
    if (at > 0) await pause();
    const rows = hosts.slice(at, at + HOSTS_PER_TURN).map((host) => hostRow(host, nowMs));
    const wanted = rows.filter(({ status }) => statuses === null || statuses.includes(status));
    selected.push(...filterRows(wanted, text));
  }
  return selected;
}

function* jsonTexts(head: object, rows: readonly HostRow[]): Generator<string> {
  yield `${JSON.stringify(head).slice(0, -1)},"rows":[`;
  for (let at = 0; at < rows.length; at += HOSTS_PER_TURN) {
    const part = rows.slice(at, at + HOSTS_PER_TURN).map((row) => JSON.stringify(rowAsJson(row)));
    yield (at > 0 ? "," : "") + part.join(",");
  }
  yield "]}";
}

/** Everything of one host. @throws {Refusal} 400, or 404 for a host that is not known. */
export function hostAnswer({ fleet, nowMs }: WebContext, id: string, params: URLSearchParams) {
  checkNames(params, []);
  return detailJson(find(fleet.host(id)), nowMs());
}

/** The past of one host. @throws {Refusal} 400, or 404 for a host that is not known. */
export function historyAnswer({ fleet, nowMs }: WebContext, id: string, params: URLSearchParams) {
  const { metrics, sinceMs } = readHistoryQuery(params);
  return historyJson(find(fleet.host(id)), nowMs(), metrics, sinceMs);
}

function find(host: Host | undefined): Host {
  if (host === undefined) throw new Refusal(404, "Cannot find this host: no host has that id");
  return host;
}
