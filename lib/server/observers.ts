/**
 * Who is told what the fleet took in: views, the page, the watch. None knows another. One that
 * throws is left behind, and neither reception nor the others notice.
 */
import type { Failures } from "./failures.ts";
import type { Accepted } from "./fleet/receipt.ts";

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

/** Maximum of seconds that are told of at once: a longer time is passed over. */
const MAX_SECONDS = 86_400;

/** The observers of one server, in the order in which they were opened. */
export class Observers {
  readonly #failures: Failures;
  #open: readonly Observer[];
  readonly #closing: Promise<void>[] = [];
  /** The last that was told. */
  #second = NaN;

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
    const second = Math.floor(nowMs / 1_000);
    if (second === this.#second) return;
    const isNear = second > this.#second - 2 && second - this.#second <= MAX_SECONDS;
    if (!isNear) this.#second = second;
    while (this.#second < second) this.tick(++this.#second * 1_000);
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
