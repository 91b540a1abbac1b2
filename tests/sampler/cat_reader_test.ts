import { assert, assertEquals, assertNotEquals, assertRejects, assertThrows } from "@std/assert";
import { CatReader, splitFiles } from "../../lib/sampler/cat_reader.ts";
import { CAT } from "../../lib/sampler/cat.ts";
import { Timeout } from "../../lib/common/timeout.ts";
import { inFolder } from "../files.ts";

const isGranted = (permission: Deno.PermissionDescriptor) =>
  Deno.permissions.querySync(permission).state === "granted";
const MAY_KILL = Deno.build.os === "linux" && isGranted({ name: "run" });
const MAY_WRITE = isGranted({ name: "write" });

/** Tells the process that reads it, and so which `cat` a text is by. */
const STAT = "/proc/self/stat";
const VERSION = "/proc/version";
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
async function readWithPid(reader: CatReader, paths: readonly string[], rare?: readonly string[]) {
  const files = new Map(await reader.read(paths, rare));
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

/** A reader whose clock and time limit are the test's: what hangs is given up when the test says so. */
function makeReader(rareReadings?: number) {
  let nowMs = 0;
  let asked: Promise<unknown> = Promise.resolve();
  let end = (_error: Error) => {};
  const timeout = {
    run<T>(_thing: string, call: () => Promise<T>): Promise<T> {
      const { promise, reject } = Promise.withResolvers<T>();
      end = reject;
      const answer = call();
      asked = answer;
      return Promise.race([answer, promise]);
    },
  };
  const reader = new CatReader(timeout, () => nowMs, rareReadings);
  return {
    reader,
    pass: (ms: number) => nowMs += ms,
    /** A reading that is given up; and then what it asked comes to its end. */
    async giveUp(paths: readonly string[]) {
      const rejected = assertRejects(() => reader.read(paths), DOMException, "given up");
      end(new DOMException("given up", "TimeoutError"));
      await rejected;
      await asked.catch(() => {});
    },
  };
}

test(
  "CatReader.read() fails once when its cat is killed, and then reads by another one (needs --allow-run)",
  true,
  async () => {
    const paths = [STAT];
    const { reader } = makeReader();
    const readPid = async () => (await readWithPid(reader, paths)).pid;
    const pid = await readPid();
    assertEquals(await readPid(), pid);
    Deno.kill(pid, "SIGKILL");
    await assertRejects(() => reader.read(paths), Error, "has ended");
    const next = await readPid();
    assertNotEquals(next, pid);
    assertEquals([await readPid(), await readPid()], [next, next]);
  },
);

test(
  "CatReader.read() gives up a cat that is stopped, ends it, and then reads by another one (needs --allow-run)",
  true,
  async () => {
    const paths = [STAT];
    const { reader, giveUp } = makeReader();
    const { pid } = await readWithPid(reader, paths);
    await readWithPid(reader, paths);
    Deno.kill(pid, "SIGSTOP");
    await giveUp(paths);
    const next = await readWithPid(reader, paths);
    assertNotEquals(next.pid, pid);
    assertEquals((await readWithPid(reader, paths)).pid, next.pid);
    assert(!await goesOn(pid), `${pid} goes on`);
  },
);

test(
  "CatReader.read() does without a file at which two cats hung, and asks for it again a minute later (needs --allow-run, --allow-write)",
  MAY_WRITE,
  async () => {
    const folder = await Deno.makeTempDir({ prefix: "pulso-test-" });
    try {
      const pipe = `${folder}/pipe`;
      await new Deno.Command("mkfifo", { args: [pipe] }).output();
      const paths = [pipe, STAT, VERSION];
      const { reader, giveUp, pass } = makeReader();
      await giveUp(paths);
      await giveUp(paths);
      const { pid, others } = await readWithPid(reader, paths);
      assertEquals(others, [[VERSION, await Deno.readTextFile(VERSION)]]);
      assertEquals((await readWithPid(reader, paths)).pid, pid);
      await Deno.remove(pipe);
      await Deno.writeTextFile(pipe, "text\n");
      pass(60_000);
      await found(reader, paths, pipe);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);

test(
  "CatReader.read() reads another list by another cat, from then on (needs --allow-run)",
  true,
  async (t) => {
    const { reader } = makeReader();
    const { pid } = await readWithPid(reader, [STAT]);
    const cases = [[], ["/proc/uptime"], ["/proc/uptime", "/proc/stat"]];
    for (const others of cases) {
      await t.step(others.join(", ") || "the same ones in another list", async () => {
        const paths = [STAT, ...others];
        const other = await readWithPid(reader, paths);
        assertNotEquals(other.pid, pid);
        assertEquals(other.others.map(([path]) => path), others);
        assertEquals((await readWithPid(reader, paths)).pid, other.pid);
      });
    }
    await t.step("one in place of another", async () => {
      const text = (await reader.read(["/proc/uptime"])).get("/proc/uptime")!;
      assert(/^[\d.]+ [\d.]+\n$/.test(text), text);
    });
  },
);

test(
  "CatReader.read() reads rare files at first, and then one time of several (needs --allow-run, --allow-write)",
  MAY_WRITE,
  async () => {
    await inFolder(async (folder) => {
      const [often, rare] = [`${folder}/often`, `${folder}/rare`];
      const { reader } = makeReader(4);
      const paths = [often, rare, "/no/such"];
      let before: object | undefined;
      for (let n = 0; n < 30; n++) {
        for (const path of [often, rare]) await Deno.writeTextFile(path, `${n}\n`);
        // The first reading has a `cat` of its own, as one file is absent; each that waits begins with all.
        const isWhole = n === 0 || (n - 1) % 24 % 4 === 0;
        const texts = await reader.read(paths, [rare, "/no/such"]);
        assertEquals(
          [...texts],
          [often, ...(isWhole ? [rare] : [])].map((path) => [path, `${n}\n`]),
        );
        assertEquals(texts.rareRound === before, n === 0 || !isWhole, `${n}`);
        before = texts.rareRound;
      }
    });
  },
);

test(
  "CatReader.read() does without a rare file that vanishes (needs --allow-run, --allow-write)",
  MAY_WRITE,
  async () => {
    await inFolder(async (folder) => {
      const path = `${folder}/rare`;
      await Deno.writeTextFile(path, "text\n");
      const { reader } = makeReader(4);
      const paths = [STAT, path];
      const seen = [];
      for (let n = 0; n < 10; n++) {
        if (n === 2) await Deno.remove(path);
        seen.push((await readWithPid(reader, paths, [path])).others.length);
      }
      assertEquals(seen, [1, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    });
  },
);

test(
  "CatReader.read() does without what another list was without, by one cat (needs --allow-run)",
  true,
  async () => {
    const { reader } = makeReader();
    const absent = ["/no/such", "/no/other"];
    for (let n = 0; n < 2; n++) await reader.read([STAT, ...absent]);
    const paths = [STAT, VERSION, ...absent];
    const pids = [];
    for (let n = 0; n < 3; n++) pids.push((await readWithPid(reader, paths)).pid);
    assertEquals(new Set(pids).size, 1);
  },
);

test("CatReader.readOnce() leaves the cat that waits alone (needs --allow-run)", true, async () => {
  const paths = [STAT];
  const { reader } = makeReader();
  const { pid } = await readWithPid(reader, paths);
  const once = new Map(await reader.readOnce([STAT, "/no/such", "/proc/uptime"]));
  assertEquals([...once.keys()], [STAT, "/proc/uptime"]);
  assertNotEquals(parseInt(once.get(STAT)!), pid);
  assertEquals((await readWithPid(reader, paths)).pid, pid);
});

test("CatReader.readOnce() reads any number of files (needs --allow-run)", true, async () => {
  const paths = Array.from(
    { length: 2_345 },
    (_, n) => n % 9 === 0 ? `/no/such/${n}` : `/proc/${"/".repeat(n)}uptime`,
  );
  const texts = await makeReader().reader.readOnce(paths);
  assertEquals([...texts.keys()], paths.filter((path) => !path.startsWith("/no/")));
});

test(
  "CatReader.read() lets one cat wait whatever is absent or empty, and finds it within a minute (needs --allow-run, --allow-write)",
  MAY_WRITE,
  async (t) => {
    const cases: [string, (path: string) => Promise<void>, string[]][] = [
      ["absent", () => Promise.resolve(), []],
      ["empty", (path) => Deno.writeTextFile(path, ""), [""]],
    ];
    for (const [name, make, expected] of cases) {
      await t.step(name, async () => {
        const folder = await Deno.makeTempDir({ prefix: "pulso-test-" });
        try {
          const path = `${folder}/file`;
          await make(path);
          const paths = [STAT, path];
          const { reader, pass } = makeReader();
          const readings = [];
          for (let n = 0; n < 4; n++) readings.push(await readWithPid(reader, paths));
          for (const { others } of readings) {
            assertEquals(others, expected.map((text) => [path, text]));
          }
          // The first reading tells that it has no text; the one that waits then is not asked for it.
          assertEquals(new Set(readings.map(({ pid }) => pid)).size, 2);
          await Deno.writeTextFile(path, "text\n");
          pass(59_999);
          assertEquals((await readWithPid(reader, paths)).pid, readings[3]!.pid);
          pass(1);
          await found(reader, paths, path);
        } finally {
          await Deno.remove(folder, { recursive: true });
        }
      });
    }
  },
);

test(
  "CatReader.read() does without a file that loses its text (needs --allow-run, --allow-write)",
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
          const { reader } = makeReader();
          const first = await readWithPid(reader, paths);
          assertEquals(first.others, [[path, "text\n"]]);
          await change(path);
          const later = [];
          for (let n = 0; n < 3; n++) later.push(await readWithPid(reader, paths));
          for (const { others } of later) {
            assertEquals(others, expected.map((text) => [path, text]));
          }
          assertEquals(later[2]!.pid, later[1]!.pid);
          assert(!await goesOn(first.pid), `${first.pid} goes on`);
        } finally {
          await Deno.remove(folder, { recursive: true });
        }
      });
    }
  },
);

/** Reads until a file has been found, which another `cat` looks for meanwhile. */
async function found(reader: CatReader, paths: readonly string[], path: string): Promise<void> {
  let texts = await reader.read(paths);
  for (let tries = 0; tries < PATIENCE && !texts.get(path); tries++) {
    texts = await reader.read(paths);
  }
  assertEquals(texts.get(path), "text\n");
}

test(
  "CatReader.readOnce() goes on beside a reading and another list, and ends neither",
  true,
  async () => {
    const reader = new CatReader(new Timeout(10_000), () => 0);
    const paths = [STAT, VERSION];
    const { pid } = await readWithPid(reader, paths);
    const [sample, once, other] = await Promise.all([
      readWithPid(reader, paths),
      reader.readOnce([VERSION]),
      reader.readOnce(["/proc/uptime"]),
    ]);
    assertEquals([sample.pid, sample.others.length], [pid, 1]);
    assertEquals([[...once.keys()], [...other.keys()]], [[VERSION], ["/proc/uptime"]]);
    assertEquals((await readWithPid(reader, paths)).pid, pid);
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
