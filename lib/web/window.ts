/**
 * One part of the fleet in one order, as those who look at it were told of it last: who is in it,
 * and each row that has changed since. It sends nothing and is told when to look anew. Pure.
 */
import type { Host } from "../fleet/host.ts";
import type { WebContext } from "./context.ts";
import { encodeEvent, type EventBytes } from "./events.ts";
import { recentRowJson, rowJson } from "./json.ts";
import type { FleetOrder } from "./order.ts";
import type { WindowQuery } from "./params.ts";

/** Rows that trade places all the time cannot be read: an order holds so long while nobody comes or goes. */
export const REORDER_MS = 2_000;
/** An order is made anew no sooner than after so many times what it took. */
const REST_PER_ORDER = 20;

/** What is sent with every window. */
export type Totals = object;

/** Some hosts in a row out of all that a query lets through. */
export class FleetWindow {
  readonly query: WindowQuery;
  readonly #context: WebContext;
  /** Whoever is in it now, in order, and how many the query lets through. */
  #hosts: readonly Host[] = [];
  #matched = 0;
  /** What was told last: ids in their order, and the version of each one's row. */
  #toldIds: readonly string[] = [];
  #toldMatched = 0;
  #versions = new Map<string, number>();
  /** When it was put in order, after which change of the fleet, of how many hosts, and when it may be again. */
  #orderedMs = -Infinity;
  #orderedVersion = 0;
  #orderedSize = 0;
  #restMs = 0;

  constructor(context: WebContext, query: WindowQuery) {
    this.#context = context;
    this.query = query;
  }

  /** Whether it is time to look anew who is in it: after a while, or as a host has come or gone. */
  isDue(nowMs: number): boolean {
    const ageMs = nowMs - this.#orderedMs;
    return ageMs >= this.#restMs && (ageMs >= REORDER_MS || this.#hasOthers());
  }

  #hasOthers(): boolean {
    const { fleet } = this.#context;
    return fleet.size !== this.#orderedSize ||
      fleet.removedSince(this.#orderedVersion)?.length !== 0;
  }

  /** Looks who is in it, in an order of its query that has just been made. */
  arrange({ order, size, version, nowMs, tookMs }: FleetOrder): void {
    const { offset, limit } = this.query;
    this.#hosts = this.#context.fleet.hostsAt(order.slice(offset, limit));
    this.#matched = order.length;
    this.#orderedMs = nowMs;
    this.#orderedVersion = version;
    this.#orderedSize = size;
    this.#restMs = tookMs * REST_PER_ORDER;
  }

  /** All of it, for the first who looks at it. */
  firstEvent(totals: Totals): EventBytes {
    return this.#event(totals, this.#news(), true);
  }

  /** What the others were told, and each row as it is now, for one who joins them. */
  joinEvent(totals: Totals): EventBytes {
    const { fleet } = this.#context;
    const hosts = this.#toldIds.map((id) => fleet.host(id)).filter((host) => host !== undefined);
    const nowMs = this.#context.nowMs();
    const rows = hosts.map((host) => recentRowJson(host, nowMs));
    return this.#encode(totals, rows, hosts.map(({ key }) => key));
  }

  /** What is new since the last event; `null` where nothing is and nobody has to hear that. */
  nextEvent(totalsOf: () => Totals, isHeartbeat: boolean): EventBytes | null {
    const ids = this.#hosts.map(({ key }) => key);
    const isOther = ids.length !== this.#toldIds.length ||
      ids.some((id, at) => id !== this.#toldIds[at]);
    const rows = this.#news();
    const isNews = isOther || rows.length > 0 || this.#matched !== this.#toldMatched;
    return isNews || isHeartbeat ? this.#event(totalsOf(), rows, isOther) : null;
  }

  /** Rows that were not told yet as they are now; with its recent past whoever is new. */
  #news(): object[] {
    const nowMs = this.#context.nowMs();
    const news = this.#hosts.filter(({ key, version }) => this.#versions.get(key) !== version);
    return news.map((host) => {
      const isKnown = this.#versions.has(host.key);
      return isKnown ? rowJson(host, nowMs) : recentRowJson(host, nowMs);
    });
  }

  #event(totals: Totals, rows: readonly object[], isOther: boolean): EventBytes {
    this.#versions = new Map(this.#hosts.map(({ key, version }) => [key, version]));
    this.#toldIds = [...this.#versions.keys()];
    this.#toldMatched = this.#matched;
    return this.#encode(totals, rows, isOther ? this.#toldIds : null);
  }

  #encode(totals: Totals, rows: readonly object[], ids: readonly string[] | null): EventBytes {
    const nowMs = this.#context.nowMs();
    const { offset } = this.query;
    return encodeEvent("window", { nowMs, totals, matched: this.#matched, offset, ids, rows });
  }
}
