/**
 * Rate limits for what costs memory or time: token buckets, one for each source network and one for all
 * together. Pure and bounded: time is an argument. Known senders never pay.
 */
import { sourceNetwork } from "./address.ts";

/** One bucket: its capacity, and how fast it refills. Whole milliseconds per token keep it exact. */
interface Allowance {
  readonly burst: number;
  readonly perSecond: number;
}

/** What each network may have, and what all may have together. */
export interface Allowances {
  readonly network: Allowance;
  readonly all: Allowance;
}

/**
 * Maximum number of networks with a bucket of their own. The least recently used one is forgotten first, and
 * so starts again with a full bucket: then the common bucket is the limit.
 */
export const MAX_NETWORKS = 4_096;

/** Buckets, each kept as the time at which it will be full. */
export class TokenBucket {
  readonly #allowances: Allowances;
  /** By their numbers, which nobody can choose: the engine would keep texts by a hash that anybody can. */
  readonly #networks = new Map<number, number>();
  #allFullMs = -Infinity;

  constructor(allowances: Allowances) {
    this.#allowances = allowances;
  }

  /** Networks that are remembered. */
  get size(): number {
    return this.#networks.size;
  }

  /** Takes tokens for a sender; `false`, and none taken, when its network or all together have too few left. */
  take(address: string, nowMs: number, tokens = 1): boolean {
    const network = sourceNetwork(address);
    const fullMs = network === null ? -Infinity : this.#networks.get(network) ?? -Infinity;
    const nextMs = afterTaking(tokens, fullMs, this.#allowances.network, nowMs);
    const nextAllMs = afterTaking(tokens, this.#allFullMs, this.#allowances.all, nowMs);
    if (nextAllMs === null || nextMs === null) return false;
    this.#allFullMs = nextAllMs;
    if (network !== null) this.#remember(network, nextMs);
    return true;
  }

  /** Returns the token just taken for a sender that has proven itself, or got nothing for it. */
  refund(address: string): void {
    const { network: own, all } = this.#allowances;
    this.#allFullMs -= tokenMs(all);
    const network = sourceNetwork(address);
    const fullMs = network === null ? undefined : this.#networks.get(network);
    if (fullMs !== undefined) this.#networks.set(network!, fullMs - tokenMs(own));
  }

  #remember(network: number, fullMs: number): void {
    this.#networks.delete(network);
    if (this.#networks.size >= MAX_NETWORKS) {
      this.#networks.delete(this.#networks.keys().next().value!);
    }
    this.#networks.set(network, fullMs);
  }
}

function tokenMs({ perSecond }: Allowance): number {
  return 1_000 / perSecond;
}

/** When a bucket will be full, some tokens taken; `null` where it has too few. */
function afterTaking(
  tokens: number,
  fullMs: number,
  allowance: Allowance,
  nowMs: number,
): number | null {
  const nextMs = Math.max(fullMs, nowMs) + tokens * tokenMs(allowance);
  return nextMs - nowMs > allowance.burst * tokenMs(allowance) ? null : nextMs;
}
