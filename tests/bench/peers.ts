// deno-lint-ignore-file no-console
/**
 * Measures the compiled agent beside the programs that one might use instead, all over the same
 * seconds with one sample a second: processor time, memory, and what they send. Linux, as root.
 * A program that is not installed is left out; nothing is installed, and traffic stays on loopback.
 *
 *     deno run --no-prompt --allow-all tests/bench/peers.ts
 */
import { get, type IncomingMessage } from "node:http";
import { buffer } from "node:stream/consumers";
import { Running } from "../processes.ts";
import { type Column, type ProgramRow, sideBySideLines } from "./figures.ts";
import { CpuMeter, type MemoryMiB, memoryMiB } from "./process_cost.ts";

/** Samples that are measured, and the seconds before: start, first readings, first compilation. */
const SAMPLES = 20;
const WARM_UP_SECONDS = 4;

const PYTHON = "/usr/bin/python3";
const AGENT = new URL("../../dist/pulso-agent", import.meta.url).pathname;
const PSUTIL_AGENT = new URL("psutil_agent.py", import.meta.url).pathname;

/** What one program costs. */
type Field = "cpu" | "resident" | "anonymous" | "proportional" | "bytes" | "datagrams";

/** Processor time includes that of children; bytes are UDP payload, or the body of an HTTP answer as it travels. */
export const PEER_COLUMNS: readonly Column<Field>[] = [
  ["cpu", "CPU per sample", "ms"],
  ["anonymous", "anonymous memory", "MiB"],
  ["resident", "resident memory", "MiB"],
  ["proportional", "proportional memory", "MiB"],
  ["bytes", "bytes per sample", ""],
  ["datagrams", "datagrams per sample", ""],
];

/** Where a program may write, and the ports that it is to use. */
interface Place {
  readonly folder: string;
  readonly udpPort: number;
  readonly tcpPort: number;
}

interface Peer {
  readonly name: string;
  /** What ends well where the program is installed. */
  readonly probe: readonly string[];
  readonly output: "datagrams" | "http" | "none";
  readonly command: (place: Place) => readonly string[];
}

const PEERS: readonly Peer[] = [
  {
    name: "pulso-agent",
    probe: [AGENT, "--version"],
    output: "datagrams",
    command: ({ udpPort }) => [
      ...[AGENT, "--server", `127.0.0.1:${udpPort}`],
      ...["--interval", "1s", "--log-level", "error"],
    ],
  },
  {
    name: "collectd",
    probe: ["collectd", "-h"],
    output: "datagrams",
    command: (place) => ["collectd", "-f", "-C", writeCollectdConfig(place)],
  },
  {
    name: "node_exporter",
    probe: ["prometheus-node-exporter", "--version"],
    output: "http",
    command: ({ tcpPort }) => [
      ...["prometheus-node-exporter", "--log.level=error"],
      `--web.listen-address=127.0.0.1:${tcpPort}`,
    ],
  },
  {
    // Only what the others sample too: with all its plugins it takes five times as long.
    name: "glances, four groups",
    probe: ["glances", "--version"],
    output: "none",
    command: ({ folder }) => [
      ...["glances", "--quiet", "--time", "1", "--config", "/dev/null", "--disable-check-update"],
      ...["--disable-plugin", "all", "--enable-plugin", "cpu,percpu,mem,memswap,fs,diskio,network"],
      ...["--export", "json", "--export-json-file", `${folder}/glances.json`],
    ],
  },
  {
    name: "psutil script",
    probe: [PYTHON, "-c", "import psutil"],
    output: "datagrams",
    command: ({ udpPort }) => [PYTHON, PSUTIL_AGENT, String(udpPort)],
  },
];

function writeCollectdConfig({ folder, udpPort }: Place): string {
  const plugins = ["cpu", "memory", "disk", "df", "interface"];
  const path = `${folder}/collectd.conf`;
  Deno.writeTextFileSync(
    path,
    `BaseDir "${folder}"
PIDFile "${folder}/collectd.pid"
Interval 1
${plugins.map((name) => `LoadPlugin ${name}`).join("\n")}
LoadPlugin network
<Plugin network>
  Server "127.0.0.1" "${udpPort}"
</Plugin>
`,
  );
  return path;
}

/** Measures every program that is installed, all at the same time. */
export async function measurePeers(): Promise<ProgramRow<Field>[]> {
  const installed = await Promise.all(PEERS.map(isInstalled));
  return await Promise.all(PEERS.map(async (peer, n) => {
    const values = installed[n] ? await measure(peer) : {};
    return { name: peer.name, values: { ...NOTHING, ...values } };
  }));
}

const NOTHING: Readonly<Record<Field, readonly number[]>> = {
  cpu: [],
  resident: [],
  anonymous: [],
  proportional: [],
  bytes: [],
  datagrams: [],
};

async function isInstalled({ probe: [program, ...args] }: Peer): Promise<boolean> {
  try {
    const command = new Deno.Command(program!, { args, stdout: "null", stderr: "null" });
    return (await command.output()).success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** What a program has sent so far; counted on. */
interface Traffic {
  bytes: number;
  datagrams: number;
}

/** A program at one moment. */
interface Reading extends Traffic {
  readonly cpuMs: number;
}

async function measure(peer: Peer): Promise<Partial<Record<Field, readonly number[]>>> {
  const folder = await Deno.makeTempDir({ prefix: "pulso-bench-" });
  const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  try {
    const { port: udpPort } = socket.addr as Deno.NetAddr;
    const place = { folder, udpPort, tcpPort: freeTcpPort() };
    using meter = new CpuMeter(peer.name.replaceAll(/\W+/g, "-"));
    await using program = new Running(meter.wrap(peer.command(place)), []);
    const traffic = { bytes: 0, datagrams: 0 };
    void countDatagrams(socket, traffic);
    const ask = async () => {
      if (peer.output === "http") traffic.bytes += await scrapeBytes(place.tcpPort);
    };
    const read = () => ({ cpuMs: meter.cpuMs(program.pid), ...traffic });
    await passSeconds(WARM_UP_SECONDS, ask);
    const before = read();
    await passSeconds(SAMPLES, ask);
    const after = read();
    if (peer.output !== "none" && after.bytes === before.bytes) {
      throw new Error(`Cannot measure ${peer.name}: it sends nothing\n${program.stderr.text}`);
    }
    return figuresOf(peer, before, after, memoryMiB(program.pid));
  } finally {
    socket.close();
    await Deno.remove(folder, { recursive: true });
  }
}

function freeTcpPort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return (listener.addr as Deno.NetAddr).port;
}

async function countDatagrams(socket: Deno.DatagramConn, traffic: Traffic): Promise<void> {
  for await (const [bytes] of socket) {
    traffic.bytes += bytes.length;
    traffic.datagrams++;
  }
}

/** Lets seconds go by on a grid, and calls `ask` at the end of each. */
async function passSeconds(seconds: number, ask: () => Promise<void>): Promise<void> {
  const startMs = performance.now();
  for (let second = 1; second <= seconds; second++) {
    const dueMs = startMs + second * 1_000;
    await new Promise((resolve) => setTimeout(resolve, dueMs - performance.now()));
    await ask();
  }
}

/** Asks an exporter for its metrics as Prometheus does, compressed; the bytes of the answer's body. */
async function scrapeBytes(port: number): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const headers = { "accept-encoding": "gzip" };
  get({ host: "127.0.0.1", port, path: "/metrics", headers }, resolve).on("error", reject);
  return (await buffer(await promise)).length;
}

function figuresOf(
  { output }: Peer,
  before: Reading,
  after: Reading,
  memory: MemoryMiB,
): Partial<Record<Field, readonly number[]>> {
  const perSample = (field: keyof Reading) => [(after[field] - before[field]) / SAMPLES];
  return {
    cpu: perSample("cpuMs"),
    resident: [memory.resident],
    anonymous: [memory.anonymous],
    proportional: [memory.proportional],
    ...(output !== "none" && { bytes: perSample("bytes") }),
    ...(output === "datagrams" && { datagrams: perSample("datagrams") }),
  };
}

if (import.meta.main) {
  console.log(sideBySideLines(await measurePeers(), PEER_COLUMNS).join("\n"));
}
