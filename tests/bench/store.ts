// deno-lint-ignore-file no-console
/**
 * What history costs: a day of a fleet on the code of the server, its clock turned on as fast as the disk
 * takes it. HOSTS and HOURS are its arguments: `deno task bench:store 10000 24`. With `--alternate` every
 * second hour goes by without the store, and how late the program's timers are is told of both. With
 * `--past=DIR` a server is asked for a year of HOSTS.
 */
import { Fleet } from "../../lib/server/fleet/fleet.ts";
import { Failures } from "../../lib/server/parts.ts";
import type { Accepted } from "../../lib/server/fleet/receipt.ts";
import { UNKNOWN_DROPS } from "../../lib/server/sources/kernel_drops.ts";
import { openStore } from "../../lib/server/store/open.ts";
import { startThread } from "../../lib/server/store/thread.ts";
import { SUMMARY_METRICS } from "../../lib/message/summary.ts";
import { KEPT, PLACES } from "../../lib/server/store/columns.ts";
import { planOf } from "../../lib/server/store/stretches.ts";
import { flag } from "../../lib/common/option_reader.ts";
import { readCommandLine } from "../../tools/command_line.ts";
import { bytesOf } from "../messages.ts";
import { quantile } from "./figures.ts";
import { measurePast } from "./store_past.ts";

const { alternate, past } = readCommandLine(
  {
    usage: "deno task bench:store [OPTION]... [HOSTS [HOURS]]",
    purpose:
      "Measures what the history of a fleet costs: 1000 hosts and 24 hours of it unless told.",
    options: {
      alternate: flag("let every second hour go by without the store"),
      past: {
        placeholder: "DIR",
        fallback: null,
        help: "ask a server for a year of HOSTS that is kept in DIR, and made there if it is empty",
        read: (folder: string) => folder,
      },
    },
  },
  Deno.args.filter((word) => word.startsWith("-")),
);
const [hostCount = 1_000, hours = 24] = Deno.args.filter((word) => !word.startsWith("-"))
  .map(Number);
if (past !== null) {
  await measurePast(past, hostCount);
  Deno.exit();
}
/** Hosts that are heard in one turn of the event loop: few where it is told how late that is. */
const TURN_HOSTS = alternate ? 200 : 5_000;
const INTERVAL_MS = 5_000;
const MINUTE_MS = 60_000;
const START_MS = 1_795_442_400_000;
const KEEP = { minute: 30 * 86_400_000, hour: 730 * 86_400_000 };

const quiet = () => {};
const log = { debug: quiet, info: quiet, warn: console.warn, error: console.error } as never;
let nowMs = START_MS;
const fleet = new Fleet({ maxHosts: hostCount, historyMs: 60_000, nowMs });
for (let n = 0; n < hostCount; n++) {
  const text = JSON.stringify({
    v: 1,
    id: `id-${n}`,
    host: `web-${n}`,
    session: "s",
    seq: 1,
    interval: INTERVAL_MS,
  });
  const address = `10.${n >> 16}.${n >> 8 & 255}.${n & 255}`;
  fleet.receive(bytesOf(text.replace("}", `,"pad":"${"x".repeat(500)}"}`)), {
    hostname: address,
    port: 1,
  }, nowMs += 2);
}
const hosts = [...fleet.hosts()];
nowMs = START_MS;
const folder = await Deno.makeTempDir();
const path = `${folder}/pulso.db`;
const surroundings = {
  fleet,
  startedMs: nowMs,
  nowMs: () => nowMs,
  aheadMs: () => 0,
  log,
  failures: new Failures(log),
  kernelDrops: UNKNOWN_DROPS,
};
const thread = startThread(folder);
const times = { put: [] as number[], tend: [] as number[] };
let asked = 0;
const timed = {
  async ask(order: never, given: never, transfer?: ArrayBuffer[]) {
    const from = performance.now();
    asked++;
    const answer = await thread.ask(order, given, transfer).finally(() => asked--);
    if (order === "put" || order === "tend") {
      times[order as "put" | "tend"].push(performance.now() - from);
    }
    return answer;
  },
  end: () => thread.end(),
};
const options = { path, keepMs: KEEP, keepBytes: 1e12, maxHosts: hostCount };
const store = await openStore(timed as unknown as typeof thread, options, surroundings);

/** How long the event loop was held up, as timers of 2 ms tell, with the store and without. */
const lags: Record<"with" | "without", number[]> = { with: [], without: [] };
let way: keyof typeof lags = "with";
let isRunning = true;
const watching = (async () => {
  while (isRunning) {
    const from = performance.now();
    await new Promise((resolve) => setTimeout(resolve, 2));
    lags[way].push(performance.now() - from - 2);
  }
})();

const summary = new Float64Array(SUMMARY_METRICS.length);
const turn = () => new Promise<void>((resolve) => setTimeout(resolve));
const blocks: number[] = [];
let [acceptMs, accepted, minutes] = [0, 0, 0];
for (let minute = 0; minute < 60 * hours; minute++) {
  if (minute % 60 === 0) {
    // What an hour costs when it is over is its own.
    for (let idle = 0; idle < 5; idle = asked === 0 ? idle + 1 : 0) await turn();
    way = alternate && minute / 60 % 2 === 1 ? "without" : "with";
  }
  if (way === "with") minutes++;
  for (let n = 0; n < MINUTE_MS / INTERVAL_MS; n++) {
    for (let first = 0; first < hosts.length; first += TURN_HOSTS) {
      const some = hosts.slice(first, first + TURN_HOSTS);
      const from = performance.now();
      some.forEach((host, index) => {
        host.lastSeenMs = nowMs;
        host.version++;
        fill(summary, first + index, minute);
        if (way === "with") store.accepted({ host, summary } as unknown as Accepted, nowMs);
      });
      if (way === "with") {
        acceptMs += performance.now() - from;
        accepted += some.length;
      }
      await turn();
    }
    nowMs += INTERVAL_MS;
    const before = performance.now();
    if (way === "with") store.tick(nowMs);
    if (way === "with") blocks.push(performance.now() - before);
  }
  // As soon as the disk has taken it.
  while (asked > 3) await turn();
}
const at = (all: number[], share: number) => +quantile(all, share).toFixed(2);
await new Promise((resolve) => setTimeout(resolve, 3_000));
const lagOf = (way: keyof typeof lags) => [0.5, 0.99, 1].map((share) => at(lags[way], share));
const read = async (days: number, points: number) => {
  const took: number[] = [];
  for (let n = 0; n < 10; n++) {
    const plan = planOf({
      fromMs: nowMs - days * 86_400_000,
      untilMs: nowMs,
      points,
      leastMs: 0,
      minutesSinceMs: nowMs - KEEP.minute,
    }, KEPT.map(({ id }) => id));
    const from = performance.now();
    await store.read([hosts[n * 37 % hostCount]!], plan);
    took.push(performance.now() - from);
  }
  return `${at(took, 0.5)} / ${at(took, 1)}`;
};
const reads = {
  day: await read(1, 1_440),
  month: await read(30, 1_000),
  year: await read(365, 1_000),
};
isRunning = false;
await watching;
const { bytes } = store.state;
const { size } = await Deno.stat(path);
console.log(JSON.stringify(
  {
    hosts: hostCount,
    hours,
    metrics: KEPT.length,
    "sample ns": Math.round(acceptMs / accepted * 1e6),
    "put ms p50 p99 max": [at(times.put, 0.5), at(times.put, 0.99), at(times.put, 1)],
    "tick ms p50 p99 max": [at(blocks, 0.5), at(blocks, 0.99), at(blocks, 1)],
    "compaction s an hour": +(times.tend.reduce((a, b) => a + b, 0) / 1_000 / minutes * 60).toFixed(
      2,
    ),
    "tend ms max": at(times.tend, 1),
    "lag ms p50 p99 max": lagOf("with"),
    ...(alternate && { "without the store": lagOf("without") }),
    "bytes per host-day": Math.round(bytes / hostCount / minutes * 1_440),
    "file MB": Math.round(size / 1e6),
    "read ms p50 / max": reads,
    "RSS MB": Math.round(Deno.memoryUsage().rss / 1e6),
  },
  null,
  1,
));
await store.close();
await Deno.remove(folder, { recursive: true });

/** Numbers that move as those of machines do. */
function fill(summary: Float64Array, host: number, minute: number): void {
  const day = Math.sin((minute + host) / 1_440 * 6.28);
  KEPT.forEach(({ scale }, metric) => {
    const place = PLACES[metric]!;
    const level = (host * 7_919 + metric * 104_729) % 4_000;
    const noise = Math.random();
    if (scale === 100) {
      const percent = Math.min(100, Math.max(0, level / 50 + 5 * day + 3 * noise));
      summary[place] = Math.round(percent * 10) / 10;
    } else {
      summary[place] = noise < 0.3 ? 0 : Math.round(2 ** (6 + level % 14) * (1 + noise));
    }
  });
}
