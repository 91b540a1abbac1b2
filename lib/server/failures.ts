/**
 * What fails inside the server without ending it: each failure of a part, which is a source or an
 * observer, is logged and counted. The counts only grow, and /metrics and the API show them.
 */
import { describeError, type Log } from "../common/log.ts";

/** Failures since the start, by part. */
export class Failures {
  readonly #log: Pick<Log, "error">;
  readonly #counts = new Map<string, number>();

  constructor(log: Pick<Log, "error">) {
    this.#log = log;
  }

  /** How often each part has failed; 0 for one that has not. */
  get counts(): ReadonlyMap<string, number> {
    return this.#counts;
  }

  /** Begins the count of a part at 0, so that its first failure shows as an increase. */
  add(part: string): void {
    this.#counts.set(part, 0);
  }

  /** Counts a failure that the part recovers from. */
  count(part: string): void {
    this.#counts.set(part, (this.#counts.get(part) ?? 0) + 1);
  }

  /** Counts a failure that ends the part, and logs it. */
  leaveBehind(part: string, error: unknown): void {
    this.count(part);
    this.#log.error(`Cannot run ${part}: ${describeError(error)}; continuing without it`);
  }
}
