// deno-lint-ignore-file no-console
/**
 * What the bus costs: a fleet through one site and two views of half the partitions, each a process, on one
 * NATS server. The processor time and the memory of each, and how long a datagram takes to a view: of a
 * sixteenth of the hosts, as a small view in this process sees it. `deno task bench:bus 20000 20`.
 */
import { Clock } from "../../lib/common/clock.ts";
import { openFollower } from "../../lib/server/bus/open.ts";
import { Fleet } from "../../lib/server/fleet/fleet.ts";
import { readServerOptions } from "../../lib/server/options.ts";
import { readCommandLine } from "../../tools/command_line.ts";
import { AskedServer } from "../asked_server.ts";
import { NatsServer } from "../nats.ts";
import { quantile } from "./figures.ts";
import { memoryMiB, tickedCpuMs } from "./process_cost.ts";

readCommandLine(
  {
    usage: "deno task bench:bus [PER_SECOND [SECONDS]]",
    purpose: "Measures a site and two views on NATS: 20000 a second for 20 seconds unless told.",
    options: {},
  },
  Deno.args.filter((word) => word.startsWith("-")),
);
const [perSecond = 20_000, seconds = 20] = Deno.args.map(Number);
const WARM_UP_S = 5;
/** Each reports once a second. */
const hosts = perSecond;
const SIZE = ["--max-hosts", String(2 * hosts), "--history", "1m"];

const folder = await Deno.makeTempDir();
await using nats = await NatsServer.start(folder);
await using site = await AskedServer.start(["--bus", nats.url, "--site", "a", ...SIZE]);
const halves = ["0-31/64", "32-63/64"].map((partitions) =>
  AskedServer.startView(["--follow", nats.url, "--partitions", partitions, ...SIZE])
);
await using first = await halves[0]!;
await using second = await halves[1]!;
const delays: number[] = [];
const small = await openSmallView();

const sender = new Deno.Command(Deno.execPath(), {
  args: [
    ...["run", "--no-prompt", "--quiet", "--allow-net", "--allow-read", "tools/swarm.ts"],
    ...["--server", `127.0.0.1:${site.to.port}`, "--agents", String(hosts), "--interval", "1s"],
    ...["--seconds", String(seconds + WARM_UP_S), "--cores", "4"],
  ],
  stdout: "piped",
}).spawn();
while ((await site.totals()).accepted < perSecond) await pause(100);
await pause((WARM_UP_S - 2) * 1_000);
delays.length = 0;
const parts = { nats: nats.pid, site: site.running.pid, view: first.running.pid };
const pids = { ...parts, "other view": second.running.pid };
const [startMs, before] = [performance.now(), costs()];
await pause((seconds - 2) * 1_000);
const [spanMs, after] = [performance.now() - startMs, costs()];
const { stdout } = await sender.output();
const sent = JSON.parse(new TextDecoder().decode(stdout)).sent;
await pause(2_000);
const [heard, seen] = [await site.totals(), [await first.totals(), await second.totals()]];
const { bus } = await site.get("/api/fleet?limit=1");
console.log(JSON.stringify(
  {
    ...{
      perSecond: Math.round(sent / (seconds + WARM_UP_S)),
      sent,
      "at the site": heard.accepted,
    },
    "at both views": seen.reduce((sum, { accepted }) => sum + accepted, 0),
    "dropped by the site": bus.site.dropped,
    "% of a core": Object.fromEntries(
      Object.keys(pids).map((name, n) => [
        name,
        +((after[n]!.cpuMs - before[n]!.cpuMs) / spanMs * 100).toFixed(1),
      ]),
    ),
    "anonymous MiB": Object.fromEntries(
      Object.keys(pids).map((name, n) => [name, Math.round(after[n]!.mebibytes)]),
    ),
    "datagram to view, ms p50 p99": [0.5, 0.99].map((share) => Math.round(quantile(delays, share))),
    delays: delays.length,
  },
  null,
  1,
));
await small.close();
await Deno.remove(folder, { recursive: true });

function costs() {
  return Object.values(pids).map((pid) => ({
    cpuMs: tickedCpuMs(pid),
    mebibytes: memoryMiB(pid).anonymous,
  }));
}

/** A view whose hosts are few, and which notes for each datagram how long ago it was sent. */
async function openSmallView() {
  const argv = ["--listen", "off", "--follow", nats.url, "--partitions", "0-3/64"];
  const options = readServerOptions([...argv, "--follow-since", "0s"], () => undefined);
  const log = { info() {}, warn: console.warn } as never;
  const follow = (await openFollower(options, {
    ...{ clock: new Clock(), log },
    throttledLog: { warn: (_kind, textOf) => console.warn(textOf()) },
  }))!;
  const { source } = follow;
  const nowMs = Date.now();
  const fleet = new Fleet({
    ...{ maxHosts: hosts, historyMs: 60_000, nowMs, decoder: source.decoder },
  });
  source.join(fleet);
  const running = source.run((bytes, origin, atMs, number) => {
    const receipt = fleet.receive(bytes, origin, atMs, number);
    if (receipt.accepted) delays.push(Date.now() - receipt.host.sentMs);
  }, (error) => console.warn(error.message));
  return {
    async close() {
      source.close();
      await running;
      await follow.observer.close();
    },
  };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
