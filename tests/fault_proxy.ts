/**
 * A network that misbehaves, in user space: it takes datagrams on one UDP socket and hands them on
 * from another, less those that it loses, with copies, late ones, and broken ones. What it does is
 * decided by a seed and by the number of datagrams, never by a clock, and its log is the truth that
 * the server's counts are held against.
 */
import { decodeMessage } from "../lib/message/decode.ts";
import { type Message } from "../lib/message/message.ts";
import { type Counts, HostModel, NONE } from "./host_model.ts";
import { randomOf } from "./mutation.ts";

/** How often it does what; shares from 0 to 1. */
export interface Faults {
  readonly loss: number;
  /** A burst of losses begins, and one ends (Gilbert and Elliott's two states). */
  readonly burst: number;
  readonly recovery: number;
  readonly duplicate: number;
  /** Held back until up to `MAX_HELD` others have passed. */
  readonly reorder: number;
  readonly corrupt: number;
  readonly truncate: number;
}

/** One datagram that was handed on. */
export interface Forwarded {
  /** What it said, as it came in. */
  readonly bytes: Uint8Array;
  readonly harm: "none" | "corrupt" | "truncate";
}

const MAX_HELD = 40;

/** The way of one sender's datagrams: which are handed on, in which order, and how. */
export class FaultyPath {
  /** What was handed on; emptied where another account begins. */
  log: Forwarded[] = [];
  readonly #random: () => number;
  readonly #faults: Faults;
  #held: { datagram: Forwarded; due: number }[] = [];
  #count = 0;
  #isInBurst = false;

  constructor(seed: number, faults: Faults) {
    this.#random = randomOf(seed);
    this.#faults = faults;
  }

  /** Takes one datagram; returns what is to be handed on now. */
  take(bytes: Uint8Array): Forwarded[] {
    const { loss, duplicate, reorder } = this.#faults;
    this.#count++;
    const passing: Forwarded[] = [];
    if (!this.#burst() && this.#random() >= loss) {
      const datagram = { bytes, harm: this.#harm() };
      if (this.#random() < reorder) {
        this.#held.push({ datagram, due: this.#count + 1 + Math.floor(this.#random() * MAX_HELD) });
      } else passing.push(datagram);
      if (this.#random() < duplicate) passing.push(datagram);
    }
    passing.push(...this.#due(this.#count));
    this.log.push(...passing);
    return passing;
  }

  /** Takes one datagram that nothing happens to, after all that were held back. */
  takeSafely(bytes: Uint8Array): Forwarded[] {
    const passing: Forwarded[] = [...this.#due(Infinity), { bytes, harm: "none" }];
    this.log.push(...passing);
    return passing;
  }

  #due(count: number): Forwarded[] {
    const due = this.#held.filter((held) => held.due <= count);
    this.#held = this.#held.filter((held) => held.due > count);
    return due.map(({ datagram }) => datagram);
  }

  #burst(): boolean {
    const { burst, recovery } = this.#faults;
    this.#isInBurst = this.#isInBurst ? this.#random() >= recovery : this.#random() < burst;
    return this.#isInBurst;
  }

  #harm(): Forwarded["harm"] {
    const { corrupt, truncate } = this.#faults;
    const fate = this.#random();
    if (fate < corrupt) return "corrupt";
    return fate < corrupt + truncate ? "truncate" : "none";
  }
}

/** The bytes as they are handed on: a plain datagram has nothing to tell a changed digit by, so the harm is such that it shows. */
export function harmed({ bytes, harm }: Forwarded): Uint8Array {
  if (harm === "truncate") return bytes.slice(0, Math.floor(bytes.length / 2));
  if (harm === "none") return bytes;
  const broken = bytes.slice();
  broken[0] = 0x58;
  return broken;
}

/** What the server must have counted for one host, from the log of its path. */
export function accountOf(log: readonly Forwarded[]): Counts {
  const model = new HostModel(null, 0);
  for (const { bytes, harm } of log) {
    if (harm !== "none") continue;
    const { session, seq } = decodeMessage(bytes) as Required<Message>;
    model.deliver({ session, seq, time: 0, value: 0, bye: false }, 0, false);
  }
  return model.last?.counts ?? NONE;
}

/** A path between two sockets: what comes to `port` goes on to the server. */
export class FaultProxy implements Disposable {
  readonly path: FaultyPath;
  readonly #socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  readonly #target: Deno.NetAddr;
  readonly done: Promise<void>;

  /** Hands on to a port; a datagram that `isSafe` says so of passes unharmed. */
  constructor(path: FaultyPath, port: number, isSafe: (bytes: Uint8Array) => boolean) {
    this.path = path;
    this.#target = { transport: "udp", hostname: "127.0.0.1", port };
    this.done = this.#run(isSafe);
  }

  get port(): number {
    return (this.#socket.addr as Deno.NetAddr).port;
  }

  async #run(isSafe: (bytes: Uint8Array) => boolean): Promise<void> {
    for await (const [received] of this.#socket) {
      const bytes = received.slice();
      const passing = isSafe(bytes) ? this.path.takeSafely(bytes) : this.path.take(bytes);
      for (const datagram of passing) await this.#socket.send(harmed(datagram), this.#target);
    }
  }

  [Symbol.dispose](): void {
    this.#socket.close();
  }
}
