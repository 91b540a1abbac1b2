/**
 * A fleet as cells of one number each, as the grid of the page draws them: which hosts in which order, and
 * once a second their numbers and statuses in two lists, some bytes a host; as events, and as one answer for
 * who puts the cells of several fleets together. Where there are more hosts than cells, a cell stands for
 * several that follow each other. Pure.
 */
import type { SortColumn } from "../../../common/columns.ts";
import { MAX_CELLS, MAX_GROUPS } from "../../../common/limits.js";
import { HOST_STATUSES, STATUS_SEVERITY } from "../../../common/status.js";
import { sortKeyOf, type SortValue } from "../../fleet/index/query.ts";
import { type FleetOrder, orderFleet, totalsJson } from "../api/api.ts";
import { groupsJson } from "../api/groups.ts";
import { type Moment, momentOf, type WebContext } from "../api/context.ts";
import {
  type FleetQuery,
  readChoice,
  readFleetQuery,
  readInteger,
  readMaxGroups,
  SHARES,
  type WindowQuery,
} from "../api/params.ts";
import { encodeEvent, type EventBytes } from "./client.ts";

/** Minimum rest between two orders of one query, in multiples of what the last one took. */
export const REST_PER_ORDER = 20;

/** A metric that the index of the fleet has. */
type Share = Parameters<WebContext["fleet"]["index"]["metric"]>[0];

/** What the cells are of, and what they say. */
export interface Cells {
  readonly matched: number;
  readonly metric: string;
  /** Most hosts that one stands for. */
  readonly hostsPerCell: number;
  /** The first host of each. */
  readonly ids: readonly string[];
  readonly names: readonly string[];
  /** How many hosts each stands for. */
  readonly sizes: readonly number[];
  /** The highest of each, rounded as it is shown; `null` where none is known. */
  readonly values: readonly (number | null)[];
  /** The worst of each, as the digit of its place among all statuses. */
  readonly statuses: string;
  readonly group?: string;
  readonly groups?: readonly object[];
  readonly groupsOmitted?: number;
}

/** What is told with them. */
interface Head {
  readonly nowMs: number;
  readonly totals: object;
}

/** Those that follow from which hosts there are. */
const LISTS = ["ids", "names", "sizes"] as const;

/** Cells as an event, without the hosts where they are those that were told before. */
export function cellsEvent(head: Head, cells: Cells, before: Cells | null): EventBytes {
  const isOther = before === null ||
    LISTS.some((list) => isOtherThan(before[list], cells[list]));
  const lists = isOther ? {} : { ids: null, names: null, sizes: null };
  return encodeEvent("cells", { ...head, ...cells, ...lists });
}

/** What cells are asked for by. */
const PARAMETERS = ["sort", "order", "q", "status", "group", "groups", "cells", "hostsPerCell"];

/** The cells of a fleet now, with what the first host of each is sorted by. @throws {HttpError} 400. */
export async function cellsAnswer(context: WebContext, params: URLSearchParams) {
  const query = {
    ...readFleetQuery(params, 1, PARAMETERS),
    cells: readChoice(params, "cells", SHARES) ?? SHARES[0]!,
  };
  const minPerCell = readInteger(params, "hostsPerCell", 1, Number.MAX_SAFE_INTEGER) ?? 1;
  const { maxGroups } = readMaxGroups(params);
  const order = await orderFleet(context, query);
  const { cells, firsts } = cellsOf(context, query, order, { minPerCell, maxGroups });
  const { sort } = query;
  const keys = sort === null ? [] : firsts.map(slotValues(context.fleet, sort, order));
  return { ...headOf(order, totalsJson(context, order)), ...cells, keys };
}

/** What the host of a slot is sorted by, which can be compared with those of other fleets: the least age is the latest time. */
function slotValues(
  { index }: WebContext["fleet"],
  column: SortColumn,
  { nowMs, aheadMs }: Moment,
): (slot: number) => SortValue {
  if (column === "name" || column === "address") return (slot) => index.host(slot)![column];
  const keyOf = sortKeyOf(column)(index, nowMs);
  const ahead = column === "age" ? aheadMs : 0;
  return (slot) => {
    const key = keyOf(slot) - ahead;
    return Number.isNaN(key) ? null : key;
  };
}

function headOf({ nowMs, aheadMs }: Moment, totals: object): Head {
  return { nowMs: nowMs + aheadMs, totals };
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
    const { cells } = cellsOf(this.#context, this.query, order, USUAL);
    this.#cells = cells;
    this.#orderedMs = order.madeMs;
    this.#restMs = order.tookMs * REST_PER_ORDER;
    return cellsEvent(headOf(order, totalsOf()), cells, before);
  }

  /** All of it as an update has just told it, for one who joins. */
  wholeEvent(moment: Moment, totals: object): EventBytes {
    return cellsEvent(headOf(moment, totals), this.#cells!, null);
  }

  /** The same as before, as long as it is not due. */
  heartbeat(totals: object): EventBytes {
    return cellsEvent(headOf(momentOf(this.#context), totals), this.#cells!, this.#cells);
  }
}

/** How many hosts a cell must stand for so that all find room: each part may need one more than its share. */
export function hostsPerCellOf(hosts: number, parts: number): number {
  return Math.max(1, Math.ceil(hosts / Math.max(1, MAX_CELLS - parts)));
}

interface Limits {
  readonly minPerCell: number;
  readonly maxGroups: number;
}

const USUAL: Limits = { minPerCell: 1, maxGroups: MAX_GROUPS };

/** The cells of an order, and the slot of the first host of each. */
function cellsOf(
  context: WebContext,
  query: FleetQuery & Pick<WindowQuery, "cells">,
  { order, nowMs }: FleetOrder,
  { minPerCell, maxGroups }: Limits,
): { readonly cells: Cells; readonly firsts: readonly number[] } {
  const { index } = context.fleet;
  const parts = order.groups?.slice(0, maxGroups).map(({ hosts }) => hosts) ?? [order.matched];
  const all = parts.reduce((sum, size) => sum + size, 0);
  const slots = order.slice(0, all);
  const hostsPerCell = Math.max(minPerCell, hostsPerCellOf(all, parts.length));
  const numbers = index.metric(query.cells as Share);
  const firsts: number[] = [];
  const sizes: number[] = [];
  const values: (number | null)[] = [];
  const statuses: number[] = [];
  let begin = 0;
  for (const part of parts) {
    const end = begin + part;
    for (let first = begin; first < end; first += hostsPerCell) {
      const next = Math.min(end, first + hostsPerCell);
      let [highest, worst] = [-Infinity, 0];
      for (let at = first; at < next; at++) {
        const slot = slots[at]!;
        if (numbers[slot]! > highest) highest = numbers[slot]!;
        const place = HOST_STATUSES.indexOf(index.status(slot, nowMs));
        if (at === first || severityAt(place) > severityAt(worst)) worst = place;
      }
      firsts.push(slots[first]!);
      sizes.push(next - first);
      values.push(highest === -Infinity ? null : Math.round(highest));
      statuses.push(worst);
    }
    begin = end;
  }
  const hosts = context.fleet.hostsAt(Uint32Array.from(firsts));
  const [ids, names] = [hosts.map(({ key }) => key), hosts.map(({ name }) => name)];
  const cells = {
    ...{ matched: order.matched, metric: query.cells!, hostsPerCell },
    ...{ ids, names, sizes, values, statuses: statuses.join("") },
    ...groupsJson(context, query, order, maxGroups),
  };
  return { cells, firsts };
}

function isOtherThan(before: readonly SortValue[], now: readonly SortValue[]): boolean {
  return before.length !== now.length || before.some((text, at) => text !== now[at]);
}

/** Who said good-bye says nothing of others in its cell. */
function severityAt(place: number): number {
  const status = HOST_STATUSES[place]!;
  return status === "left" ? -1 : STATUS_SEVERITY[status];
}
