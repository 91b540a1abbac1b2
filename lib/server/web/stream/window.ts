/**
 * One part of the fleet in one order, as those who look at it were told of it last: who is in it,
 * and each row that has changed since. Rows and their order are of one moment. Pure; it sends nothing
 * and is told when to look anew.
 */
import type { Host } from "../../fleet/host.ts";
import type { SortColumn } from "../../../catalogue.ts";
import { type Moment, momentOf, type WebContext } from "../api/context.ts";
import { encodeEvent, type EventBytes } from "./events.ts";
import { recentRowJson, rowJson } from "../api/json.ts";
import type { FleetOrder } from "../order.ts";
import type { WindowQuery } from "../api/params.ts";

/** Interval between two orders of one window: as many times what the last one took, at least. */
const REST_PER_ORDER = 20;
/** Sorts in which hosts keep their places while their numbers change. */
const STEADY: readonly (SortColumn | null)[] = [null, "name", "address"];

/** What is sent with every window. */
export type Totals = object;

/** Some hosts in a row out of all that a query lets through. */
export class FleetWindow {
  readonly query: WindowQuery;
  readonly #context: WebContext;
  /** What was told last: hosts in their order, the version of each one's row, and how many the query lets through. */
  #hosts: readonly Host[] = [];
  /** By the hosts themselves, as the engine keeps texts by a hash that anybody can meet. */
  #versions = new Map<Host, number>();
  #matched = 0;
  #aheadMs = 0;
  /** When it was put in order, after which change of the fleet, of how many hosts, and when it may be again. */
  #orderedMs = -Infinity;
  #orderedVersion = 0;
  #orderedSize = 0;
  #restMs = 0;

  constructor(context: WebContext, query: WindowQuery) {
    this.#context = context;
    this.query = query;
  }

  /** Most rows that an update of it makes. */
  get size(): number {
    return this.#hosts.length;
  }

  /**
   * Whether it is time to look anew: as something has changed, or the wall clock was set, but where hosts trade places with every
   * number in a heartbeat only, as nobody could read them otherwise.
   */
  isDue(nowMs: number, isHeartbeat: boolean): boolean {
    if (nowMs - this.#orderedMs < this.#restMs) return false;
    const { fleet } = this.#context;
    const isSteady = STEADY.includes(this.query.sort);
    if (this.#context.aheadMs() !== this.#aheadMs) return true;
    return isHeartbeat || this.#hasOthers() || isSteady && fleet.version !== this.#orderedVersion;
  }

  #hasOthers(): boolean {
    const { fleet } = this.#context;
    return fleet.size !== this.#orderedSize ||
      fleet.removedSince(this.#orderedVersion)?.length !== 0;
  }

  /**
   * Looks anew, in an order of its query that has been made in this turn of the event loop, and tells
   * what is new; `null` where nothing is and nobody has to hear that.
   */
  update(order: FleetOrder, totalsOf: () => Totals, isHeartbeat: boolean): EventBytes | null {
    const before = this.#hosts;
    const { offset, limit } = this.query;
    this.#hosts = this.#context.fleet.hostsAt(order.order.slice(offset, limit));
    const isOther = this.#hosts.length !== before.length ||
      this.#hosts.some(({ key }, at) => key !== before[at]!.key);
    const rows = this.#takeNews(order);
    const isNews = isOther || rows.length > 0 || this.#matched !== order.order.length;
    this.#note(order);
    return isNews || isHeartbeat ? this.#event(order, totalsOf(), rows, isOther) : null;
  }

  /** All of it as an update has just told it, for one who joins. */
  wholeEvent(moment: Moment, totals: Totals): EventBytes {
    const rows = this.#hosts.map((host) => recentRowJson(host, moment));
    return this.#event(moment, totals, rows, true);
  }

  /** That nothing is told. */
  heartbeat(totals: Totals): EventBytes {
    return this.#event(momentOf(this.#context), totals, [], false);
  }

  /**
   * Rows that were not told yet as they are now; with its recent past whoever is new, and everybody
   * after the wall clock was set.
   */
  #takeNews(moment: Moment): readonly object[] {
    const isSet = moment.aheadMs !== this.#aheadMs;
    this.#aheadMs = moment.aheadMs;
    const versions = this.#versions;
    this.#versions = new Map(this.#hosts.map((host) => [host, host.version]));
    const news = this.#hosts.filter((host) => isSet || versions.get(host) !== host.version);
    return news.map((host) =>
      versions.has(host) && !isSet ? rowJson(host, moment) : recentRowJson(host, moment)
    );
  }

  #note({ order, size, version, nowMs, tookMs }: FleetOrder): void {
    this.#matched = order.length;
    this.#orderedMs = nowMs;
    this.#orderedVersion = version;
    this.#orderedSize = size;
    this.#restMs = tookMs * REST_PER_ORDER;
  }

  #event(
    { nowMs: fleetMs, aheadMs }: Moment,
    totals: Totals,
    rows: readonly object[],
    isOther: boolean,
  ): EventBytes {
    const nowMs = fleetMs + aheadMs;
    const { offset } = this.query;
    const ids = isOther ? this.#hosts.map(({ key }) => key) : null;
    return encodeEvent("window", { nowMs, totals, matched: this.#matched, offset, ids, rows });
  }
}
