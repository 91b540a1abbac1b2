import { assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import { Timeout } from "../../lib/common/timeout.ts";
import { PrivateFile, SECRET_FOLDERS, stateOf } from "../../lib/common/private_file.ts";
import { inFolder, makePipe } from "../files.ts";
import { MAY_RUN, programOf, Running } from "../processes.ts";

const MAY_WRITE = MAY_RUN && Deno.build.os === "linux" &&
  Deno.permissions.querySync({ name: "write" }).state === "granted";
const LONG_MS = 60_000;

function fileOf(path: string, timeout = new Timeout(LONG_MS)): PrivateFile {
  return new PrivateFile({ path, kind: "test file", maxBytes: 16, timeout });
}

function test(name: string, fn: (folder: string, t: Deno.TestContext) => Promise<void>): void {
  Deno.test({
    name: `${name} (needs --allow-all)`,
    ignore: !MAY_WRITE,
    fn: (t) => inFolder((folder) => fn(folder, t)),
  });
}

function write(path: string, content: string | Uint8Array, mode = 0o600): string {
  Deno.writeFileSync(
    path,
    typeof content === "string" ? new TextEncoder().encode(content) : content,
  );
  Deno.chmodSync(path, mode);
  return path;
}

test("PrivateFile is read once for all who ask at a time, and anew for the next", async (folder) => {
  const file = fileOf(write(`${folder}/file`, "one"));
  assertEquals(await Promise.all([file.read(), file.read(), file.read()]), ["one", "one", "one"]);
  write(`${folder}/file`, "two");
  assertEquals(await file.read(), "two");
  await Deno.remove(`${folder}/file`);
  for (let attempts = 0; attempts < 2; attempts++) {
    const both = await Promise.allSettled([file.read(), file.read()]);
    assertEquals(both.map(({ status }) => status), ["rejected", "rejected"]);
  }
  write(`${folder}/file`, "three");
  assertEquals(await file.read(), "three");
});

test("PrivateFile reads a file whole, and through links", async (folder, t) => {
  for (const text of ["", "ä", "x".repeat(16)]) {
    await t.step(`${text.length} characters`, async () => {
      assertEquals(await fileOf(write(`${folder}/file`, text)).read(), text);
    });
  }
  await t.step("a link", async () => {
    await Deno.symlink("file", `${folder}/link`);
    assertEquals(await fileOf(`${folder}/link`).read(), "x".repeat(16));
  });
});

test("PrivateFile refuses at once what is no private file", async (folder, t) => {
  await Deno.symlink("none", `${folder}/dangling`);
  await Deno.symlink("loop", `${folder}/loop`);
  const cases: [name: string, path: string, state: string][] = [
    ["a folder", folder, "not a regular file"],
    ["a pipe", makePipe(`${folder}/pipe`), "not a regular file"],
    ["an endless device", "/dev/zero", "not a regular file"],
    ["an empty device", "/dev/null", "not a regular file"],
    ["nothing", `${folder}/none`, "no such file"],
    ["a link to nothing", `${folder}/dangling`, "no such file"],
    ["a link to itself", `${folder}/loop`, "Too many levels of symbolic links"],
    ["a file as a folder", `${write(`${folder}/f`, "")}/file`, "Not a directory"],
    ["a NUL", write(`${folder}/nul`, "a\0"), "it is not UTF-8 text"],
    ["UTF-16", write(`${folder}/utf-16`, new Uint8Array([255, 254, 97])), "it is not UTF-8 text"],
    ["a long file", write(`${folder}/long`, "x".repeat(17)), "it is longer than 16 bytes"],
  ];
  for (const mode of [0o601, 0o602, 0o604, 0o610, 0o620, 0o640, 0o666]) {
    const path = write(`${folder}/${mode.toString(8)}`, "x", mode);
    cases.push([mode.toString(8), path, "others may read or write it; chmod 600 it"]);
  }
  for (const [name, path, state] of cases) {
    await t.step(name, async () => {
      const { message } = await assertRejects(() => fileOf(path).read(), RangeError, state);
      assertStringIncludes(message, `Cannot use the test file ${path}: `);
      assertEquals(message.split(path).length, message.includes("os error") ? 3 : 2, message);
    });
  }
});

test("PrivateFile does not wait for a pipe that a file became while it was looked at", async (folder) => {
  const path = makePipe(`${folder}/pipe`);
  // The same as opening it between the look and the reading.
  const timeout = new Timeout(1);
  const opening = Deno.open(path);
  await assertRejects(() => timeout.run(path, () => opening), DOMException, "no answer");
  const file = fileOf(path, timeout);
  await assertRejects(() => file.read(), RangeError, `Cannot use the test file ${path}: no answer`);
  assertEquals(await file.look(), "no answer");
  // That lets it be opened.
  (await Deno.open(path, { write: true })).close();
  (await opening).close();
});

test(
  "PrivateFile lets the group read what systemd gives a service, and nobody write it",
  async (_, t) => {
    const folder = `${SECRET_FOLDERS[1]}/pulso-test-${Deno.pid}`;
    try {
      await Deno.mkdir(folder, { recursive: true });
    } catch (error) {
      if (error instanceof Deno.errors.PermissionDenied) return;
      throw error;
    }
    try {
      for (
        const [mode, isUsed] of [[0o400, true], [0o440, true], [0o444, false], [
          0o460,
          false,
        ]] as const
      ) {
        await t.step(mode.toString(8), async () => {
          const file = fileOf(write(`${folder}/key`, "x", mode));
          if (isUsed) assertEquals(await file.read(), "x");
          else await assertRejects(() => file.read(), RangeError, "others may");
        });
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);

Deno.test("stateOf() says what to do about a missing permission, in a script", async (t) => {
  const refused = new Deno.errors.NotCapable();
  const cases: [access: "read" | "write", path: string, state: RegExp][] = [
    ["read", "/home/key", /the flag --allow-read=\/home\/key before/],
    ["write", "key", /the flag --allow-write=key before/],
    ["read", "/dev/stdin", /^not a regular file$/],
    ["read", "/proc/self/fd/0", /^not a regular file$/],
  ];
  for (const [access, path, state] of cases) {
    await t.step(`${access} ${path}`, () => assertMatch(stateOf(refused, access, path), state));
  }
});

Deno.test("SECRET_FOLDERS are what the server's task may read", () => {
  const { server } = config.tasks;
  const [, granted] = / --allow-read=(\S+)/.exec(server)!;
  assertEquals(granted!.split(",").slice(0, SECRET_FOLDERS.length), [...SECRET_FOLDERS]);
});

test("programs neither hang at the start nor later when the file is a pipe", async (folder, t) => {
  const pipe = makePipe(`${folder}/pipe`);
  const permissions = ["--allow-net", `--allow-read=${folder}`];
  const server = programOf("server", permissions);
  const cases: [
    name: string,
    command: readonly string[],
    args: readonly string[],
  ][] = [
    ["server, key", server, ["--key-file", pipe]],
    ["server, token", server, ["--web", "127.0.0.1:0", "--web-token-file", pipe]],
    ["agent, key", programOf("agent"), ["--key-file", pipe]],
    [
      "keygen",
      server.slice(0, -2),
      ["keygen", "--agent", "A".repeat(22), "--key-file", pipe, "-"],
    ],
  ];
  for (const [name, command, args] of cases) {
    await t.step(name, async () => {
      const listen = command === server ? ["--listen", "127.0.0.1:0", "--view", "none"] : [];
      await using program = new Running(command, [...args, ...listen]);
      assertEquals(await program.exitCode(), 1);
      assertStringIncludes(program.stderr.text, `file ${pipe}: not a regular file\n`);
    });
  }
});
