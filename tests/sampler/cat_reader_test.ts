import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { CatReader, splitFiles } from "../../lib/sampler/cat_reader.ts";
import { CAT } from "../../lib/sampler/waiting_cat.ts";

const isGranted = (permission: Deno.PermissionDescriptor) =>
  Deno.permissions.querySync(permission).state === "granted";
const MAY_KILL = Deno.build.os === "linux" && isGranted({ name: "run" });
const MAY_WRITE = isGranted({ name: "write" });

/** Tells the process that reads it, and so which `cat` a text is by. */
const STAT = "/proc/self/stat";
/** An ended child is known to have ended well before so many others are. */
const PATIENCE = 100;

function test(name: string, isPossible: boolean, fn: (t: Deno.TestContext) => Promise<void>): void {
  Deno.test({
    name,
    ignore: !MAY_KILL || !isPossible,
    // The `cat` that waits for a next reading ends with the process.
    sanitizeOps: false,
    sanitizeResources: false,
    fn,
  });
}

/** Reads files of which the first is `STAT`: the process that read them, and the others. */
async function readWithPid(reader: CatReader, paths: readonly string[]) {
  const files = new Map(await reader.read(paths));
  const pid = parseInt(files.get(STAT)!);
  files.delete(STAT);
  return { pid, others: [...files] };
}

/** Whether a child goes on, although others have been started and have ended meanwhile. */
async function goesOn(pid: number): Promise<boolean> {
  for (let tries = 0; tries < PATIENCE; tries++) {
    if (!isThere(pid)) return false;
    await new Deno.Command(CAT, { args: [STAT] }).output();
  }
  return true;
}

function isThere(pid: number): boolean {
  try {
    Deno.kill(pid, "SIGCONT");
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

test(
  "CatReader.read() reads by one cat, and by one for each reading when that is killed (needs --allow-run)",
  true,
  async () => {
    const paths = [STAT];
    const reader = new CatReader();
    const readPid = async () => (await readWithPid(reader, paths)).pid;
    const pid = await readPid();
    assertEquals(await readPid(), pid);
    Deno.kill(pid, "SIGKILL");
    const pids = [pid, await readPid(), await readPid(), await readPid()];
    assertEquals(new Set(pids).size, pids.length, `${pids}`);
  },
);

test(
  "CatReader.read() reads other paths by another cat, and keeps the one that waits (needs --allow-run)",
  true,
  async (t) => {
    const paths = [STAT];
    const reader = new CatReader();
    const { pid } = await readWithPid(reader, paths);
    const cases = [[], ["/proc/uptime"], ["/proc/uptime", "/proc/stat"]];
    for (const others of cases) {
      await t.step(others.join(", ") || "the same ones in another list", async () => {
        const other = await readWithPid(reader, [STAT, ...others]);
        assertNotEquals(other.pid, pid);
        assertEquals(other.others.map(([path]) => path), others);
        assertEquals((await readWithPid(reader, paths)).pid, pid);
      });
    }
    await t.step("one in place of another", async () => {
      const text = (await reader.read(["/proc/uptime"])).get("/proc/uptime")!;
      assert(/^[\d.]+ [\d.]+\n$/.test(text), text);
    });
  },
);

test(
  "CatReader.read() ends the cat that waits when it cannot tell why a file has no text (needs --allow-run, --allow-write)",
  MAY_WRITE,
  async (t) => {
    const cases: [string, (path: string) => Promise<void>, string[]][] = [
      ["it is gone", (path) => Deno.remove(path), []],
      ["it is empty", (path) => Deno.truncate(path), [""]],
    ];
    for (const [name, change, expected] of cases) {
      await t.step(name, async () => {
        const folder = await Deno.makeTempDir({ prefix: "pulso-test-" });
        try {
          const path = `${folder}/file`;
          await Deno.writeTextFile(path, "text\n");
          const paths = [STAT, path];
          const reader = new CatReader();
          const first = await readWithPid(reader, paths);
          assertEquals(first.others, [[path, "text\n"]]);
          await change(path);
          const later = [await readWithPid(reader, paths), await readWithPid(reader, paths)];
          for (const { others } of later) {
            assertEquals(others, expected.map((text) => [path, text]));
          }
          const pids = [first, ...later].map(({ pid }) => pid);
          assertEquals(new Set(pids).size, pids.length, `${pids}`);
          assert(!await goesOn(first.pid), `${first.pid} goes on`);
        } finally {
          await Deno.remove(folder, { recursive: true });
        }
      });
    }
  },
);

Deno.test("splitFiles() tells the files in the output of cat apart", async (t) => {
  const paths = ["/a", "/b"];
  const cases: [string, string, boolean, [string, string][]][] = [
    ["both", "one\ntwo\ncat\nthree\ncat\n", true, [["/a", "one\ntwo\n"], ["/b", "three\n"]]],
    ["the first missing", "cat\nthree\ncat\n", false, [["/b", "three\n"]]],
    ["the last missing", "one\ncat\ncat\n", false, [["/a", "one\n"]]],
    ["one empty", "one\ncat\ncat\n", true, [["/a", "one\n"], ["/b", ""]]],
    ["the word inside a line", "x cat\ncat\ncat 6\ncat\n", true, [["/a", "x cat\n"], [
      "/b",
      "cat 6\n",
    ]]],
  ];
  for (const [name, output, success, expected] of cases) {
    await t.step(name, () => {
      assertEquals(splitFiles(paths, output, success), new Map(expected));
    });
  }
});

Deno.test("splitFiles() throws when there are too few or too many parts", async (t) => {
  for (
    const output of [
      "",
      "one\ncat\n",
      "one\ncat\ncat\ntwo\ncat\n",
      "onecat\ntwo\ncat\n",
    ]
  ) {
    await t.step(JSON.stringify(output), () => {
      assertThrows(() => splitFiles(["/a", "/b"], output, true), Error, "Cannot read /a, /b");
    });
  }
});
