/**
 * How many hosts that have proven nothing may be new at once. Pure. Whoever is known, and whoever
 * sends sealed datagrams, is not asked.
 */
import type { Allowances } from "../budget.ts";

/** So many may come at once even where few hosts are kept: those find no room, and hear so. */
const LEAST_BURST = 2_000;
const NETWORK_PER_SECOND = 10;
const ALL_PER_SECOND = 100;

/**
 * What fits a fleet of `maxHosts`. When the server starts, every host of the fleet is new within one
 * interval: all may come at once. Behind one router may be half of them, and no more, so that no
 * one network can take all the room: 2,000 of one /24 are in at once, and with `--max-hosts 30000`
 * so are 30,000 behind two. After that, new ones are rare: 36,000 an hour of one network, ten times
 * as many of all, still more than a fleet that is rolled out needs, and no more churn than that can
 * be forced on us by forged senders.
 */
export function newcomerAllowances(maxHosts: number): Allowances {
  const most = Math.max(LEAST_BURST, maxHosts);
  return {
    network: {
      burst: Math.max(LEAST_BURST, Math.ceil(maxHosts / 2)),
      perSecond: NETWORK_PER_SECOND,
    },
    all: { burst: most, perSecond: ALL_PER_SECOND },
  };
}
