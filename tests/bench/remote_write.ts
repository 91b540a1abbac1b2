// deno-lint-ignore-file no-console
/**
 * What remote write costs: rounds of a fleet to a receiver in a process of its own, which takes all and
 * keeps nothing. HOSTS and ROUNDS are its arguments: `deno task bench:write 100000 4`.
 */
import { Fleet } from "../../lib/server/fleet/fleet.ts";
import { openRemoteWrite } from "../../lib/server/export/remote_write.ts";
import { Failures } from "../../lib/server/parts.ts";
import { readCommandLine } from "../../tools/command_line.ts";
import { median, quantile } from "./figures.ts";
import { mainThreadCpuMs, tickedCpuMs } from "./process_cost.ts";

readCommandLine(
  {
    usage: "deno task bench:write [HOSTS [ROUNDS]]",
    purpose: "Measures what remote write costs: 10000 hosts and 4 rounds unless told.",
    options: {},
  },
  Deno.args.filter((word) => word.startsWith("-")),
);
const [hostCount = 10_000, rounds = 4] = Deno.args.map(Number);
const INTERVAL_MS = 15_000;
const LOOK_MS = 1;

const RECEIVER =
  `Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: ({ port }) => console.log(port) },
  async (request) => { await request.arrayBuffer(); return new Response(null, { status: 204 }); });`;

/** Starts the receiver; its port is the first line that it says. */
async function startReceiver() {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["eval", RECEIVER],
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const { value } = await child.stdout.pipeThrough(new TextDecoderStream()).getReader().read();
  return { child, url: new URL(`http://127.0.0.1:${value!.trim()}/write`) };
}

let nowMs = 1_795_442_400_000;
const startedMs = nowMs;
const fleet = new Fleet({ maxHosts: hostCount, historyMs: 60_000, nowMs });

const encoder = new TextEncoder();

/** Each host says so much that it has about twenty series. */
function receiveAll(seq: number): void {
  for (let n = 0; n < hostCount; n++) {
    const address = `10.${n >> 16}.${n >> 8 & 255}.${n & 255}`;
    fleet.receive(
      encoder.encode(JSON.stringify({
        ...{ v: 1, id: `id-${n}`, host: `web-${n}`, session: "s", seq, interval: 5_000 },
        cpu: { mean: (n * 7 + seq) % 100 },
        memory: { total: 16e9, used: 1e9 + n },
      })),
      { hostname: address, port: 1 },
      seq === 1 ? nowMs += 2 : nowMs,
    );
  }
}

const { child, url } = await startReceiver();
const quiet = () => {};
const log = { info: quiet, warn: console.warn, error: console.error } as never;
const failures = new Failures(log);
const writer = (await openRemoteWrite({
  "remote-write": [url],
  "remote-write-interval": INTERVAL_MS,
  "remote-write-token-file": null,
}, {
  ...{
    fleet,
    startedMs,
    clock: { nowMs: () => performance.now(), wallMs: () => nowMs },
    aheadMs: () => 0,
    failures,
  },
  ...{ log, alerts: { keys: new Map() }, outbox: { state: [] } },
  recorded: () => null,
  bus: () => null,
}))!;
receiveAll(1);

/** Of each turn how long nobody else could work, and what the thread worked. */
const pauses: number[] = [];
const works: number[] = [];
let [lastMs, lastCpuMs] = [performance.now(), mainThreadCpuMs()];

function look(): void {
  const [atMs, cpuMs] = [performance.now(), mainThreadCpuMs()];
  pauses.push(atMs - lastMs - LOOK_MS);
  works.push(cpuMs - lastCpuMs);
  [lastMs, lastCpuMs] = [atMs, cpuMs];
}

const costs: number[] = [];
const lengths: number[] = [];
let samples = 0;
for (let round = 0; round < rounds; round++) {
  receiveAll(round + 2);
  nowMs += INTERVAL_MS;
  [lastMs, lastCpuMs] = [performance.now(), mainThreadCpuMs()];
  // To look costs, too: every second round is only counted.
  const looking = round % 2 === 0 ? undefined : setInterval(look, LOOK_MS);
  const [fromMs, before, cpu] = [performance.now(), sentOf(), tickedCpuMs(Deno.pid)];
  writer.tick(nowMs);
  // Until the last request is answered.
  for (let last = -1; last !== sentOf() || writer.state[0]!.waitingBytes > 0;) {
    last = sentOf();
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  samples = sentOf() - before;
  clearInterval(looking);
  if (looking === undefined) costs.push(tickedCpuMs(Deno.pid) - cpu);
  lengths.push(performance.now() - fromMs);
}

function told(times: readonly number[]): readonly number[] {
  return [0.5, 0.99, 1].map((share) => +quantile(times, share).toFixed(1));
}

function sentOf(): number {
  return writer.state[0]!.sent;
}

console.log(JSON.stringify(
  {
    ...{ hosts: hostCount, "samples a round": samples },
    "series a host": +(samples / hostCount).toFixed(1),
    "processor s a round": +(median(costs) / 1_000).toFixed(2),
    "share of a core": +(median(costs) / INTERVAL_MS).toFixed(3),
    "round s": +(median(lengths) / 1_000).toFixed(1),
    "turn ms p50 p99 max": told(pauses),
    "of that worked": told(works),
    "RSS MB": Math.round(Deno.memoryUsage().rss / 1e6),
    ...{ refused: writer.state[0]!.refused, dropped: writer.state[0]!.dropped },
  },
  null,
  1,
));
await writer.close();
child.kill();
await child.status;
