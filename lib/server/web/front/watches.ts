/**
 * What can be looked at through a front: rows in an order, one host, what stands. Each look asks the views, and
 * tells what is new in the events of a view's own streams. Pure.
 */
import { RECENT_METRICS } from "../../fleet/past/points.ts";
import type { WindowQuery } from "../api/params.ts";
import { HttpError } from "../http/response.ts";
import { encodeEvent, type EventBytes, RETRY } from "../stream/client.ts";
import type { FrontFleet, FrontPart } from "./fleet.ts";
import { queueOf, standingAt } from "./standing.ts";
import { CellsWatch } from "./cells.ts";
import type { Wanted, Watch } from "./streams.ts";
import type { Views } from "./views.ts";

/** The recent past of a row: told once, as whoever has that goes on with it. */
const RECENT = RECENT_METRICS.map(({ field }) => field);

/** Rows in an order. */
class WindowWatch implements Watch {
  readonly #fleet: FrontFleet;
  readonly #query: WindowQuery;
  #part: FrontPart | null = null;
  /** What was told of each host, and their order. */
  #told = new Map<string, string>();
  #ids: readonly string[] = [];

  constructor(fleet: FrontFleet, query: WindowQuery) {
    this.#fleet = fleet;
    this.#query = query;
  }

  async look() {
    const part = await this.#fleet.part(this.#query, true);
    const told = new Map(part.rows.map((row) => [row.id, textOf(row)]));
    const rows = part.rows.filter(({ id }) => told.get(id) !== this.#told.get(id))
      .map((row) => this.#told.has(row.id) ? withoutRecent(row) : row);
    const ids = part.rows.map(({ id }) => id);
    const isOther = ids.length !== this.#ids.length || ids.some((id, at) => id !== this.#ids[at]);
    this.#part = part;
    this.#told = told;
    this.#ids = ids;
    return [this.#event(rows, isOther)];
  }

  whole() {
    return [this.#event(this.#part!.rows, true)];
  }

  #event(rows: readonly object[], isOther: boolean): EventBytes {
    const { nowMs, totals, matched, groups } = this.#part!;
    const ids = isOther ? this.#ids : null;
    const part = { matched, offset: this.#query.offset, ids, rows, ...groups };
    return encodeEvent("window", { nowMs, totals, ...part });
  }
}

/** What a row says but for what follows from the time. */
function textOf({ ageMs: _, ...row }: FrontPart["rows"][number]): string {
  return JSON.stringify(withoutRecent(row));
}

function withoutRecent(row: object): object {
  return Object.fromEntries(Object.entries(row).filter(([field]) => !RECENT.includes(field)));
}

/** That the stream is alive, and how the fleet is. */
class TickWatch implements Watch {
  readonly #fleet: FrontFleet;
  #event: EventBytes = RETRY;

  constructor(fleet: FrontFleet) {
    this.#fleet = fleet;
  }

  async look() {
    this.#event = encodeEvent("tick", await this.#fleet.totals());
    return this.whole();
  }

  whole() {
    return [this.#event];
  }
}

/** One host. */
class HostWatch implements Watch {
  readonly #views: Views;
  readonly #id: string;
  #event: EventBytes = RETRY;
  #text = "";

  constructor(views: Views, id: string) {
    this.#views = views;
    this.#id = id;
  }

  async look() {
    const host = await this.#ask();
    const text = JSON.stringify(host && { ...host, nowMs: 0, row: { ...host.row, ageMs: 0 } });
    if (text === this.#text) return [];
    this.#text = text;
    this.#event = host === null ? encodeEvent("gone", { id: this.#id }) : encodeEvent("host", host);
    return this.whole();
  }

  async #ask() {
    try {
      return (await hostAt(this.#views, this.#id)).data;
    } catch (error) {
      if (error instanceof HttpError && error.status === 404) return null;
      throw error;
    }
  }

  whole() {
    return [this.#event];
  }
}

/** What a view says of a host: of several that know it, the one that heard it last. @throws {HttpError} */
export function hostAt(views: Views, id: string) {
  const path = `api/hosts/${encodeURIComponent(id)}`;
  return views.find(path, (a, b) => b.row.lastSeenMs - a.row.lastSeenMs, { fields: ["row"] });
}

/** The alerts that stand, of all or of one host. */
class AlertsWatch implements Watch {
  readonly #views: Views;
  readonly #host: string | null;
  #text = "";

  constructor(views: Views, host: string | null) {
    this.#views = views;
    this.#host = host;
  }

  async look() {
    const queue = queueOf(await standingAt(this.#views, this.#host));
    const text = JSON.stringify(queue);
    if (text === this.#text) return [];
    this.#text = text;
    return this.whole();
  }

  whole() {
    return [encodeEvent("alerts", JSON.parse(this.#text))];
  }
}

/** What a stream of a part of the fleet tells. */
export function windowWatches(fleet: FrontFleet, views: Views, query: WindowQuery): Wanted[] {
  const watch = () =>
    query.cells === null ? new WindowWatch(fleet, query) : new CellsWatch(views, query);
  return [[JSON.stringify(query), watch], ["", () => new AlertsWatch(views, null)]];
}

/** What a stream of one host tells. */
export function hostWatches(fleet: FrontFleet, views: Views, id: string): Wanted[] {
  return [
    [`host ${id}`, () => new HostWatch(views, id)],
    [`of ${id}`, () => new AlertsWatch(views, id)],
    ["tick", () => new TickWatch(fleet)],
  ];
}
