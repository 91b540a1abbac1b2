/**
 * `deno task swarm`: sends the messages of many hosts that do not exist, at a steady pace, from one
 * socket. It reads nothing from the network, and ends after `--seconds` or on a signal, with a line
 * of JSON on stdout that says what it did.
 */
import { setImmediate } from "node:timers";
import type { Log } from "../lib/common/log.ts";
import { TARGET_DATAGRAM_BYTES } from "../lib/message/message.ts";
import { runProgram } from "../lib/common/program.ts";
import { idFrom, newSession } from "../lib/sampler/identity.ts";
import { type KeyFile, type WithKeys, withKeys } from "../lib/sealed/key_file.ts";
import { Sealer } from "../lib/sealed/sealer.ts";
import { isFull, isWithheld } from "./swarm_faults.ts";
import { SwarmHost } from "./swarm_host.ts";
import { readSwarmOptions, SWARM, SWARM_USAGE, type SwarmOptions } from "./swarm_options.ts";
import { LOSS_SEED, lossOf, Pace, randomFrom } from "./swarm_pace.ts";
import { ByteWriter } from "./swarm_writer.ts";

/** The longest sleep between two looks at what signals came. */
const MAX_SLEEP_MS = 10;
/** Longest time without a turn of the event loop; after each burst, turns would cost a fifth of the rate. */
const TURN_MS = 2;
/** So much later than it was to, a thread wakes up. */
const WAKE_MS = 0.06;
/** So much too late is worth a word. */
const BEHIND_MS = 1_000;
/** Nobody ever wakes who sleeps on it. */
const NEVER = new Int32Array(new SharedArrayBuffer(4));
const VALUES_SEED = 2;

if (import.meta.main) {
  await runProgram({
    name: "swarm",
    usage: SWARM_USAGE,
    options: { table: SWARM, read: readSwarmOptions },
    run: async (options, ...rest) => run(await withKeys(options), ...rest),
    commands: new Map(),
  });
}

/** What was done, and how steadily. */
interface Tally {
  sent: number;
  withheld: number;
  bytes: number;
  /** Longest time that a turn of the loop came too late by. */
  longestPauseMs: number;
  /** Longest time that a datagram came too late by. */
  latestMs: number;
}

/** The bytes of the message that a host is at; they hold until the next call. */
type Write = (host: SwarmHost) => Uint8Array;

async function run(options: SwarmOptions & WithKeys, log: Log, stop: AbortSignal): Promise<void> {
  const hosts = makeHosts(options);
  const write = options.keys === null ? plainWriter() : sealedWriter(options.keys);
  options.keys?.watch(log, stop);
  const startMs = performance.now();
  const tally = await sendAll(hosts, write, options, stop);
  const seconds = (performance.now() - startMs) / 1_000;
  const perSecond = Math.round(tally.sent / seconds);
  if (tally.latestMs > BEHIND_MS) {
    const due = Math.round(options.agents / options.interval * 1_000);
    log.warn(`Fell behind by ${roundTo(tally.latestMs / 1_000)} s: ${due} a second were due`);
  }
  print(JSON.stringify({
    ...{ agents: options.agents, seconds: roundTo(seconds), sent: tally.sent },
    ...{ withheld: tally.withheld, bytes: tally.bytes, perSecond },
    longestPauseMs: roundTo(tally.longestPauseMs),
  }));
}

function makeHosts(
  { agents, first, interval, cores, faults, tags: tagged, keys }: SwarmOptions & WithKeys,
): readonly SwarmHost[] {
  const nowMs = Date.now();
  return Array.from({ length: agents }, (_, at) => {
    const index = first + at;
    const [id, session] = [idFrom(`swarm ${index}`), newSession(nowMs)];
    return new SwarmHost({
      index,
      id,
      session,
      intervalMs: interval,
      cores,
      sealed: keys !== null,
      full: faults && isFull(index),
      tagged,
    });
  });
}

/** Sends what is due, turn by turn, until the time is over or `stop` is aborted. */
async function sendAll(
  hosts: readonly SwarmHost[],
  write: Write,
  { server, interval, seconds, loss, faults }: SwarmOptions,
  stop: AbortSignal,
): Promise<Tally> {
  const tally: Tally = { sent: 0, withheld: 0, bytes: 0, longestPauseMs: 0, latestMs: 0 };
  const to: Deno.NetAddr = { transport: "udp", ...server };
  const socket = openSocket(server.hostname);
  const pace = new Pace(interval / hosts.length);
  const isLost = lossOf(loss, randomFrom(LOSS_SEED));
  const random = randomFrom(VALUES_SEED);
  const startMs = performance.now();
  let expectedMs = 0;
  let turnedMs = 0;
  for (let nowMs = 0; nowMs < seconds * 1_000 && !stop.aborted;) {
    tally.longestPauseMs = Math.max(tally.longestPauseMs, nowMs - expectedMs);
    tally.latestMs = Math.max(tally.latestMs, -pace.waitMs(nowMs));
    const first = pace.made;
    const end = first + pace.take(nowMs);
    for (let number = first; number < end; number++) {
      const host = hosts[number % hosts.length]!;
      host.step(random);
      const isKept = isLost() || faults && isWithheld(number % hosts.length, host.seq);
      const bytes = isKept ? null : write(host);
      if (bytes === null) tally.withheld++;
      else {
        // Waited for, as the next message is written to the same bytes; it is as fast as not to wait.
        tally.bytes += await socket.send(bytes, to);
        tally.sent++;
      }
    }
    expectedMs = performance.now() - startMs;
    const waitMs = pace.waitMs(expectedMs);
    if (waitMs > 0) expectedMs += sleep(waitMs + pace.gatherMs);
    if (expectedMs - turnedMs >= TURN_MS) {
      await turn();
      turnedMs = expectedMs;
    }
    nowMs = performance.now() - startMs;
  }
  socket.close();
  return tally;
}

function openSocket(server: string): Deno.DatagramConn {
  const hostname = server.includes(":") ? "::" : "0.0.0.0";
  return Deno.listenDatagram({ transport: "udp", hostname, port: 0 });
}

/** Sleeps until it is nearly time, and returns for how long: timers are no finer than 2 ms, this is. */
function sleep(waitMs: number): number {
  const sleepMs = Math.min(waitMs, MAX_SLEEP_MS) - WAKE_MS;
  if (sleepMs <= 0) return 0;
  Atomics.wait(NEVER, 0, 0, sleepMs);
  return sleepMs;
}

/** Lets the event loop turn once, so that signals are heard. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function plainWriter(): Write {
  const writer = new ByteWriter(TARGET_DATAGRAM_BYTES);
  return (host) => {
    writer.clear();
    host.write(writer, Date.now());
    return writer.written();
  };
}

function sealedWriter(keys: KeyFile): Write {
  const writeBody = plainWriter();
  const sealers = new WeakMap<SwarmHost, Sealer>();
  return (host) => {
    const sealer = sealers.get(host) ?? new Sealer(host.id, host.session);
    sealers.set(host, sealer);
    const sealed = sealer.seal(writeBody(host), host.seq, keys.ring, Date.now());
    if (sealed !== null) return sealed;
    throw new Error(`Cannot seal datagrams: no key of ${keys.path} is good for ${host.id} now`);
  };
}

function roundTo(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}

function print(line: string): void {
  // deno-lint-ignore no-console
  console.log(line);
}
