// deno-lint-ignore-file no-sync-fn-in-async-fn
/** What becomes of a record whose files are cut, damaged, or made by somebody who means no good. */
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import fc from "fast-check";
import { crc32, zstdCompressSync } from "node:zlib";
import { type Damage, listFiles, readFrames } from "../../../lib/server/record/files.ts";
import { EntryReader, KIND, RecordError, type Verdict } from "../../../lib/server/record/format.ts";
import { openRecord } from "../../../lib/server/record/record.ts";
import { RecordWriter } from "../../../lib/server/record/writer.js";
import { inFolder, makePipe } from "../../files.ts";
import { randomOf } from "../../mutation.ts";
import { frameOf, LIMITS, MAY_WRITE, START_MS } from "./recording.ts";

function test(name: string, act: (folder: string) => Promise<void>): void {
  Deno.test({
    name: `${name} (needs --allow-read and --allow-write)`,
    ignore: !MAY_WRITE,
    fn: () => inFolder(act),
  });
}

/** Bytes that can be compressed somewhat. */
function blockOf(n: number, length: number): Uint8Array {
  const random = randomOf(n);
  return Uint8Array.from({ length }, () => Math.floor(random() * 20));
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** As `assertEquals`, which takes long for so many. */
function assertSame(actual: Uint8Array, expected: Uint8Array): void {
  assertEquals([actual.length, crc32(actual)], [expected.length, crc32(expected)]);
}

/** All that can be read in a folder, and what cannot. */
async function readAll(folder: string) {
  const damage: Damage[] = [];
  const frames: Uint8Array[] = [];
  for (const file of await listFiles(folder, (part) => damage.push(part))) {
    for await (const frame of readFrames(file, (part) => damage.push(part))) frames.push(frame);
  }
  return { bytes: joined(frames), frames, states: damage.map(({ state }) => state) };
}

test("RecordWriter.write(): what was written can be read at any time", async (folder) => {
  const writer = new RecordWriter(folder, { ...LIMITS, fileBytes: 2 ** 18 });
  writer.begin();
  const blocks: Uint8Array[] = [];
  for (let n = 0; n < 40; n++) {
    blocks.push(blockOf(n, n % 7 === 0 ? 2 ** 18 : 1 + n * 50));
    assert(await writer.write(blocks.at(-1)!, START_MS + n * 1_000) > 12);
    const { bytes, states } = await readAll(folder);
    assertEquals(states, []);
    assertSame(bytes, joined(blocks));
  }
  writer.close();
  const names = Array.from(Deno.readDirSync(folder), ({ name }) => name).sort();
  assert(names.length > 1);
  assertEquals(names[0], `${new Date(START_MS).toISOString().replaceAll(":", "-")}.pulso`);
});

test("RecordWriter: a file ends when it is old, and the oldest make room", async (folder) => {
  const writer = new RecordWriter(folder, { fileBytes: 1_000, fileMs: 60_000, keepBytes: 5_000 });
  writer.begin();
  Deno.writeTextFileSync(`${folder}/other.txt`, "x".repeat(10_000));
  const countFiles = () => [...Deno.readDirSync(folder)].length - 1;
  await writer.write(blockOf(1, 2_000), START_MS);
  await writer.write(blockOf(2, 2_000), START_MS + 59_999);
  assertEquals(countFiles(), 1);
  // The block that finds the file too old is its last.
  await writer.write(blockOf(3, 2_000), START_MS + 60_000);
  for (let n = 4; n < 30; n++) await writer.write(blockOf(n, 2_000), START_MS + n * 60_000);
  writer.close();
  const sizes = (await listFiles(folder, () => {})).map(({ bytes }) => bytes);
  assert(sizes.length > 1 && sizes.reduce((sum, size) => sum + size) < 5_000 + 2_500, `${sizes}`);
  const { bytes, states } = await readAll(folder);
  assertEquals(states, []);
  assertSame(bytes.subarray(-2_000), blockOf(29, 2_000));
  assert(Deno.statSync(`${folder}/other.txt`).isFile);
});

test("a record whose clock was set is read as it was written, and so its oldest make room", async (folder) => {
  const limits = { fileBytes: 1_000, fileMs: 60_000, keepBytes: 2_500 };
  const hours = [0, 2, -5, 3, -4, -6];
  for (const [n, hour] of hours.entries()) {
    // Each by a server of its own: what it begins with is found in the folder.
    const writer = new RecordWriter(folder, limits);
    writer.begin();
    await writer.write(blockOf(n, 2_000), START_MS + hour * 3_600_000);
    writer.close();
  }
  const { bytes, states } = await readAll(folder);
  assertEquals(states, []);
  const kept = bytes.length / 2_000;
  assert(kept > 1 && kept < hours.length, `${kept}`);
  assertSame(bytes, joined(hours.map((_, n) => blockOf(n, 2_000)).slice(-kept)));
});

test("RecordWriter: a file or folder that is gone is an error, and it goes on in time", async (folder) => {
  const place = `${folder}/record`;
  const writer = new RecordWriter(place, LIMITS);
  writer.begin();
  await writer.write(blockOf(1, 500), START_MS);
  Deno.removeSync(place, { recursive: true });
  await assertRejects(() => writer.write(blockOf(2, 500), START_MS + 1_000), Error, "removed");
  await assertRejects(() => writer.write(blockOf(3, 500), START_MS + 2_000), Deno.errors.NotFound);
  Deno.mkdirSync(place);
  await writer.write(blockOf(4, 500), START_MS + 3_000);
  await writer.write(blockOf(5, 500), START_MS + 4_000);
  writer.close();
  const { bytes, states } = await readAll(place);
  assertEquals(states, []);
  assertSame(bytes, joined([blockOf(4, 500), blockOf(5, 500)]));
});

test("RecordWriter: where the disk is full, what is whole stays, and no files heap up", async (folder) => {
  const writer = new RecordWriter(folder, LIMITS);
  writer.begin();
  await writer.write(blockOf(1, 500), START_MS);
  const { writeSync } = Deno.FsFile.prototype;
  let left = 50;
  Deno.FsFile.prototype.writeSync = function (bytes) {
    if (left === 0) throw new Error("No space left on device (os error 28)");
    const part = bytes.subarray(0, left);
    left -= part.length;
    return writeSync.call(this, part);
  };
  try {
    for (let n = 2; n < 6; n++) {
      await assertRejects(() => writer.write(blockOf(n, 500), START_MS + n), Error, "No space");
      left = 30;
    }
  } finally {
    Deno.FsFile.prototype.writeSync = writeSync;
  }
  assertEquals([...Deno.readDirSync(folder)].length, 1);
  await writer.write(blockOf(9, 500), START_MS + 9_000);
  writer.close();
  const { bytes, states } = await readAll(folder);
  assertEquals(states, []);
  assertSame(bytes, joined([blockOf(1, 500), blockOf(9, 500)]));
});

/** A record of three frames of three blocks each, and where the segments of its one file begin. */
async function makeRecord(folder: string) {
  const writer = new RecordWriter(folder, LIMITS);
  writer.begin();
  const blocks = Array.from({ length: 9 }, (_, n) => blockOf(n, 2 ** 18));
  const begins = [24];
  for (const [n, block] of blocks.entries()) {
    begins.push(begins.at(-1)! + await writer.write(block, START_MS + n));
  }
  writer.close();
  const { path } = (await listFiles(folder, () => {}))[0]!;
  return { path, blocks, begins, file: Deno.readFileSync(path) };
}

test("readFrames(): a file that was cut is read up to its last whole segment", async (folder) => {
  const { path, blocks, begins, file } = await makeRecord(folder);
  for (const n of [0, 1, 3, 4, 8]) {
    for (const more of [0, 1, 11, 12, 500]) {
      Deno.writeFileSync(path, file.subarray(0, begins[n]! + more));
      const { bytes, states } = await readAll(folder);
      assertSame(bytes, joined(blocks.slice(0, n)));
      assertEquals(states, more === 0 ? [] : ["cut off"]);
    }
  }
});

test("readFrames(): of a damaged frame what is before is read, and the frames behind it", async (folder) => {
  const { path, blocks, begins, file } = await makeRecord(folder);
  const damage = async (at: number, with_: readonly number[]) => {
    const bytes = file.slice();
    bytes.set(with_, at);
    Deno.writeFileSync(path, bytes);
    return await readAll(folder);
  };
  for (const at of [begins[4]! + 100, begins[4]! + 2, begins[4]!]) {
    const { bytes, states } = await damage(at, [file[at]! ^ 0x55]);
    assert(states.length > 0);
    assertSame(bytes, joined([...blocks.slice(0, 4), ...blocks.slice(6)]));
  }
  // A whole segment that is missing breaks its frame, and is noticed.
  Deno.writeFileSync(path, joined([file.subarray(0, begins[4]), file.subarray(begins[5]!)]));
  const { frames, states } = await readAll(folder);
  assertEquals(states.length, 1);
  assertSame(frames.at(-1)!, joined(blocks.slice(6)));
});

/** A segment as somebody could make it. */
function segmentOf(bytes: Uint8Array, flags = 3, length = bytes.length): Uint8Array {
  const segment = new Uint8Array(12 + bytes.length);
  segment.set(bytes, 12);
  const view = new DataView(segment.buffer);
  view.setUint32(0, (0xd0 | flags) * 2 ** 24 + length);
  view.setUint32(4, crc32(bytes));
  view.setUint32(8, crc32(segment.subarray(0, 8)));
  return segment;
}

function fileOf(...segments: readonly Uint8Array[]): Uint8Array {
  const header = new Uint8Array(24);
  header.set(new TextEncoder().encode("PULSOREC"));
  new DataView(header.buffer).setUint32(8, 1);
  return joined([header, ...segments]);
}

test("readFrames(): hostile files are damage and nothing worse", async (folder) => {
  const path = `${folder}/a.pulso`;
  const good = segmentOf(zstdCompressSync(blockOf(1, 100)));
  const bomb = segmentOf(zstdCompressSync(new Uint8Array(2 ** 26)));
  const cases: readonly (readonly [Uint8Array, RegExp])[] = [
    [fileOf(bomb), /unpacks to more than 2097152 bytes/],
    [fileOf(segmentOf(blockOf(2, 500))), /cannot be unpacked/],
    [fileOf(segmentOf(new Uint8Array(9), 3, 2 ** 24 - 1)), /no segment/],
    [fileOf(segmentOf(new Uint8Array(9), 3, 500)), /cut off/],
    [fileOf(segmentOf(new Uint8Array(9), 0)), /its frame has no beginning/],
    [fileOf(new Uint8Array(5_000).fill(0xd1)), /no segment/],
  ];
  for (const [bytes, state] of cases) {
    Deno.writeFileSync(path, joined([bytes, good]));
    const read = await readAll(folder);
    assert(state.test(read.states.join("\n")), `${state}: ${read.states}`);
    if (!/cut off/.test(state.source)) assertSame(read.bytes, blockOf(1, 100));
  }
});

test("listFiles(): what is no record is named", async (folder) => {
  const states: string[] = [];
  const list = () => listFiles(folder, ({ path, state }) => states.push(`${path} ${state}`));
  await assertRejects(list, RangeError, `Cannot read the record ${folder}: it has no files`);
  await assertRejects(() => openRecord(`${folder}/no`, () => {}), RangeError, "no such folder");
  const other = fileOf();
  other[11] = 7;
  Deno.writeFileSync(`${folder}/c.pulso`, other);
  await assertRejects(list, RangeError, `read (${folder}/c.pulso: of version 7, not 1)`);
  states.length = 0;
  const notThen = fileOf();
  notThen.set([0x7f, 0xf8], 16);
  const files: Readonly<Record<string, Uint8Array>> = {
    "a.pulso": new Uint8Array(5),
    "b.pulso": new TextEncoder().encode("GIF89a".repeat(9)),
    "c.pulso": other,
    "d.pulso": notThen,
    "z.pulso": fileOf(),
  };
  for (const [name, bytes] of Object.entries(files)) Deno.writeFileSync(`${folder}/${name}`, bytes);
  Deno.mkdirSync(`${folder}/e.pulso`);
  makePipe(`${folder}/f.pulso`);
  Deno.truncateSync(`${folder}/a.pulso`, 5);
  Deno.writeFileSync(`${folder}/g.pulso`, fileOf());
  Deno.truncateSync(`${folder}/g.pulso`, 2 ** 27 + 1);
  assertEquals((await list()).map(({ path }) => path), [`${folder}/z.pulso`]);
  assertEquals(states.sort(), [
    `${folder}/a.pulso too short`,
    `${folder}/b.pulso not a record`,
    `${folder}/c.pulso of version 7, not 1`,
    `${folder}/d.pulso begins at a time that is none`,
    `${folder}/e.pulso not a regular file`,
    `${folder}/f.pulso not a regular file`,
    `${folder}/g.pulso longer than 134217728 bytes`,
  ]);
});

test("files of a record may be gone before they are looked at, or read", async (folder) => {
  const states: string[] = [];
  const tell = ({ path, state }: Damage) => states.push(`${path} ${state}`);
  const [gone, here] = ["a", "b"].map((name) => `${folder}/${name}.pulso`) as [string, string];
  Deno.symlinkSync(`${folder}/nowhere`, gone);
  Deno.writeFileSync(here, fileOf());
  const files = await listFiles(folder, tell);
  assertEquals(files.map(({ path }) => path), [here]);
  Deno.removeSync(here);
  assertEquals(await Array.fromAsync(readFrames(files[0]!, tell)), []);
  assertEquals(states, [`${gone} no such file`, `${here} no such file`]);
});

const times = fc.integer({ min: 0, max: 2 ** 45 });
const datagrams = fc.record({
  bytes: fc.uint8Array({ minLength: 40, maxLength: 200 }),
  origin: fc.record({
    hostname: fc.stringMatching(/^[0-9a-f:.%]{0,40}$/),
    port: fc.option(fc.nat(65_535)),
  }),
  atMs: times,
  verdict: fc.oneof<fc.Arbitrary<Verdict>[]>(
    fc.constantFrom<Verdict>({ kind: "plain" }, { kind: "passed" }),
    fc.record({
      kind: fc.constant("opened"),
      body: fc.uint8Array({ maxLength: 200 }),
      isAnew: fc.boolean(),
      replay: fc.constantFrom(null, "duplicate", "old"),
    }),
    fc.record({
      kind: fc.constant("refused"),
      reason: fc.constantFrom("auth", "plain", "source"),
      agent: fc.option(fc.stringMatching(/^[\w-]{1,22}$/)) as fc.Arbitrary<string | null>,
    }),
  ),
});

Deno.test("EntryReader reads what EntryWriter writes", () => {
  const clocks = fc.record({ nowMs: times, startedMs: times, aheadMs: fc.integer({ min: 0 }) });
  fc.assert(fc.property(clocks, fc.array(datagrams, { maxLength: 20 }), (clock, all) => {
    const reader = new EntryReader(10);
    reader.begin(frameOf((entries) => {
      entries.clock(clock);
      entries.gap(3);
      for (const { bytes, origin, atMs, verdict } of all) {
        entries.datagram(bytes, origin, atMs, verdict);
      }
    }));
    assert(reader.next());
    const { atMs: nowMs, startedMs, aheadMs } = reader;
    assertEquals({ nowMs, startedMs, aheadMs }, clock);
    assert(reader.next());
    assertEquals([reader.kind, reader.count], [KIND.gap, 3]);
    for (const { bytes, origin, atMs, verdict } of all) {
      assert(reader.next());
      assertEquals(reader.kind, KIND[verdict.kind]);
      assertEquals([reader.atMs, reader.origin], [atMs, origin]);
      const { isAnew, replay, reason, agent } = reader;
      if (verdict.kind === "opened") {
        assertEquals(reader.bytes, joined([bytes.subarray(0, 40), verdict.body]));
        assertEquals([isAnew, replay], [verdict.isAnew, verdict.replay]);
      } else assertEquals(reader.bytes, bytes);
      if (verdict.kind === "refused") {
        assertEquals([reason, agent], [verdict.reason, verdict.agent]);
      }
    }
    assert(!reader.next());
  }));
});

Deno.test("EntryReader ends at any garbage, and reads on in the next frame", () => {
  const whole = frameOf((entries) => {
    entries.clock({ nowMs: START_MS, startedMs: START_MS, aheadMs: 0 });
    const origin = { hostname: "192.0.2.7", port: 5 };
    for (let n = 0; n < 5; n++) {
      entries.datagram(new Uint8Array(50), origin, START_MS + n, { kind: "plain" });
    }
  });
  const drain = (frame: Uint8Array) => {
    const reader = new EntryReader(10);
    reader.begin(frame);
    while (reader.next());
  };
  assertThrows(() => drain(whole.subarray(0, -1)), RecordError, "cut off");
  assertThrows(() => drain(Uint8Array.of(9, 0)), RecordError, "unknown kind");
  assertThrows(() => drain(new Uint8Array(20).fill(0xff)), RecordError);
  fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
    try {
      drain(bytes);
    } catch (error) {
      assert(error instanceof RecordError, String(error));
    }
  }));
});
