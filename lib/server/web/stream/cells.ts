/**
 * A fleet as cells of one number each, as the grid of the page draws them: which hosts in which order, and
 * once a second their numbers and statuses in two lists, some bytes a host. Where there are more hosts than
 * cells, a cell stands for several that follow each other. Pure.
 */
import { MAX_CELLS, MAX_GROUPS } from "../../../common/limits.js";
import { HOST_STATUSES, STATUS_SEVERITY } from "../../../common/status.js";
import type { FleetOrder } from "../api/api.ts";
import { groupsJson } from "../api/groups.ts";
import { type Moment, momentOf, type WebContext } from "../api/context.ts";
import type { WindowQuery } from "../api/params.ts";
import { encodeEvent, type EventBytes } from "./client.ts";

/** Minimum rest between two orders of one query, in multiples of what the last one took. */
export const REST_PER_ORDER = 20;

/** A metric that the index of the fleet has. */
type Share = Parameters<WebContext["fleet"]["index"]["metric"]>[0];

/** What the cells are of, and what they say. */
interface Cells {
  /** The first host of each. */
  readonly ids: readonly string[];
  readonly names: readonly string[];
  /** How many hosts each stands for; the last one of a group may stand for fewer. */
  readonly hostsPerCell: number;
  readonly matched: number;
  /** The highest of each, rounded as it is shown; `null` where none is known. */
  readonly values: readonly (number | null)[];
  /** The worst of each, as the digit of its place among all statuses. */
  readonly statuses: string;
  readonly groups: object;
}

/** The cells of one query, as its clients were told them last. */
export class CellsWindow {
  readonly query: WindowQuery;
  readonly #context: WebContext;
  #cells: Cells | null = null;
  #orderedMs = -Infinity;
  #restMs = 0;

  constructor(context: WebContext, query: WindowQuery) {
    this.#context = context;
    this.query = query;
  }

  /** How much an update makes, in rows; a cell is a small part of one. */
  get size(): number {
    return (this.#cells?.ids.length ?? 0) / 50;
  }

  /** Whether it is time to look again: once a second, as numbers that change faster cannot be read. */
  isDue(steadyMs: number, isHeartbeat: boolean): boolean {
    return isHeartbeat && steadyMs - this.#orderedMs >= this.#restMs;
  }

  /** Looks again, and tells what there is, with the hosts only where they are others. */
  update(order: FleetOrder, totalsOf: () => object, _isHeartbeat: boolean): EventBytes {
    const before = this.#cells;
    const cells = cellsOf(this.#context, this.query, order);
    this.#cells = cells;
    this.#orderedMs = order.madeMs;
    this.#restMs = order.tookMs * REST_PER_ORDER;
    const isOther = before === null || isOtherThan(before.ids, cells.ids) ||
      isOtherThan(before.names, cells.names);
    return this.#event(order, totalsOf(), isOther);
  }

  /** All of it as an update has just told it, for one who joins. */
  wholeEvent(moment: Moment, totals: object): EventBytes {
    return this.#event(moment, totals, true);
  }

  /** The same as before, as long as it is not due. */
  heartbeat(totals: object): EventBytes {
    return this.#event(momentOf(this.#context), totals, false);
  }

  #event({ nowMs, aheadMs }: Moment, totals: object, isOther: boolean): EventBytes {
    const { hostsPerCell, matched, values, statuses, groups } = this.#cells!;
    const { ids, names } = isOther ? this.#cells! : { ids: null, names: null };
    const cells = { matched, metric: this.query.cells, hostsPerCell, ids, names, values, statuses };
    return encodeEvent("cells", { nowMs: nowMs + aheadMs, totals, ...cells, ...groups });
  }
}

function cellsOf(context: WebContext, query: WindowQuery, { order, nowMs }: FleetOrder): Cells {
  const { index } = context.fleet;
  const sizes = order.groups?.slice(0, MAX_GROUPS).map(({ hosts }) => hosts) ?? [order.matched];
  const all = sizes.reduce((sum, size) => sum + size, 0);
  const slots = order.slice(0, all);
  // Each group may need one more than its share.
  const room = Math.max(1, MAX_CELLS - sizes.length);
  const hostsPerCell = Math.max(1, Math.ceil(all / room));
  const numbers = index.metric(query.cells as Share);
  const firsts: number[] = [];
  const values: (number | null)[] = [];
  const statuses: number[] = [];
  let begin = 0;
  for (const size of sizes) {
    const end = begin + size;
    for (let first = begin; first < end; first += hostsPerCell) {
      let [highest, worst] = [-Infinity, 0];
      for (let at = first; at < Math.min(end, first + hostsPerCell); at++) {
        const slot = slots[at]!;
        if (numbers[slot]! > highest) highest = numbers[slot]!;
        const place = HOST_STATUSES.indexOf(index.status(slot, nowMs));
        if (at === first || severityAt(place) > severityAt(worst)) worst = place;
      }
      firsts.push(slots[first]!);
      values.push(highest === -Infinity ? null : Math.round(highest));
      statuses.push(worst);
    }
    begin = end;
  }
  const hosts = context.fleet.hostsAt(Uint32Array.from(firsts));
  const [ids, names] = [hosts.map(({ key }) => key), hosts.map(({ name }) => name)];
  const groups = groupsJson(context, query, order);
  const { matched } = order;
  return { ids, names, hostsPerCell, matched, values, statuses: statuses.join(""), groups };
}

function isOtherThan(before: readonly string[], now: readonly string[]): boolean {
  return before.length !== now.length || before.some((text, at) => text !== now[at]);
}

/** Who said good-bye says nothing of others in its cell. */
function severityAt(place: number): number {
  const status = HOST_STATUSES[place]!;
  return status === "left" ? -1 : STATUS_SEVERITY[status];
}
