// deno-lint-ignore-file no-console
/**
 * What a front costs: two views of half of the hosts each and a front of both, each a process. The processor
 * time and the memory of each while nobody looks and while one page is open, a table first and then a grid,
 * and how long a datagram takes to that page. `deno task bench:front 10000 50000`.
 */
import { readCommandLine } from "../../tools/command_line.ts";
import { AskedServer } from "../asked_server.ts";
import { jsonOf } from "../messages.ts";
import { EventReader } from "../server/web/fakes.ts";
import { quantile } from "./figures.ts";
import { memoryMiB, tickedCpuMs } from "./process_cost.ts";

readCommandLine(
  {
    usage: "deno task bench:front [HOSTS...]",
    purpose: "Measures a front of two views, with 10000 hosts at 5 s unless told.",
    options: {},
  },
  Deno.args.filter((word) => word.startsWith("-")),
);
const INTERVAL_S = 5;
/** Each part is watched for so long, after all hosts were heard twice. */
const WATCH_S = 8;
const WARM_UP_S = 2 * INTERVAL_S + 2;
const PROBE = "000-probe";
/** Not in step with what happens once a second. */
const PROBE_MS = 370;

for (const hosts of Deno.args.length === 0 ? [10_000] : Deno.args.map(Number)) await measure(hosts);

async function measure(hosts: number): Promise<void> {
  const size = ["--max-hosts", String(hosts + 1)];
  await using one = await AskedServer.start(size);
  await using other = await AskedServer.start(size);
  await using front = await AskedServer.startView(["--front", `${one.origin},${other.origin}`]);
  const seconds = WARM_UP_S + 3 * WATCH_S + 3 * INTERVAL_S;
  // Let in before all others are new.
  await probe(one, 1, "s0");
  const loads = [one, other].map((view, at) => load(view, at * hosts / 2, hosts / 2, seconds));
  await pause(WARM_UP_S * 1_000);
  const pids = { front: front.running.pid, view: one.running.pid, "other view": other.running.pid };
  const parts: Record<string, object> = { "nobody looks": await watch(pids) };
  for (
    const [name, search] of [["a table", "sort=name&limit=60"], ["a grid", "sort=name&cells=cpu"]]
  ) {
    await using page = await openPage(front, one, search!);
    // Until it has its first event.
    await pause(2_000);
    page.delays.length = 0;
    const costs = await watch(pids);
    parts[name!] = { ...costs, ...toldOf(page) };
  }
  const { totals } = await front.get("/api/fleet?limit=1");
  for (const child of loads) child.kill();
  await Promise.all(loads.map(({ status }) => status));
  console.log(
    JSON.stringify({ hosts: totals.hosts, missing: totals.missing.length, ...parts }, null, 1),
  );
}

/** How long datagrams took to a page, where that shows each host by itself. */
function toldOf({ delays, hostsPerCell }: Awaited<ReturnType<typeof openPage>>) {
  if (hostsPerCell > 1) return { "datagram to page": `a cell shows up to ${hostsPerCell} hosts` };
  const [median, high] = [0.5, 0.99].map((share) => Math.round(quantile(delays, share)));
  return { "datagram to page, ms p50 p99": [median, high], delays: delays.length };
}

/** What processes take while something goes on. */
async function watch(pids: Readonly<Record<string, number>>) {
  const before = Object.values(pids).map(tickedCpuMs);
  const startMs = performance.now();
  await pause(WATCH_S * 1_000);
  const spanMs = performance.now() - startMs;
  return Object.fromEntries(
    Object.entries(pids).map(([name, pid], at) => [name, {
      "% of a core": +((tickedCpuMs(pid) - before[at]!) / spanMs * 100).toFixed(1),
      "anonymous MiB": Math.round(memoryMiB(pid).anonymous),
    }]),
  );
}

/** Sends what the page is to show next. */
async function probe({ to }: AskedServer, seq: number, session: string): Promise<void> {
  const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  const cpu = { mean: seq % 100, cores: [] };
  const message = { v: 1, id: PROBE, host: PROBE, session, seq, interval: 1_000, cpu };
  await socket.send(jsonOf(message), to);
  socket.close();
}

/** Looks through a front as a page does, and sends a datagram again and again whose number it waits for. */
async function openPage(front: AskedServer, view: AskedServer, search: string) {
  const reader = new EventReader(await fetch(`${front.origin}/api/stream?${search}`));
  const delays: number[] = [];
  const sentMs = new Map<number, number>();
  let [place, hostsPerCell] = [0, 1];
  const reading = (async () => {
    for (;;) {
      const data = (await reader.next().catch(() => null))?.data;
      if (data === undefined) return;
      if (data.ids) place = data.ids.indexOf(PROBE);
      hostsPerCell = data.hostsPerCell ?? hostsPerCell;
      const value = data.values?.[place] ??
        data.rows?.find(({ id }: { id: string }) => id === PROBE)?.cpuPercent;
      const startMs = sentMs.get(value);
      if (startMs !== undefined) delays.push(performance.now() - startMs);
      sentMs.delete(value);
    }
  })();
  let seq = 0;
  const timer = setInterval(() => {
    const mean = ++seq % 100;
    sentMs.set(mean, performance.now());
    probe(view, seq, `s${search.length}`);
  }, PROBE_MS);
  return {
    delays,
    get hostsPerCell() {
      return hostsPerCell;
    },
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await reader.close();
      await reading;
    },
  };
}

function load({ to }: AskedServer, first: number, agents: number, seconds: number) {
  return new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--no-prompt", "--quiet", "--allow-net", "--allow-read", "tools/swarm.ts"],
      ...["--server", `127.0.0.1:${to.port}`, "--agents", String(agents), "--first", String(first)],
      ...["--interval", `${INTERVAL_S}s`, "--seconds", String(seconds), "--cores", "4"],
    ],
    ...{ stdout: "null", stderr: "inherit" },
  }).spawn();
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
