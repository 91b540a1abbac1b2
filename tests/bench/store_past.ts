// deno-lint-ignore-file no-console
/**
 * How fast the past is read: a file with a year of hours and 30 days of minutes, which the store's own thread
 * has written, and a server that is asked over HTTP as the page asks it. Files leave the memory of the system
 * before each question of a round that is called cold; in another the server compacts 30 hours meanwhile.
 */
import { Fleet } from "../../lib/server/fleet/fleet.ts";
import { recordOf } from "../../lib/server/fleet/host/record.ts";
import { COLUMNS, KEPT } from "../../lib/server/store/columns.ts";
import { prepareFolder } from "../../lib/server/store/open.ts";
import { startThread } from "../../lib/server/store/thread.ts";
import { addValue, AT, HEAD, PER_METRIC, rowLength } from "../../lib/server/store/file/rows.js";
import { Database } from "../../lib/server/store/file/database.js";
import { compact } from "../../lib/server/store/file/compaction.js";
import { AskedServer } from "../asked_server.ts";
import { jsonOf } from "../messages.ts";
import { quantile } from "./figures.ts";

const [MINUTE_MS, HOUR_MS, DAY_MS] = [60_000, 3_600_000, 86_400_000];
const [YEAR, MONTH] = [365, 30];
const LENGTH = rowLength(COLUMNS.length);
const SAMPLES = 12;
/** Hours that are left to the server to compact. */
const OPEN_HOURS = 30;
/** As the page asks. */
const POINTS = 600;
const QUESTIONS = 30;
/** Caches of files; to forget them takes root. */
const CACHES = "/proc/sys/vm/drop_caches";

/** Fills a folder, where it is empty, and asks. */
export async function measurePast(folder: string, hostCount: number): Promise<void> {
  const path = `${await prepareFolder(folder)}/pulso.db`;
  const isFilled = await Deno.stat(path).then(() => true, () => false);
  if (!isFilled) await fill(folder, path, hostCount);
  const options = ["--data", folder, "--max-hosts", String(hostCount)];
  const rights = [`--allow-read=${folder}`, `--allow-write=${folder}`];
  await using server = await AskedServer.start(options, rights);
  const startMs = Date.now();
  console.log(
    "while it compacts",
    await rounds(server, hostCount, () => Promise.resolve(), startMs),
  );
  console.log("afterwards", await rounds(server, hostCount, () => Promise.resolve()));
  console.log("cold", await rounds(server, hostCount, forgetFiles));
}

/** A year of hours, by what the thread does; and by the thread itself 30 days, of minutes. */
async function fill(folder: string, path: string, hostCount: number): Promise<void> {
  const nowMs = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS;
  const beginMs = Math.floor(nowMs / DAY_MS) * DAY_MS - MONTH * DAY_MS;
  const firstMs = beginMs - (YEAR - MONTH) * DAY_MS;
  const hosts = recordsOf(hostCount, firstMs, nowMs);
  const places = Uint16Array.from(hosts, ({ id }) => id);
  const db = new Database(path, COLUMNS);
  db.begin(firstMs);
  db.save(hosts, [], beginMs);
  for (let ms = firstMs; ms < beginMs; ms += HOUR_MS) {
    db.transact(() => db.putRows("hour", 0, ms / HOUR_MS, places, sumsOf(hostCount, ms, HOUR_MS)));
    while (compact(db, ms));
  }
  db.close();
  const thread = startThread(folder);
  const keepMs = { minute: MONTH * DAY_MS, hour: 2 * YEAR * DAY_MS };
  await thread.ask("open", {
    ...{ path, columns: COLUMNS, keepMs, keepBytes: 1e12, maxHosts: hostCount, nowMs: beginMs },
  });
  for (let ms = beginMs; ms < nowMs; ms += MINUTE_MS) {
    const sums = sumsOf(hostCount, ms, MINUTE_MS);
    const given = { minute: ms / MINUTE_MS, parts: [{ group: 0, places, sums }], corrections: [] };
    await thread.ask("put", { ...given, hosts: [], deleted: [], nowMs: ms }, [sums.buffer]);
    if (ms < nowMs - OPEN_HOURS * HOUR_MS) { while (await thread.ask("tend", { nowMs: ms })); }
  }
  await thread.ask("close", undefined);
  thread.end();
}

/** Hosts as they are saved, which were heard for the first time then, and for the last time now. */
function recordsOf(count: number, firstMs: number, nowMs: number) {
  const fleet = new Fleet({ maxHosts: count, historyMs: 60_000, nowMs: firstMs });
  const said = { v: 1, session: "s", interval: MINUTE_MS / SAMPLES };
  for (const [seq, ms] of [firstMs, nowMs].entries()) {
    for (let n = 0; n < count; n++) {
      const id = `id-${n}`;
      fleet.receive(jsonOf({ ...said, id, host: id, seq: seq + 1 }), {
        hostname: "192.0.2.7",
        port: 1,
      }, ms);
    }
  }
  return fleet.hosts().map((host, id) => ({ id, ...recordOf(host, 0) }));
}

/** Numbers that move as those of machines do. */
function sumsOf(hostCount: number, ms: number, periodMs: number): Float64Array<ArrayBuffer> {
  const sums = new Float64Array(hostCount * LENGTH);
  for (let host = 0; host < hostCount; host++) {
    const at = host * LENGTH;
    sums[at + AT.samples] = SAMPLES;
    sums[at + AT.span] = periodMs;
    KEPT.forEach(({ scale }, metric) => {
      const level = (host * 7_919 + metric * 104_729) % 4_000;
      const value = scale === 100
        ? level / 50 + 5 * Math.sin(ms / DAY_MS * 6.28) + 3 * Math.random()
        : 2 ** (6 + level % 14) * (1 + Math.random());
      for (const factor of [0.9, 1, 1.1]) {
        addValue(sums, at + HEAD + PER_METRIC * metric, factor * value);
      }
    });
  }
  return sums;
}

async function forgetFiles(): Promise<void> {
  await new Deno.Command("sync").output();
  await Deno.writeTextFile(CACHES, "3");
}

/** Milliseconds of each question, median and longest; until a time some minutes on where one is given. */
async function rounds(
  server: AskedServer,
  hostCount: number,
  before: () => Promise<void>,
  sinceMs = 0,
): Promise<Record<string, string>> {
  const took: Record<string, number[]> = {};
  const isOver = (asked: number) => asked >= QUESTIONS && Date.now() - sinceMs > 1.5 * MINUTE_MS;
  for (let asked = 0; !isOver(asked); asked++) {
    for (const days of [7, MONTH, YEAR]) {
      for (const metric of ["", "&metric=cpu"]) {
        const toMs = Date.now();
        const range = `from=${toMs - days * DAY_MS}&to=${toMs}&points=${POINTS}${metric}`;
        const url = `${server.origin}/api/hosts/id-${asked * 37 % hostCount}/history?${range}`;
        await before();
        const beginMs = performance.now();
        const response = await fetch(url);
        const { samples } = await response.json();
        const [first] = Object.values(samples) as number[][];
        if (first!.reduce((a, b) => a + b) === 0) throw new Error("Cannot measure it: no samples");
        const name = `${days} days, ${metric === "" ? "all" : "one"}`;
        (took[name] ??= []).push(performance.now() - beginMs);
      }
    }
  }
  return Object.fromEntries(
    Object.entries(took).map(([name, all]) => [
      name,
      [0.5, 0.99, 1].map((share) => quantile(all, share).toFixed(0)).join(" / ") +
      ` of ${all.length}`,
    ]),
  );
}
