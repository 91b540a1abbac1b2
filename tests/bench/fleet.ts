/**
 * Measures the server's inner path in this process: what a datagram costs from its bytes to the
 * host's history, plain and sealed; what a host costs in memory; how long it takes to order a fleet.
 * Needs `--v8-flags=--expose-gc`.
 */
import process from "node:process";
import { Fleet } from "../../lib/server/fleet/fleet.ts";
import type { FleetOptions } from "../../lib/server/fleet/receipt.ts";
import { SORT_COLUMNS } from "../../lib/common/columns.ts";
import { NOTHING } from "../../lib/common/alerts.js";
import { render } from "../../lib/server/views/terminal/pages/render.ts";
import { hostsOfFleet } from "../../lib/server/views/terminal/state/hosts.ts";
import { FIRST_STATE, type ViewState } from "../../lib/server/views/terminal/state/state.ts";
import { encodeMessage } from "../../lib/message/encode.ts";
import { MAX_DATAGRAM_BYTES, type Message } from "../../lib/message/message.ts";
import { Opener } from "../../lib/sealed/opener.ts";
import { sealedEncoding, Sealer } from "../../lib/sealed/sealer.ts";
import { fullSampleOf } from "../messages.ts";
import { idOf, NOW_MS, ringOf, sessionOf } from "../sealed/sealing.ts";
import { type Figure, median } from "./figures.ts";
import { digitsOf, FIRST_SEQUENCE, NumberedDatagram } from "./numbered.ts";

const RUNS = 5;
const KNOWN_HOSTS = 1_000;
const ROUNDS = 40;
const [TABLE_FLEET, LARGE_FLEET] = [10_000, 100_000];
/** From its third point on a history has room for all, so that memory grows no more. */
const MEMORY_ROUNDS = 4;
const INTERVAL_MS = 5_000;
const HISTORY_MS = 900_000;

const session = sessionOf(NOW_MS);
const sample = {
  ...fullSampleOf({ cores: 4, volumes: 1, interfaces: 1 }),
  texts: { os: "Debian GNU/Linux 12 (bookworm)" },
};
const buffer = new Uint8Array(MAX_DATAGRAM_BYTES + 1);

/** All of it in a process that has one core for all its threads, those that collect garbage too. */
export async function measureFleetOnOneCore(): Promise<Figure[]> {
  const deno = [Deno.execPath(), "run", "--no-prompt", "--quiet", "--v8-flags=--expose-gc"];
  const { stdout } = await new Deno.Command("taskset", {
    args: ["-c", "1", ...deno, new URL(import.meta.url).pathname],
    stderr: "inherit",
  }).output();
  return JSON.parse(new TextDecoder().decode(stdout));
}

type Make = (agent: number, seq: number) => Uint8Array;

function measureFleet(): Figure[] {
  const ring = ringOf();
  const opener = new Opener({ auth: "require", maxAgents: KNOWN_HOSTS });
  const sealers = Array.from(
    { length: KNOWN_HOSTS },
    (_, agent) => new Sealer(idOf(agent), session),
  );
  const { encode } = sealedEncoding();
  const seal: Make = (agent, seq) =>
    sealers[agent]!.seal(encode(message(agent, seq)), seq, ring, NOW_MS)!;
  const clock = { wallMs: NOW_MS, upMs: 60_000 };
  return [
    perSecond("plain datagrams on one core, decoded to history", fleetOf(), plain),
    perSecond(
      "sealed datagrams on one core, opened to history",
      fleetOf({ decoder: { decode: (bytes) => opener.open(bytes, ring, clock) } }),
      seal,
    ),
    ...measureOrders(),
    ...measureLooks(),
    measureMemory(),
  ];
}

function message(agent: number, seq: number): Message {
  return {
    ...sample,
    host: `web-${agent}`,
    id: idOf(agent),
    session,
    seq,
    time: NOW_MS,
    interval: INTERVAL_MS,
  };
}

const plain: Make = (agent, seq) => encodeMessage(message(agent, seq));

function fleetOf(options: Partial<FleetOptions> = {}): Fleet {
  return new Fleet({ maxHosts: 4 * LARGE_FLEET, historyMs: HISTORY_MS, nowMs: NOW_MS, ...options });
}

/** As the server's socket does it: every datagram comes in the same buffer. */
function receive(fleet: Fleet, agent: number, datagram: Uint8Array, nowMs: number): void {
  buffer.set(datagram);
  const sender = { hostname: `10.0.${agent % 250}.7`, port: 40_000 + agent % 20_000 };
  const receipt = fleet.receive(buffer.subarray(0, datagram.length), sender, nowMs);
  if (!receipt.accepted) {
    throw new Error(`Cannot measure: a datagram was dropped (${receipt.reason})`);
  }
}

function perSecond(name: string, fleet: Fleet, make: Make): Figure {
  let seq = 0;
  const run = () => {
    const first = seq + 1;
    seq += ROUNDS;
    const datagrams = Array.from(
      { length: ROUNDS * KNOWN_HOSTS },
      (_, n) => make(n % KNOWN_HOSTS, first + Math.floor(n / KNOWN_HOSTS)),
    );
    const before = process.cpuUsage();
    datagrams.forEach((bytes, n) => {
      const round = first + Math.floor(n / KNOWN_HOSTS);
      receive(fleet, n % KNOWN_HOSTS, bytes, NOW_MS + round * INTERVAL_MS);
    });
    const { user, system } = process.cpuUsage(before);
    return datagrams.length / (user + system) * 1e6;
  };
  run();
  return { name, unit: "/s", values: Array.from({ length: RUNS }, run) };
}

/** Filter, order and the first 50 rows of a large fleet: the slowest of all orders, in each run. */
function measureOrders(): Figure[] {
  const fleet = fleetOf();
  for (let agent = 0; agent < LARGE_FLEET; agent++) {
    const mean = agent * 7_919 % 1_000 / 10;
    const host = { ...message(agent, 1), cpu: { mean, cores: [], iowait: null, steal: null } };
    receive(fleet, agent, encodeMessage(host), NOW_MS);
  }
  while (fleet.sortIncrementally("address"));
  const time = (text: string, sort: typeof SORT_COLUMNS[number]) => {
    const startMs = performance.now();
    const order = fleet.order({ text, statuses: null, sort, descending: true }, NOW_MS);
    fleet.hostsAt(order.slice(0, 50));
    return performance.now() - startMs;
  };
  const warm = <T>(run: () => T) => Array.from({ length: 2 * RUNS }, run).slice(RUNS);
  const slowest = (text: string) =>
    warm(() => Math.max(...SORT_COLUMNS.map((sort) => time(text, sort))));
  const typical = SORT_COLUMNS.map((sort) => median(warm(() => time("", sort))));
  return [
    { name: "order 100,000 hosts, first page: by each column", unit: "ms", values: typical },
    { name: "the same, the slowest column of a run", unit: "ms", values: slowest("") },
    {
      name: "search 100,000 hosts for a text, order, first page",
      unit: "ms",
      values: slowest("web-77"),
    },
  ];
}

/** What the terminal makes of a fleet four times a second: the table, and its hosts in groups that are folded. */
function measureLooks(): Figure[] {
  const fleet = fleetOf();
  for (let agent = 0; agent < TABLE_FLEET; agent++) {
    const tags = { role: `role-${agent % 12}`, site: `site-${agent % 3}` };
    // One in a hundred was heard too long ago.
    const heardMs = NOW_MS - (agent % 100 === 0 ? 60_000 : 0);
    receive(fleet, agent, encodeMessage({ ...message(agent, 1), tags }), heardMs);
  }
  while (fleet.sortIncrementally("address"));
  const look = (changes: Partial<ViewState>) => {
    const startMs = performance.now();
    const data = {
      ...{ nowMs: NOW_MS, aheadMs: 0, alerts: NOTHING, view: null, detail: null, replay: null },
      compared: [],
      ...{ listenAddress: "127.0.0.1:5005", webUrl: null },
      ...{ hosts: hostsOfFleet(fleet, NOW_MS), totals: fleet.totals(NOW_MS) },
    };
    render({ ...FIRST_STATE, ...changes }, data, { columns: 120, rows: 40 });
    return performance.now() - startMs;
  };
  const values = (changes: Partial<ViewState>) =>
    Array.from({ length: 10 * RUNS }, () => look(changes)).slice(-RUNS);
  return [
    { name: "a look of the terminal at 10,000 hosts", unit: "ms", values: values({}) },
    { name: "the same in folded groups", unit: "ms", values: values({ group: "role" }) },
  ];
}

/** Live memory of hosts with room for all points of 15 minutes, as V8 counts it, after two collections. */
function measureMemory(): Figure {
  const collect = (globalThis as unknown as { gc: () => void }).gc;
  const used = () => {
    collect();
    collect();
    const { heapUsed, external } = Deno.memoryUsage();
    return heapUsed + external;
  };
  // The first fleet makes the engine compile what it takes, which is not counted then.
  fillFleet(agentsOf(LARGE_FLEET / 100));
  const agents = agentsOf(LARGE_FLEET);
  const before = used();
  const fleet = fillFleet(agents);
  const bytes = (used() - before) / fleet.size;
  const name = "memory of a host with room for 15 minutes of history, of 100,000";
  return { name, unit: "bytes", values: [bytes] };
}

/** As it is with agents, each has a session of its own. */
function agentsOf(count: number): readonly NumberedDatagram[] {
  return Array.from(
    { length: count },
    (_, agent) => new NumberedDatagram({ ...message(agent, 1), session: sessionOf(NOW_MS, agent) }),
  );
}

/** A fleet that has heard of all of them. */
function fillFleet(agents: readonly NumberedDatagram[]): Fleet {
  const fleet = fleetOf({ maxHosts: agents.length });
  for (let round = 1; round <= MEMORY_ROUNDS; round++) {
    const digits = digitsOf(FIRST_SEQUENCE + round);
    agents.forEach((datagram, agent) => {
      datagram.number(digits);
      receive(fleet, agent, datagram.bytes, NOW_MS + round * INTERVAL_MS);
    });
    while (fleet.sortIncrementally("address"));
  }
  return fleet;
}

if (import.meta.main) {
  // deno-lint-ignore no-console
  console.log(JSON.stringify(measureFleet()));
}
