import { assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { CatReader, splitFiles } from "../../lib/sampler/cat_reader.ts";

const isGranted = (permission: Deno.PermissionDescriptor) =>
  Deno.permissions.querySync(permission).state === "granted";
const MAY_KILL = Deno.build.os === "linux" && isGranted({ name: "run" });

Deno.test({
  name: "CatReader.read() reads by one cat, and goes on when that is killed (needs --allow-run)",
  ignore: !MAY_KILL,
  // The `cat` that waits for a next reading ends with the process.
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    const paths = ["/proc/self/stat"];
    const reader = new CatReader();
    const readPid = async () => parseInt((await reader.read(paths)).get(paths[0]!)!);
    const pid = await readPid();
    assertEquals(await readPid(), pid);
    Deno.kill(pid, "SIGKILL");
    const later = [await readPid(), await readPid()];
    assertNotEquals(later[0], pid);
    assertNotEquals(later[0], later[1]);
  },
});

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
