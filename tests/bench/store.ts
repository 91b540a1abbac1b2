// deno-lint-ignore-file no-console
/**
 * What history costs: a day of a fleet on the code of the server, its clock turned on as fast as the disk
 * takes it. HOSTS and HOURS are its arguments: `deno task bench:store 10000 24`.
 */
import { Fleet } from "../../lib/server/fleet/fleet.ts";
import { Failures } from "../../lib/server/parts.ts";
import type { Accepted } from "../../lib/server/fleet/receipt.ts";
import { openStore } from "../../lib/server/store/open.ts";
import { startThread } from "../../lib/server/store/thread.ts";
import { SUMMARY_METRICS } from "../../lib/message/metrics.ts";
import { KEPT } from "../../lib/server/store/columns.ts";
import { planOf } from "../../lib/server/store/stretches.ts";
import { readCommandLine } from "../../tools/command_line.ts";
import { bytesOf } from "../messages.ts";

readCommandLine(
  {
    usage: "deno task bench:store [HOSTS [HOURS]]",
    purpose:
      "Measures what the history of a fleet costs: 1000 hosts and 24 hours of it unless told.",
    options: {},
  },
  Deno.args.filter((word) => word.startsWith("-")),
);
const [hostCount = 1_000, hours = 24] = Deno.args.map(Number);
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
  kernelDropped: () => null,
};
const thread = startThread(folder);
const times = { put: [] as number[], tend: [] as number[] };
const timed = {
  async ask(order: never, given: never) {
    const from = performance.now();
    const answer = await thread.ask(order, given);
    if (order === "put" || order === "tend") {
      times[order as "put" | "tend"].push(performance.now() - from);
    }
    return answer;
  },
  end: () => thread.end(),
};
const options = { path, keepMs: KEEP, keepBytes: 1e12, maxHosts: hostCount };
const store = await openStore(timed as unknown as typeof thread, options, surroundings);

/** How long the event loop was held up, as timers of 2 ms tell. */
const lags: number[] = [];
let isRunning = true;
const watching = (async () => {
  while (isRunning) {
    const from = performance.now();
    await new Promise((resolve) => setTimeout(resolve, 2));
    lags.push(performance.now() - from - 2);
  }
})();

const summary = new Float64Array(SUMMARY_METRICS.length);
/** Each metric that is kept, with its place in a summary. */
const COLUMNS = KEPT.map(({ id, scale }) => ({
  place: SUMMARY_METRICS.findIndex((other) => other === id),
  scale,
}));
const blocks: number[] = [];
let acceptMs = 0;
let accepted = 0;
for (let minute = 0; minute < 60 * hours; minute++) {
  for (let n = 0; n < MINUTE_MS / INTERVAL_MS; n++) {
    const from = performance.now();
    hosts.forEach((host, index) => {
      host.lastSeenMs = nowMs;
      host.version++;
      fill(summary, index, minute);
      store.accepted({ host, summary } as unknown as Accepted, nowMs);
    });
    acceptMs += performance.now() - from;
    accepted += hosts.length;
    nowMs += INTERVAL_MS;
    const before = performance.now();
    store.tick(nowMs);
    blocks.push(performance.now() - before);
  }
  // As soon as the disk has taken it: a read comes after what was asked before.
  await store.read(
    hosts.slice(0, 1),
    planOf({ fromMs: nowMs - 1, untilMs: nowMs, points: 1, leastMs: 0, minutesSinceMs: 0 }, []),
  );
}
const at = (all: number[], share: number) => {
  const sorted = all.toSorted((a, b) => a - b);
  return +(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0).toFixed(2);
};
await new Promise((resolve) => setTimeout(resolve, 3_000));
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
    "compaction s an hour": +(times.tend.reduce((a, b) => a + b, 0) / 1_000 / hours).toFixed(2),
    "tend ms max": at(times.tend, 1),
    "lag ms p50 p99 max": [at(lags, 0.5), at(lags, 0.99), at(lags, 1)],
    "bytes per host-day": Math.round(bytes / hostCount / hours * 24),
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
  COLUMNS.forEach(({ place, scale }, metric) => {
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
