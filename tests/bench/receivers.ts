// deno-lint-ignore-file no-console
/**
 * Measures receivers beside each other: the loop of the original course server in Python, the same
 * work in Node, Pulso's real server, and receivers that do nothing with what they take. Each has
 * core 1 to itself while a sender on core 0 floods it over loopback. Linux with two cores; a receiver
 * that is not there is left out.
 *
 *     deno run --no-prompt --allow-all tests/bench/receivers.ts
 */
import type { Message } from "../../lib/message/message.ts";
import { sampleOf } from "../messages.ts";
import { type Lines, pageOf, Running } from "../processes.ts";
import { type Column, type ProgramRow, sideBySideLines } from "./figures.ts";
import { digitsOf, FIRST_SEQUENCE, NumberedDatagram } from "./numbered.ts";
import { tickedCpuMs } from "./process_cost.ts";

const HOSTS = 1_000;
/** The flood, and the time before it in which the receiver compiles and gets to know the hosts. */
const FLOOD_MS = 2_500;
const RUNS = 3;
const WARM_UP_MS = 1_000;
/** Sends that are awaited together: awaiting each by itself would slow the sender down. */
const SENDS_AT_ONCE = 20;

const SENDER_CORE = "0";
const RECEIVER_CORE = "1";
const HERE = new URL("receivers.ts", import.meta.url).pathname;
const ROOT = new URL("../../", import.meta.url).pathname;
const PULSO = ["--view", "none", "--listen", "127.0.0.1:0", "--web", "127.0.0.1:0"];

/** What a receiver does with a flood. */
export type Field = "sent" | "taken" | "takenPerCpu" | "core";

/** How much of its core it had: where that is far below 100, something else was running. */
export const RECEIVER_COLUMNS: readonly Column<Field>[] = [
  ["takenPerCpu", "taken per second of its processor time", "/s"],
  ["taken", "taken", "/s"],
  ["sent", "sent to it", "/s"],
  ["core", "its share of its core", "%"],
];

export interface Receiver {
  readonly name: string;
  readonly command: readonly string[];
  /** How many datagrams it has taken so far. */
  readonly countTaken: (program: Running) => Promise<number>;
}

/** Pulso's server as it is in a checkout, run from source. */
export function pulsoFromSource(root: string): Receiver {
  return {
    name: "pulso-server, deno run",
    command: [
      ...[Deno.execPath(), "run", "--no-prompt", "--quiet", "--allow-net"],
      ...[`${root}server.ts`, ...PULSO],
    ],
    countTaken: askFleet,
  };
}

/** The executable of a checkout. */
export function pulsoCompiled(root: string): Receiver {
  return {
    name: "pulso-server, compiled",
    command: [`${root}dist/pulso-server`, ...PULSO],
    countTaken: askFleet,
  };
}

/** What can be had at most. */
export const BARE: Receiver = {
  name: "Deno.listenDatagram, nothing done",
  command: [
    ...[Deno.execPath(), "run", "--no-prompt", "--quiet", "--allow-net"],
    `${ROOT}tests/bench/receiver_bare.ts`,
  ],
  countTaken: askBySignal,
};

const RECEIVERS: readonly Receiver[] = [
  {
    name: "Python recvfrom, json.loads, dict",
    command: ["/usr/bin/python3", `${ROOT}tests/bench/receiver.py`],
    countTaken: askBySignal,
  },
  {
    name: "Node dgram, JSON.parse, Map",
    command: ["node", `${ROOT}tests/bench/receiver_node.mjs`],
    countTaken: askBySignal,
  },
  pulsoFromSource(ROOT),
  pulsoCompiled(ROOT),
  {
    name: "Python recvfrom, nothing done",
    command: ["/usr/bin/python3", `${ROOT}tests/bench/receiver.py`, "bare"],
    countTaken: askBySignal,
  },
  BARE,
];

/** The scripts print their count when they get a signal. */
async function askBySignal({ pid, stdout }: Running): Promise<number> {
  const known = stdout.all.length;
  Deno.kill(pid, "SIGUSR2");
  let line = 0;
  return Number(await stdout.find(() => line++ >= known, "a count"));
}

/** Every datagram that Pulso accepted, with all the checks that it makes. */
async function askFleet(server: Running): Promise<number> {
  const { href } = await pageOf(server);
  const { totals } = await (await fetch(`${href}api/fleet?limit=1`)).json();
  const refused = totals.received - totals.accepted;
  if (refused > 0) throw new Error(`Cannot compare: ${JSON.stringify(totals.dropped)} refused`);
  return totals.accepted;
}

/** Measures every receiver that is there, in turns, so that what else goes on meets all of them. */
export async function measureReceivers(): Promise<ProgramRow<Field>[]> {
  const there = await Promise.all(RECEIVERS.map(isThere));
  const rows = RECEIVERS.map(({ name }) => {
    return {
      name,
      values: { sent: [], taken: [], takenPerCpu: [], core: [] } as Record<Field, number[]>,
    };
  });
  for (let run = 0; run < RUNS; run++) {
    for (const [n, receiver] of RECEIVERS.entries()) {
      if (!there[n]) continue;
      const measured = await measureReceiver(receiver);
      for (const [field] of RECEIVER_COLUMNS) rows[n]!.values[field].push(measured[field]);
    }
  }
  return rows;
}

async function isThere({ command: [program] }: Receiver): Promise<boolean> {
  try {
    const command = new Deno.Command(program!, { args: ["--version"], stdout: "null" });
    return (await command.output()).success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Floods one receiver once. */
export async function measureReceiver(
  { command, countTaken }: Receiver,
): Promise<Record<Field, number>> {
  await using program = new Running(["taskset", "-c", RECEIVER_CORE, ...command], []);
  const port = await Promise.race([portOn(program.stdout), portOn(program.stderr)]);
  await using sender = new Running(senderCommand(port), []);
  const read = async () => ({
    wallMs: performance.now(),
    cpuMs: tickedCpuMs(program.pid),
    taken: await countTaken(program),
  });
  await sender.stdout.find((line) => line === "floods", "the flood");
  const before = await read();
  const sent = Number(await sender.stdout.find((line) => /^\d+$/.test(line), "its end"));
  return figuresOf(sent, before, await read());
}

/** A receiver at one moment. */
interface Reading {
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly taken: number;
}

function figuresOf(sent: number, before: Reading, after: Reading): Record<Field, number> {
  const wallMs = after.wallMs - before.wallMs;
  const cpuMs = after.cpuMs - before.cpuMs;
  const taken = after.taken - before.taken;
  return {
    sent: sent / FLOOD_MS * 1_000,
    taken: taken / wallMs * 1_000,
    takenPerCpu: taken / cpuMs * 1_000,
    core: cpuMs / wallMs * 100,
  };
}

async function portOn(lines: Lines): Promise<number> {
  const address = / on (?:udp )?\S+:(\d+)\b/;
  return Number(address.exec(await lines.find((line) => address.test(line), "its address"))![1]);
}

function senderCommand(port: number): readonly string[] {
  const deno = [Deno.execPath(), "run", "--no-prompt", "--quiet", "--allow-net"];
  return ["taskset", "-c", SENDER_CORE, ...deno, HERE, "flood", String(port)];
}

/** A host: its socket, and what it sends. */
interface Host {
  readonly socket: Deno.DatagramConn;
  readonly datagram: NumberedDatagram;
}

function makeHost(number: number): Host {
  const suffix = String(number).padStart(6, "0");
  const sample: Message = sampleOf({ cores: 2, volumes: 1, interfaces: 1 });
  const datagram = new NumberedDatagram({
    ...sample,
    id: sample.id!.slice(0, -6) + suffix,
    session: sample.session!.slice(0, -6) + suffix,
  });
  const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  return { socket, datagram };
}

/** Sends rounds of one datagram per host: first to warm up, then as the flood. */
async function flood(port: number): Promise<void> {
  const hosts = Array.from({ length: HOSTS }, (_, number) => makeHost(number));
  const to: Deno.NetAddr = { transport: "udp", hostname: "127.0.0.1", port };
  let sequence = FIRST_SEQUENCE;
  const sendFor = async (spanMs: number) => {
    const first = sequence;
    for (const endMs = performance.now() + spanMs; performance.now() < endMs; sequence++) {
      await sendRound(hosts, sequence, to);
    }
    return (sequence - first) * HOSTS;
  };
  await sendFor(WARM_UP_MS);
  console.log("floods");
  console.log(await sendFor(FLOOD_MS));
  for (const { socket } of hosts) socket.close();
}

async function sendRound(hosts: readonly Host[], sequence: number, to: Deno.Addr): Promise<void> {
  const digits = digitsOf(sequence);
  for (let first = 0; first < hosts.length; first += SENDS_AT_ONCE) {
    const sends = hosts.slice(first, first + SENDS_AT_ONCE)
      .map(({ socket, datagram }) => {
        datagram.number(digits);
        return socket.send(datagram.bytes, to);
      });
    await Promise.all(sends);
  }
}

if (import.meta.main) {
  const [command, port] = Deno.args;
  if (command === "flood") await flood(Number(port));
  else console.log(sideBySideLines(await measureReceivers(), RECEIVER_COLUMNS).join("\n"));
}
