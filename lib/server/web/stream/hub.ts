/**
 * Who listens to the fleet, to a part of it or to one host, and what each is sent in a round: an event is
 * encoded once for all. Rounds keep a steady pace, slower where one takes long. While
 * nobody listens, nothing is done.
 */
import {
  changeEvents,
  type EventBytes,
  EventClient,
  hostEvent,
  newsEvents,
  RETRY,
  snapshotEvents,
  tickEvent,
} from "./client.ts";
import { AlertNews } from "./alert_news.ts";
import type { WebContext } from "../api/context.ts";
import type { WindowQuery } from "../api/params.ts";
import { Rounds } from "./chunks.ts";
import { Windows } from "./window.ts";

/** What a client of one host has heard last: a version, or 0 for a host that is not known; and its alerts. */
interface HostListener {
  readonly id: string;
  version: number;
  alerts: EventBytes;
}

/** The listeners of one server. */
export class Hub {
  readonly #context: WebContext;
  readonly #fleetClients = new Set<EventClient>();
  readonly #hostClients = new Map<EventClient, HostListener>();
  /** Every client, those that are still being introduced too. */
  readonly #clients = new Set<EventClient>();
  /** Up to this version, the clients of the fleet have been told all, or are being told. */
  #version = 0;
  /** How far the wall clock was ahead when those of the fleet, and those of hosts, were told last. */
  #fleetAheadMs = 0;
  #hostsAheadMs = 0;
  readonly #windows: Windows;
  /** What stands, and the event of it that the clients of the fleet, and of parts of it, were told last. */
  readonly #alerts: AlertNews;
  #toldAlerts: EventBytes | null = null;
  /** A round of the whole fleet may take long; those of parts, of hosts and of alerts do not wait for it. */
  readonly #fleetRounds: Rounds;
  readonly #viewRounds: Rounds;

  constructor(context: WebContext) {
    this.#context = context;
    this.#windows = new Windows(context);
    this.#alerts = new AlertNews(context);
    this.#fleetRounds = new Rounds(context, {
      tell: (isHeartbeat) => this.#tellOfFleet(isHeartbeat),
      isWanted: () => this.#fleetClients.size > 0,
    });
    this.#viewRounds = new Rounds(context, {
      tell: (isHeartbeat) => {
        this.#tellOfHosts(isHeartbeat);
        this.#tellOfAlerts(null);
        return this.#windows.tell(isHeartbeat);
      },
      isWanted: () => this.#fleetClients.size + this.#hostClients.size + this.#windows.size > 0,
    });
  }

  /** A stream of the whole fleet: from a version that the client has, or all of it. */
  openFleet(since: number | null, onEnd: () => void): ReadableStream<EventBytes> {
    const client = this.#open(() => this.#introduceFleet(client, since), onEnd);
    return client.stream;
  }

  /** A stream of a part of the fleet. */
  openWindow(query: WindowQuery, onEnd: () => void): ReadableStream<EventBytes> {
    const client = this.#open(() => this.#introduceWindow(client, query), onEnd);
    return client.stream;
  }

  /** A stream of one host. */
  openHost(id: string, onEnd: () => void): ReadableStream<EventBytes> {
    const client = this.#open(() => this.#introduceHost(client, id), onEnd);
    return client.stream;
  }

  /** Tells everybody that the server ends. */
  close(): void {
    for (const client of this.#clients) client.drop("the server ends");
    this.#fleetRounds.close();
    this.#viewRounds.close();
  }

  #open(introduce: () => AsyncIterator<EventBytes>, onEnd: () => void): EventClient {
    const forget = () => {
      this.#clients.delete(client);
      this.#fleetClients.delete(client);
      this.#hostClients.delete(client);
      this.#windows.leave(client);
      onEnd();
    };
    // Made when first asked for, when `client` is there.
    const introduction = { next: () => (iterator ??= introduce()).next() };
    let iterator: AsyncIterator<EventBytes> | undefined;
    const client = new EventClient(introduction, this.#context, forget);
    this.#clients.add(client);
    return client;
  }

  /** Brings a client to where the others are, at its own pace, and lets it join them. */
  async *#introduceFleet(client: EventClient, since: number | null): AsyncGenerator<EventBytes> {
    const { fleet, pause } = this.#context;
    yield RETRY;
    let version = since;
    let aheadMs;
    do {
      aheadMs = this.#context.aheadMs();
      const next = fleet.version;
      for (const event of newsEvents(this.#context, version)) {
        yield event;
        await pause();
      }
      version = aheadMs === this.#context.aheadMs() ? next : null;
    } while (version === null || (this.#fleetClients.size > 0 && version < this.#version));
    if (!this.#clients.has(client)) return;
    if (this.#fleetClients.size === 0) {
      this.#version = version;
      this.#fleetAheadMs = aheadMs;
    }
    this.#fleetClients.add(client);
    this.#fleetRounds.start();
    this.#viewRounds.start();
    this.#tellOfAlerts(client);
  }

  async *#introduceWindow(client: EventClient, query: WindowQuery): AsyncGenerator<EventBytes> {
    yield RETRY;
    const event = await this.#windows.join(client, query);
    if (!this.#clients.has(client)) return this.#windows.leave(client);
    this.#viewRounds.start();
    this.#tellOfAlerts(client);
    yield event;
  }

  async *#introduceHost(client: EventClient, id: string): AsyncGenerator<EventBytes> {
    yield RETRY;
    const version = this.#context.fleet.host(id)?.version ?? 0;
    yield hostEvent(this.#context, id);
    if (!this.#clients.has(client)) return;
    const alerts = this.#alerts.ofHost(id);
    this.#hostClients.set(client, { id, version, alerts });
    this.#viewRounds.start();
    yield alerts;
  }

  async #tellOfFleet(isHeartbeat: boolean): Promise<void> {
    const { fleet, pause } = this.#context;
    const since = this.#version;
    const aheadMs = this.#context.aheadMs();
    const isSet = aheadMs !== this.#fleetAheadMs;
    if (this.#fleetClients.size === 0) return;
    if (!isHeartbeat && !isSet && since === fleet.version) return;
    // Set first: who joins during this round has been brought at least as far.
    this.#version = fleet.version;
    this.#fleetAheadMs = aheadMs;
    const events = isSet ? snapshotEvents(this.#context) : changeEvents(this.#context, since);
    if (events === null) {
      for (const client of this.#fleetClients) client.drop("too many hosts were forgotten at once");
      return;
    }
    for (const event of events) {
      for (const client of this.#fleetClients) client.push(event);
      await pause();
    }
  }

  #tellOfHosts(isHeartbeat: boolean): void {
    const { fleet, aheadMs } = this.#context;
    const isSet = aheadMs() !== this.#hostsAheadMs;
    this.#hostsAheadMs = aheadMs();
    const events = new Map<string, EventBytes>();
    const tick = isHeartbeat ? tickEvent(this.#context) : null;
    for (const [client, listener] of this.#hostClients) {
      const { id } = listener;
      const version = fleet.host(id)?.version ?? 0;
      if (isSet || version !== listener.version) {
        const event = events.get(id) ?? hostEvent(this.#context, id);
        events.set(id, event);
        listener.version = version;
        client.push(event);
      }
      const alerts = this.#alerts.ofHost(id);
      if (alerts !== listener.alerts) client.push(alerts);
      listener.alerts = alerts;
      if (tick !== null) client.push(tick);
    }
  }

  /** Tells all of the fleet, and of parts of it, what stands where that is news, and a newcomer anyway. */
  #tellOfAlerts(newcomer: EventClient | null): void {
    const alerts = this.#alerts.ofFleet;
    if (alerts === this.#toldAlerts) return newcomer?.push(alerts);
    this.#toldAlerts = alerts;
    for (const client of this.#fleetClients) client.push(alerts);
    this.#windows.push(alerts);
  }
}
