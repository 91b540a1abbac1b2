/**
 * Parts of the fleet, each in one order, as their clients were sent them last: which hosts are in it, and
 * each row that has changed since. Rows and their order are of one moment. Clients of the same part get the
 * same events, encoded once, and parts of one order cost that order once. Pure.
 */
import type { Host } from "../../fleet/host/host.ts";
import type { SortColumn } from "../../../common/columns.ts";
import { type FleetOrder, orderFleet, recentRowJson, rowJson, totalsJson } from "../api/api.ts";
import { groupsJson } from "../api/groups.ts";
import { HOSTS_PER_TURN, type Moment, momentOf, type WebContext } from "../api/context.ts";
import type { WindowQuery } from "../api/params.ts";
import { CellsWindow, REST_PER_ORDER } from "./cells.ts";
import { encodeEvent, type EventBytes, type EventClient } from "./client.ts";

/** Sorts in which hosts keep their places while their numbers change. */
const STEADY: readonly (SortColumn | null)[] = [null, "name", "address"];

/** What is sent with every window. */
type Totals = object;

/** Some hosts in a row out of all that a query lets through. */
class FleetWindow {
  readonly query: WindowQuery;
  readonly #context: WebContext;
  /** What was told last: hosts in their order, the version of each one's row, and how many the query lets through. */
  #hosts: readonly Host[] = [];
  /** By the hosts themselves, as the engine keeps texts by a hash that anybody can meet. */
  #versions = new Map<Host, number>();
  #matched = 0;
  /** The groups, where the query has them. */
  #groups: object = {};
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

  /** Maximum of rows that an update of it makes. */
  get size(): number {
    return this.#hosts.length;
  }

  /**
   * Whether it is time to look again: something has changed, or the wall clock was set; where hosts
   * trade places with every number in a heartbeat only, as nobody could read them otherwise.
   */
  isDue(steadyMs: number, isHeartbeat: boolean): boolean {
    if (steadyMs - this.#orderedMs < this.#restMs) return false;
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
   * Looks again, in an order of its query that has been made in this turn of the event loop, and tells
   * what is new; `null` where nothing is and nobody has to hear that.
   */
  update(order: FleetOrder, totalsOf: () => Totals, isHeartbeat: boolean): EventBytes | null {
    const before = this.#hosts;
    const { offset, limit } = this.query;
    this.#hosts = this.#context.fleet.hostsAt(order.order.slice(offset, limit));
    const isOther = this.#hosts.length !== before.length ||
      this.#hosts.some(({ key }, at) => key !== before[at]!.key);
    const rows = this.#takeNews(order);
    const isNews = isOther || rows.length > 0 || this.#matched !== order.order.matched;
    this.#note(order);
    return isNews || isHeartbeat ? this.#event(order, totalsOf(), rows, isOther) : null;
  }

  /** All of it as an update has just told it, for one who joins. */
  wholeEvent(moment: Moment, totals: Totals): EventBytes {
    const rows = this.#hosts.map((host) => recentRowJson(host, moment));
    return this.#event(moment, totals, rows, true);
  }

  /** An event without news. */
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

  #note({ order, size, version, madeMs, tookMs }: FleetOrder): void {
    this.#matched = order.matched;
    this.#groups = groupsJson(this.#context, this.query, order);
    this.#orderedMs = madeMs;
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
    const part = { matched: this.#matched, offset, ids, rows, ...this.#groups };
    return encodeEvent("window", { nowMs, totals, ...part });
  }
}

/** One window and those who look at it. */
interface View {
  readonly window: FleetWindow | CellsWindow;
  /** What the query says but for the part. */
  readonly orderKey: string;
  readonly clients: Set<EventClient>;
}

/** The windows of one server that somebody looks at. */
export class Windows {
  readonly #context: WebContext;
  readonly #views = new Map<string, View>();

  constructor(context: WebContext) {
    this.#context = context;
  }

  /** How many windows there are. */
  get size(): number {
    return this.#views.size;
  }

  /** Adds a client, and makes its first event; later ones are pushed to it. */
  async join(client: EventClient, query: WindowQuery): Promise<EventBytes> {
    const order = await orderFleet(this.#context, query);
    const { window, clients } = this.#viewOf(query);
    const totalsOf = this.#onceTotals();
    // The others have to be where the new one begins.
    push(clients, window.update(order, totalsOf, false));
    clients.add(client);
    return window.wholeEvent(order, totalsOf());
  }

  #viewOf(query: WindowQuery): View {
    const key = JSON.stringify(query);
    const view = this.#views.get(key) ??
      {
        window: new (query.cells === null ? FleetWindow : CellsWindow)(this.#context, query),
        orderKey: orderKeyOf(query),
        clients: new Set(),
      };
    this.#views.set(key, view);
    return view;
  }

  /** A client has stopped looking. */
  leave(client: EventClient): void {
    for (const [key, { clients }] of this.#views) {
      if (clients.delete(client) && clients.size === 0) this.#views.delete(key);
    }
  }

  /** Tells everybody the same. */
  push(event: EventBytes): void {
    for (const { clients } of this.#views.values()) push(clients, event);
  }

  /** Tells everybody what is new in what they look at. */
  async tell(isHeartbeat: boolean): Promise<void> {
    const totalsOf = this.#onceTotals();
    for (const alike of Map.groupBy(this.#views.values(), ({ orderKey }) => orderKey).values()) {
      const steadyMs = this.#context.steadyMs();
      if (alike.some(({ window }) => window.isDue(steadyMs, isHeartbeat))) {
        await this.#update(alike, totalsOf, isHeartbeat);
      } else if (isHeartbeat) {
        for (const { window, clients } of alike) push(clients, window.heartbeat(totalsOf()));
      }
    }
  }

  /** Looks again at all that have the same order: made once, and again after each turn of the event loop. */
  async #update(alike: readonly View[], totalsOf: () => Totals, isHeartbeat: boolean) {
    let order = await orderFleet(this.#context, alike[0]!.window.query);
    let rows = 0;
    for (const { window, clients } of alike) {
      if (rows >= HOSTS_PER_TURN) {
        await this.#context.pause();
        order = await orderFleet(this.#context, window.query);
        rows = 0;
      }
      push(clients, window.update(order, totalsOf, isHeartbeat));
      rows += window.size;
    }
    await this.#context.pause();
  }

  /** The totals, made when first asked for: they are a look at every host. */
  #onceTotals(): () => Totals {
    let totals: Totals | null = null;
    return () => totals ??= totalsJson(this.#context, momentOf(this.#context));
  }
}

function push(clients: Iterable<EventClient>, event: EventBytes | null): void {
  if (event === null) return;
  for (const client of clients) client.push(event);
}

function orderKeyOf({ offset: _, limit: __, ...query }: WindowQuery): string {
  return JSON.stringify(query);
}
