/**
 * The memory between the thread that receives and the program: a ring of records, written by
 * `thread.js` and read here. Pure but for that memory; each side writes only its own end.
 *
 * A record begins at a multiple of 8: its datagram's length in 32 bits (−1: the rest of the ring is
 * empty), the sender's port in 16 and the length of its address in 16, when it came as a float of 64
 * bits in milliseconds on the thread's steady clock, then the address in ASCII and the datagram.
 */
import { TextCache } from "../../common/text_cache.ts";
import type { Take } from "./sources.ts";

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
