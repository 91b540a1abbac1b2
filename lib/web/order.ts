/**
 * The order of the fleet for those who ask for a part of it, in turns of the event loop that are
 * short, whatever the size of the fleet. Pure.
 */
import type { SlotOrder } from "../fleet/order.ts";
import type { HostQuery } from "../fleet/query.ts";
import { STEP } from "../fleet/text_order.ts";
import type { WebContext } from "./context.ts";

/** The fleet in an order: when that was, of how many hosts, after which change, and how long it took. */
export interface FleetOrder {
  readonly order: SlotOrder;
  readonly size: number;
  readonly version: number;
  readonly nowMs: number;
  readonly tookMs: number;
}

/** Orders the fleet as it is now, all names in their places. */
export async function orderFleet(
  { fleet, nowMs, pause }: WebContext,
  query: HostQuery,
): Promise<FleetOrder> {
  // No more often than for a fleet of which every name is new: some may change as fast as they are settled.
  for (let left = fleet.size; fleet.settleSome() && left > 0; left -= STEP) await pause();
  const startMs = nowMs();
  const order = fleet.order(query, startMs);
  const { size, version } = fleet;
  return { order, size, version, nowMs: startMs, tookMs: nowMs() - startMs };
}
