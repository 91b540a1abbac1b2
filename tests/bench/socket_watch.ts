/**
 * Watches a UDP socket from outside: how much waits in it, looked at every two milliseconds, by a
 * thread of its own. What waits tells for how long nobody took anything out. Linux, on loopback.
 */
import { quantile } from "./figures.ts";

/** The time between two looks, of which each takes a tenth of a millisecond. */
const LOOK_MS = 2;
/** Datagrams in an unread socket that tell how much room one takes. */
const CALIBRATION = 20;

/** What was seen, in milliseconds of datagrams that come at a steady rate, and datagrams dropped. */
export interface Watched {
  readonly p99Ms: number;
  readonly maxMs: number;
  readonly dropped: number;
}

/** A socket in /proc/net/udp: bytes of the kernel's memory that wait in it, and datagrams dropped. */
interface Reading {
  readonly queued: number;
  readonly dropped: number;
}

/** The socket of a port now. */
export function readSocket(port: number): Reading {
  const local = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  for (const line of Deno.readTextFileSync("/proc/net/udp").split("\n")) {
    const words = line.trim().split(/\s+/);
    if (!words[1]?.endsWith(local)) continue;
    return { queued: parseInt(words[4]!.split(":")[1]!, 16), dropped: Number(words.at(-1)) };
  }
  throw new Error(`Cannot watch: no socket has the port ${port}`);
}

/** Bytes of the kernel's memory that one datagram of so many bytes takes. */
async function roomOf(bytes: number): Promise<number> {
  const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  const to = socket.addr as Deno.NetAddr;
  for (let n = 0; n < CALIBRATION; n++) await socket.send(new Uint8Array(bytes), to);
  const { queued } = readSocket(to.port);
  socket.close();
  return queued / CALIBRATION;
}

/** Watches the socket of a port to which datagrams of so many bytes come, until told to stop. */
export class SocketWatch {
  readonly #worker = new Worker(import.meta.url, { type: "module" });
  readonly #stop = new Int32Array(new SharedArrayBuffer(4));
  readonly #port: number;

  constructor(port: number) {
    this.#port = port;
    this.#worker.postMessage({ port, stop: this.#stop });
  }

  /** Ends it: what was seen of datagrams of so many bytes that came at this rate. */
  async end(bytes: number, perSecond: number): Promise<Watched> {
    const { promise, resolve } = Promise.withResolvers<Float64Array>();
    this.#worker.onmessage = ({ data }) => resolve(data);
    Atomics.store(this.#stop, 0, 1);
    const msPerByte = 1_000 / perSecond / await roomOf(bytes);
    const waits = Array.from(await promise, (queued) => queued * msPerByte);
    this.#worker.terminate();
    return {
      p99Ms: quantile(waits, 0.99),
      maxMs: quantile(waits, 1),
      dropped: readSocket(this.#port).dropped,
    };
  }
}

function watch(port: number, stop: Int32Array): void {
  const queued: number[] = [];
  while (Atomics.wait(stop, 0, 0, LOOK_MS) === "timed-out") queued.push(readSocket(port).queued);
  self.postMessage(Float64Array.from(queued));
}

declare const self: {
  onmessage: ((event: MessageEvent<{ port: number; stop: Int32Array }>) => void) | null;
  postMessage(message: Float64Array): void;
};

if (globalThis.constructor.name === "DedicatedWorkerGlobalScope") {
  self.onmessage = ({ data: { port, stop } }) => watch(port, stop);
}
