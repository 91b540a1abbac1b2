/** The store as a whole: a thread with a file, and a fleet that is started anew. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { Failures } from "../../../lib/server/parts.ts";
import { Fleet } from "../../../lib/server/fleet/fleet.ts";
import { hostRow } from "../../../lib/server/fleet/host/row.ts";
import type { Observer } from "../../../lib/server/parts.ts";
import { decodeSlab } from "../../../lib/server/store/file/blobs.js";
import { Database } from "../../../lib/server/store/file/database.js";
import {
  openDoor,
  ordersOf,
  runBackup,
  runForget,
  tellServer,
} from "../../../lib/server/store/door.ts";
import { openStore, prepareFolder } from "../../../lib/server/store/open.ts";
import { startThread } from "../../../lib/server/store/thread.ts";
import type { StoreThread } from "../../../lib/server/store/thread.ts";
import { causesOf, planOf, seriesOf } from "../../../lib/server/store/stretches.ts";
import { inFolder } from "../../files.ts";
import { bytesOf, jsonOf } from "../../messages.ts";
import { logLines } from "../logs.ts";

const MAY_WRITE = (["read", "write"] as const)
  .every((name) => Deno.permissions.querySync({ name }).state === "granted");

function test(name: string, act: (folder: string) => Promise<void>): void {
  Deno.test({
    name: `${name} (needs --allow-read and --allow-write)`,
    ignore: !MAY_WRITE,
    fn: () => inFolder((folder) => act(`${folder}/data`)),
  });
}

const START_MS = 1_795_442_880_000;
const MINUTE_MS = 60_000;
const KEEP = { keepMs: { minute: 1e12, hour: 1e12 }, keepBytes: 1e12 };

const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0);

/** A server without sockets, whose clock stands still until it is told. */
async function open(data: string, startedMs = START_MS, maxHosts = 100) {
  const { log, lines } = logLines();
  const fleet = new Fleet({ maxHosts, historyMs: 900_000, nowMs: startedMs });
  const failures = new Failures(log);
  let now = startedMs;
  const surroundings = { fleet, startedMs, nowMs: () => now, aheadMs: () => 0, log, failures };
  const thread = startThread(await prepareFolder(data));
  const fault: { error: Error | null } = { error: null };
  const faulty: StoreThread = {
    ask: (order, given) =>
      order === "put" && fault.error ? Promise.reject(fault.error) : thread.ask(order, given),
    end: () => thread.end(),
  };
  const options = { ...KEEP, path: `${data}/pulso.db`, maxHosts };
  const store = await openStore(faulty, options, surroundings);
  return {
    fleet,
    store,
    lines,
    failures,
    fault,
    send(id: string, seq: number, atMs: number) {
      now = atMs;
      const message = { v: 1, id, host: id, session: "s", seq, time: atMs, interval: 5_000 };
      const bytes = jsonOf({ ...message, cpu: { mean: seq % 100 } });
      const receipt = fleet.receive(bytes, { hostname: "192.0.2.7", port: 1 }, atMs);
      if (receipt.accepted) store.accepted(receipt, atMs);
    },
    tick(atMs: number) {
      now = atMs;
      store.tick(atMs);
    },
    async read(id: string, fromMs: number, untilMs: number) {
      const wanted = { fromMs, untilMs, points: 10_000, leastMs: 0, minutesSinceMs: 0 };
      const plan = planOf(wanted, ["cpu"]);
      const host = fleet.host(id)!;
      const [found] = await store.read([host], plan);
      const causes = causesOf(plan, found!, [host.firstSeenMs, untilMs], store.downs);
      const totals = Object.entries(causes).map(([cause, ms]) => [cause, sum(ms)] as const);
      const samples = sum(seriesOf(plan, found!)[0]!.samples);
      return Object.fromEntries<number>([
        ["samples", samples],
        ...totals.filter(([, ms]) => ms > 0),
      ]);
    },
  };
}

test("a store that is opened again has hosts, accounts and history", async (folder) => {
  const before = await open(folder);
  before.send("a", 1, START_MS);
  before.send("b", 1, START_MS + 1_000);
  for (let n = 1; n < 30; n++) before.send("a", n + 1, START_MS + 5_000 * n);
  await before.store.close();
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
  const { fleet, store, lines, send, read } = await open(folder, START_MS + MINUTE_MS, 1);
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
  for (let n = 0; n < 24; n++) for (const id of ["a", "b"]) send(id, n + 1, START_MS + 5_000 * n);
  await using door = closing(await openDoor(folder, ordersOf(fleet, store, () => START_MS)));
  const told = await tellServer(folder, "forget", "a");
  assertEquals(told, "Forgot a (a) and its history");
  assertEquals([fleet.size, fleet.host("a")], [1, undefined]);
  assertEquals(fleet.totals(START_MS).forgotten, 0, "none needed its room");
  await assertRejects(() => tellServer(folder, "forget", "a"), RangeError, "no host has that id");
  await assertRejects(() => tellServer(folder, "toString", ""), RangeError, "no such command");
  const path = (await tellServer(folder, "backup", "")).replace("Wrote ", "");
  assertEquals((await scene.read("b", START_MS, START_MS + 120_000)).samples, 24);
  await store.close();
  const backup = new Database(path, []);
  assertEquals(backup.hosts(10).map(({ key }) => key), ["b"]);
  const slab = backup.db.prepare("select b from minute_slab").get()!;
  assertEquals([...decodeSlab(slab.b as Uint8Array).places], [1]);
  backup.close();
  assertEquals(door.name, "door");
});

test("a command says when no server runs, or may be reached", async (folder) => {
  await assertRejects(
    () => tellServer(folder, "backup", ""),
    RangeError,
    "no server runs with this --data",
  );
  const variable = (name: string) => name === "PULSO_DATA" ? folder : undefined;
  for (const run of [runBackup([], variable), runForget(["ID"], variable)]) {
    await assertRejects(run, RangeError, ` by ${folder}: no server runs`);
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

test("a folder behind a link keeps the name that may be read and written", async (folder) => {
  const link = `${folder}.link`;
  await Deno.symlink(folder, link);
  await Deno.mkdir(folder, { mode: 0o700 });
  assertEquals(await prepareFolder(link), link);
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
