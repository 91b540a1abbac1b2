/**
 * The answers of the JSON API but for its streams: which hosts are asked for, in turns of the
 * event loop that are short, whatever the size of the fleet. Pure.
 */
import { type Host } from "../fleet/host.ts";
import { type HostRow, hostRow } from "../fleet/row.ts";
import { HOSTS_PER_TURN, Refusal, type WebContext } from "./context.ts";
import { detailJson, historyJson, rowAsJson, totalsJson } from "./json.ts";
import { orderFleet } from "./order.ts";
import { checkNames, readFleetQuery, readHistoryQuery } from "./params.ts";

/** The fleet's rows that are asked for, with its totals, in pieces of a JSON text. @throws {Refusal} 400. */
export async function fleetAnswer(
  context: WebContext,
  params: URLSearchParams,
): Promise<Iterable<string>> {
  const { offset, limit, ...query } = readFleetQuery(params);
  const { fleet, startedMs, pause } = context;
  const { order, nowMs } = await orderFleet(context, query);
  const head = {
    nowMs,
    startedMs,
    totals: totalsJson(fleet, nowMs),
    matched: order.length,
    offset,
    limit,
  };
  await pause();
  const slots = order.slice(offset, limit ?? order.length);
  await pause();
  return jsonTexts(head, await takeRows(context, slots, nowMs));
}

async function takeRows({ fleet, pause }: WebContext, slots: Uint32Array, nowMs: number) {
  const rows: HostRow[] = [];
  for (let at = 0; at < slots.length; at += HOSTS_PER_TURN) {
    if (at > 0) await pause();
    const hosts = fleet.hostsAt(slots.subarray(at, at + HOSTS_PER_TURN));
    rows.push(...hosts.map((host) => hostRow(host, nowMs)));
  }
  return rows;
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
