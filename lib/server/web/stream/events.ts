/**
 * The events of /api/stream as bytes: what each kind holds, a part of at most 250 rows at a time.
 * Pure; docs/API.md describes the same in words.
 */
import type { Host } from "../../fleet/host/host.ts";
import { HOSTS_PER_TURN, momentOf, type WebContext } from "../api/context.ts";
import { detailJson, recentRowJson, rowJson, totalsJson } from "../api/api.ts";

/** One event, or several in a row, ready to be sent. */
export type EventBytes = Uint8Array<ArrayBuffer>;

const encoder = new TextEncoder();

/** What a client is told first: how soon to come back after an interruption. */
export const RETRY: EventBytes = encoder.encode("retry: 1000\n\n");

/** Encodes one event; its data is one line, as JSON always is. */
export function encodeEvent(event: string, data: unknown, id?: string): EventBytes {
  const idLine = id === undefined ? "" : `id: ${id}\n`;
  return encoder.encode(`event: ${event}\n${idLine}data: ${JSON.stringify(data)}\n\n`);
}

/**
 * The id of an event: until when it tells of the fleet, and of which run of the server. When the wall
 * clock is set, that run began at another time: who was told other times needs all of them anew.
 */
function eventId(context: WebContext, version: number): string {
  return `${runOf(context)}-${version}`;
}

function runOf({ startedMs, aheadMs }: WebContext): number {
  return startedMs + aheadMs();
}

/** The version that a client has, read from the id of its last event; `null` when it has none of this run. */
export function readEventId(context: WebContext, id: string | null): number | null {
  const [, started, version] = /^(\d{1,16})-(\d{1,16})$/.exec(id ?? "") ?? [];
  const isKnown = Number(started) === runOf(context) && Number(version) <= context.fleet.version;
  return isKnown ? Number(version) : null;
}

/** What brings a client up to date that has a version, or nothing: the whole fleet where changes would not. */
export function newsEvents(context: WebContext, since: number | null): Iterable<EventBytes> {
  const changes = since === null ? null : changeEvents(context, since);
  return changes ?? snapshotEvents(context);
}

/** The whole fleet, in parts. */
export function* snapshotEvents(context: WebContext): Generator<EventBytes> {
  const { fleet } = context;
  const id = eventId(context, fleet.version);
  const totals = totalsJson(fleet, momentOf(context));
  for (const { hosts, first, last } of parts([...fleet.hosts()])) {
    const moment = momentOf(context);
    const rows = hosts.map((host) => recentRowJson(host, moment));
    const nowMs = moment.nowMs + moment.aheadMs;
    const data = { nowMs, startedMs: runOf(context), first, last, totals, rows };
    yield encodeEvent("snapshot", data, last ? id : undefined);
  }
}

/**
 * What has changed after a version, in parts; at least one, with the totals alone. `null` when not
 * all hosts are remembered that were forgotten since: who is told the rest would keep those for ever.
 */
export function changeEvents(context: WebContext, since: number): Iterable<EventBytes> | null {
  const removed = context.fleet.removedSince(since);
  return removed === null ? null : changesOf(context, since, removed);
}

function* changesOf(context: WebContext, since: number, removed: readonly string[]) {
  const { fleet } = context;
  const id = eventId(context, fleet.version);
  const totals = totalsJson(fleet, momentOf(context));
  const gone = removed.filter((key) => fleet.host(key) === undefined);
  for (const { hosts, first, last } of parts(fleet.changedSince(since))) {
    const moment = momentOf(context);
    const rows = hosts.map((host) => rowJson(host, moment));
    const data = { nowMs: moment.nowMs + moment.aheadMs, totals, rows, removed: first ? gone : [] };
    yield encodeEvent("changes", data, last ? id : undefined);
  }
}

/** Hosts for one turn of the event loop each; no hosts are one empty part. */
function* parts(hosts: readonly Host[]) {
  for (let at = 0; at === 0 || at < hosts.length; at += HOSTS_PER_TURN) {
    const next = at + HOSTS_PER_TURN;
    yield { hosts: hosts.slice(at, next), first: at === 0, last: next >= hosts.length };
  }
}

/** One host, or that it is not known. */
export function hostEvent(context: WebContext, id: string): EventBytes {
  const host = context.fleet.host(id);
  if (host === undefined) return encodeEvent("gone", { id });
  return encodeEvent("host", detailJson(host, momentOf(context)));
}

/** That the stream is alive, the server's clock, and how the fleet is of which a host is looked at. */
export function tickEvent(context: WebContext): EventBytes {
  const moment = momentOf(context);
  const totals = totalsJson(context.fleet, moment);
  return encodeEvent("tick", { nowMs: moment.nowMs + moment.aheadMs, totals });
}

/** Why the stream ends here. */
export function droppedEvent(reason: string): EventBytes {
  return encodeEvent("dropped", { reason });
}
