/** The store's file: what is read is what was put in, before and after it is compacted, and across versions. */
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { compact, forget, makeRoom } from "../../../../lib/server/store/file/compaction.js";
import { Database } from "../../../../lib/server/store/file/database.js";
import { PER_GROUP, PER_HOST } from "../../../../lib/server/store/file/blobs.js";
import { SCHEMA } from "../../../../lib/server/store/file/schema.js";
import { readMean, readPast, readTop } from "../../../../lib/server/store/file/past.js";
import { Retention } from "../../../../lib/server/store/file/retention.js";
import {
  addValue,
  AT,
  HEAD,
  PER_METRIC,
  rowLength,
} from "../../../../lib/server/store/file/rows.js";
import { inFolder } from "../../../files.ts";
import { randomOf } from "../../../mutation.ts";

const MAY_WRITE = (["read", "write"] as const)
  .every((name) => Deno.permissions.querySync({ name }).state === "granted");

function test(name: string, act: (path: string) => Promise<void> | void): void {
  Deno.test({
    name: `${name} (needs --allow-read and --allow-write)`,
    ignore: !MAY_WRITE,
    fn: () => inFolder((folder) => act(`${folder}/pulso.db`)),
  });
}

const COLUMNS = [{ id: "cpu", scale: 100 }, { id: "read", scale: 1 }];
const HOUR_MS = 3_600_000;
/** The first minute of a day. */
const FIRST = 29_000_160;
/** In two groups, and not side by side. */
const HOSTS = [0, 5, 1_001];
const NO_NEWS = { corrections: [], deleted: [], hosts: HOSTS.map(recordOf) };

/** A host as the registry has it. */
function recordOf(id: number) {
  const [state, body] = ["{}", new Uint8Array()];
  return { id, key: `host-${id}`, hostname: "", lastMs: 0, state, body };
}

/** The samples of a host in a minute: the same at each call, some unknown, some none. */
function samplesOf(host: number, minute: number): (number | null)[][] {
  if ((host + minute) % 17 === 0) return [];
  return Array.from({ length: 1 + (host + minute) % 12 }, (_, n) => {
    const noise = (host * 7 + minute * 13 + n * 31) % 100;
    return [noise % 10 === 0 ? null : noise, noise * 100_000];
  });
}

/** Puts the minutes from one to another of all hosts. */
function putAll(db: Database, from: number, until: number, columns = COLUMNS): void {
  const length = rowLength(columns.length);
  for (let minute = from; minute < until; minute++) {
    const parts = [[0, 5], [1]].map((places, group) => {
      const sums = new Float64Array(places.length * length);
      places.forEach((place, n) => {
        const at = n * length;
        sums[at + AT.span] = 60_000;
        sums[at + AT.lost] = minute % 7 * 1_000;
        const samples = samplesOf(1_000 * group + place, minute);
        sums[at + AT.samples] = samples.length;
        for (const sample of samples) {
          sample.forEach((value, metric) => {
            const column = columns.findIndex(({ id }) => id === COLUMNS[metric]!.id);
            if (value !== null && column >= 0) {
              addValue(sums, at + HEAD + PER_METRIC * column, value);
            }
          });
        }
      });
      return { group, places: Uint16Array.from(places), sums };
    });
    db.put({ minute, parts, ...NO_NEWS, nowMs: minute * 60_000 });
  }
}

/** What is expected of a stretch of minutes: of both metrics, and how much was lost. */
function expectedOf(host: number, from: number, until: number) {
  const minutes = Array.from({ length: until - from }, (_, n) => from + n);
  const values = (metric: number) =>
    minutes.flatMap((minute) => samplesOf(host, minute).flatMap((sample) => sample[metric] ?? []));
  const lostMs = minutes.reduce((ms, minute) => ms + minute % 7 * 1_000, 0);
  return { lostMs, cpu: summary(values(0)), read: summary(values(1)) };
}

function summary(values: number[]) {
  const sum = values.reduce((a, b) => a + b, 0);
  return [values.length, sum, Math.min(...values), Math.max(...values)];
}

function checkPast(
  db: Database,
  host: number,
  from: number,
  until: number,
  step: number,
  end = until,
): void {
  const minutes = { tier: "minute", from, until, step, metrics: ["read", "cpu"] } as const;
  check(readPast(db, host, minutes).sums, 1);
  if (from % 60 !== 0 || until % 60 !== 0 || step % 60 !== 0) return;
  const hours = { from: from / 60, until: until / 60, step: step / 60 };
  check(readPast(db, host, { ...minutes, ...hours, tier: "hour" }).sums, 60);

  function check(sums: Float64Array, slackMs: number): void {
    const length = rowLength(2);
    for (let stretch = 0; stretch * step < until - from; stretch++) {
      const begin = from + stretch * step;
      const expected = expectedOf(host, begin, Math.min(end, begin + step));
      const actual = sums.subarray(stretch * length, (stretch + 1) * length);
      assert(Math.abs(actual[AT.lost]! - expected.lostMs) <= slackMs * step, "lost");
      const metrics = [expected.read, expected.cpu];
      metrics.forEach(([count, ...numbers], metric) => {
        const at = HEAD + PER_METRIC * metric;
        assertEquals(actual[at], count);
        if (count === 0) return;
        numbers.forEach((number, n) => {
          const off = Math.abs(actual[at + 1 + n]! - number);
          assert(off <= number / 1_000 + 0.01 * count!, `${actual[at + 1 + n]} is not ${number}`);
        });
      });
    }
  }
}

test("Database gives back what was put in, from slabs, chunks and hours", (path) => {
  const db = new Database(path, COLUMNS);
  for (let hour = 0; hour < 27; hour++) {
    putAll(db, FIRST + 60 * hour, FIRST + 60 * (hour + 1));
    while (compact(db, (FIRST + 60 * hour + 60) * 60_000));
  }
  putAll(db, FIRST + 60 * 27, FIRST + 60 * 27 + 10);
  for (const host of HOSTS) {
    checkPast(db, host, FIRST, FIRST + 27 * 60, 60);
    checkPast(db, host, FIRST, FIRST + 27 * 60, 360);
    checkPast(db, host, FIRST, FIRST + 28 * 60, 1_680, FIRST + 27 * 60 + 10);
    checkPast(db, host, FIRST + 13, FIRST + 27 * 60 + 10, 7);
    checkPast(db, host, FIRST + 26 * 60 + 5, FIRST + 27 * 60 + 10, 1);
  }
  assertEquals(
    readPast(db, 3, {
      tier: "minute",
      from: FIRST,
      until: FIRST + 60,
      step: 60,
      metrics: [],
    }).sums[AT.span],
    0,
  );
  assertEquals(
    db.numberOf("select count(*) n from minute_slab", "n"),
    20,
    "ten minutes of two groups",
  );
  assertEquals(db.numberOf("select count(*) n from hour_chunk", "n"), 3, "a day of three hosts");
  db.close();
});

test("a metric that is added or taken away changes nothing of the others, in the middle of an hour too", (path) => {
  const more = [{ id: "new", scale: 1 }, ...COLUMNS.toReversed()];
  const half = FIRST + 30;
  let db = new Database(path, COLUMNS);
  putAll(db, FIRST, half);
  db.close();
  db = new Database(path, more);
  putAll(db, half, FIRST + 60, more);
  for (const host of HOSTS) checkPast(db, host, FIRST, FIRST + 60, 10);
  while (compact(db, (FIRST + 60) * 60_000));
  for (const host of HOSTS) checkPast(db, host, FIRST, FIRST + 60, 60);
  db.close();
  db = new Database(path, COLUMNS);
  for (const host of HOSTS) checkPast(db, host, FIRST, FIRST + 60, 10);
  assertEquals(db.layouts.size, 2);
  db.close();
});

test("a minute that two servers saw, or a clock that was set back, is their sum", (path) => {
  const db = new Database(path, COLUMNS);
  const put = (spanMs: number, value: number, status: number) => {
    const sums = new Float64Array(rowLength(2));
    sums[AT.status] = status;
    sums[AT.span] = spanMs;
    sums[AT.samples] = 1;
    addValue(sums, HEAD, value);
    const parts = [{ group: 0, places: Uint16Array.of(5), sums }];
    db.put({ minute: FIRST, parts, ...NO_NEWS, nowMs: 0 });
  };
  const read = () => {
    const range = {
      tier: "minute",
      from: FIRST,
      until: FIRST + 1,
      step: 1,
      metrics: ["cpu"],
    } as const;
    const { sums } = readPast(db, 5, range);
    return [sums[AT.status], sums[AT.span], ...sums.subarray(HEAD)];
  };
  put(20_000, 10, 0);
  put(30_000, 20, 2);
  assertEquals(read(), [2, 50_000, 2, 30, 10, 20], "with the later status");
  while (compact(db, FIRST * 60_000 + HOUR_MS));
  put(5_000, 60, 1);
  while (compact(db, FIRST * 60_000 + HOUR_MS));
  assertEquals(read(), [1, 55_000, 3, 90, 10, 60]);
  db.close();
});

test("what changes while chunks are made of it is in them, and who is deleted meanwhile is not", (path) => {
  const overMs = FIRST * 60_000 + HOUR_MS;
  // Read five slabs at a time, and not written yet.
  for (const pieces of [1, 2, 7, 12]) {
    const db = new Database(`${path}-${pieces}`, COLUMNS);
    const spanOf = (host: number) => {
      const range = { tier: "hour", from: FIRST / 60, until: FIRST / 60 + 1, step: 1 } as const;
      return readPast(db, host, { ...range, metrics: [] }).sums[AT.span];
    };
    const isChunk = () => db.numberOf("select count(*) n from minute_chunk", "n") > 0;
    const compactSome = () => {
      for (let piece = 0; piece < pieces; piece++) assert(compact(db, overMs));
      assert(!isChunk());
    };
    putAll(db, FIRST, FIRST + 30);
    compactSome();
    putAll(db, FIRST + 30, FIRST + 60);
    compactSome();
    db.save([], [5], 0);
    while (compact(db, overMs));
    assertEquals(HOSTS.map(spanOf), [HOUR_MS, 0, HOUR_MS]);
    assertEquals(db.numberOf("select count(*) n from minute_chunk", "n"), 2);
    checkPast(db, 0, FIRST, FIRST + 60, 60);
    db.close();
  }
});

/** Hosts of one group of which chunks are made in three pieces. */
const MANY = Array.from({ length: 25 }, (_, place) => 3 * place);
/** What the server was running of each of their minutes. */
const SPAN_MS = 20_000;

/** A minute of them, to which others may be added. */
function minuteOf(minute: number) {
  const sums = new Float64Array(MANY.length * rowLength(COLUMNS.length));
  MANY.forEach((place, n) => {
    const at = n * rowLength(COLUMNS.length);
    sums[at + AT.span] = SPAN_MS;
    addValue(sums, at + HEAD, place);
  });
  const parts = [{ group: 0, places: Uint16Array.from(MANY), sums }];
  const hosts = MANY.map(recordOf);
  return { minute, parts, corrections: [], deleted: [], hosts, nowMs: 0 };
}

/** How many minutes of each of them are known in an hour, by its minutes and by the hour; and what all of them are then. */
function knownOf(db: Database, hosts: readonly number[]) {
  const minutes = { tier: "minute", from: FIRST, until: FIRST + 60, step: 60 } as const;
  const whole = { tier: "hour", from: FIRST / 60, until: FIRST / 60 + 1, step: 1 } as const;
  return [minutes, whole].map((range) => {
    const asked = { ...range, metrics: ["cpu"] };
    const known = hosts.map((host) => {
      const { sums } = readPast(db, host, asked);
      assertAlmostEquals(sums[HEAD + 1]! / sums[HEAD]!, host, 0.1);
      return [Math.round(sums[AT.span]! / SPAN_MS), sums[HEAD]];
    });
    const { hosts: count, mean } = readMean(db, asked, hosts);
    assertAlmostEquals(mean[0]!, hosts.reduce((a, b) => a + b) / hosts.length, 0.1);
    return { known, count, top: readTop(db, asked, 2) };
  });
}

test("a compaction that is cut off after any piece loses nothing, and counts nothing twice", async (path) => {
  const overMs = FIRST * 60_000 + HOUR_MS;
  const [deleted, late] = [9, 10];
  const hosts = MANY.filter((host) => host !== deleted);
  const whole = new Database(path, COLUMNS);
  for (let minute = 0; minute < 60; minute++) whole.put(minuteOf(FIRST + minute));
  whole.close();
  const told = (minutes: number) => {
    const known = hosts.map(() => [minutes, minutes]);
    return [1, 2].map(() => ({ known, count: hosts.length, top: MANY.slice(-2).toReversed() }));
  };
  let isOver = false;
  let stages = 0;
  for (let pieces = 1; !isOver; pieces++) {
    const file = `${path}-${pieces}`;
    await Deno.copyFile(path, file);
    let db = new Database(file, COLUMNS);
    for (let n = 0; n < pieces; n++) isOver = !compact(db, overMs);
    db.close();
    db = new Database(file, COLUMNS);
    assertEquals(knownOf(db, hosts), told(60), `after ${pieces}`);
    const place = db.tiers.minute.moved()?.place ?? -1;
    if (place > 0 && place < 1_000) stages++;
    db.save([], [deleted], 0);
    if (pieces % 2 === 0) {
      // The clock was set back into an hour that is on its way.
      for (let minute = FIRST; minute < FIRST + late; minute++) {
        makeRoom(db, minuteOf(minute));
        db.put({ ...minuteOf(minute), hosts: [] });
        assertEquals(knownOf(db, hosts), told(61 + minute - FIRST), `and late ones`);
      }
    }
    while (compact(db, overMs));
    assertEquals(knownOf(db, hosts), told(pieces % 2 === 0 ? 60 + late : 60));
    const count = (table: string) => db.numberOf(`select count(*) n from ${table}`, "n");
    assertEquals(["minute_chunk", "minute_slab", "moved"].map(count), [hosts.length, 0, 0]);
    db.close();
  }
  assertEquals(stages, 2, "some are in chunks and others in slabs");
});

test("slabs are read five at a time, and chunks made of ten hosts", (path) => {
  const db = new Database(path, COLUMNS);
  const places = Uint16Array.from({ length: 1_000 }, (_, n) => n);
  const sums = new Float64Array(places.length * rowLength(COLUMNS.length)).fill(60_000);
  const hosts = Array.from(places, recordOf);
  const parts = [{ group: 0, places, sums }];
  db.put({ minute: FIRST, parts, corrections: [], deleted: [], hosts, nowMs: 0 });
  let pieces = 0;
  while (compact(db, FIRST * 60_000 + HOUR_MS)) pieces++;
  const hour = 60 / 5 + 1;
  assertEquals(pieces, hour + 60 / 5 + 1_000 / 10 + 2, "an hour, chunks, one slab and its mark");
  assertEquals(db.numberOf("select count(*) n from minute_chunk", "n"), 1_000);
  db.close();
});

test("readTop() ranks hosts of which no hours are made yet", (path) => {
  const db = new Database(path, COLUMNS);
  putAll(db, FIRST, FIRST + 60);
  const meanOf = (host: number) => {
    const [count, sum] = expectedOf(host, FIRST, FIRST + 60).cpu;
    return sum! / count!;
  };
  const hours = { tier: "hour", from: FIRST / 60, until: FIRST / 60 + 1, step: 1 } as const;
  const ranked = HOSTS.toSorted((a, b) => meanOf(b) - meanOf(a));
  assertEquals(readTop(db, { ...hours, metrics: ["cpu"] }, 3), ranked);
  db.close();
});

test("a range without an end has nothing of the hosts that are next in the file", (path) => {
  const db = new Database(path, COLUMNS);
  putAll(db, FIRST, FIRST + 1_440 + 60);
  while (compact(db, (FIRST + 1_440) * 60_000));
  for (const tier of ["minute", "hour"] as const) {
    const until = tier === "minute" ? 2 ** 36 : 2 ** 30;
    const range = { tier, from: 0, until, step: until / 4, metrics: ["cpu"] };
    for (const host of HOSTS) {
      const [count] = expectedOf(host, FIRST, FIRST + 1_500).cpu;
      const { sums } = readPast(db, host, range);
      const samples = [0, 1, 2, 3].map((n) => sums[n * rowLength(1) + HEAD]);
      assertEquals(samples, [count, 0, 0, 0], `${tier}s of ${host}`);
    }
    assertEquals(readMean(db, { ...range, from: until / 2, step: until / 2 }, null).hosts, 0);
  }
  db.close();
});

test("readMean() is the mean of hosts by the time in which they are known, in each stretch", (path) => {
  const db = new Database(path, COLUMNS);
  const half = FIRST + 30;
  const end = FIRST + 26 * 60 + 30;
  putAll(db, FIRST, FIRST + 26 * 60);
  while (compact(db, (FIRST + 26 * 60) * 60_000));
  putAll(db, FIRST + 26 * 60, end);
  const meanOf = (hosts: readonly number[], from: number, until: number, metric: number) => {
    const means = hosts.flatMap((host) =>
      Array.from({ length: until - from }, (_, n) => {
        const known = samplesOf(host, from + n).flatMap((sample) => sample[metric] ?? []);
        return known.reduce((a, b) => a + b, 0) / known.length;
      })
    ).filter((mean) => !Number.isNaN(mean));
    return means.reduce((a, b) => a + b, 0) / means.length;
  };
  const minutes = { tier: "minute", metrics: ["cpu"] } as const;
  for (const hosts of [null, [0, 1_001]]) {
    for (const [from, until, step] of [[half, FIRST + 90, 30], [end - 40, end, 20]] as const) {
      const { hosts: count, mean } = readMean(db, { ...minutes, from, until, step }, hosts);
      assertEquals(count, hosts?.length ?? 3);
      assertEquals(mean.length, (until - from) / step);
      mean.forEach((actual, n) => {
        const [begin, all] = [from + n * step, hosts ?? HOSTS];
        assertAlmostEquals(actual!, meanOf(all, begin, begin + step, 0), 0.05);
      });
    }
  }
  const hours = { tier: "hour", from: FIRST / 60, until: FIRST / 60 + 28, step: 14 } as const;
  const { hosts, mean } = readMean(db, { ...hours, metrics: ["read"] }, null);
  assertEquals([hosts, mean.length], [3, 2]);
  assert(mean.every((value) => value! > 3e6 && value! < 7e6), String(mean));
  const none = { ...hours, from: FIRST / 60 - 2, until: FIRST / 60, step: 1, metrics: ["cpu"] };
  assertEquals(readMean(db, none, null), { hosts: 0, mean: [null, null] });
  db.close();
});

test("Retention deletes what is too old or too much, and the file shrinks", (path) => {
  const db = new Database(path, COLUMNS);
  const hours = 60;
  for (let hour = 0; hour < hours; hour++) {
    putAll(db, FIRST + 60 * hour, FIRST + 60 * (hour + 1));
    while (compact(db, (FIRST + 60 * hour + 60) * 60_000));
  }
  const nowMs = (FIRST + 60 * hours) * 60_000;
  const chunks = () => db.numberOf("select count(*) n from minute_chunk", "n");
  const firstMs = FIRST * 60_000;
  const tend = (retention: Retention) => {
    let steps = 0;
    while (retention.step(db, nowMs)) assert(++steps < 1_000);
  };
  assertEquals(chunks(), 3 * hours);
  tend(new Retention({ minute: 40 * HOUR_MS, hour: 1e12 }, Infinity, firstMs));
  assertEquals(chunks(), 3 * 40);
  checkPast(db, 5, FIRST + 60 * 20, FIRST + 60 * hours, 60);
  const all = {
    tier: "hour",
    from: FIRST / 60,
    until: FIRST / 60 + hours,
    step: hours,
    metrics: ["read"],
  } as const;
  assertEquals(readPast(db, 5, all).sums[AT.span], hours * HOUR_MS, "hours are kept for longer");
  const hosts = () => db.numberOf("select count(*) n from host", "n");
  assertEquals(hosts(), 3);
  tend(new Retention({ minute: 1e12, hour: 36 * HOUR_MS }, Infinity, firstMs));
  assertEquals(hosts(), 0, "nothing of it is kept");
  db.save(NO_NEWS.hosts, [], 0);
  const { pages } = db;
  tend(new Retention({ minute: 1e12, hour: 1e12 }, 0, firstMs));
  assertEquals(chunks(), 3 * 24, "the minutes of the last day go last");
  assert(db.pages <= pages);
  assert(db.freePages <= 256 + db.pages / 8);
  db.close();
});

test("a host that is deleted leaves nothing, and what of it is in slabs goes when they are compacted", (path) => {
  const db = new Database(path, COLUMNS);
  putAll(db, FIRST, FIRST + 60);
  while (compact(db, (FIRST + 60) * 60_000));
  putAll(db, FIRST + 60, FIRST + 90);
  assertEquals(db.hosts(9).nextId, 1_002);
  db.save([], [5, 1_001], 0);
  assertEquals(db.hosts(9).ids.map(({ id }) => id), [0]);
  assertEquals(db.hosts(9).nextId, 1_002, "rows of it are there still");
  const chunks = (tier: string) => db.numberOf(`select count(*) n from ${tier}_chunk`, "n");
  assertEquals(chunks("minute"), 1);
  while (compact(db, (FIRST + 1_440) * 60_000));
  assertEquals([chunks("minute"), chunks("hour")], [2, 1]);
  assertEquals(db.hosts(9).nextId, 1);
  checkPast(db, 0, FIRST, FIRST + 90, 30);
  db.close();
});

const TABLES = ["minute_slab", "minute_chunk", "hour_slab", "hour_chunk"];

/** Other bytes at some places of some slabs and chunks. */
function damage(db: Database, random: () => number, tables = TABLES): void {
  for (const table of tables) {
    for (const { k, b } of db.db.prepare(`select k, b from ${table}`).all()) {
      if (random() < 0.7) continue;
      const bytes = b as Uint8Array<ArrayBuffer>;
      const pick = () => Math.floor(random() * bytes.length);
      // Mostly some bits; at times a stretch of it, and at times it is shorter.
      for (let n = 0; n < 2; n++) bytes[pick()]! ^= 1 << Math.floor(8 * random());
      if (random() < 0.2) bytes.fill(0, pick(), pick());
      const length = random() < 0.2 ? pick() : bytes.length;
      db.db.prepare(`update ${table} set b=? where k=?`).run(bytes.subarray(0, length), k!);
    }
  }
}

/** All that can be asked of a file, in stretches of a period. */
function answersOf(db: Database, hours: number) {
  const minutes = { tier: "minute", from: FIRST, until: FIRST + 60 * hours, step: 1 } as const;
  const whole = { tier: "hour", from: FIRST / 60, until: FIRST / 60 + hours, step: 1 } as const;
  return [minutes, whole].map((range) => {
    const asked = { ...range, metrics: ["read", "cpu"] };
    assert(readTop(db, asked, 3).length <= 3);
    assertEquals(readMean(db, asked, null).mean.length, range.until - range.from);
    return HOSTS.map((host) => ({ range, host, ...readPast(db, host, asked) }));
  }).flat();
}

/** Whether each period is as it was, or told as damaged; how many are not as they were. */
function compareAll(damaged: ReturnType<typeof answersOf>, whole: typeof damaged): number {
  const length = rowLength(2);
  let others = 0;
  damaged.forEach(({ range, host, sums, damaged }, n) => {
    const periodMs = range.tier === "minute" ? 60_000 : HOUR_MS;
    for (let at = 0; at < sums.length; at += length) {
      const [is, was] = [sums, whole[n]!.sums].map((sums) => [...sums.subarray(at, at + length)]);
      const fromMs = (range.from + at / length) * periodMs;
      const isTold = damaged.some(([from, until]) => from < fromMs + periodMs && until > fromMs);
      if (is!.every((value, word) => value === was![word])) continue;
      others++;
      assert(isTold, `host ${host}, ${range.tier} ${at / length}: ${is} is not ${was}`);
      assert(is![AT.span]! < was![AT.span]!, "less is known");
    }
  });
  return others;
}

test("what is damaged in the file is told as damaged, and all else as it was", (path) => {
  const hours = 26;
  const db = new Database(path, COLUMNS);
  const whole = putDays(db, hours);
  let others = 0;
  for (let seed = 1; seed <= 20; seed++) {
    db.db.exec("begin");
    damage(db, randomOf(seed));
    others += compareAll(answersOf(db, hours), whole);
    db.db.exec("rollback");
  }
  assert(others > 1_000, `${others}`);
  assert(db.pieces.damaged > 100);
  assertEquals(compareAll(answersOf(db, hours), whole), 0);
  // Hour by hour into chunks, of a day that is over then, with what was damaged before.
  damage(db, randomOf(21));
  const before = compareAll(answersOf(db, hours), whole);
  while (compact(db, (FIRST + 60 * 48) * 60_000));
  assertEquals(db.numberOf("select count(*) n from minute_slab", "n"), 0);
  const after = compareAll(answersOf(db, hours), whole);
  assert(after >= before / 2, `${after} of ${before}`);
  // What comes to it later, as after the clock was set back, is put beside what is whole.
  putAll(db, FIRST, FIRST + 60);
  damage(db, randomOf(22));
  putAll(db, FIRST, FIRST + 60);
  while (compact(db, (FIRST + 60 * 48) * 60_000));
  answersOf(db, hours);
  forget(db, 5);
  db.close();
});

/** A file with an hour or two in slabs, and a day in chunks; what can be asked of it. */
function putDays(db: Database, hours: number) {
  for (let hour = 0; hour < hours; hour++) {
    putAll(db, FIRST + 60 * hour, FIRST + 60 * (hour + 1));
    if (hour < hours - 1) { while (compact(db, (FIRST + 60 * hour + 60) * 60_000)); }
  }
  return answersOf(db, hours);
}

test("a slab or chunk under another's key is damage there, and nobody else's past", (path) => {
  const hours = 26;
  const db = new Database(path, COLUMNS);
  const whole = putDays(db, hours);
  const { nextId } = db.hosts(9);
  const length = rowLength(2);
  for (const table of TABLES) {
    const per = table.endsWith("slab") ? PER_GROUP : PER_HOST;
    for (const by of [1, -1, 7, per, -per, 3 * per, 2 ** 12, 100 * per]) {
      const keys = db.db.prepare(`select k from ${table} order by k`).all().map(({ k }) => k);
      const from = Number(keys[Math.floor(keys.length / 3)]);
      if (from + by < 0) continue;
      db.db.exec("begin");
      db.db.exec(`delete from ${table} where k=${from + by}`);
      db.db.exec(`update ${table} set k=${from + by} where k=${from}`);
      const answers = answersOf(db, hours);
      if (by === 1) assert(answers.some(({ damaged }) => damaged.length > 0), table);
      answers.forEach(({ range, host, sums, damaged }, n) => {
        const periodMs = range.tier === "minute" ? 60_000 : HOUR_MS;
        for (let at = 0; at < sums.length; at += length) {
          const [is, was] = [sums, whole[n]!.sums].map((sums) => sums.subarray(at, at + length));
          const fromMs = (range.from + at / length) * periodMs;
          const isTold = damaged.some(([from, until]) =>
            from < fromMs + periodMs && until > fromMs
          );
          // An hour of which minutes are missing has less.
          const isLess = is![AT.span]! < was![AT.span]!;
          const told = `${table} ${by}: ${host}, ${range.tier} ${at / length}`;
          assert(isLess || isTold || is!.every((value, word) => value === was![word]), told);
        }
      });
      assertEquals(db.hosts(9).nextId, nextId, `${table} ${by}`);
      db.db.exec("rollback");
    }
  }
  assert(db.pieces.damaged > 0);
  assertEquals(answersOf(db, hours).map(({ sums }) => sums), whole.map(({ sums }) => sums));
  db.close();
});

/** A key as the cell of a table begins with it. */
function cellKey(key: number): number[] {
  const bytes = [key % 128];
  for (let rest = Math.floor(key / 128); rest > 0; rest = Math.floor(rest / 128)) {
    bytes.unshift(128 + rest % 128);
  }
  return bytes;
}

test("a key that is out of order on disk hides none of those behind it", async (path) => {
  const hours = 60;
  let db = new Database(path, COLUMNS);
  const whole = putDays(db, hours);
  db.holdStill();
  db.close();
  const file = await Deno.readFile(path);
  const [host, hour] = [5, FIRST / 60];
  const keyOf = (host: number, at: number) => host * PER_HOST + hour + at;
  for (
    const other of [keyOf(9, 20), keyOf(host, 40), keyOf(host, 4_000), keyOf(host, 3), keyOf(1, 2)]
  ) {
    const bytes = file.slice();
    const [is, was] = [other, keyOf(host, 20)].map(cellKey);
    const places = bytes.keys().filter((at) => was!.every((byte, n) => bytes[at + n] === byte));
    for (const at of places) bytes.set(is!, at);
    await Deno.writeFile(path, bytes);
    db = new Database(path, COLUMNS);
    answersOf(db, hours).slice(0, HOSTS.length).forEach(({ host: asked, sums, damaged }, n) => {
      const length = rowLength(2);
      if (asked !== host) return assertEquals(sums, whole[n]!.sums, `${other}`);
      const [before, after] = [20 * 60 * length, 21 * 60 * length];
      const rest = (sums: Float64Array) => [...sums.subarray(0, before), ...sums.subarray(after)];
      assertEquals(rest(sums), rest(whole[n]!.sums), `${other}`);
      assertEquals(damaged, [[(hour + 20) * HOUR_MS, (hour + 21) * HOUR_MS]], `${other}`);
    });
    assert(db.pieces.damaged > 0);
    db.close();
    for (const end of ["-wal", "-shm"]) await Deno.remove(path + end).catch(() => {});
  }
});

test("compaction of slabs that are out of order on disk ends, and says so", async (path) => {
  let db = new Database(path, COLUMNS);
  putAll(db, FIRST, FIRST + 130);
  db.holdStill();
  db.close();
  const bytes = await Deno.readFile(path);
  const [is, was] = [FIRST + 40, FIRST + 20].map(cellKey);
  const places = bytes.keys().filter((at) => was!.every((byte, n) => bytes[at + n] === byte));
  for (const at of places) bytes.set(is!, at);
  await Deno.writeFile(path, bytes);
  db = new Database(path, COLUMNS);
  const pieces = () => {
    for (let n = 0; n < 1_000; n++) if (!compact(db, (FIRST + 1_440) * 60_000)) return;
  };
  assertThrows(pieces, Error, "out of order");
  assertThrows(pieces, Error, "out of order");
  putAll(db, FIRST + 1_440, FIRST + 1_441);
  checkPast(db, 1_001, FIRST + 120, FIRST + 130, 1);
  checkPast(db, 1_001, FIRST + 1_440, FIRST + 1_441, 1);
  db.close();
});

test("Database reads the file of the version before", (path) => {
  const before = new Database(path, COLUMNS);
  putAll(before, FIRST, FIRST + 60);
  before.db.exec(
    "alter table correction drop column dropped; drop table damage; drop table moved; pragma user_version=1",
  );
  before.db.exec("insert into correction values(5, 60000, 120000, 0.5, 0)");
  before.close();
  const db = new Database(path, COLUMNS);
  checkPast(db, 5, FIRST, FIRST + 60, 10);
  const [correction] = db.corrections.all(5, 1e12, 0);
  assertEquals([correction!.lost, correction!.dropped], [0.5, 0]);
  db.close();
});

test("Database refuses a newer file, and a second server", (path) => {
  const db = new Database(path, COLUMNS);
  assertThrows(() => new Database(path, COLUMNS), Error, "locked");
  db.db.exec(`pragma user_version=${SCHEMA + 1}`);
  db.close();
  assertThrows(() => new Database(path, COLUMNS), RangeError, `schema ${SCHEMA + 1}`);
});
