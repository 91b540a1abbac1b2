import { assert, assertEquals } from "@std/assert";
import { ExtraSampler, parseExtra } from "../../lib/sampler/extra.ts";
import { Timeout } from "../../lib/common/timeout.ts";
import type { Message } from "../../lib/message/message.ts";
import { inFolder } from "../files.ts";
import { MAY_RUN, programOf, Running } from "../processes.ts";
import { FailureNotes, type Sampler } from "../../lib/sampler/sample.ts";

const MAY_WRITE = (["read", "write"] as const)
  .every((name) => Deno.permissions.querySync({ name }).state === "granted");

function parse(...texts: readonly string[]) {
  const notes = new FailureNotes();
  const files = texts.map((text, at) => [`file${at}`, text] as const);
  const extra = parseExtra(new Map(files), notes);
  return { extra, failures: Object.fromEntries(notes.all) };
}

Deno.test("parseExtra() reads lines of a name and a number", async (t) => {
  const cases: [string, string, Record<string, number>][] = [
    ["a line", "backup_age_hours 9.25\n", { backup_age_hours: 9.25 }],
    ["no end of line", "a 1", { a: 1 }],
    ["several, blanks and comments", "# HELP a x\na 1\n\n  b\t-2e3 \r\n", { a: 1, b: -2_000 }],
    ["a name of several words", 'age of "db" in h 3', { 'age of "db" in h': 3 }],
    ["a name that objects have", "__proto__ 1\nconstructor 2", {
      ["__proto__"]: 1,
      constructor: 2,
    }],
    ["all forms of numbers", "a +1\nb .5\nc 5.\nd 1E-3\ne -0.5", {
      ...{ a: 1, b: 0.5, c: 5, d: 0.001, e: -0.5 },
    }],
    ["nothing", "\n", {}],
  ];
  for (const [name, text, expected] of cases) {
    await t.step(name, () => assertEquals(parse(text), { extra: expected, failures: {} }));
  }
});

Deno.test("parseExtra() notes a bad line, and the others stay", async (t) => {
  const none = "it is not a name and a number";
  const cases: [string, string, string][] = [
    ["no number", "b", none],
    ["a number alone", "7", none],
    ["a word", "b many", none],
    ["not a number", "b NaN", none],
    ["beyond all numbers", "b 1e999", none],
    ["hexadecimal", "b 0x10", none],
    ["a unit", "b 7%", none],
    ["a long name", `${"n".repeat(65)} 1`, "its name is longer than 64 characters"],
    ["a control character", "b\x1b[2J 1", "its name is not plain text"],
    ["a name that is there", "a 2", "a is there already"],
  ];
  for (const [name, line, reason] of cases) {
    await t.step(name, () => {
      assertEquals(parse(`a 1\n${line}\nc 3\n`), {
        extra: { a: 1, c: 3 },
        failures: { "line 2 of file0": reason },
      });
    });
  }
  await t.step("a name of 64 characters is good", () => {
    assertEquals(Object.keys(parse(`${"n".repeat(64)} 1`).extra), ["n".repeat(64)]);
  });
});

Deno.test("parseExtra() takes 16 numbers and 400 bytes at most", async (t) => {
  const lines = (count: number, name: (n: number) => string) =>
    Array.from({ length: count }, (_, n) => `${name(n)} ${n}`).join("\n");
  const noRoom = "no room for it: 16 numbers, 400 bytes at most";
  await t.step("16 of 17", () => {
    const { extra, failures } = parse(lines(10, (n) => `a${n}`), lines(7, (n) => `b${n}`));
    assertEquals(Object.keys(extra).length, 16);
    assertEquals(failures, { "line 7 of file1": noRoom });
  });
  await t.step("400 bytes, and not one more; a shorter one still fits", () => {
    const names = ["a", "b", "c", "d", "e"].map((letter) => letter.repeat(64));
    // {"a…":1,…} of five: 2 + 5 × 68 + 4 = 346; the sixth fills it.
    const fill = 400 - 346 - 5;
    const text = (length: number) => [...names, "f".repeat(length)].map((n) => `${n} 1`).join("\n");
    assertEquals(Object.keys(parse(text(fill)).extra).length, 6);
    assertEquals(JSON.stringify(parse(text(fill)).extra).length, 400);
    const { extra, failures } = parse(`${text(fill + 1)}\ng 1`);
    assertEquals(Object.keys(extra).map((name) => name[0]).join(""), "abcdeg");
    assertEquals(failures, { "line 6 of file0": noRoom });
  });
});

Deno.test("parseExtra() notes no more than eight lines of a file", () => {
  const { extra, failures } = parse("a 1\n" + "bad\n".repeat(1_000), "b 2\nbad\n");
  assertEquals(extra, { a: 1, b: 2 });
  assertEquals(Object.keys(failures).length, 9);
});

const OTHER: Sampler = {
  prime: () => Promise.resolve({}),
  sample: () =>
    Promise.resolve({ metrics: { memory: null }, failures: new Map([["memory", "gone"]]) }),
  explain: () => Promise.resolve([]),
};

Deno.test({
  name: "ExtraSampler adds what the files of a directory say (needs --allow-read --allow-write)",
  ignore: !MAY_WRITE,
  async fn(t) {
    const folder = await Deno.makeTempDir();
    try {
      const sampler = new ExtraSampler(OTHER, folder);
      await t.step("nothing, beside the other sample", async () => {
        assertEquals(await sampler.sample(), {
          metrics: { memory: null },
          failures: new Map([["memory", "gone"]]),
        });
      });
      await Deno.writeTextFile(`${folder}/backup`, "age 5\nbad\n");
      await Deno.writeTextFile(`${folder}/.backup.new`, "age 6\n");
      await Deno.writeTextFile(`${folder}/long`, "x 1\n".repeat(20_000));
      await Deno.mkdir(`${folder}/folder`);
      await Deno.symlink("backup", `${folder}/link`);
      await Deno.symlink("nowhere", `${folder}/dead`);
      await Deno.symlink("/dev/zero", `${folder}/zero`);
      await t.step("regular files, and what is wrong with others", async () => {
        const { extra, failures } = await sampler.sample();
        assertEquals(extra, { age: 5 });
        const file = "it is not a regular file of at most 65536 bytes";
        assertEquals(Object.fromEntries(failures), {
          memory: "gone",
          long: file,
          zero: file,
          "line 2 of backup": "it is not a name and a number",
          "line 1 of link": "age is there already",
          "line 2 of link": "it is not a name and a number",
        });
      });
      await t.step("what was written since", async () => {
        await Deno.rename(`${folder}/.backup.new`, `${folder}/backup`);
        assertEquals((await sampler.sample()).extra, { age: 6 });
      });
      await t.step("no directory", async () => {
        await Deno.remove(folder, { recursive: true });
        const { extra, failures } = await sampler.sample();
        assertEquals(extra, undefined);
        assert(failures.get("custom metrics")?.includes(folder));
      });
    } finally {
      await Deno.remove(folder, { recursive: true }).catch(() => {});
    }
  },
});

Deno.test("ExtraSampler goes on without a directory that gives no answer", async () => {
  const sampler = new ExtraSampler(OTHER, "/dead", () => new Promise(() => {}), new Timeout(1));
  const { extra, failures } = await sampler.sample();
  assertEquals([extra, failures.get("custom metrics")], [
    undefined,
    "Cannot read /dead: no answer",
  ]);
});

Deno.test({
  name: "the agent sends numbers of --extra, and names a bad line once (needs --allow-all)",
  ignore: !MAY_RUN || !MAY_WRITE || Deno.build.os !== "linux",
  async fn() {
    await inFolder(async (folder) => {
      await Deno.writeTextFile(
        `${folder}/backup`,
        "backup_age_hours 9.25\nfailed\nfailed_units 0\n",
      );
      await using agent = new Running(programOf("agent"), [
        ...["--print", "--interval", "100ms", "--metrics", "cpu", "--extra", folder],
      ]);
      const find = async (wanted: RegExp): Promise<Message> =>
        JSON.parse(await agent.stdout.find((line) => wanted.test(line), `${wanted}`));
      const { extra, cpu } = await find(/"seq":3,/);
      assertEquals(extra, { backup_age_hours: 9.25, failed_units: 0 });
      assert(cpu !== null && cpu !== undefined);
      await Deno.writeTextFile(`${folder}/backup`, "backup_age_hours 0.5\n");
      assertEquals((await find(/"backup_age_hours":0.5/)).extra, { backup_age_hours: 0.5 });
      assertEquals(await agent.stop(), 0);
      const told = agent.stderr.all.filter((line) => /line 2/.test(line));
      assertEquals(told.length, 2, agent.stderr.text);
      assert(
        told[0]!.includes("Cannot sample line 2 of backup: it is not a name and a number") &&
          told[1]!.includes("Sampling line 2 of backup again"),
        agent.stderr.text,
      );
    });
  },
});
