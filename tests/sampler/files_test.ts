import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  gathered,
  hostRoot,
  openFileReaders,
  OpenFiles,
  procfsRoot,
} from "../../lib/sampler/files.ts";
import { FIXTURES, MAY_READ_FIXTURES } from "./fixture.ts";

const isGranted = (permission: Deno.PermissionDescriptor) =>
  Deno.permissions.querySync(permission).state === "granted";
/** A reader of files that say what they are called, but for some that it cannot read, or hangs at. */
function fakeReader(absent: readonly string[] = [], hung: readonly string[] = []) {
  const lists: (readonly string[])[] = [];
  const read = gathered((paths) => {
    lists.push([...paths]);
    if (paths.some((path) => hung.includes(path))) return Promise.reject(new Error("no answer"));
    const found = paths.filter((path) => !absent.includes(path));
    return Promise.resolve(new Map(found.map((path) => [path, `${path}\n`])));
  });
  return { lists, read };
}

Deno.test("gathered() reads at once for all that ask in one turn, and gives each its own", async () => {
  const { lists, read } = fakeReader(["c"]);
  const texts = await Promise.all([read(["a"]), read(["b", "c"]), read([])]);
  assertEquals(texts.map((text) => [...text.keys()]), [["a"], ["b"], []]);
  assertEquals((await read(["a"])).get("a"), "a\n");
  assertEquals(lists, [["a", "b", "c"], ["a"]]);
});

Deno.test("gathered() lets what one hangs at take nothing from the others", async () => {
  const { lists, read } = fakeReader([], ["b"]);
  const [a, b, c] = await Promise.allSettled([read(["a"]), read(["b"]), read(["c"])]);
  assertEquals([a!.status, b!.status, c!.status], ["fulfilled", "rejected", "fulfilled"]);
  assertEquals(lists, [["a", "b", "c"], ["a"], ["b"], ["c"]]);
  await assertRejects(() => read(["b"]), Error, "no answer");
  assertEquals(lists.length, 5);
});

const HAS_PROC = Deno.build.os === "linux";
const MAY_CAT = isGranted({ name: "run", command: "/bin/cat" });
const MAY_READ_PROC = isGranted({ name: "read", path: "/proc/stat" });

Deno.test({
  name:
    "openFileReaders() reads /proc, and does without a file that is not there (needs --allow-run=/bin/cat or --allow-all)",
  ignore: !HAS_PROC || !MAY_CAT,
  // The `cat` that waits for a next reading ends with the process.
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    const missing = "/proc/there/is/no/such";
    const paths = ["/proc/meminfo", missing, "/proc/stat", "/proc/self/net/dev"];
    const whole = paths.toSpliced(1, 1);
    const { readFiles: readSome } = openFileReaders("/proc/stat", () => 0);
    const { readFiles: readAll, readOnce } = openFileReaders("/proc/stat", () => 0);
    const readings = [
      ...[await readSome(paths), await readSome(paths)],
      ...[
        await readAll(whole),
        await readAll(whole),
        await readAll([...paths]),
        await readOnce(paths),
      ],
    ];
    for (const texts of readings) {
      assertEquals([...texts.keys()], whole);
      assert(texts.get("/proc/meminfo")!.startsWith("MemTotal:"));
      assert(texts.get("/proc/stat")!.startsWith("cpu "));
      assert(texts.get("/proc/self/net/dev")!.startsWith("Inter-"));
    }
  },
});

Deno.test({
  name: "openFileReaders() reads elsewhere directly (needs --allow-read)",
  ignore: !MAY_READ_FIXTURES,
  async fn() {
    const path = `${FIXTURES}hotplug/first/stat`;
    const texts = await openFileReaders(path, () => 0).readFiles([path, `${FIXTURES}no/such`]);
    assertEquals([...texts.keys()], [path]);
    assertEquals(texts.get(path), Deno.readTextFileSync(path));
  },
});

Deno.test({
  name:
    "openFileReaders() names the flag when it may not read (needs to be run without permissions)",
  ignore: MAY_CAT || MAY_READ_PROC,
  fn() {
    assertThrows(
      () => openFileReaders("/proc/stat", () => 0),
      Deno.errors.NotCapable,
      "--allow-run=/bin/cat",
    );
  },
});

const MAY_WRITE = (["read", "write"] as const).every((name) =>
  Deno.permissions.querySync({ name }).state === "granted"
);

function test(name: string, fn: (path: string) => void): void {
  Deno.test({
    name: `${name} (needs --allow-read, --allow-write)`,
    ignore: !MAY_WRITE,
    // The files stay open as long as the program runs.
    sanitizeResources: false,
    fn() {
      const folder = Deno.makeTempDirSync({ prefix: "pulso-test-" });
      try {
        fn(`${folder}/file`);
      } finally {
        Deno.removeSync(folder, { recursive: true });
      }
    },
  });
}

test("OpenFiles reads a file as it is now, from its start to its end", (path) => {
  const files = new OpenFiles();
  for (const text of ["first\n", "the second\n", "3\n", "", "ä".repeat(100_000), "last\n"]) {
    Deno.writeTextFileSync(path, text);
    assertEquals(files.read(path), text);
    assertEquals(files.read(path), text);
  }
});

test("OpenFiles gives nothing for a file that is not there, and finds it later", (path) => {
  const files = new OpenFiles();
  assertEquals(files.read(path), null);
  assertEquals(files.read(path), null);
  Deno.writeTextFileSync(path, "there\n");
  assertEquals(files.read(path), "there\n");
});

Deno.test({
  name: "OpenFiles reads /proc anew each time (needs --allow-all)",
  ignore: Deno.build.os !== "linux" || !MAY_WRITE || !mayReadProc(),
  sanitizeResources: false,
  fn() {
    const files = new OpenFiles();
    const uptime = () => Number(files.read("/proc/uptime")!.split(" ")[0]);
    const before = uptime();
    while (uptime() === before);
    assertEquals(uptime() > before, true);
  },
});

function mayReadProc(): boolean {
  try {
    Deno.readTextFileSync("/proc/uptime");
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) return false;
    throw error;
  }
}

Deno.test("hostRoot() leads to the files of the system that a root belongs to", async (t) => {
  const cases: [string, string][] = [
    ["/proc", ""],
    ["/proc/", ""],
    ["/host/proc", "/host/proc/1/root"],
    ["/host/proc//", "/host/proc/1/root"],
  ];
  for (const [directory, expected] of cases) {
    await t.step(directory, () => assertEquals(hostRoot(procfsRoot(directory)), expected));
  }
});
