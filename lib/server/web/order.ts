/**
 * The order of the fleet for those who ask for a part of it, in turns of the event loop that are
 * short, whatever the size of the fleet. Pure.
 */
import type { SlotOrder } from "../fleet/index/order.ts";
import type { HostQuery } from "../fleet/index/query.ts";
import { STEP } from "../fleet/index/text_order.ts";
import { type Moment, momentOf, type WebContext } from "./api/context.ts";

/** The fleet in an order: when that was, of how many hosts, after which change, and how long it took. */
export interface FleetOrder extends Moment {
  readonly order: SlotOrder;
  readonly size: number;
  readonly version: number;
  readonly tookMs: number;
}

/** Orders the fleet as it is now, all names in their places. */
export async function orderFleet(
  context: WebContext,
  query: HostQuery,
): Promise<FleetOrder> {
  const { fleet, nowMs, pause } = context;
  // No more often than for a fleet of which every name is new: some may change as fast as they are settled.
  for (let left = fleet.size; fleet.settleSome() && left > 0; left -= STEP) await pause();
  const moment = momentOf(context);
  const order = fleet.order(query, moment.nowMs);
  const { size, version } = fleet;
  return { order, size, version, ...moment, tookMs: nowMs() - moment.nowMs };
}
