/**
 * What may happen only so often, as it costs us memory or time: token buckets, for each source network and
 * for all together. Pure and bounded: time is an argument. Who is known is never asked to pay.
 */
import { sourceNetwork } from "./address.ts";

/** One bucket: what it holds at most, and how fast it fills again. Whole milliseconds per token keep it exact. */
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
 * Networks with a bucket of their own; the one that paid least lately is forgotten first, and so
 * begins again with a full bucket: what all have together is the limit then.
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

  /** Pays for a sender, one token unless more are asked for; `false`, and nothing paid, when its network or all have too few left. */
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

  /** Gives back what was just taken for a sender, as it has proven to be no stranger, or got nothing. */
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
