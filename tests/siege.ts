/**
 * `deno task siege [--connections N] [--seconds N] [--descriptors N]`: thousands of hostile
 * connections to the page of a server that may open few descriptors, while 1,000 datagrams a second
 * arrive. Afterwards all of them must have been received, the page must answer, memory must be given
 * back and the log must be short. Linux only; it ends by itself.
 */
import config from "../deno.json" with { type: "json" };
import { kernelAddress } from "../lib/common/address.ts";
import { readCount } from "../lib/common/options.ts";
import { encodeMessage } from "../lib/message/encode.ts";
import { socketDrops } from "../lib/server/sources/kernel_drops.ts";
import { readCommandLine } from "../tools/command_line.ts";
import { memoryMiB } from "./bench/process_cost.ts";
import { sampleOf } from "./messages.ts";
import { pageOf, portOf, programOf, Running } from "./processes.ts";

/** The engine's flags of the task: they have a say in how much memory is given back. */
const ENGINE = config.tasks.server.split(" ").find((word) => word.startsWith("--v8-flags="))!;
const HOSTS = 100;
const TURN_MS = 4;
const MAX_PER_TURN = 24;
const WARM_UP_ROUNDS = 20;
const REST_SECONDS = 20;

/** How a siege is laid. */
export interface Siege {
  readonly connections: number;
  readonly seconds: number;
  /** Descriptors that the server may have open. */
  readonly descriptors: number;
  readonly datagramsPerSecond: number;
  /** Time after it in which datagrams still arrive, until the server is looked at. */
  readonly restSeconds: number;
}

/** What became of it. */
export interface SiegeFigures {
  readonly seconds: number;
  readonly sent: number;
  readonly received: number;
  readonly kernelDropped: number;
  /** How long the page took for its first answer afterwards. */
  readonly answerMs: number;
  readonly memoryBeforeMiB: number;
  readonly memoryMostMiB: number;
  readonly memoryAfterMiB: number;
  /** What the server warned of. */
  readonly logged: readonly string[];
  readonly exitCode: number;
  /** What the clients did. */
  readonly clients: Readonly<Record<string, number>>;
}

/** Lays a siege to a server of its own. */
export async function besiege(siege: Siege): Promise<SiegeFigures> {
  await using server = new Running(
    limited(
      siege.descriptors,
      programOf("server", [ENGINE, "--allow-net"]),
    ),
    [
      // So short that the past is full before, and memory level.
      ...["--listen", "127.0.0.1:0", "--web", "127.0.0.1:0", "--view", "none", "--history", "1m"],
    ],
  );
  const udpPort = await portOf(server);
  const { origin, port } = await pageOf(server);
  const memory: number[] = [];
  const sender = new Sender(udpPort, () => memory.push(memoryMiB(server.pid).resident));
  await warmUp(sender, origin, siege.datagramsPerSecond);
  const memoryBeforeMiB = memoryMiB(server.pid).resident;
  const clients = startClients(Number(port), siege);
  await sender.send(siege.seconds * siege.datagramsPerSecond, siege.datagramsPerSecond);
  const output = await clients.output();
  const startMs = performance.now();
  await (await fetch(`${origin}/`)).text();
  const answerMs = performance.now() - startMs;
  await sender.send(siege.restSeconds * siege.datagramsPerSecond, siege.datagramsPerSecond);
  const { totals } = await askForTotals(origin);
  const memoryAfterMiB = memoryMiB(server.pid).resident;
  const places = new Set([kernelAddress({ hostname: "127.0.0.1", port: udpPort })]);
  const kernelDropped = socketDrops(await Deno.readTextFile("/proc/net/udp"), places, null)!;
  const exitCode = await server.stop();
  return {
    ...{
      seconds: siege.seconds,
      sent: sender.sent,
      received: totals.received,
      kernelDropped,
      answerMs,
    },
    ...{ memoryBeforeMiB, memoryMostMiB: Math.max(...memory), memoryAfterMiB },
    logged: server.stderr.all.filter((line) => / (WARN|ERROR) /.test(line)),
    exitCode,
    clients: JSON.parse(new TextDecoder().decode(output.stdout)),
  };
}

/** The same program, which may open no more than so many descriptors. */
function limited(descriptors: number, launcher: readonly string[]): readonly string[] {
  return ["/bin/sh", "-c", `ulimit -n ${descriptors} && exec "$0" "$@"`, ...launcher];
}

/** Lets the server do once what it will do often, so that its memory is what it needs. */
async function warmUp(sender: Sender, origin: string, perSecond: number): Promise<void> {
  for (let round = 0; round < WARM_UP_ROUNDS; round++) {
    await sender.send(perSecond / 4, perSecond);
    for (const path of ["/", "/api/fleet", "/metrics"]) await (await fetch(origin + path)).text();
  }
}

function startClients(port: number, { connections, seconds }: Siege): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--no-prompt", "--quiet", "--allow-net", "tests/siege_clients.ts"],
      ...[port, connections, seconds].map(String),
    ],
    cwd: new URL("..", import.meta.url),
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
}

/** The totals; while the server still ends the answers that nobody takes, it says when to ask again. */
async function askForTotals(origin: string): Promise<{ totals: { received: number } }> {
  const answer = await fetch(`${origin}/api/fleet?limit=1`);
  if (answer.status !== 503) return await answer.json();
  await answer.body?.cancel();
  await pause(Number(answer.headers.get("retry-after")) * 1_000);
  return await askForTotals(origin);
}

/** Sends for some hosts in turn, evenly. */
class Sender {
  sent = 0;
  readonly #port: number;
  readonly #each: () => void;
  readonly #socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  readonly #sample = sampleOf({ cores: 4, volumes: 1, interfaces: 1 });

  /** `each` is called about once a second while it sends. */
  constructor(port: number, each: () => void) {
    this.#port = port;
    this.#each = each;
  }

  async send(count: number, perSecond: number): Promise<void> {
    const startMs = performance.now();
    let noted = 0;
    for (let sent = 0; sent < count; await pause(TURN_MS)) {
      const due = Math.min((performance.now() - startMs) / 1_000 * perSecond, count);
      // After a pause of our own we catch up a little at a time: a burst would overflow the socket.
      for (const end = Math.min(due, sent + MAX_PER_TURN); sent < end; sent++) {
        await this.#sendOne();
      }
      if (sent - noted < perSecond) continue;
      noted = sent;
      this.#each();
    }
  }

  async #sendOne(): Promise<void> {
    const id = `host-${this.sent % HOSTS}`;
    const seq = 1 + Math.floor(this.sent++ / HOSTS);
    const fields = { id, host: id, session: "siege", seq, interval: 100 };
    const to = { transport: "udp", hostname: "127.0.0.1", port: this.#port } as const;
    await this.#socket.send(encodeMessage({ ...this.#sample, ...fields }), to);
  }
}

function pause(durationMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, durationMs));
}

/** What must not be, in words. */
function wrongOf(figures: SiegeFigures): string[] {
  const { sent, received, answerMs, memoryBeforeMiB, memoryAfterMiB, logged, exitCode } = figures;
  const grownMiB = memoryAfterMiB - memoryBeforeMiB;
  return [
    received === sent ? "" : `${sent - received} of ${sent} datagrams are missing`,
    answerMs <= 2_000 ? "" : "the page took longer than 2 s",
    grownMiB <= 20 ? "" : `${grownMiB.toFixed(1)} MiB of memory were not given back`,
    logged.length <= 1 + figures.seconds / 60 ? "" : "the log has more than one line a minute",
    exitCode === 0 ? "" : `the server ended with ${exitCode}`,
  ].filter((text) => text !== "");
}

if (import.meta.main) {
  const count = (placeholder: string, fallback: string, help: string) => ({
    ...{ placeholder, fallback, help },
    read: (text: string) => readCount(text, 1, 1_000_000),
  });
  const options = readCommandLine({
    usage: "deno task siege [OPTION]...",
    purpose: "Lays siege to the page of a server, and tells what became of it.",
    options: {
      connections: count("N", "5000", "hostile connections at once"),
      seconds: count("S", "60", "how long"),
      descriptors: count("N", "1024", "descriptors that the server may have open"),
    },
  });
  const figures = await besiege({
    ...options,
    datagramsPerSecond: 1_000,
    restSeconds: REST_SECONDS,
  });
  const wrong = wrongOf(figures);
  // deno-lint-ignore no-console
  console.log(JSON.stringify({ ...figures, wrong }, null, 2));
  Deno.exit(wrong.length === 0 ? 0 : 1);
}
