/** What may befall the store: its thread, its file, the wall clock, and senders that make hosts up. */
import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { Database } from "../../../lib/server/store/file/database.js";
import { COLUMNS } from "../../../lib/server/store/columns.ts";
import { readPast } from "../../../lib/server/store/reading.ts";
import { MINUTE_MS, open, START_MS, test } from "./scene.ts";

const HOUR_MS = 60 * MINUTE_MS;
type Scene = Awaited<ReturnType<typeof open>>;
const DAY_MS = 24 * HOUR_MS;

/** A host that is heard every five seconds, for some minutes. */
async function sendMinutes(scene: Scene, fromMs: number, minutes: number, seq = 0): Promise<void> {
  for (let n = 0; n < 12 * minutes; n++) {
    scene.send("a", seq + n + 1, fromMs + 5_000 * n);
    if (n % 12 === 11) await scene.settle();
  }
  scene.tick(fromMs + minutes * MINUTE_MS);
  await scene.settle();
}

test("a thread that ends is started anew, and history goes on", async (folder) => {
  const scene = await open(folder);
  await sendMinutes(scene, START_MS, 1);
  await scene.read("a", START_MS, START_MS + MINUTE_MS);
  await scene.endThread();
  await sendMinutes(scene, START_MS + MINUTE_MS, 1, 12);
  await scene.settle();
  await sendMinutes(scene, START_MS + 2 * MINUTE_MS, 1, 24);
  const told = await scene.read("a", START_MS, START_MS + 3 * MINUTE_MS);
  assertEquals(told, { samples: 24, known: 2 * MINUTE_MS, missed: MINUTE_MS });
  const lines = scene.lines.filter((line) => !line.startsWith("info Keeping"));
  assertEquals(lines.length, 3, lines.join("\n"));
  assert(/^warn Cannot write history .*not open; going on/.test(lines[0]!), lines[0]);
  assert(
    /^warn Opened .* again, as the thread that writes it had ended$/.test(lines[1]!),
    lines[1],
  );
  assert(/^info Writing history .* again; minutes missing: 1$/.test(lines[2]!), lines[2]);
  assertEquals(scene.failures.counts.get("store"), 1);
  await scene.store.close();
  const after = await open(folder, START_MS + 3 * MINUTE_MS);
  assertEquals(after.fleet.host("a")!.delivery!.counts.received, 36);
  await after.store.close();
});

test("a file that is removed while the server runs is said once, and another begins with all hosts", async (folder) => {
  const scene = await open(folder);
  await sendMinutes(scene, START_MS, 2);
  for await (const { name } of Deno.readDir(folder)) await Deno.remove(`${folder}/${name}`);
  await sendMinutes(scene, START_MS + 2 * MINUTE_MS, 3, 24);
  const lines = scene.lines.filter((line) => !line.startsWith("info Keeping"));
  assertEquals(lines.length, 3, lines.join("\n"));
  assert(/^warn Cannot write .*: its file was removed; going on/.test(lines[0]!), lines[0]);
  assert(/^warn Began .* anew, as nothing was in it$/.test(lines[1]!), lines[1]);
  assert(/^info Writing history .* again; minutes missing: 1$/.test(lines[2]!), lines[2]);
  assertEquals(scene.failures.counts.get("store"), 1);
  await scene.store.close();
  const after = await open(folder, START_MS + 6 * MINUTE_MS);
  assertEquals(after.fleet.host("a")!.delivery!.counts.received, 60);
  const { samples } = await after.read("a", START_MS, START_MS + 5 * MINUTE_MS);
  assertEquals(samples, 24, "of the two minutes after it was found");
  await after.store.close();
});

test("a file that another one replaces is not written, and neither is that", async (folder) => {
  const scene = await open(folder);
  await sendMinutes(scene, START_MS, 1);
  await Deno.rename(`${folder}/pulso.db`, `${folder}/moved.db`);
  await Deno.writeTextFile(`${folder}/pulso.db`, "another");
  await sendMinutes(scene, START_MS + MINUTE_MS, 2, 12);
  assertEquals(scene.store.state.paused, "another file stands in its place");
  assertEquals(scene.store.state.missedMinutes, 2);
  assertEquals(await Deno.readTextFile(`${folder}/pulso.db`), "another");
  await Deno.rename(`${folder}/moved.db`, `${folder}/pulso.db`);
  await sendMinutes(scene, START_MS + 3 * MINUTE_MS, 1, 36);
  assertEquals(scene.store.state.paused, null);
  await scene.store.close();
});

test("a file that turns out to be damaged is set aside while the server runs, and said once", async (folder) => {
  const [others, LIMITS] = [7_990, { maxHosts: 8_000 }];
  const scene = await open(folder, START_MS, LIMITS);
  // So often that they are kept.
  for (let n = 0; n < 8 * others; n++) {
    scene.send(`host-${n % others}`, 1 + Math.floor(n / others), START_MS + Math.floor(n / 16));
  }
  await sendMinutes(scene, START_MS + 5_000, 12);
  // More than is in memory; what each file begins with stays.
  for (
    const [path, from] of [[`${folder}/pulso.db`, 4_096], [`${folder}/pulso.db-wal`, 32]] as const
  ) {
    const bytes = await Deno.readFile(path);
    using file = await Deno.open(path, { write: true });
    for (let at = 0; at < bytes.length;) at += file.writeSync(bytes.fill(0x5a, from).subarray(at));
  }
  const readAll = () => scene.read("a", START_MS, START_MS + 12 * MINUTE_MS);
  // Which of them depends on what was in the log, and what in the file.
  const { message } = await assertRejects(readAll, Error);
  assertMatch(message, /malformed|not a database/);
  await sendMinutes(scene, START_MS + 13 * MINUTE_MS, 1, 200);
  await sendMinutes(scene, START_MS + 14 * MINUTE_MS, 1, 212);
  assertEquals(scene.lines.filter((line) => line.includes("it is damaged; kept as")).length, 1);
  await scene.store.close();
  const { fleet, store, lines, read } = await open(folder, START_MS + 15 * MINUTE_MS, LIMITS);
  assertEquals([fleet.size, fleet.host("a")!.delivery!.counts.received], [others + 1, 168]);
  assert(lines.every((line) => !line.includes("damaged")));
  const { samples } = await read("a", START_MS, START_MS + 15 * MINUTE_MS);
  assertEquals(samples, 24, "no minute is lost in which it was found");
  await store.close();
});

test("a minute that is damaged on disk is a gap with that cause, counted and said once", async (folder) => {
  const scene = await open(folder);
  await sendMinutes(scene, START_MS, 3);
  await scene.store.close();
  const db = new Database(`${folder}/pulso.db`, COLUMNS);
  const { k, b } = db.db.prepare("select k, b from minute_slab order by k limit 1").get()!;
  const bytes = b as Uint8Array<ArrayBuffer>;
  bytes[bytes.length - 9]! ^= 1;
  db.db.prepare("update minute_slab set b=? where k=?").run(bytes, k!);
  db.close();
  const after = await open(folder, START_MS + 3 * MINUTE_MS);
  const read = () => after.read("a", START_MS, START_MS + 3 * MINUTE_MS);
  const told = { samples: 24, known: 2 * MINUTE_MS, damaged: MINUTE_MS };
  assertEquals(await read(), told);
  await sendMinutes(after, START_MS + 3 * MINUTE_MS, 2, 36);
  assertEquals(await read(), told);
  const lines = after.lines.filter((line) => line.startsWith("warn"));
  assertEquals(lines.length, 1, lines.join("\n"));
  assert(/damaged on disk/.test(lines[0]!), lines[0]);
  assertEquals(after.failures.counts.get("store"), 1);
  await sendMinutes(after, START_MS + 5 * MINUTE_MS, 65, 60);
  assertEquals(await read(), told, "in chunks too");
  await after.store.close();
});

/** More than a number of the program's can be. */
const HUGE = 2n ** 62n;
/** What befalls rows of a file that are neither slabs nor chunks, and keys of those. */
const DAMAGED_ROWS = [
  "update layout set columns='[{\"id\":'",
  "update layout set columns='7'",
  "update host set state='{\"fi' where key='b'",
  "update host set state='7' where key='b'",
  "update host set key=x'ff' where key='b'",
  "update host set body=x'ff' where key='b'",
  `update host set id=${HUGE} where key='b'`,
  `update host set id=${2 ** 40} where key='b'`,
  "update host set id=-5 where key='b'",
  "update run set started='x', beat='y'",
  `update run set beat=${HUGE}`,
  `insert into run values(${HUGE}, 1, 2)`,
  "insert into damage values('minute', 'a', 'b', 'c', 'd')",
  `insert into damage values('minute', 0, 5, 0, ${HUGE})`,
  `insert into correction values(0, 0, ${HUGE}, 1, 1, 1)`,
  "insert into correction values(0, 'a', 'b', 'c', 'd', 'e')",
  "insert into moved select 'minute', min(k), 500, 7 from minute_slab",
  `insert into moved values('minute', ${HUGE}, 500, 7)`,
  `update minute_slab set k=${HUGE} where k=(select max(k) from minute_slab)`,
  "update minute_slab set k=-k where k=(select max(k) from minute_slab)",
  `insert into minute_chunk values(${HUGE}, x'00')`,
  `insert into hour_slab values(${HUGE}, x'00')`,
  "update minute_slab set b='abc' where k=(select min(k) from minute_slab)",
];

/** The folder of a copy of a store's file in which something is changed. */
async function changedCopy(folder: string, n: number, sql: string): Promise<string> {
  const data = `${folder}-${n}`;
  await Deno.mkdir(data, { mode: 0o700 });
  await Deno.copyFile(`${folder}/pulso.db`, `${data}/pulso.db`);
  const file = new DatabaseSync(`${data}/pulso.db`);
  file.exec(sql);
  file.close();
  return data;
}

test("a row that is damaged is counted and said once, and costs no more than it told", async (folder) => {
  const scene = await open(folder);
  scene.send("b", 1, START_MS);
  await sendMinutes(scene, START_MS, 2);
  await scene.store.close();
  for (const [n, sql] of DAMAGED_ROWS.entries()) {
    const data = await changedCopy(folder, n, sql);
    const after = await open(data, START_MS + 2 * MINUTE_MS - 1_000);
    const read = () => after.read("a", START_MS, START_MS + 3 * MINUTE_MS);
    if (after.fleet.host("a")) await read();
    await sendMinutes(after, START_MS + 2 * MINUTE_MS, 1, 24);
    const { samples, damaged = 0, missed = 0 } = await read();
    const lost = Math.round((damaged + missed) / MINUTE_MS);
    assertEquals(samples, 36 - 12 * lost, sql);
    assertEquals(after.store.state.paused, null, sql);
    const lines = after.lines.filter((line) => line.startsWith("warn"));
    assertEquals(lines.length, 1, `${sql}: ${lines.join("\n")}`);
    assert(/damaged on disk/.test(lines[0]!), lines[0]);
    assert(after.failures.counts.get("store")! >= 1, sql);
    await after.store.close();
  }
});

test("a file without one of its tables, or of another version than it says, is set aside", async (folder) => {
  const scene = await open(folder);
  await sendMinutes(scene, START_MS, 1);
  await scene.store.close();
  const changes = ["drop table host", "drop table damage", "pragma user_version=0"];
  for (const [n, sql] of changes.entries()) {
    const data = await changedCopy(folder, n, sql);
    const after = await open(data, START_MS + MINUTE_MS);
    const [line] = after.lines.filter((line) => line.startsWith("warn"));
    assert(/it is damaged; kept as .*, beginning anew$/.test(line!), `${sql}: ${line}`);
    await after.store.close();
  }
});

test("compaction that fails is said once and stands as a trouble, and minutes are written all the same", async (folder) => {
  const scene = await open(folder);
  await sendMinutes(scene, START_MS, 1);
  const error = new Error("database or disk is full");
  Object.assign(scene.fault, { order: "tend", error });
  for (let minute = 1; minute < 4; minute++) {
    await sendMinutes(scene, START_MS + minute * MINUTE_MS, 1, 12 * minute);
  }
  assertEquals(scene.store.state.paused, error.message);
  const lines = scene.lines.filter((line) => !line.startsWith("info Keeping"));
  assertEquals(lines.length, 1, lines.join("\n"));
  assert(/^warn Cannot compact history in .*full; trying each minute$/.test(lines[0]!), lines[0]);
  assertEquals(scene.failures.counts.get("store"), 3);
  scene.fault.error = null;
  await sendMinutes(scene, START_MS + 4 * MINUTE_MS, 1, 48);
  assertEquals([scene.store.state.paused, scene.store.state.missedMinutes], [null, 0]);
  assertEquals((await scene.read("a", START_MS, START_MS + 5 * MINUTE_MS)).samples, 60);
  await scene.store.close();
});

test("a backup has what was written before it, whatever is asked meanwhile, and keeps the lock", async (folder) => {
  const scene = await open(folder, START_MS, { maxHosts: 1_000 });
  for (let n = 0; n < 999; n++) scene.send(`host-${n}`, 1, START_MS);
  await sendMinutes(scene, START_MS, 30);
  const backup = scene.store.backUp("copy.db");
  // At once: what is asked now comes between two pieces of it.
  for (let n = 0; n < 12; n++) scene.send("a", 361 + n, START_MS + 30 * MINUTE_MS + 5_000 * n);
  scene.tick(START_MS + 31 * MINUTE_MS);
  const read = () => scene.read("a", START_MS, START_MS + 31 * MINUTE_MS);
  assertEquals((await read()).samples, 372);
  await backup;
  assertEquals(scene.store.state.missedMinutes, 0);
  const copy = new Database(`${folder}/copy.db`, COLUMNS);
  assertEquals(copy.db.prepare("pragma integrity_check").get()!.integrity_check, "ok");
  assertEquals(copy.numberOf("select count(*) n from minute_slab", "n"), 30, "as it was then");
  copy.close();
  await assertRejects(() => open(folder), Error, "another server uses it");
  await scene.store.close();
  const names = await Array.fromAsync(Deno.readDir(folder), ({ name }) => name);
  assertEquals(names.sort(), ["copy.db", "pulso.db"]);
});

test("hosts that are made up fill neither memory nor file, and put out nobody's history", async (folder) => {
  const [forged, maxHosts] = [200_000, 1_000];
  const scene = await open(folder, START_MS, { maxHosts });
  await sendMinutes(scene, START_MS, 3);
  let nowMs = START_MS + 3 * MINUTE_MS;
  // As many as are let in: each from another network.
  for (let n = 0; n < forged; n++) {
    scene.send(`forged-${n}`, 1, nowMs, `10.${n >> 16 & 255}.${n >> 8 & 255}.${n & 255}`);
    if (n % 100 !== 0) continue;
    nowMs += 250;
    if (n % 2_000 === 0) scene.send("a", 37 + n / 2_000, nowMs);
    if (n % 400 === 0) scene.tick(nowMs);
    if (n % 24_000 === 0) await scene.settle();
  }
  scene.tick(nowMs + MINUTE_MS);
  await scene.settle();
  scene.tick(nowMs + 2 * MINUTE_MS);
  await scene.settle();
  assert(
    scene.fleet.totals(nowMs).forgotten > forged / 10,
    `${scene.fleet.totals(nowMs).forgotten}`,
  );
  assertEquals(scene.fleet.host("a")!.key, "a");
  await scene.store.close();
  const db = new Database(`${folder}/pulso.db`, []);
  const rows = db.numberOf("select count(*) n from host", "n");
  assert(rows <= 4 * maxHosts, `${rows} rows of hosts`);
  assertEquals(db.numberOf("select count(*) n from host where key='a'", "n"), 1);
  assert(db.bytes < 50e6, `${db.bytes} bytes`);
  db.close();
});

test("a wall clock that is set ahead or back by a day costs no history, and what it leaps over is no host's", async (folder) => {
  for (const leapMs of [DAY_MS, -DAY_MS]) {
    const data = `${folder}${leapMs}`;
    const scene = await open(data);
    await sendMinutes(scene, START_MS, 2);
    scene.clock.aheadMs = leapMs;
    const leaptMs = START_MS + 2 * MINUTE_MS;
    scene.tick(leaptMs);
    await sendMinutes(scene, leaptMs, 3, 24);
    const before = await scene.read("a", START_MS, leaptMs);
    assertEquals(before.samples, 24, "what was is where it was");
    const wallMs = leaptMs + leapMs;
    assertEquals(await scene.read("a", wallMs, wallMs + 3 * MINUTE_MS), {
      samples: 36,
      known: 3 * MINUTE_MS,
    });
    if (leapMs > 0) {
      const leap = await scene.read("a", wallMs - 2 * MINUTE_MS, wallMs);
      assertEquals(leap, { samples: 0, down: 2 * MINUTE_MS });
    }
    assertEquals(scene.fleet.host("a")!.delivery!.counts.lost, 0);
    assertEquals(scene.lines.length, 1, "it is no fault");
    await scene.store.close();
    const after = await open(data, wallMs + 4 * MINUTE_MS);
    assertEquals(after.fleet.host("a")!.delivery!.counts.received, 60);
    const whole = await after.read("a", wallMs, wallMs + 4 * MINUTE_MS);
    assertEquals(whole.samples, 36);
    assertEquals((await after.read("a", START_MS, leaptMs)).samples, 24);
    await after.store.close();
  }
});

test("hours that a clock runs through twice keep both, in chunks too, and causes add up", async (folder) => {
  const scene = await open(folder);
  await sendMinutes(scene, START_MS, 70);
  scene.clock.aheadMs = -65 * MINUTE_MS;
  scene.tick(START_MS + 70 * MINUTE_MS);
  await sendMinutes(scene, START_MS + 70 * MINUTE_MS, 75, 840);
  await scene.settle();
  await scene.store.close();
  const after = await open(folder, START_MS + 90 * MINUTE_MS);
  const all = await after.read("a", START_MS, START_MS + 80 * MINUTE_MS);
  assertEquals(all.samples, 12 * 145);
  const { samples: _, ...causes } = all;
  const sum = Object.values(causes).reduce((a, b) => a + b, 0);
  assertEquals(sum, 80 * MINUTE_MS);
  assertEquals(causes, { known: 80 * MINUTE_MS });
  await after.store.close();
});

test("after the clock was set back nothing is missed before the first sample", async (folder) => {
  const scene = await open(folder);
  await sendMinutes(scene, START_MS, 2);
  const aheadMs = -DAY_MS;
  scene.clock.aheadMs = aheadMs;
  const nowMs = START_MS + 5 * MINUTE_MS;
  scene.tick(START_MS + 2 * MINUTE_MS);
  await sendMinutes(scene, START_MS + 2 * MINUTE_MS, 3, 24);
  const untilMs = nowMs + aheadMs;
  const query = { metrics: ["cpu"], fromMs: untilMs - 10 * MINUTE_MS, untilMs, points: 10 };
  const { pasts } = await readPast(scene.store, [scene.fleet.host("a")!], query, {
    nowMs,
    aheadMs,
  });
  const { known, missed, down } = pasts[0]!.causes;
  const sum = (all: readonly number[]) => all.reduce((a, b) => a + b, 0);
  assertEquals([sum(known), sum(missed), sum(down)], [3 * MINUTE_MS, 0, 0]);
  assertEquals(pasts[0]!.gaps, []);
  await scene.store.close();
});

test("a server that is started with its clock a day off goes on with hosts and history", async (folder) => {
  for (const leapMs of [DAY_MS, -DAY_MS]) {
    const data = `${folder}${leapMs}`;
    const before = await open(data);
    await sendMinutes(before, START_MS, 2);
    await before.store.close();
    const startMs = START_MS + leapMs;
    const scene = await open(data, startMs);
    assert(scene.fleet.host("a")!.lastSeenMs <= startMs, "no time is later than the start");
    // The agent's own clock is right: it says a time that is a day before, or after.
    for (let n = 0; n < 100; n++) {
      scene.send("a", 25 + n, startMs + 5_000 * n, undefined, START_MS + 2 * MINUTE_MS + 5_000 * n);
    }
    const { received, lost } = scene.fleet.host("a")!.delivery!.counts;
    assertEquals(lost, 0);
    assert(
      received >= 24 + 100 - 61,
      `${received}: it is heard again after five minutes at the latest`,
    );
    assertEquals((await scene.read("a", START_MS, START_MS + 2 * MINUTE_MS)).samples, 24);
    await scene.store.close();
  }
});

test("a clock that is wrong for a while deletes nothing", async (folder) => {
  const keepMs = { minute: 10 * DAY_MS, hour: 20 * DAY_MS };
  const scene = await open(folder, START_MS, { keepMs });
  await sendMinutes(scene, START_MS, 2);
  scene.clock.aheadMs = 100 * DAY_MS;
  scene.tick(START_MS + 2 * MINUTE_MS);
  await sendMinutes(scene, START_MS + 2 * MINUTE_MS, 3, 24);
  await scene.settle();
  const kept = async () => (await scene.read("a", START_MS, START_MS + 2 * MINUTE_MS)).samples;
  assertEquals(await kept(), 24);
  await sendMinutes(scene, START_MS + 5 * MINUTE_MS, 65, 60);
  await scene.settle();
  await sendMinutes(scene, START_MS + 70 * MINUTE_MS, 1, 840);
  await scene.settle();
  assertEquals(await kept(), 0, "it is right, then, as it goes on like that");
  await scene.store.close();
});

test("what the kernel dropped is told apart from what was lost on the way", async (folder) => {
  const scene = await open(folder);
  let seq = 0;
  const minute = async (n: number, missing: number, dropped: number | null) => {
    const fromMs = START_MS + n * MINUTE_MS;
    for (let sample = 0; sample < 12; sample++) {
      seq++;
      if (sample > missing || sample === 0) scene.send("a", seq, fromMs + 5_000 * sample);
    }
    scene.clock.dropped = dropped;
    scene.tick(fromMs + MINUTE_MS);
    await scene.settle();
  };
  await minute(0, 1, null);
  await minute(1, 2, 0);
  await minute(2, 4, 1);
  await minute(3, 3, 11);
  const told = (n: number) =>
    scene.read("a", START_MS + n * MINUTE_MS, START_MS + (n + 1) * MINUTE_MS);
  assertEquals(await told(0), { samples: 11, known: 55_000, lost: 5_000 });
  assertEquals(await told(1), { samples: 10, known: 50_000, lost: 10_000 });
  assertEquals(await told(2), { samples: 8, known: 40_000, lost: 15_000, dropped: 5_000 });
  assertEquals(await told(3), { samples: 9, known: 45_000, dropped: 15_000 });
  assertEquals((await scene.read("a", START_MS, START_MS + 4 * MINUTE_MS)).dropped, 20_000);
  await scene.store.close();
});

test("a minute waits for the kernel's count, and what is asked after it for the minute", async (folder) => {
  const scene = await open(folder);
  scene.clock.dropped = 0;
  for (const seq of [1, 3, 4]) scene.send("a", seq, START_MS + 5_000 * seq);
  const { promise, resolve } = Promise.withResolvers<void>();
  scene.clock.reading = promise;
  scene.tick(START_MS + MINUTE_MS);
  const reading = scene.read("a", START_MS, START_MS + MINUTE_MS);
  scene.clock.dropped = 1;
  resolve();
  const { samples, dropped, lost = 0 } = await reading;
  assertEquals([samples, dropped, lost], [3, 5_000, 0]);
  await scene.store.close();
});

test("a silence that proves to be the kernel's is told as that", async (folder) => {
  const scene = await open(folder);
  scene.clock.dropped = 0;
  await sendMinutes(scene, START_MS, 1);
  scene.tick(START_MS + 2 * MINUTE_MS);
  scene.tick(START_MS + 3 * MINUTE_MS);
  scene.clock.dropped = 24;
  scene.send("a", 37, START_MS + 3 * MINUTE_MS);
  scene.tick(START_MS + 4 * MINUTE_MS);
  const { dropped, silent = 0, lost = 0 } = await scene.read(
    "a",
    START_MS + MINUTE_MS,
    START_MS + 3 * MINUTE_MS,
  );
  assert(
    Math.abs(dropped! - 2 * MINUTE_MS) < 10_000,
    `${dropped} dropped, ${lost} lost, ${silent} silent`,
  );
  await scene.store.close();
});
