/** A small disk that is full while the server runs, and one that cannot be written when it starts. */
import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { troublesOf } from "../../../lib/server/alerts/troubles.ts";
import { Database } from "../../../lib/server/store/file/database.js";
import { SCHEMA } from "../../../lib/server/store/file/schema.js";
import { inFolder } from "../../files.ts";
import { MAY_RUN } from "../../processes.ts";
import { names, Watched } from "../alerts/watched.ts";
import { openHere } from "../record/recording.ts";
import { MINUTE_MS, open, START_MS } from "./scene.ts";

const IS_ROOT = MAY_RUN && Deno.build.os === "linux" && Deno.uid() === 0;

function run(command: string, ...args: readonly string[]): boolean {
  return new Deno.Command(command, { args: [...args], stderr: "null" }).outputSync().success;
}

function mayMount(): boolean {
  if (!IS_ROOT) return false;
  const folder = Deno.makeTempDirSync();
  try {
    return run("mount", "-t", "tmpfs", "none", folder) && run("umount", folder);
  } finally {
    Deno.removeSync(folder);
  }
}

/** A test with a disk of 2 MiB of its own. */
function test(name: string, act: (disk: string) => Promise<void>): void {
  Deno.test({
    name: `${name} (needs root, and to mount)`,
    ignore: !mayMount(),
    fn: () =>
      inFolder(async (folder) => {
        const disk = `${folder}/disk`;
        await Deno.mkdir(disk);
        assert(run("mount", "-t", "tmpfs", "-o", "size=2m,mode=700", "none", disk));
        try {
          await act(disk);
        } finally {
          run("umount", "-l", disk);
        }
      }),
  });
}

/** Room for a minute, and not for a backup. */
const ROOM_BYTES = 2 ** 16;

/** Takes all room that there is, and a little less where that is asked for. */
function fill(disk: string): void {
  using file = Deno.openSync(`${disk}/filler`, { write: true, create: true });
  try {
    for (;;) file.writeSync(new Uint8Array(4_096));
  } catch {
    // It is full now.
  }
}

test("a disk that is full pauses history, and it goes on by itself", async (disk) => {
  const scene = await open(`${disk}/data`);
  let seq = 0;
  const minutes = async (from: number, count: number) => {
    for (let minute = from; minute < from + count; minute++) {
      for (let n = 0; n < 12; n++) {
        scene.send("a", ++seq, START_MS + minute * MINUTE_MS + 5_000 * n);
      }
      scene.tick(START_MS + (minute + 1) * MINUTE_MS);
      await scene.settle();
    }
  };
  await minutes(0, 2);
  fill(disk);
  await minutes(2, 6);
  assert(/full/.test(scene.store.state.paused!), scene.store.state.paused!);
  assert(scene.store.state.missedMinutes >= 4);
  const nothing = { kernelDropped: () => null, recordOmitted: () => null, logDropped: () => 0 };
  const troubles = troublesOf({ ...nothing, store: scene.store, destinations: () => [] });
  const watched = new Watched({ troubles }).hear(80, names(2));
  const [alert] = watched.alerts.standing();
  const said = watched.alerts.show(alert!).detail;
  assertEquals([alert!.rule.id, said], ["store-paused", scene.store.state.paused!]);
  const known = await scene.read("a", START_MS, START_MS + 2 * MINUTE_MS);
  assertEquals(known, { samples: 24, known: 2 * MINUTE_MS }, "what was written can be read");
  await Deno.remove(`${disk}/filler`);
  await minutes(8, 2);
  assertEquals(scene.store.state.paused, null);
  assertEquals(watched.hear(330, names(2)).standing, []);
  assertEquals(
    (await scene.read("a", START_MS + 8 * MINUTE_MS, START_MS + 10 * MINUTE_MS)).samples,
    24,
  );
  const told = scene.lines.filter((line) => !line.includes("Keeping"));
  assertEquals(told.length, 2, told.join("\n"));
  await scene.store.close();
  const after = await open(`${disk}/data`, START_MS + 11 * MINUTE_MS);
  assertEquals(after.fleet.host("a")!.delivery!.counts.received, 120);
  await after.store.close();
});

test("a disk that is full as the server ends and starts costs what could not be written", async (disk) => {
  const scene = await open(`${disk}/data`);
  scene.send("a", 1, START_MS);
  scene.tick(START_MS + MINUTE_MS);
  await scene.settle();
  fill(disk);
  scene.send("a", 2, START_MS + MINUTE_MS);
  await scene.store.close();
  const full = await open(`${disk}/data`, START_MS + 2 * MINUTE_MS);
  assertEquals(full.fleet.host("a")!.delivery!.counts.received, 1, "it starts all the same");
  full.send("a", 3, START_MS + 2 * MINUTE_MS);
  full.tick(START_MS + 3 * MINUTE_MS);
  await full.settle();
  assert(/full/.test(full.store.state.paused!));
  await Deno.remove(`${disk}/filler`);
  full.send("a", 4, START_MS + 3 * MINUTE_MS);
  full.tick(START_MS + 4 * MINUTE_MS);
  await full.settle();
  assertEquals(full.store.state.paused, null);
  await full.store.close();
  const after = await open(`${disk}/data`, START_MS + 5 * MINUTE_MS);
  const samplesOf = async (minute: number) => {
    const fromMs = START_MS + minute * MINUTE_MS;
    return (await after.read("a", fromMs, fromMs + MINUTE_MS)).samples;
  };
  assertEquals(await Promise.all([0, 2, 3].map(samplesOf)), [1, 0, 1]);
  const [run] = after.store.downs.slice(-1);
  assertEquals(run![0] > START_MS + 3 * MINUTE_MS, true, "when it ran is known");
  await after.store.close();
});

test("a disk that is full as a newer version starts holds up no start", async (disk) => {
  const path = `${disk}/data/pulso.db`;
  await Deno.mkdir(`${disk}/data`, { mode: 0o700 });
  const older = new Database(path, [{ id: "cpu", scale: 100 }]);
  older.save([], [], START_MS);
  older.db.exec("pragma user_version=4");
  older.close();
  fill(disk);
  const scene = await open(`${disk}/data`);
  for (const minute of [0, 1]) {
    for (let n = 0; n < 12; n++) {
      scene.send("a", 12 * minute + n + 1, START_MS + minute * MINUTE_MS + 5_000 * n);
    }
    scene.tick(START_MS + (minute + 1) * MINUTE_MS);
    await scene.settle();
    if (minute === 1) break;
    assert(/full/.test(scene.store.state.paused!), scene.store.state.paused!);
    await Deno.remove(`${disk}/filler`);
  }
  assertEquals(scene.store.state.paused, null);
  await scene.store.close();
  const after = await open(`${disk}/data`, START_MS + 3 * MINUTE_MS);
  assertEquals((await after.read("a", START_MS, START_MS + 2 * MINUTE_MS)).samples, 12);
  await after.store.close();
  const file = new DatabaseSync(path);
  assertEquals(file.prepare("pragma user_version").get()!.user_version, SCHEMA);
  file.close();
});

test("a backup that the disk has no room for leaves nothing, and history goes on", async (disk) => {
  const scene = await open(`${disk}/data`);
  for (let n = 0; n < 100; n++) scene.send(`host-${n}`, 1, START_MS);
  for (let minute = 1; minute < 8; minute++) {
    scene.tick(START_MS + minute * MINUTE_MS);
    await scene.settle();
  }
  // So that the file itself has all of it.
  await Deno.remove(await scene.store.backUp("first.db"));
  fill(disk);
  const filler = `${disk}/filler`;
  await Deno.truncate(filler, (await Deno.stat(filler)).size - ROOM_BYTES);
  const refused = await assertRejects(() => scene.store.backUp("copy.db"), Error);
  assertMatch(refused.message, /full|No space left/);
  const files = await Array.fromAsync(Deno.readDir(`${disk}/data`), ({ name }) => name);
  assertEquals(files.filter((name) => !name.startsWith("pulso.db")), []);
  scene.tick(START_MS + 8 * MINUTE_MS);
  await scene.settle();
  assertEquals(scene.store.state.missedMinutes, 0);
  await scene.store.close();
});

test("a disk that cannot be written is told of in one line", async (disk) => {
  const { store } = await open(`${disk}/data`);
  await store.close();
  assert(run("mount", "-o", "remount,ro", disk));
  const words = "the disk may be read-only, or the folder another user's";
  await assertRejects(() => open(`${disk}/data`), Error, words);
});

test("a file that alone cannot be written is told of in one line", async (disk) => {
  const { store } = await open(`${disk}/data`);
  await store.close();
  const file = `${disk}/data/pulso.db`;
  assert(run("mount", "--bind", file, file) && run("mount", "-o", "remount,bind,ro", file));
  await assertRejects(() => open(`${disk}/data`), Error, "another user's, or a file in it");
});

test("a record leaves out what a full disk does not take, and goes on by itself", async (disk) => {
  const clock = { nowMs: START_MS, aheadMs: 0 };
  const { recorder, settle, lines } = openHere(`${disk}/record`, clock);
  const origin = { hostname: "192.0.2.7", port: 1 };
  const second = async (count: number) => {
    for (let n = 0; n < count; n++) {
      const bytes = crypto.getRandomValues(new Uint8Array(1_000));
      recorder.record(bytes, origin, clock.nowMs, { kind: "plain" });
    }
    clock.nowMs += 1_000;
    recorder.tick();
    await settle();
  };
  await second(100);
  fill(disk);
  for (let n = 0; n < 3; n++) await second(100);
  const { omitted } = recorder.counts;
  assert(omitted >= 200, `${omitted} left out`);
  await Deno.remove(`${disk}/filler`);
  for (let n = 0; n < 2; n++) await second(100);
  await recorder.close();
  assertEquals(recorder.counts.datagrams + recorder.counts.omitted, 600);
  assertEquals(recorder.counts.omitted, omitted);
  assertEquals(lines.length, 2, lines.join("\n"));
});
