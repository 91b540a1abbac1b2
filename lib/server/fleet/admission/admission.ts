/**
 * What a host is known by, and how many that have proven nothing may be new at once. Pure. Whoever is
 * known, and whoever sends sealed datagrams, is not asked.
 */
import type { Origin } from "../../../common/address.ts";
import { type Allowances, TokenBucket } from "../../../common/rate_limit.ts";
import type { Digest } from "../../../message/digest.ts";

/** So many may come at once even where few hosts are kept: those find no room, and hear so. */
const LEAST_BURST = 2_000;
const NETWORK_PER_SECOND = 10;
const ALL_PER_SECOND = 100;
const FIRST_BURST = 100;
const FIRST_PER_SECOND = 500;

/**
 * What fits a fleet of `maxHosts`. When the server starts, every host of the fleet is new within one
 * interval, and may come at once, also behind one router. After that, new ones are rare: 36,000 an hour
 * of one network, ten times as many of all, still more than a fleet that is rolled out needs.
 */
export function newcomerAllowances(maxHosts: number): Allowances {
  const burst = Math.max(LEAST_BURST, maxHosts);
  return {
    network: { burst, perSecond: NETWORK_PER_SECOND },
    all: { burst, perSecond: ALL_PER_SECOND },
  };
}

/**
 * The same for the first host of a network: apart, so that no crowd of others uses up what it may have.
 * No more than that many hosts can be put out by forged senders, of whom each is of a new network.
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
}

/** What a host is known by: no id holds a dot, colon or slash, and every other key does. */
export function hostKey({ legacy, id, host }: Digest, { hostname }: Origin): string {
  return legacy ? hostname : id ?? `${hostname}/${host}`;
}
