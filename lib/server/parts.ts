/**
 * The parts of a server: sources, which datagrams come from, and observers, such as the views, which are
 * told what the fleet took in. Each is apart from the others: one that fails is logged, counted and left
 * behind, and neither reception nor the rest notices. The counts only grow, and /metrics and the API
 * show them.
 */
import { describeError, type Log, type ThrottledLog } from "../common/log.ts";
import { endTurn } from "../common/timeout.ts";
import type { Origin } from "../common/address.ts";
import type { Metric } from "../message/message.ts";
import type { Accepted } from "./fleet/receipt.ts";

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

/**
 * Takes one datagram: its bytes, which are valid only within the call, where it came from, and when, in
 * whole milliseconds on the program's steady clock; by which site, as the fleet numbers it, where another
 * server heard it. It never throws.
 */
export type Take = (bytes: Uint8Array, origin: Origin, atMs: number, site?: number) => void;

/** Datagrams that the kernel dropped at our sockets since the start; `null` where that is not known. */
export interface KernelDrops {
  /** By the last reading, which may be some seconds old. */
  readonly known: (nowMs: number) => Metric;
  /**
   * By a reading that begins now, or by the one before where that fails, as when the sockets are closed.
   * It never rejects, and answers in the order of its calls.
   */
  readonly read: (nowMs: number) => Promise<Metric>;
}

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

/** Something that follows the fleet. It may look at the fleet at any time, and never changes it. */
export interface Observer {
  /** What messages and metrics call it. */
  readonly name: string;
  /** Told of each accepted datagram, at whole milliseconds of the fleet's clock, before the next is received. */
  accepted?(receipt: Accepted, atMs: number): void;
  /**
   * Told each whole second of the fleet's clock, in order, before any datagram of that second or later,
   * and whether or not anything is received.
   */
  tick?(nowMs: number): void;
  /** Ends it, and gives back what it holds. */
  close(): Promise<void> | void;
}

/** Up to this many hosts get a line each; of more, this many are named in one. */
const MAX_LINES = 3;

/**
 * What an observer logs of some hosts: a line for each, or one for all when they are many; `all` is given
 * how many hosts they are, and what some of them are called.
 */
export function linesOf<T extends { readonly name: string }>(
  hosts: readonly T[],
  one: (host: T) => string,
  all: (hosts: string, names: string) => string,
): string[] {
  if (hosts.length <= MAX_LINES) return hosts.map(one);
  const names = hosts.slice(0, MAX_LINES).map(({ name }) => name).join(", ");
  return [all(`${hosts.length} hosts`, `${names} and ${hosts.length - MAX_LINES} more`)];
}

/** Maximum of seconds that are told of at once: a longer time is passed over. */
const MAX_SECONDS = 86_400;

/** The observers of one server, in the order in which they were opened. */
export class Observers {
  readonly #failures: Failures;
  #open: readonly Observer[];
  readonly #closing: Promise<void>[] = [];
  /** The last that was told. */
  #second = NaN;
  /** How often it was asked to go on in turns: the last one counts. */
  #turns = 0;

  constructor(observers: readonly Observer[], failures: Failures) {
    this.#open = observers;
    this.#failures = failures;
    for (const { name } of observers) failures.add(name);
  }

  /** Tells all of an accepted datagram. */
  accepted(receipt: Accepted, atMs: number): void {
    for (const observer of this.#open) {
      try {
        observer.accepted?.(receipt, atMs);
      } catch (error) {
        this.#leaveBehind(observer, error);
      }
    }
  }

  /** Tells all each whole second up to a time; where time has gone back, from there on. */
  advance(nowMs: number): void {
    while (this.#advance(nowMs));
  }

  /** The same with one second in each turn of the event loop: whoever catches up has many at a time. */
  async goOn(nowMs: () => number, pause = endTurn): Promise<void> {
    const turns = ++this.#turns;
    while (turns === this.#turns && this.#advance(nowMs())) await pause();
  }

  /** Tells all the next second up to a time; whether there is another. */
  #advance(nowMs: number): boolean {
    const second = Math.floor(nowMs / 1_000);
    const ahead = second - this.#second;
    if (ahead === 0 || ahead === -1) return false;
    if (ahead > 0 && ahead <= MAX_SECONDS) this.tick(++this.#second * 1_000);
    else this.#second = second;
    return this.#second < second;
  }

  /** Tells all the time. */
  tick(nowMs: number): void {
    for (const observer of this.#open) {
      try {
        observer.tick?.(nowMs);
      } catch (error) {
        this.#leaveBehind(observer, error);
      }
    }
  }

  /** Closes all, the newest first; none waits for another. Resolves when all have ended. */
  async close(): Promise<void> {
    this.#turns++;
    for (const observer of this.#open.toReversed()) this.#closing.push(this.#close(observer));
    this.#open = [];
    await Promise.all(this.#closing);
  }

  #leaveBehind(observer: Observer, error: unknown): void {
    // A new list: the loop that met the failure goes on over the old one.
    this.#open = this.#open.filter((other) => other !== observer);
    this.#failures.leaveBehind(observer.name, error);
    this.#closing.push(this.#close(observer));
  }

  async #close(observer: Observer): Promise<void> {
    try {
      await observer.close();
    } catch (error) {
      this.#failures.leaveBehind(observer.name, error);
    }
  }
}
