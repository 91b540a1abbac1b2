/** The store as a whole: a thread with a file, and a fleet that is started anew. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { hostRow } from "../../../lib/server/fleet/host/row.ts";
import type { Observer } from "../../../lib/server/parts.ts";
import { placesOf } from "../../../lib/server/store/file/blobs.js";
import { Database } from "../../../lib/server/store/file/database.js";
import {
  openDoor,
  ordersOf,
  runForget,
  runOrder,
  tellServer,
} from "../../../lib/server/store/door.ts";
import { prepareFolder } from "../../../lib/server/store/open.ts";
import { bytesOf } from "../../messages.ts";
import { MINUTE_MS, open, START_MS, test } from "./scene.ts";

test("a store that is opened again has hosts, accounts and history", async (folder) => {
  const before = await open(folder);
  before.send("a", 1, START_MS);
  before.send("b", 1, START_MS + 1_000);
  for (let n = 1; n < 30; n++) before.send("a", n + 1, START_MS + 5_000 * n);
  await before.store.close();
  assertEquals(before.lines.filter((line) => line.startsWith("warn")), []);
  const startMs = START_MS + 10 * MINUTE_MS;
  const after = await open(folder, startMs);
  assertEquals(Array.from(after.fleet.hosts(), ({ key }) => key), ["a", "b"]);
  const row = hostRow(after.fleet.host("a")!, startMs);
  assertEquals([row.ageMs, row.cpuPercent, row.status], [
    startMs - START_MS - 145_000,
    30,
    "offline",
  ]);
  assertEquals(after.fleet.host("a")!.delivery!.counts.received, 30);
  assertEquals(await after.read("a", START_MS, startMs), {
    samples: 30,
    known: 145_000,
    down: 455_000,
  });
  for (let n = 0; n < 12; n++) after.send("a", 200 + n, startMs + 1_000 + 4_900 * n);
  after.tick(startMs + MINUTE_MS);
  const whole = await after.read("a", START_MS, startMs + MINUTE_MS);
  assertEquals(whole, { samples: 42, known: 205_000, down: 455_000 });
  assertEquals(after.fleet.host("a")!.delivery!.counts.lost, 0);
  await after.store.close();
});

test("of more hosts than the fleet may have those are there that were heard last", async (folder) => {
  const before = await open(folder);
  ["c", "a", "b"].forEach((id, n) => before.send(id, 1, START_MS + 1_000 * n));
  await before.store.close();
  const { fleet, store, lines, send, read } = await open(folder, START_MS + MINUTE_MS, {
    maxHosts: 1,
  });
  assertEquals(Array.from(fleet.hosts(), ({ key }) => key), ["b"]);
  assert(lines.some((line) => line.includes("(3 hosts known)")));
  send("c", 2, START_MS + 2 * MINUTE_MS);
  send("c", 3, START_MS + 2 * MINUTE_MS + 5_000);
  const { samples } = await read("c", START_MS, START_MS + 3 * MINUTE_MS);
  assertEquals(samples, 3, "another is who it was, when it is heard");
  await store.close();
});

test("a host that is forgotten leaves nothing, and a backup is all that there is", async (folder) => {
  const scene = await open(folder);
  const { fleet, store, send } = scene;
  for (let n = 0; n < 24; n++) {
    for (const id of ["c", "a", "b"]) send(id, n + 1, START_MS + 5_000 * n);
  }
  await using door = closing(await openDoor(folder, ordersOf(fleet, store, () => START_MS)));
  const told = await tellServer(folder, "forget", "a");
  assertEquals(told, "Forgot a (a) and its history");
  assertEquals([fleet.size, fleet.host("a")], [2, undefined]);
  assertEquals(fleet.totals(START_MS).forgotten, 0, "none needed its room");
  await assertRejects(() => tellServer(folder, "forget", "a"), RangeError, "no host has that id");
  await assertRejects(() => tellServer(folder, "toString", ""), RangeError, "no such command");
  const path = (await tellServer(folder, "backup", "")).replace("Wrote ", "");
  for (const id of ["b", "c"]) {
    assertEquals((await scene.read(id, START_MS, START_MS + 120_000)).samples, 24);
  }
  await store.close();
  const backup = new Database(path, []);
  assertEquals(backup.hosts(10).hosts.map(({ key }) => key).sort(), ["b", "c"]);
  const slab = backup.db.prepare("select k, b from minute_slab").get()!;
  assertEquals(placesOf(slab.b as Uint8Array, Number(slab.k)), [0, 2]);
  backup.close();
  assertEquals(door.name, "door");
});

test("a command says when no server runs, or may be reached", async (folder) => {
  await assertRejects(
    () => tellServer(folder, "backup", ""),
    RangeError,
    "no server is running with this --data",
  );
  const variable = (name: string) => name === "PULSO_DATA" ? folder : undefined;
  for (const run of [runOrder("backup", "", [], variable), runForget(["ID"], variable)]) {
    await assertRejects(run, RangeError, ` by ${folder}: no server is running`);
  }
});

test("a client that says nothing, leaves or says what is no command is let go", async (folder) => {
  await Deno.mkdir(folder);
  await using _door = closing(await openDoor(folder, {}, 20));
  const readAll = async (act: (client: Deno.Conn) => Promise<void> | void) => {
    using client = await Deno.connect({ transport: "unix", path: `${folder}/control.sock` });
    await act(client);
    return await client.read(new Uint8Array(100));
  };
  assertEquals(await readAll(() => {}), null);
  assertEquals(await readAll(async (client) => void await client.write(bytesOf("junk\n"))), null);
  assertEquals(await readAll((client) => (client as Deno.UnixConn).closeWrite()), null);
});

/** An observer that is closed with its test. */
function closing<T extends Observer>(observer: T): T & AsyncDisposable {
  return Object.assign(observer, {
    [Symbol.asyncDispose]: async () => await observer.close(),
  });
}

test("a store is refused where another server has it", async (folder) => {
  const first = await open(folder);
  await assertRejects(() => open(folder), Error, "another server uses it");
  await first.store.close();
  await (await open(folder)).store.close();
});

test("a folder that others may read is refused", async (folder) => {
  await Deno.mkdir(folder, { mode: 0o755 });
  await assertRejects(() => open(folder), Error, "chmod 700 it");
});

test("a damaged file is set aside, and said once", async (folder) => {
  await Deno.mkdir(folder, { mode: 0o700 });
  await Deno.writeTextFile(`${folder}/pulso.db`, "no database ".repeat(1_000));
  const { store, lines } = await open(folder);
  assertEquals(lines.filter((line) => line.includes("damaged")).length, 1);
  const names = Array.from(await Array.fromAsync(Deno.readDir(folder)), ({ name }) => name);
  assertEquals(names.filter((name) => name.startsWith("pulso.db.corrupt-")).length, 1);
  await store.close();
});

test("what was written last is kept where the file it belongs to is gone, and said once", async (folder) => {
  for (const [n, lose] of [Deno.remove, Deno.truncate].entries()) {
    const data = `${folder}-${n}`;
    const before = await open(data);
    before.send("a", 1, START_MS);
    before.tick(START_MS + MINUTE_MS);
    await before.settle();
    const log = await Deno.readFile(`${data}/pulso.db-wal`);
    await before.store.close();
    await lose(`${data}/pulso.db`);
    await Deno.writeFile(`${data}/pulso.db-wal`, log);
    const { fleet, store, lines } = await open(data, START_MS + 2 * MINUTE_MS);
    assertEquals(fleet.size, 0);
    const said = lines.filter((line) => line.startsWith("warn"));
    const [, aside] = /it is damaged; kept as (.*), beginning anew$/.exec(said.join())!;
    assertEquals(await Deno.readFile(`${aside}-wal`), log);
    await store.close();
  }
});

test("a folder behind a link keeps the name that may be read and written", async (folder) => {
  const link = `${folder}.link`;
  await Deno.symlink(folder, link);
  await Deno.mkdir(folder, { mode: 0o700 });
  assertEquals(await prepareFolder(link), link);
});

test("a folder that cannot be looked at is named, and why", async (folder) => {
  await Deno.writeTextFile(folder, "no folder");
  const path = `${folder}/data`;
  const words = `Cannot use the data folder ${path}: Not a directory`;
  await assertRejects(() => prepareFolder(path), Error, words);
});

test("the file and its folder are their owner's alone", async (folder) => {
  const { store } = await open(folder);
  assertEquals((await Deno.stat(folder)).mode! & 0o777, 0o700);
  await store.close();
});

test("what cannot be written is counted as missing, and it goes on by itself", async (folder) => {
  const { store, send, tick, lines, failures, fault, read } = await open(folder);
  send("a", 1, START_MS);
  fault.error = new Error("database or disk is full");
  tick(START_MS + MINUTE_MS);
  tick(START_MS + 2 * MINUTE_MS);
  await read("a", START_MS, START_MS + MINUTE_MS);
  assertEquals(store.state.paused, "database or disk is full");
  assertEquals([store.state.missedMinutes, failures.counts.get("store")], [2, 2]);
  fault.error = null;
  tick(START_MS + 3 * MINUTE_MS);
  const causes = await read("a", START_MS, START_MS + 3 * MINUTE_MS);
  assertEquals(causes, { samples: 0, silent: MINUTE_MS, missed: 2 * MINUTE_MS });
  assertEquals(store.state.paused, null);
  assert(lines.some((line) => line.includes("again; minutes missing: 2")));
  assertEquals(lines.filter((line) => line.includes("disk is full")).length, 1);
  await store.close();
});
