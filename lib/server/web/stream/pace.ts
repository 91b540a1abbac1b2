/**
 * The pace of work that may take long and that nobody waits for by the millisecond: short slices,
 * and after each a rest as long. So all who work at one pace together take half of the program's
 * time at most, and datagrams and other requests have the rest of it. Pure.
 */
import type { WebContext } from "../api/context.ts";

/** So much work is done between two rests. */
export const SLICE_MS = 3;

/** A pace for all who share it. */
export class Pace {
  readonly #context: Pick<WebContext, "nowMs" | "schedule">;
  #workedMs = 0;
  /** Ends with the rest; `null` while there is none. */
  #rest: Promise<void> | null = null;

  constructor(context: Pick<WebContext, "nowMs" | "schedule">) {
    this.#context = context;
  }

  /** The same pieces; how long each one takes to make is counted as work. */
  *count<T>(pieces: Iterable<T>): Generator<T> {
    const { nowMs } = this.#context;
    let startMs = nowMs();
    for (const piece of pieces) {
      this.#workedMs += nowMs() - startMs;
      yield piece;
      startMs = nowMs();
    }
  }

  /** Resolves at once within a slice, and after the rest when one is due. */
  async pause(): Promise<void> {
    // Another may have worked a whole slice since the rest ended.
    while (this.#rest !== null || this.#workedMs >= SLICE_MS) {
      await (this.#rest ??= this.#beginRest());
    }
  }

  #beginRest(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#context.schedule(() => {
      this.#rest = null;
      resolve();
    }, this.#workedMs);
    this.#workedMs = 0;
    return promise;
  }
}
