// @ts-check
/**
 * A thread that does nothing but receive: it moves datagrams from the socket, which has room for
 * some 90 of them, to memory that has room for 12,000. So the program may pause for half a second, to
 * collect garbage or to answer a scrape, and nothing is lost. `ring.ts` reads what it writes.
 */

/** The thread's messages, as `drain.ts` has them; an empty one says that there is something to read. */
/** @typedef {{ addresses?: readonly Deno.NetAddr[], nowMs?: number, bindError?: Error, receiveError?: Error }} News */

// As in `ring.ts`: a thread that begins as text imports nothing.
const HEAD = 0;
const TAIL = 1;
const IDLE = 2;
const CONTROL_BYTES = 64;
const RECORD_BYTES = 16;
/** Pause after a failed receive, so that a fault that stays does not fill a core. */
const FAILURE_PAUSE_MS = 100;
/** A receive that took at least this long has met an empty socket. */
const EMPTY_MS = 0.03;
/**
 * Time for which the next datagrams may gather then: to be woken for each costs twice as much as to take
 * it. The socket has room for what comes at 250,000 a second meanwhile.
 */
const GATHER_MS = 0.3;
/** Datagrams to take before that: where every receive takes long, the socket is not empty. */
const MIN_TAKEN = 4;
/** Never notified; used to sleep. */
const NEVER = new Int32Array(new SharedArrayBuffer(4));
/** Interval between two looks for room, should the reader's notice be missed. */
const ROOM_INTERVAL_MS = 100;

/** Writes records to shared memory; `ring.ts` says how they lie there. */
export class RingWriter {
  #control;
  #words;
  #times;
  #bytes;

  /** @param {SharedArrayBuffer} memory */
  constructor(memory) {
    this.#control = new Int32Array(memory, 0, CONTROL_BYTES / 4);
    this.#words = new Int32Array(memory, CONTROL_BYTES);
    this.#times = new Float64Array(memory, CONTROL_BYTES);
    this.#bytes = new Uint8Array(memory, CONTROL_BYTES);
  }

  /**
   * Writes one datagram; `false` when there is no room for it now.
   *
   * @param {Uint8Array} bytes
   * @param {{ hostname: string, port: number }} sender
   * @param {number} nowMs
   */
  write(bytes, { hostname, port }, nowMs) {
    const total = Math.ceil((RECORD_BYTES + hostname.length + bytes.length) / 8) * 8;
    const at = this.#place(total);
    if (at < 0) return false;
    this.#words[at / 4] = bytes.length;
    this.#words[at / 4 + 1] = hostname.length * 0x1_0000 + port;
    this.#times[at / 8 + 1] = nowMs;
    const hostAt = at + RECORD_BYTES;
    for (let n = 0; n < hostname.length; n++) this.#bytes[hostAt + n] = hostname.charCodeAt(n);
    this.#bytes.set(bytes, hostAt + hostname.length);
    Atomics.store(this.#control, HEAD, at + total);
    return true;
  }

  /** Whether the reader waits to be told; it is told once. */
  takeIdle() {
    return Atomics.exchange(this.#control, IDLE, 0) === 1;
  }

  /** Waits until the reader has read some, or a while. */
  awaitRoom() {
    Atomics.wait(this.#control, TAIL, Atomics.load(this.#control, TAIL), ROOM_INTERVAL_MS);
  }

  /**
   * Where a record has room, which never touches the one that is read next; −1 for nowhere.
   *
   * @param {number} total
   */
  #place(total) {
    const head = Atomics.load(this.#control, HEAD);
    const tail = Atomics.load(this.#control, TAIL);
    if (head < tail) return head + total < tail ? head : -1;
    // There is always room for the mark that the rest is empty.
    if (head + total <= this.#bytes.length - 8) return head;
    if (total >= tail) return -1;
    this.#words[head / 4] = -1;
    return 0;
  }
}

/** What stands before an IPv4 address that is written as IPv6. */
const MAPPED = "::ffff:";

/**
 * An IPv4 sender of a dual-stack socket is shown as IPv4.
 *
 * @param {string} hostname
 */
export function plainHostname(hostname) {
  const isMapped = hostname.startsWith(MAPPED) && hostname.includes(".");
  return isMapped ? hostname.slice(MAPPED.length) : hostname;
}

/** Every address of this machine, of either family. */
const EVERY_ADDRESS = "::";

/**
 * Binds what is to receive; the program without a thread uses it too. Where every address is to be
 * heard, one socket hears IPv6 and IPv4, or two where the system keeps them apart, or IPv4's alone
 * where there is no IPv6.
 *
 * @param {{ hostname: string, port: number }} listen
 * @param {(listen: { hostname: string, port: number }) => Deno.DatagramConn} bind
 * @returns {readonly Deno.DatagramConn[]}
 */
export function bindSockets({ hostname, port }, bind = bindSocket) {
  if (hostname !== EVERY_ADDRESS) return [bind({ hostname, port })];
  // IPv4 first: were it last, "in use" could mean our own socket or another program's.
  const ipv4 = bind({ hostname: "0.0.0.0", port });
  const every = { hostname, port: /** @type {Deno.NetAddr} */ (ipv4.addr).port };
  try {
    return [bind(every), ipv4];
  } catch (error) {
    if (/** @type {Error} */ (error).name !== "AddrInUse") return [ipv4];
    ipv4.close();
    return [bind(every)];
  }
}

/** @param {{ hostname: string, port: number }} listen */
function bindSocket(listen) {
  return Deno.listenDatagram({ transport: "udp", ...listen });
}

/**
 * Receives for good.
 *
 * @param {Deno.DatagramConn} socket
 * @param {RingWriter} ring
 * @param {number} limit Bytes of a datagram that are kept.
 * @param {(news: News) => void} tell
 */
export async function drain(socket, ring, limit, tell) {
  const buffer = new Uint8Array(limit);
  let taken = 0;
  while (true) {
    try {
      const askedMs = performance.now();
      const [bytes, sender] = await socket.receive(buffer);
      const upMs = performance.now();
      const nowMs = performance.timeOrigin + upMs;
      const { hostname, port } = /** @type {Deno.NetAddr} */ (sender);
      const plain = { hostname: plainHostname(hostname), port };
      while (!ring.write(bytes, plain, nowMs)) ring.awaitRoom();
      if (ring.takeIdle()) tell({});
      if (++taken < MIN_TAKEN || upMs - askedMs < EMPTY_MS) continue;
      taken = 0;
      Atomics.wait(NEVER, 0, 0, GATHER_MS);
    } catch (error) {
      tell({ receiveError: /** @type {Error} */ (error) });
      await new Promise((resolve) => setTimeout(resolve, FAILURE_PAUSE_MS));
    }
  }
}

/** @typedef {{ onmessage: (event: MessageEvent) => void, postMessage: (news: News) => void }} Thread */

if (globalThis.constructor.name === "DedicatedWorkerGlobalScope") {
  const thread = /** @type {Thread} */ (/** @type {unknown} */ (globalThis));
  thread.onmessage = ({ data: { listen, memory, limit } }) => {
    const tell = (/** @type {News} */ news) => thread.postMessage(news);
    try {
      const sockets = bindSockets(listen);
      const addresses = sockets.map(({ addr }) => /** @type {Deno.NetAddr} */ (addr));
      tell({ addresses, nowMs: performance.timeOrigin + performance.now() });
      const ring = new RingWriter(memory);
      for (const socket of sockets) drain(socket, ring, limit, tell);
    } catch (error) {
      const { name, message } = /** @type {Error} */ (error);
      tell({ bindError: /** @type {Error} */ ({ name, message }) });
    }
  };
}
