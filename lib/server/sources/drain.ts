/**
 * The server's sockets as a source that a thread of its own receives for, which pauses of the program
 * do not hold up: it leaves datagrams in a ring in shared memory, of which this is the reading side.
 * thread.js is the writing one. docs/ARCHITECTURE.md has the theory.
 */
import { TextCache } from "../../common/hash.ts";
import type { Source, Take } from "../parts.ts";
import type { Address } from "../../common/address.ts";
import { MAX_DATAGRAM_BYTES } from "../../message/message.ts";
import thread from "./thread.js" with { type: "text" };

/*
 * The memory between the thread and the program is a ring of records; each side writes only its own
 * end. A record begins at a multiple of 8: its datagram's length in 32 bits (−1: the rest of the ring is
 * empty), the sender's port in 16 and the length of its address in 16, when it came as a float of 64
 * bits in milliseconds on the thread's steady clock, then the address in ASCII and the datagram.
 */

/** Holds some 12,000 samples: more than half a second of 100,000 agents. */
const RING_BYTES = 8 * 2 ** 20;

const [HEAD, TAIL, IDLE] = [0, 1, 2];
const CONTROL_BYTES = 64;
const RECORD_BYTES = 16;

/** Reads records in the order in which they were written. */
export class RingReader {
  readonly #control: Int32Array;
  readonly #words: Int32Array;
  readonly #times: Float64Array;
  readonly #bytes: Uint8Array;
  readonly #hostnames: TextCache;
  /** No decoder reads shared memory, and nothing may change under it. */
  readonly #copy: Uint8Array;

  /** `limit` is the longest datagram; the addresses of `maxSenders` are kept at hand. */
  constructor(memory: SharedArrayBuffer, limit: number, maxSenders: number) {
    this.#control = new Int32Array(memory, 0, CONTROL_BYTES / 4);
    this.#words = new Int32Array(memory, CONTROL_BYTES);
    this.#times = new Float64Array(memory, CONTROL_BYTES);
    this.#bytes = new Uint8Array(memory, CONTROL_BYTES);
    this.#copy = new Uint8Array(limit);
    this.#hostnames = new TextCache(maxSenders);
  }

  /** Hands on at most `max` datagrams, with the thread's time; whether there are more. */
  read(max: number, take: Take): boolean {
    for (let count = 0; count < max; count++) {
      if (this.#isEmpty()) return false;
      this.#readOne(take);
    }
    return !this.#isEmpty();
  }

  /** Asks the thread to say when there is more; `false` when there is already. */
  rest(): boolean {
    Atomics.store(this.#control, IDLE, 1);
    if (this.#isEmpty()) return true;
    Atomics.store(this.#control, IDLE, 0);
    return false;
  }

  #isEmpty(): boolean {
    return Atomics.load(this.#control, HEAD) === Atomics.load(this.#control, TAIL);
  }

  #readOne(take: Take): void {
    let at = Atomics.load(this.#control, TAIL);
    if (this.#words[at / 4] === -1) at = 0;
    const length = this.#words[at / 4]!;
    const from = this.#words[at / 4 + 1]!;
    const hostAt = at + RECORD_BYTES;
    const bytesAt = hostAt + (from >>> 16);
    this.#copy.set(this.#bytes.subarray(bytesAt, bytesAt + length));
    const hostname = this.#hostnames.get(this.#bytes, hostAt, bytesAt);
    const atMs = this.#times[at / 8 + 1]!;
    Atomics.store(this.#control, TAIL, Math.ceil((bytesAt + length) / 8) * 8);
    Atomics.notify(this.#control, TAIL);
    take(this.#copy.subarray(0, length), { hostname, port: from & 0xffff }, atMs);
  }
}

/** Memory for a ring. */
export function makeRing(bytes = RING_BYTES): SharedArrayBuffer {
  return new SharedArrayBuffer(CONTROL_BYTES + bytes);
}

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
