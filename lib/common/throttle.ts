/**
 * When a thing that may happen very often is worth a line in the log. Pure: clock and log are given.
 */
import type { Log } from "./log.ts";

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
