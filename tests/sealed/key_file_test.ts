import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { formatKey, type Keyring } from "../../lib/sealed/keyring.ts";
import { KeyFile, runKeygen, withKeys } from "../../lib/sealed/key_file.ts";
import { idOf, keyOf, ringOf } from "./sealing.ts";

const MAY_WRITE = Deno.build.os !== "windows" &&
  (["read", "write"] as const).every((name) =>
    Deno.permissions.querySync({ name }).state === "granted"
  );

function test(name: string, fn: (folder: string, t: Deno.TestContext) => Promise<void> | void) {
  Deno.test({
    name: `${name} (needs --allow-read, -write)`,
    ignore: !MAY_WRITE,
    fn: async (t) => {
      const folder = await Deno.makeTempDir();
      try {
        await fn(folder, t);
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    },
  });
}

function textOf(ring: Keyring): string {
  return Array.from(ring.values(), formatKey).join("\n");
}

function write(path: string, text: string, mode = 0o600): string {
  Deno.writeTextFileSync(path, text);
  Deno.chmodSync(path, mode);
  return path;
}

/** A log that keeps its lines. */
function fakeLog() {
  const lines: string[] = [];
  const note = (level: string) => (line: unknown) => {
    lines.push(`${level} ${line}`);
    return String(line);
  };
  return { lines, info: note("info"), warn: note("warn") } as
    & Parameters<KeyFile["current"]>[1]
    & { lines: string[] };
}

test("KeyFile reads its keys", (folder) => {
  const path = write(`${folder}/key`, textOf(ringOf(keyOf(1), keyOf(2))));
  assertEquals(new KeyFile(path).current(0, fakeLog()), ringOf(keyOf(1), keyOf(2)));
});

test("KeyFile refuses a file that cannot be trusted, in one line", async (folder, t) => {
  const sound = textOf(ringOf());
  const cases: [string, string, string][] = [
    ["missing", `${folder}/none`, "there is none"],
    ["a folder", folder, "it is no file"],
    ["read by its group", write(`${folder}/g`, sound, 0o640), "chmod 600"],
    ["read by others", write(`${folder}/o`, sound, 0o604), "chmod 600"],
    ["written by others", write(`${folder}/w`, sound, 0o602), "chmod 600"],
    ["empty", write(`${folder}/e`, ""), "it holds no key"],
    ["short by a character", write(`${folder}/s`, sound.replace(/\S - -$/, " - -")), "line 1"],
    ["raw bytes", write(`${folder}/r`, "\u0000".repeat(32)), "line 1"],
    ["long", write(`${folder}/l`, "#".repeat(65_537)), "it is longer than 65536 bytes"],
  ];
  for (const [name, path, state] of cases) {
    await t.step(name, () => {
      const error = assertThrows(() => new KeyFile(path), RangeError, state);
      assertStringIncludes(error.message, `Cannot use the key file ${path}: `);
      assert(!error.message.includes("\n"));
    });
  }
});

test("KeyFile takes over a changed file within five seconds, without a restart", (folder) => {
  const path = write(`${folder}/key`, textOf(ringOf()));
  const keys = new KeyFile(path);
  const log = fakeLog();
  assertEquals(keys.current(1_000, log), ringOf());
  write(path, textOf(ringOf(keyOf(1), keyOf(2))));
  assertEquals(keys.current(5_999, log), ringOf());
  assertEquals(keys.current(6_000, log), ringOf(keyOf(1), keyOf(2)));
  assertEquals(log.lines, [`info Has the keys 1, 2 of ${path} now`]);
});

test("KeyFile keeps its keys when the file goes bad, and says so once", (folder) => {
  const path = write(`${folder}/key`, textOf(ringOf()));
  const keys = new KeyFile(path);
  const log = fakeLog();
  let nowMs = 0;
  const look = () => keys.current(nowMs += 5_000, log);
  look();
  Deno.chmodSync(path, 0o644);
  assertEquals(look(), ringOf());
  assertEquals(look(), ringOf());
  Deno.removeSync(path);
  assertEquals([look(), look()], [ringOf(), ringOf()]);
  write(path, textOf(ringOf(keyOf(3))));
  assertEquals(look(), ringOf(keyOf(3)));
  assertEquals(log.lines.map((line) => line.replaceAll(path, "FILE")), [
    "warn Cannot use the key file FILE: others may read or write it; chmod 600 it; goes on with the keys from before",
    "warn Cannot use the key file FILE: there is none; goes on with the keys from before",
    "info Has the keys 3 of FILE now",
  ]);
});

test("runKeygen() makes files for their owner alone, and overwrites none", (folder) => {
  const [fleet, own] = [`${folder}/fleet`, `${folder}/own`];
  assertEquals(runKeygen([fleet]), `Made the key file ${fleet}`);
  assertEquals(Deno.statSync(fleet).mode! & 0o777, 0o600);
  const before = Deno.readTextFileSync(fleet);
  assertThrows(() => runKeygen([fleet]), RangeError, "there is one");
  assertEquals(Deno.readTextFileSync(fleet), before);
  runKeygen(["--agent", idOf(1), "--key-file", fleet, own]);
  assertEquals(new KeyFile(own).current(0, fakeLog()).get(1)!.agent, idOf(1));
  assertThrows(() => runKeygen([`${folder}/no/such`]), RangeError, "no such folder");
});

test("withKeys() reads the file that is named, unless only help or a version is asked for", (folder) => {
  const path = write(`${folder}/key`, textOf(ringOf()));
  const options = { "key-file": path, help: false, version: false };
  assertEquals(withKeys(options).keys!.path, path);
  assertEquals(withKeys({ ...options, "key-file": null }).keys, null);
  assertEquals(withKeys({ ...options, "key-file": "/none", help: true }).keys, null);
});
