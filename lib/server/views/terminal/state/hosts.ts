/**
 * The hosts as the table shows them: of the fleet as it is, of which only those that are seen are
 * looked at closely; or rows that were taken before, for a view that stands still. Pure.
 */
import type { Fleet } from "../../../fleet/fleet.ts";
import { type SortColumn } from "../../../../catalogue.ts";
import { filterRows, sortRows } from "../../../fleet/index/query.ts";
import { type HostRow, hostRow } from "../../../fleet/row.ts";

/** The keys of hosts in an order; an array of keys is one. */
export interface HostKeys {
  readonly length: number;
  /** The place of a host; −1 when it is not among them. */
  indexOf(key: string): number;
  at(index: number): string | undefined;
}

/** Hosts in an order. */
export interface OrderedHosts {
  readonly keys: HostKeys;
  /** The rows from a place on. */
  rows(first: number, count: number): readonly HostRow[];
}

/** All hosts, to be put in any order. */
export interface Hosts {
  readonly size: number;
  order(text: string, sort: SortColumn, descending: boolean): OrderedHosts;
}

/** Rows that do not change. */
export function hostsOfRows(all: readonly HostRow[]): Hosts {
  return {
    size: all.length,
    order(text, sort, descending) {
      const rows = sortRows(filterRows(all, text), sort, descending);
      return {
        keys: rows.map(({ key }) => key),
        rows: (first, count) => rows.slice(first, first + count),
      };
    },
  };
}

/** The hosts of a fleet; their status and age are those at a time. */
export function hostsOfFleet(fleet: Fleet, nowMs: number): Hosts {
  return {
    size: fleet.size,
    order(text, sort, descending) {
      fleet.settleSome();
      const order = fleet.order({ text, statuses: null, sort, descending }, nowMs);
      const hosts = (first: number, count: number) => fleet.hostsAt(order.slice(first, count));
      return {
        keys: {
          length: order.length,
          indexOf: (key) => order.indexOf(fleet.host(key)?.slot ?? NaN),
          at: (index) => hosts(index, 1)[0]?.key,
        },
        rows: (first, count) => hosts(first, count).map((host) => hostRow(host, nowMs)),
      };
    },
  };
}
