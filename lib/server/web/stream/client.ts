/**
 * A client of a stream: its events, and the queue of those that it has not read yet. A client that reads
 * too slowly is told so and dropped, and nobody else waits for it. Pure: timers are handed in.
 */
import type { Host } from "../../fleet/host/host.ts";
import { HOSTS_PER_TURN, momentOf, type WebContext } from "../api/context.ts";
import { detailJson, recentRowJson, rowJson, totalsJson } from "../api/api.ts";

/** One event, or several in a row, ready to be sent. */
export type EventBytes = Uint8Array<ArrayBuffer>;

const encoder = new TextEncoder();

/** Sent first: how soon to reconnect after an interruption. */
export const RETRY: EventBytes = encoder.encode("retry: 1000\n\n");

/** Encodes one event; its data is one line, as JSON always is. */
export function encodeEvent(event: string, data: unknown, id?: string): EventBytes {
  const idLine = id === undefined ? "" : `id: ${id}\n`;
  return encoder.encode(`event: ${event}\n${idLine}data: ${JSON.stringify(data)}\n\n`);
}

/**
 * The id of an event: until when it tells of the fleet, and of which run of the server. When the wall
 * clock is set, that run began at another time: clients that know other times need all of them again.
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
  const totals = totalsJson(context, momentOf(context));
  for (const { hosts, first, last } of parts(fleet.hosts())) {
    const moment = momentOf(context);
    const rows = hosts.map((host) => recentRowJson(host, moment));
    const nowMs = moment.nowMs + moment.aheadMs;
    const data = { nowMs, startedMs: runOf(context), first, last, totals, rows };
    yield encodeEvent("snapshot", data, last ? id : undefined);
  }
}

/**
 * What has changed after a version, in parts; at least one, with the totals alone. `null` when not
 * all hosts are remembered that were forgotten since: a client that got the rest would keep those for ever.
 */
export function changeEvents(context: WebContext, since: number): Iterable<EventBytes> | null {
  const removed = context.fleet.removedSince(since);
  return removed === null ? null : changesOf(context, since, removed);
}

function* changesOf(context: WebContext, since: number, removed: readonly string[]) {
  const { fleet } = context;
  const id = eventId(context, fleet.version);
  const totals = totalsJson(context, momentOf(context));
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
  const totals = totalsJson(context, moment);
  return encodeEvent("tick", { nowMs: moment.nowMs + moment.aheadMs, totals });
}

/** Why the stream ends here. */
export function droppedEvent(reason: string): EventBytes {
  return encodeEvent("dropped", { reason });
}

/** Maximum of bytes that wait for one client: what 10,000 hosts send in about ten seconds. */
export const MAX_WAITING_BYTES = 8 * 1_024 * 1_024;
/** Maximum time in which a client must ask for more after it was handed something. */
export const MAX_SILENCE_MS = 30_000;
/** Time for it to read that it is dropped. */
const FAREWELL_TIMEOUT_MS = 5_000;

/** What a client needs of its surroundings. */
type ClientContext = Pick<WebContext, "schedule">;

const TOO_SLOW = "this client is too slow";

/** A client that is connected, until its stream ends. */
export class EventClient {
  /** What is sent: the introduction first, then what is pushed. */
  readonly stream: ReadableStream<EventBytes>;
  readonly #context: ClientContext;
  readonly #onEnd: () => void;
  #introduction: AsyncIterator<EventBytes> | null;
  #waiting: EventBytes[] = [];
  #waitingBytes = 0;
  #controller!: ReadableStreamDefaultController<EventBytes>;
  #wake = () => {};
  #callOffTimeout = () => {};
  #callOffFarewell = () => {};
  /** Set as soon as nothing more is to be added, and when all is over. */
  #isClosing = false;
  #hasEnded = false;

  /** `introduction` is made as fast as the client takes it; `onEnd` is called once, when the stream has ended. */
  constructor(
    introduction: AsyncIterator<EventBytes>,
    context: ClientContext,
    onEnd: () => void,
  ) {
    this.#introduction = introduction;
    this.#context = context;
    this.#onEnd = onEnd;
    this.stream = new ReadableStream<EventBytes>({
      start: (controller) => {
        this.#controller = controller;
      },
      pull: () => this.#send(),
      cancel: () => this.#end(),
    }, { highWaterMark: 0 });
  }

  /** Adds to what waits; a client for which too much of it waits is dropped. */
  push(bytes: EventBytes): void {
    if (this.#isClosing) return;
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
    if (this.#waitingBytes > MAX_WAITING_BYTES) this.drop(TOO_SLOW);
    else this.#wake();
  }

  /** Tells the client why, and ends its stream; what waited is not sent. */
  drop(reason: string): void {
    if (this.#isClosing) return;
    this.#isClosing = true;
    this.#introduction = null;
    this.#waiting = [droppedEvent(reason)];
    this.#callOffFarewell = this.#context.schedule(() => {
      this.#controller.error(new Error(`Cannot send: ${reason}`));
      this.#end();
    }, FAREWELL_TIMEOUT_MS);
    this.#wake();
  }

  async #send(): Promise<void> {
    this.#callOffTimeout();
    try {
      const next = await this.#next();
      if (this.#hasEnded) return;
      if (next !== null) return this.#handOn(next);
      this.#controller.close();
      this.#end();
    } catch (error) {
      this.#end();
      throw error;
    }
  }

  /** A timer, as nothing is pushed to a client while it is introduced, which could take for ever. */
  #handOn(bytes: EventBytes): void {
    this.#controller.enqueue(bytes);
    const { schedule } = this.#context;
    this.#callOffTimeout = schedule(() => this.drop(TOO_SLOW), MAX_SILENCE_MS);
  }

  /** Waits for what is to be sent next; `null` after the last. */
  async #next(): Promise<EventBytes | null> {
    while (!this.#hasEnded) {
      const introduced = await this.#introduce();
      const next = introduced ?? this.#waiting.shift() ?? null;
      if (next !== null && introduced === null) this.#waitingBytes -= next.length;
      if (next !== null || this.#isClosing) return next;
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
    return null;
  }

  async #introduce(): Promise<EventBytes | null> {
    const introduction = this.#introduction;
    if (introduction === null) return null;
    const { done, value } = await introduction.next();
    // A client that was dropped meanwhile gets only the reason.
    if (this.#introduction !== introduction) return null;
    if (!done) return value;
    this.#introduction = null;
    return null;
  }

  #end(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = this.#isClosing = true;
    this.#callOffTimeout();
    this.#callOffFarewell();
    this.#waiting = [];
    this.#wake();
    this.#onEnd();
  }
}
