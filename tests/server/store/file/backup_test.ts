/** A backup of the store's file: it is as the file was when it began, whatever is written and asked meanwhile. */
import { assertEquals, assertRejects } from "@std/assert";
import { Database } from "../../../../lib/server/store/file/database.js";
import { ORDERS } from "../../../../lib/server/store/file/thread.js";
import { planOf } from "../../../../lib/server/store/stretches.ts";
import { inFolder } from "../../../files.ts";

const MAY_WRITE = (["read", "write"] as const)
  .every((name) => Deno.permissions.querySync({ name }).state === "granted");

const COLUMNS = [{ id: "cpu", scale: 100 }];
const NOW_MS = 1_795_442_880_000;
/** More than is copied at once, and in two writings more than SQLite leaves beside its file unless it is told to. */
const [HOSTS, BODY_BYTES] = [30, 100_000];
const RANGE = planOf({ fromMs: 0, untilMs: 1, points: 1, leastMs: 0, minutesSinceMs: 0 }, ["cpu"]);

/** Hosts of the registry whose bodies are all of one byte. */
function hostsOf(byte: number) {
  return Array.from({ length: HOSTS }, (_, id) => ({
    ...{ id, key: `host-${id}`, hostname: "", lastMs: 0, state: "{}" },
    body: new Uint8Array(BODY_BYTES).fill(byte),
  }));
}

function open(path: string): void {
  const keep = { keepMs: { minute: 1e12, hour: 1e12 }, keepBytes: 1e12 };
  ORDERS.open({ path, columns: COLUMNS, ...keep, maxHosts: 100, nowMs: NOW_MS });
}

function save(byte: number): void {
  ORDERS.save({ hosts: hostsOf(byte), deleted: [], nowMs: NOW_MS });
}

/** The bytes that the bodies of a file are of. */
function bytesIn(path: string): readonly number[] {
  const file = new Database(path, COLUMNS);
  assertEquals(file.db.prepare("pragma integrity_check").get()!.integrity_check, "ok");
  const { hosts } = file.hosts(100);
  file.close();
  assertEquals(hosts.length, HOSTS);
  return [...new Set(hosts.flatMap(({ body }) => [...new Set(body as Uint8Array)]))];
}

function test(name: string, act: (folder: string) => Promise<void>): void {
  Deno.test({
    name: `${name} (needs --allow-read and --allow-write)`,
    ignore: !MAY_WRITE,
    fn: () =>
      inFolder(async (folder) => {
        open(`${folder}/pulso.db`);
        try {
          await act(folder);
        } finally {
          await ORDERS.close();
        }
      }),
  });
}

async function namesIn(folder: string): Promise<readonly string[]> {
  return (await Array.fromAsync(Deno.readDir(folder), ({ name }) => name)).sort();
}

test("a backup has what was there when it began, and writing and reading go on", async (folder) => {
  save(1);
  const copy = `${folder}/copy.db`;
  let isOver = false;
  const backup = ORDERS.backUp({ path: copy });
  backup.catch(() => {}).finally(() => isOver = true);
  let written = 1;
  do {
    save(++written);
    save(written);
    assertEquals(ORDERS.past({ hosts: [0], range: RANGE }).length, 1);
    await new Promise((resolve) => setTimeout(resolve));
  } while (!isOver);
  await backup;
  assertEquals(bytesIn(copy), [1]);
  await ORDERS.close();
  assertEquals(bytesIn(`${folder}/pulso.db`), [written]);
});

test("only one backup is written at a time, and what is written since is in the next", async (folder) => {
  save(1);
  const first = ORDERS.backUp({ path: `${folder}/first.db` });
  await assertRejects(() => ORDERS.backUp({ path: `${folder}/other.db` }), Error, "another backup");
  save(2);
  await first;
  await ORDERS.backUp({ path: `${folder}/second.db` });
  assertEquals([bytesIn(`${folder}/first.db`), bytesIn(`${folder}/second.db`)], [[1], [2]]);
});

test("a backup beside which too much is written is given up, and nothing else is lost", async (folder) => {
  save(1);
  const written = HOSTS * BODY_BYTES;
  const cut = ORDERS.backUp({ path: `${folder}/cut.db`, maxBeside: written / 2 });
  const refused = assertRejects(() => cut, Error, "too much was written meanwhile");
  save(2);
  await refused;
  assertEquals(await namesIn(folder), ["pulso.db", "pulso.db-wal"]);
  save(3);
  await ORDERS.backUp({ path: `${folder}/whole.db`, maxBeside: written / 2 });
  await ORDERS.close();
  assertEquals(bytesIn(`${folder}/pulso.db`), [3]);
  assertEquals(bytesIn(`${folder}/whole.db`), [3]);
});

test("a backup that the end of the store cuts off leaves nothing", async (folder) => {
  save(1);
  const cut = ORDERS.backUp({ path: `${folder}/cut.db` });
  const refused = assertRejects(() => cut, Error, "closed meanwhile");
  await ORDERS.close();
  await refused;
  assertEquals(await namesIn(folder), ["pulso.db"]);
});
