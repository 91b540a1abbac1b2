/**
 * What may happen only so often: token buckets for what costs us memory or time, for each source network
 * and for all together, and lines of a log that would come again and again. Pure and bounded: time is an
 * argument. Who is known is never asked to pay.
 */
import { sourceNetwork } from "./network.ts";
import type { Log } from "./log.ts";

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

/** Interval between two lines of one kind. */
const LOG_INTERVAL_MS = 60_000;

/** Lets one event of a kind pass per interval, and tells how many it suppressed since. */
export class Throttle {
  readonly #intervalMs: number;
  readonly #kinds = new Map<string, { passedMs: number; suppressed: number }>();

  constructor(intervalMs = LOG_INTERVAL_MS) {
    this.#intervalMs = intervalMs;
  }

  /** How many of its kind were suppressed before this one; `null` when this one is suppressed too. */
  pass(kind: string, nowMs: number): number | null {
    const last = this.#kinds.get(kind);
    if (last !== undefined && nowMs - last.passedMs < this.#intervalMs) {
      last.suppressed++;
      return null;
    }
    this.#kinds.set(kind, { passedMs: nowMs, suppressed: 0 });
    return last?.suppressed ?? 0;
  }
}

/** Logs one event of a kind a minute, with how many similar ones came before it; only its text is made. */
export class ThrottledLog {
  readonly #log: Pick<Log, "debug" | "warn">;
  readonly #nowMs: () => number;
  readonly #throttle = new Throttle();

  constructor(log: Pick<Log, "debug" | "warn">, nowMs: () => number) {
    this.#log = log;
    this.#nowMs = nowMs;
  }

  /** Warns of an event of a kind. */
  warn(kind: string, textOf: () => string): void {
    this.#write("warn", kind, textOf);
  }

  /** Tells of one that is usual, and of interest to those who look for a fault. */
  debug(kind: string, textOf: () => string): void {
    this.#write("debug", kind, textOf);
  }

  #write(level: "debug" | "warn", kind: string, textOf: () => string): void {
    const suppressed = this.#throttle.pass(kind, this.#nowMs());
    if (suppressed === null) return;
    const more = suppressed > 0 ? `; ${suppressed} similar messages suppressed` : "";
    this.#log[level](textOf() + more);
  }
}

/** Remembers which things fail, so that only a change of that is worth a line in the log. */
export class Failures {
  readonly #failing = new Set<string>();

  /** Notes how a thing is now: `failed` or `recovered` when that is a change, else `null`. */
  note(thing: string, fails: boolean): "failed" | "recovered" | null {
    if (fails === this.#failing.has(thing)) return null;
    if (fails) this.#failing.add(thing);
    else this.#failing.delete(thing);
    return fails ? "failed" : "recovered";
  }

  /** Notes all things that fail now: those that are not among them have recovered. */
  noteAll(failing: Iterable<string>): { readonly failed: string[]; readonly recovered: string[] } {
    const now = new Set(failing);
    const recovered = [...this.#failing.difference(now)];
    return {
      failed: [...now].filter((thing) => this.note(thing, true) !== null),
      recovered: recovered.filter((thing) => this.note(thing, false) !== null),
    };
  }
}
