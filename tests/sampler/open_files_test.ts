import { assertEquals } from "@std/assert";
import { OpenFiles } from "../../lib/sampler/open_files.ts";

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
