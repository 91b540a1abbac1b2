import {
  assert,
  assertEquals,
  assertNotEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { formatKey, type Keyring, parseKeyring, ringOfAgent } from "../../lib/sealed/keyring.ts";
import { KeyFile, keygen, readKeygen, runKeygen, withKeys } from "../../lib/sealed/key_file.ts";
import { inFolder, makePipe } from "../files.ts";
import { idOf, keyOf, ringOf } from "./sealing.ts";

const MAY_WRITE = Deno.build.os !== "windows" &&
  (["read", "run", "write"] as const).every((name) =>
    Deno.permissions.querySync({ name }).state === "granted"
  );

function test(name: string, fn: (folder: string, t: Deno.TestContext) => Promise<void> | void) {
  Deno.test({
    name: `${name} (needs --allow-read, -run, -write)`,
    ignore: !MAY_WRITE,
    fn: (t) => inFolder((folder) => fn(folder, t)),
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

const runCommand = (...argv: readonly string[]) => runKeygen("pulso-server", argv)();

/** A log that keeps its lines. */
function fakeLog() {
  const lines: string[] = [];
  const note = (level: string) => (line: unknown) => {
    lines.push(`${level} ${line}`);
    return String(line);
  };
  return { lines, info: note("info"), warn: note("warn") } as
    & Parameters<KeyFile["refresh"]>[0]
    & { lines: string[] };
}

test("KeyFile reads its keys", async (folder) => {
  const path = write(`${folder}/key`, textOf(ringOf(keyOf(1), keyOf(2))));
  assertEquals((await KeyFile.open(path)).ring, ringOf(keyOf(1), keyOf(2)));
});

test("KeyFile refuses a file that cannot be trusted, in one line", async (folder, t) => {
  const sound = textOf(ringOf());
  const cases: [string, string, string][] = [
    ["missing", `${folder}/none`, "no such file"],
    ["read by its group", write(`${folder}/g`, sound, 0o640), "chmod 600"],
    ["read by others", write(`${folder}/o`, sound, 0o604), "chmod 600"],
    ["written by others", write(`${folder}/w`, sound, 0o602), "chmod 600"],
    ["empty", write(`${folder}/e`, ""), "it holds no key"],
    ["short by a character", write(`${folder}/s`, sound.replace(/\S - -$/, " - -")), "line 1"],
    ["raw bytes", write(`${folder}/r`, "\u0000".repeat(32)), "it is not UTF-8 text"],
    ["long", write(`${folder}/l`, "#".repeat(65_537)), "it is longer than 65536 bytes"],
  ];
  for (const [name, path, state] of cases) {
    await t.step(name, async () => {
      const error = await assertRejects(() => KeyFile.open(path), RangeError, state);
      assertStringIncludes(error.message, `Cannot use the key file ${path}: `);
      assert(!error.message.includes("\n"));
    });
  }
});

test("KeyFile takes over a changed file, without a restart", async (folder) => {
  const path = write(`${folder}/key`, textOf(ringOf()));
  const keys = await KeyFile.open(path);
  const log = fakeLog();
  await keys.refresh(log);
  assertEquals(keys.ring, ringOf());
  write(path, textOf(ringOf(keyOf(1), keyOf(2))));
  await keys.refresh(log);
  await keys.refresh(log);
  assertEquals(keys.ring, ringOf(keyOf(1), keyOf(2)));
  assertEquals(log.lines, [`info Reloaded keys 1, 2 from ${path}`]);
});

test("KeyFile follows links that are changed, as those of Kubernetes are", async (folder) => {
  for (const [name, ring] of [["..1", ringOf()], ["..2", ringOf(keyOf(2))]] as const) {
    await Deno.mkdir(`${folder}/${name}`);
    write(`${folder}/${name}/key`, textOf(ring));
  }
  await Deno.symlink("..1", `${folder}/..data`);
  await Deno.symlink("..data/key", `${folder}/key`);
  const keys = await KeyFile.open(`${folder}/key`);
  await Deno.symlink("..2", `${folder}/..new`);
  await Deno.rename(`${folder}/..new`, `${folder}/..data`);
  await keys.refresh(fakeLog());
  assertEquals(keys.ring, ringOf(keyOf(2)));
});

test("KeyFile looks at its file every five seconds until it is stopped", async (folder) => {
  const path = write(`${folder}/key`, textOf(ringOf()));
  const keys = await KeyFile.open(path);
  const log = fakeLog();
  const stop = new AbortController();
  const timers = fakeTimers(() => {
    keys.watch(log, stop.signal);
    stop.abort();
  });
  write(path, textOf(ringOf(keyOf(5))));
  await timers.begun[0]!.action();
  assertEquals(log.lines, [`info Reloaded keys 5 from ${path}`]);
  assertEquals([timers.begun.map(({ delay }) => delay), timers.ended], [[5_000], [1]]);
});

/** The intervals that an action begins and ends, none of which goes off. */
function fakeTimers(act: () => void) {
  const { setInterval, clearInterval } = globalThis;
  const begun: { action: () => unknown; delay: number }[] = [];
  const ended: unknown[] = [];
  try {
    Object.assign(globalThis, {
      setInterval: (action: () => unknown, delay: number) => begun.push({ action, delay }),
      clearInterval: (id: unknown) => ended.push(id),
    });
    act();
  } finally {
    Object.assign(globalThis, { setInterval, clearInterval });
  }
  return { begun, ended };
}

test("KeyFile keeps its keys when the file goes bad, and says so once", async (folder) => {
  const path = write(`${folder}/key`, textOf(ringOf()));
  const keys = await KeyFile.open(path);
  const log = fakeLog();
  const look = async () => {
    await keys.refresh(log);
    return keys.ring;
  };
  await Deno.chmod(path, 0o644);
  assertEquals([await look(), await look()], [ringOf(), ringOf()]);
  await Deno.remove(path);
  assertEquals([await look(), await look()], [ringOf(), ringOf()]);
  makePipe(path);
  assertEquals([await look(), await look()], [ringOf(), ringOf()]);
  await Deno.remove(path);
  write(path, textOf(ringOf(keyOf(3))));
  assertEquals(await look(), ringOf(keyOf(3)));
  assertEquals(log.lines.map((line) => line.replaceAll(path, "FILE")), [
    "warn Cannot use the key file FILE: others may read or write it; chmod 600 it; keeping the previous keys",
    "warn Cannot use the key file FILE: no such file; keeping the previous keys",
    "warn Cannot use the key file FILE: not a regular file; keeping the previous keys",
    "info Reloaded keys 3 from FILE",
  ]);
});

test("runKeygen() makes files for their owner alone, and overwrites none", async (folder) => {
  const [fleet, own] = [`${folder}/fleet`, `${folder}/own`];
  assertEquals(await runCommand(fleet), `Made the key file ${fleet}`);
  assertEquals((await Deno.stat(fleet)).mode! & 0o777, 0o600);
  const before = await Deno.readTextFile(fleet);
  await assertRejects(() => runCommand(fleet), RangeError, "already exists; not overwriting");
  assertEquals(await Deno.readTextFile(fleet), before);
  await runCommand("--agent", idOf(1), "--key-file", fleet, own);
  assertEquals((await KeyFile.open(own)).ring.get(1)!.agent, idOf(1));
  await assertRejects(() => runCommand(`${folder}/no/such`), RangeError, "no such folder");
});

test("withKeys() reads the file that is named", async (folder) => {
  const path = write(`${folder}/key`, textOf(ringOf()));
  assertEquals((await withKeys({ "key-file": path })).keys!.path, path);
  assertEquals((await withKeys({ "key-file": null })).keys, null);
});

const noRing = () => {
  throw new Error("no file is to be read");
};

Deno.test("keygen() makes a key of the fleet", async () => {
  const wanted = readKeygen(["fleet.key"]);
  assertEquals(wanted.path, "fleet.key");
  assertEquals(parseKeyring(await keygen(wanted, noRing, keyOf(1).secret)), ringOf(keyOf(1)));
});

Deno.test("keygen() makes another key each time", async () => {
  const wanted = readKeygen(["a"]);
  assertNotEquals(await keygen(wanted, noRing), await keygen(wanted, noRing));
});

Deno.test("keygen() numbers the key, and prints it for -", async () => {
  const wanted = readKeygen(["--key-id", "9", "-"]);
  assertEquals(wanted.path, null);
  assertEquals(parseKeyring(await keygen(wanted, noRing, keyOf(9).secret)), ringOf(keyOf(9)));
});

Deno.test("keygen() makes an agent's keys from the fleet's", async () => {
  const ring = ringOf(keyOf(1), keyOf(2));
  const wanted = readKeygen(["--agent", idOf(1), "--key-file", "fleet", "own"]);
  const text = await keygen(wanted, (path) => {
    assertEquals(path, "fleet");
    return Promise.resolve(ring);
  });
  assertEquals(parseKeyring(text), ringOfAgent(ring, idOf(1)));
  assertStringIncludes(text, idOf(1));
});

Deno.test("readKeygen() refuses what makes no sense", async (t) => {
  const cases: [readonly string[], string][] = [
    [[], "name the new file last"],
    [["--key-id", "1", "--agent"], "name the new file last"],
    [["--key-id", "256", "f"], "Cannot use --key-id"],
    [["--agent", "web-01", "--key-file", "k", "f"], "Cannot use --agent"],
    [["--agent", idOf(1), "f"], "it needs both --agent and --key-file"],
    [["--key-file", "k", "f"], "it needs both --agent and --key-file"],
    [["--agent", idOf(1), "--key-file", "k", "--key-id", "2", "f"], "Cannot use --key-id"],
    [["one", "two"], "only options are expected"],
    [["--agentt", idOf(1), "f"], "did you mean --agent?"],
  ];
  for (const [argv, message] of cases) {
    await t.step(argv.join(" ") || "nothing", () => {
      assertThrows(() => readKeygen(argv), RangeError, message);
    });
  }
});

Deno.test("keygen() refuses a file without a key of a fleet", async () => {
  const ring = ringOf(keyOf(1, { agent: idOf(2) }));
  const wanted = readKeygen(["--agent", idOf(1), "--key-file", "k", "f"]);
  const making = () => keygen(wanted, () => Promise.resolve(ring));
  await assertRejects(making, RangeError, "holds no key of a fleet");
});
