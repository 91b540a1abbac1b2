/**
 * The key that a host is known by, and rate limits for new hosts that have not authenticated. Pure. Known
 * hosts and senders of sealed datagrams are not limited.
 */
import type { Origin } from "../../../common/address.ts";
import { type Allowances, TokenBucket } from "../../../common/rate_limit.ts";
import type { Digest } from "../../../message/digest.ts";

/** Minimum burst, even where few hosts are kept: those find no room, and are counted as such. */
const LEAST_BURST = 2_000;
const NETWORK_PER_SECOND = 10;
const ALL_PER_SECOND = 100;
const FIRST_BURST = 100;
const FIRST_PER_SECOND = 500;

/**
 * The limits for a fleet of `maxHosts`. When the server starts, every host of the fleet is new within one
 * interval, perhaps all behind one router. After that, new ones are rare: 36,000 an hour of one network
 * and ten times as many in all are still more than a rollout needs.
 */
export function newcomerAllowances(maxHosts: number): Allowances {
  const burst = Math.max(LEAST_BURST, maxHosts);
  return {
    network: { burst, perSecond: NETWORK_PER_SECOND },
    all: { burst, perSecond: ALL_PER_SECOND },
  };
}

/**
 * The limits for the first host of a network: apart, so that no crowd of others uses up its share. They
 * also bound how many hosts senders with forged addresses, each of a new network, can evict.
 */
export function firstAllowances(maxHosts: number): Allowances {
  return {
    network: { burst: FIRST_BURST, perSecond: NETWORK_PER_SECOND },
    all: { burst: Math.max(LEAST_BURST, maxHosts), perSecond: FIRST_PER_SECOND },
  };
}

/** What new hosts pay from, in a fleet of `maxHosts`. */
export class AdmissionBudgets {
  readonly newcomers: TokenBucket;
  readonly firsts: TokenBucket;

  constructor(maxHosts: number) {
    this.newcomers = new TokenBucket(newcomerAllowances(maxHosts));
    this.firsts = new TokenBucket(firstAllowances(maxHosts));
  }

  /** Enters a host of a network that has so many, within the rate limit; what found no room is refunded. */
  admit<Entered>(
    hostname: string,
    places: number,
    nowMs: number,
    enter: () => Entered | "capacity",
  ): Entered | "budget" | "capacity" {
    const budget = places === 0 ? this.firsts : this.newcomers;
    if (!budget.take(hostname, nowMs)) return "budget";
    const entered = enter();
    if (entered === "capacity") budget.refund(hostname);
    return entered;
  }
}

/** What a host is known by: no id holds a dot, colon or slash, and every other key does. */
export function hostKey({ legacy, id, host }: Digest, { hostname }: Origin): string {
  return legacy ? hostname : id ?? `${hostname}/${host}`;
}
