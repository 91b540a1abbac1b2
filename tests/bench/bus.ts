// deno-lint-ignore-file no-console
/**
 * What the bus costs: a fleet to one server alone, and the same through one site and two views of half the
 * partitions, each a process, on one NATS server. The processor time and the memory of each, and how long a datagram takes to a view: of a
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

const delays: number[] = [];
const alone = await measureAlone();
const folder = await Deno.makeTempDir();
await using nats = await NatsServer.start(folder);
await using site = await AskedServer.start(["--bus", nats.url, "--site", "a", ...SIZE]);
// The first datagram makes the stream, which readers would else be waiting for.
await load(site, 1, 1);
await site.waitUntil(async () => (await site.get("/api/fleet?limit=1")).bus.site.published > 0);
const halves = ["0-31/64", "32-63/64"].map((partitions) =>
  AskedServer.startView(["--follow", nats.url, "--partitions", partitions, ...SIZE])
);
await using first = await halves[0]!;
await using second = await halves[1]!;
const small = await openSmallView();

const parts = { nats: nats.pid, site: site.running.pid, view: first.running.pid };
const { sent, ...costs } = await measure(site, { ...parts, "other view": second.running.pid });
const heard = await site.totals();
const { bus } = await site.get("/api/fleet?limit=1");
const views = [first, second];
const waits = async () =>
  (await Promise.all(views.map((view) => view.get("/api/fleet?limit=1"))))
    .some(({ bus }) => bus.view.pending > 0);
await site.waitUntil(async () => !await waits());
const seen = await Promise.all(views.map((view) => view.totals()));
console.log(JSON.stringify(
  {
    "one server alone": alone,
    "by the bus": {
      sent,
      "at the site": heard.accepted,
      "at both views": seen.reduce((sum, { accepted }) => sum + accepted, 0),
      "dropped by the site": bus.site.dropped,
      ...costs,
      "datagram to view, ms p50 p99": [0.5, 0.99].map((share) =>
        Math.round(quantile(delays, share))
      ),
      delays: delays.length,
    },
  },
  null,
  1,
));
await small.close();
await Deno.remove(folder, { recursive: true });

async function measureAlone() {
  await using server = await AskedServer.start(SIZE);
  const { sent, ...costs } = await measure(server, { server: server.running.pid });
  return { sent, accepted: (await server.totals()).accepted, ...costs };
}

/** Loads a server, and counts what processes take of that when it is warm. */
async function measure(server: AskedServer, pids: Readonly<Record<string, number>>) {
  const sending = load(server, hosts, seconds + WARM_UP_S);
  await pause(WARM_UP_S * 1_000);
  delays.length = 0;
  const [startMs, before] = [performance.now(), costsOf(pids)];
  const { accepted } = await server.totals();
  await pause((seconds - 1) * 1_000);
  const spanS = (performance.now() - startMs) / 1_000;
  const [after, sent] = [costsOf(pids), await sending];
  const told = (of: (name: string) => number) =>
    Object.fromEntries(Object.keys(pids).map((name) => [name, of(name)]));
  return {
    sent,
    "accepted a second": Math.round(((await server.totals()).accepted - accepted) / spanS),
    "% of a core": told((name) =>
      +((after[name]!.cpuMs - before[name]!.cpuMs) / spanS / 10).toFixed(1)
    ),
    "anonymous MiB": told((name) => Math.round(after[name]!.mebibytes)),
  };
}

/** Sends for a time; how many datagrams. */
async function load(server: AskedServer, agents: number, seconds: number): Promise<number> {
  const sender = new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--no-prompt", "--quiet", "--allow-net", "--allow-read", "tools/swarm.ts"],
      ...["--server", `127.0.0.1:${server.to.port}`, "--agents", String(agents)],
      ...["--interval", "1s", "--seconds", String(seconds), "--cores", "4"],
    ],
    stdout: "piped",
  }).spawn();
  const { stdout } = await sender.output();
  return JSON.parse(new TextDecoder().decode(stdout)).sent;
}

function costsOf(pids: Readonly<Record<string, number>>) {
  return Object.fromEntries(
    Object.entries(pids).map(([name, pid]) => [
      name,
      { cpuMs: tickedCpuMs(pid), mebibytes: memoryMiB(pid).anonymous },
    ]),
  );
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
    ...{ maxHosts: hosts, historyMs: 60_000, nowMs, decoder: source.contents.decoder },
  });
  source.contents.join(fleet);
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
