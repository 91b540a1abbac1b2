/**
 * Where datagrams come from, each source apart from the others: one that fails is left behind, and
 * the rest goes on until none is left.
 */
import type { Origin } from "../../common/address.ts";
import { describeError, type ThrottledLog } from "../../common/log.ts";
import type { Failures } from "../failures.ts";

/**
 * Takes one datagram: its bytes, which are valid only within the call, where it came from, and when, in
 * whole milliseconds on the program's steady clock. It never throws.
 */
export type Take = (bytes: Uint8Array, origin: Origin, atMs: number) => void;

/** Something that datagrams come from. */
export interface Source {
  /** What messages and metrics call it. */
  readonly name: string;
  /**
   * Hands every datagram to `take`, and each failure that it recovers from to `onFailure`. Resolves when
   * it has ended or was closed. @throws {Error} when it cannot go on.
   */
  run(take: Take, onFailure: (error: Error) => void): Promise<void>;
  /** Ends it: nothing is handed on afterwards. May be called before it runs, and more than once. */
  close(): void;
}

/** The sources of one server. */
export class Sources {
  readonly #sources: readonly Source[];
  readonly #failures: Failures;
  readonly #log: ThrottledLog;

  constructor(sources: readonly Source[], failures: Failures, log: ThrottledLog) {
    this.#sources = sources;
    this.#failures = failures;
    this.#log = log;
    for (const { name } of sources) failures.add(name);
  }

  /** Runs all until each has ended, or until `stop` is aborted. @throws {Error} when every one has failed. */
  async run(take: Take, stop: AbortSignal): Promise<void> {
    stop.addEventListener("abort", () => this.#close());
    if (stop.aborted) this.#close();
    const ends = await Promise.all(this.#sources.map((source) => this.#runOne(source, take)));
    const last = ends.at(-1);
    if (last !== undefined && !ends.includes("ended")) {
      throw new Error("Cannot go on: there is no source of datagrams left");
    }
  }

  async #runOne(source: Source, take: Take): Promise<"ended" | "failed"> {
    const { name } = source;
    try {
      await source.run(take, (error) => {
        this.#failures.count(name);
        this.#log.warn(name, () => `Cannot receive by ${name}: ${describeError(error)}`);
      });
      return "ended";
    } catch (error) {
      this.#failures.leaveBehind(name, error);
      source.close();
      return "failed";
    }
  }

  #close(): void {
    for (const source of this.#sources) {
      try {
        source.close();
      } catch (error) {
        this.#failures.leaveBehind(source.name, error);
      }
    }
  }
}
