/**
 * UDP sockets for large fleets: a thread empties them into memory, and the program takes the datagrams
 * from there when it comes to them. Its one job is that thread.
 */
import type { Address } from "../../common/address.ts";
import { MAX_DATAGRAM_BYTES } from "../../message/message.ts";
import { makeRing, RingReader } from "./ring.ts";
import type { Source, Take } from "./sources.ts";
import thread from "./thread.js" with { type: "text" };

/** Datagrams that are taken in one turn of the event loop: a millisecond or two of work. */
const PER_TURN = 128;

/** Datagrams that come within this time are taken together: to be woken for each costs more than to take it. */
const GATHER_MS = 5;

/** The thread, whose types are checked with all others': `deno test` would do it again, and print it. */
const CHECKED = thread.replace("// @ts-check\n", "");

/** What the thread tells; nothing but that there is more when all are absent. */
interface News {
  readonly addresses?: readonly Address[];
  /** When they were bound, by the thread's clock. */
  readonly nowMs?: number;
  /** Why they cannot be bound: an error's name and message. */
  readonly bindError?: Error;
  readonly receiveError?: Error;
}

/** How many senders to keep the addresses of at hand, and the program's steady clock. */
interface DrainOptions {
  readonly maxHosts: number;
  readonly nowMs: () => number;
}

/** Starts the thread and binds its sockets. @throws {Error} of the system when they cannot be bound. */
export async function bindDrain(
  listen: Address,
  { maxHosts, nowMs }: DrainOptions,
): Promise<Drain> {
  const memory = makeRing();
  // As text, so that no permission to read is needed.
  const worker = new Worker(`data:text/javascript,${encodeURIComponent(CHECKED)}`, {
    type: "module",
  });
  const limit = MAX_DATAGRAM_BYTES + 1;
  const askedMs = nowMs();
  worker.postMessage({ listen, memory, limit });
  const { addresses, nowMs: theirMs = NaN, bindError } = await firstNews(worker);
  if (addresses === undefined) {
    worker.terminate();
    throw bindError;
  }
  const ring = new RingReader(memory, limit, maxHosts);
  return new Drain(worker, addresses, ring, clockDifference(theirMs, askedMs, nowMs()));
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
    fail(new Error(`Cannot go on: the receiving thread ended (${event.message})`));
  };
}

/** The thread and the memory that it writes to. */
class Drain implements Source {
  readonly name = "udp";
  readonly addresses: readonly Address[];
  readonly #worker: Worker;
  readonly #ring: RingReader;
  readonly #differenceMs: number;
  #end = () => {};
  #isClosed = false;

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

  run(take: Take, onFailure: (error: Error) => void): Promise<void> {
    if (this.#isClosed) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const turns = new MessageChannel();
      const turn = () => {
        if (this.#isClosed) return;
        if (this.#readSome(take, onFailure) || !this.#ring.rest()) turns.port2.postMessage(null);
      };
      turns.port1.onmessage = turn;
      this.#worker.onmessage = ({ data: { receiveError } }: MessageEvent<News>) =>
        receiveError === undefined ? setTimeout(turn, GATHER_MS) : onFailure(receiveError);
      onEnd(this.#worker, reject);
      this.#end = () => {
        turns.port1.close();
        resolve();
      };
      turn();
    });
  }

  /** Whether there are more. */
  #readSome(take: Take, onFailure: (error: Error) => void): boolean {
    try {
      return this.#ring.read(PER_TURN, (bytes, sender, atMs) => {
        if (!this.#isClosed) take(bytes, sender, Math.round(atMs + this.#differenceMs));
      });
    } catch (error) {
      onFailure(error as Error);
      return true;
    }
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#worker.terminate();
    this.#end();
  }
}
