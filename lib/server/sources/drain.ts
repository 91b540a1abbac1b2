/**
 * A receiver for large fleets: a thread empties the socket into memory, and the program takes the
 * datagrams from there when it comes to them. Its one job is that thread.
 */
import { Clock } from "../../common/clock.ts";
import type { Address } from "../../common/format.ts";
import { MAX_DATAGRAM_BYTES } from "../../message/message.ts";
import { bindFailure, plainAddress, type Receiver } from "./udp.ts";
import { makeRing, RingReader } from "./ring.ts";
import thread from "./thread.js" with { type: "text" };

/** Datagrams that are taken in one turn of the event loop: a millisecond or two of work. */
const PER_TURN = 128;

/** Datagrams that come within so long are taken together: to be woken for each costs more than to take it. */
const GATHER_MS = 5;

/** The thread, whose types are checked with all others': `deno test` would do it again, and print it. */
const CHECKED = thread.replace("// @ts-check\n", "");

/** What the thread tells; nothing but that there is more when all are absent. */
interface News {
  readonly addresses?: readonly Address[];
  /** When they were bound, by the thread's clock. */
  readonly nowMs?: number;
  readonly refusal?: Error;
  readonly fault?: Error;
}

/**
 * Starts the thread and binds its sockets; of `mostSenders` the addresses are kept at hand.
 *
 * @throws {Error} that says what to do when it cannot be bound.
 */
export async function bindDrain(
  listen: Address,
  mostSenders: number,
  clock: Pick<Clock, "nowMs"> = new Clock(),
): Promise<Receiver> {
  const memory = makeRing();
  // As text, so that no permission to read is needed.
  const worker = new Worker(`data:text/javascript,${encodeURIComponent(CHECKED)}`, {
    type: "module",
  });
  const limit = MAX_DATAGRAM_BYTES + 1;
  const askedMs = clock.nowMs();
  worker.postMessage({ listen, memory, limit });
  const { addresses, nowMs = NaN, refusal } = await firstNews(worker);
  if (addresses === undefined) {
    worker.terminate();
    throw bindFailure(listen, refusal!);
  }
  const ring = new RingReader(memory, limit, mostSenders);
  return new Drain(worker, addresses, ring, clockDifference(nowMs, askedMs, clock.nowMs()));
}

/**
 * What is to be added to the times of another clock that read `theirMs` between two moments of ours:
 * nothing, but where the wall clock, by which each begins, was set after the one had begun.
 */
export function clockDifference(theirMs: number, fromMs: number, untilMs: number): number {
  return Math.min(Math.max(theirMs, fromMs), untilMs) - theirMs;
}

function firstNews(worker: Worker): Promise<News> {
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => resolve(data);
    onEnd(worker, reject);
  });
}

/** Calls `fail` when the thread ends by a fault of its own. */
function onEnd(worker: Worker, fail: (error: Error) => void): void {
  worker.onerror = (event) => {
    event.preventDefault();
    fail(new Error(`Cannot receive: ${event.message}`));
  };
}

class Drain implements Receiver {
  readonly addresses: readonly Address[];
  readonly #worker: Worker;
  readonly #ring: RingReader;
  readonly #differenceMs: number;
  #end = () => {};
  #closed = false;

  constructor(
    worker: Worker,
    addresses: readonly Address[],
    ring: RingReader,
    differenceMs: number,
  ) {
    this.#worker = worker;
    this.addresses = addresses;
    this.#ring = ring;
    this.#differenceMs = differenceMs;
  }

  receiveAll(...[take, onFailure]: Parameters<Receiver["receiveAll"]>): Promise<void> {
    if (this.#closed) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const turns = new MessageChannel();
      const turn = () => {
        if (this.#closed) return;
        if (this.#readSome(take, onFailure) || !this.#ring.rest()) turns.port2.postMessage(null);
      };
      turns.port1.onmessage = turn;
      this.#worker.onmessage = ({ data: { fault } }: MessageEvent<News>) =>
        fault === undefined ? setTimeout(turn, GATHER_MS) : onFailure(fault);
      onEnd(this.#worker, reject);
      this.#end = () => {
        turns.port1.close();
        resolve();
      };
      turn();
    });
  }

  /** Whether there are more. */
  #readSome(...[take, onFailure]: Parameters<Receiver["receiveAll"]>): boolean {
    try {
      return this.#ring.read(PER_TURN, (bytes, sender, atMs) => {
        if (!this.#closed) take(bytes, plainAddress(sender), atMs + this.#differenceMs);
      });
    } catch (error) {
      onFailure(error as Error);
      return true;
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#worker.terminate();
    this.#end();
  }
}
