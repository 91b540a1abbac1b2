import { assertEquals } from "@std/assert";
import { flag, type OptionTable, readOptions } from "../../lib/common/option_reader.ts";
import {
  findUnheeded,
  idleSettings,
  misspelt,
  type OptionSet,
  unseenBy,
} from "../../lib/common/unheeded.ts";
import { agentOptions } from "../../lib/agent/options.ts";
import { SERVER_OPTIONS } from "../../lib/server/program.ts";
import { inFolder } from "../files.ts";

const option = { placeholder: "X", fallback: null, help: "", read: String };
const TABLE: OptionTable = { listen: option, "key-file": option, to: option, quiet: flag("") };
const OPTIONS: OptionSet<ReturnType<typeof readOptions<typeof TABLE>>> = {
  table: TABLE,
  read: (argv, environment) => readOptions(TABLE, argv, environment),
  idle: [{
    names: ["listen", "quiet"],
    when: (options) => options.to === null,
    reason: "it needs --to",
  }],
};
const KNOWN = [
  ...["PULSO_LISTEN", "PULSO_KEY_FILE", "PULSO_TO", "PULSO_QUIET"],
  ...["PULSO_LOG_LEVEL", "PULSO_LOG_FORMAT"],
];

const environmentOf = (variables: Readonly<Record<string, string>>) => (name: string) =>
  variables[name];

Deno.test("misspelt() finds slips of the hand, and words that are left out", async (t) => {
  const cases: [set: string, meant: string | null][] = [
    ["PULSO_LISTN", "PULSO_LISTEN"],
    ["PULSO_LISTENS", "PULSO_LISTEN"],
    ["PULSO_LSITEN", "PULSO_LISTEN"],
    ["PULSO_LISTON", "PULSO_LISTEN"],
    ["PULSO_LISXTEN", "PULSO_LISTEN"],
    ["PULSO_LISSTEN", "PULSO_LISTEN"],
    ["PULSO_KEYFILE", "PULSO_KEY_FILE"],
    ["PULSO_LOG", "PULSO_LOG_LEVEL or PULSO_LOG_FORMAT"],
    ["PULSO_KEY", "PULSO_KEY_FILE"],
    ["PULSO_FILE", "PULSO_KEY_FILE"],
    ["PULSO_KEY_FILE", null],
    ["PULSO_SOMETHING_ELSE", null],
  ];
  for (const [set, meant] of cases) {
    await t.step(set, () => {
      const said = [set, meant!] as const;
      const find = (value: string, isThorough: boolean) =>
        misspelt(KNOWN, environmentOf({ [set]: value }), isThorough);
      assertEquals(find("1", true), meant === null ? [] : [said]);
      assertEquals(find("1", false), meant === null || /LISTON|LISXTEN/.test(set) ? [] : [said]);
      assertEquals(find("", true), []);
    });
  }
});

Deno.test("misspelt() takes no option of one program for one of its own", () => {
  const known = (options: OptionSet<never>) =>
    Object.keys(options.table).map((name) => `PULSO_${name.toUpperCase().replaceAll("-", "_")}`);
  const [agent, server] = [agentOptions(), SERVER_OPTIONS].map((options) =>
    known(options as never)
  );
  for (const [own, other] of [[agent!, server!], [server!, agent!]]) {
    const environment = (name: string) => other!.includes(name) ? "1" : undefined;
    assertEquals(misspelt(own!, environment, true), []);
  }
});

Deno.test("idleSettings() tells what is set and does nothing, and where", () => {
  const idle = (argv: readonly string[], variables = {}) =>
    idleSettings(OPTIONS, argv, environmentOf(variables));
  assertEquals(idle([]), []);
  assertEquals(idle(["--listen", "x", "--to", "y"]), []);
  assertEquals(idle(["--listen", "x"], { PULSO_QUIET: "yes" }), [
    "--listen has no effect: it needs --to",
    "PULSO_QUIET has no effect: it needs --to",
  ]);
});

Deno.test("the programs say which of their options do nothing", async (t) => {
  const cases: [argv: string[], said: string[]][] = [
    [["--keep", "1m=1d,1h=1d"], ["--keep has no effect: it needs --data"]],
    [["--keep-size", "1G", "--data", "x"], []],
    [["--record-keep", "1G"], ["--record-keep has no effect: it needs --record"]],
    [["--remote-write-interval", "1m"], [
      "--remote-write-interval has no effect: it needs --remote-write",
    ]],
    [["--remote-write-interval", "1m", "--remote-write", "http://m.example/write"], []],
    [["--speed", "2"], ["--speed has no effect: it needs --replay"]],
    [["--web", "off", "--web-open"], ["--web-open has no effect: the page is off (--web off)"]],
    [["--replay", "x", "--listen", "[::]:1"], [
      "--listen has no effect: a record is played (--replay)",
    ]],
    [["--web-open", "--max-hosts", "5", "--replay", "x", "--to", "2026-11-26T13:05Z"], []],
  ];
  for (const [argv, said] of cases) {
    await t.step(argv.join(" "), () => {
      assertEquals(idleSettings(SERVER_OPTIONS, argv, () => undefined), said);
    });
  }
  await t.step("--metrics cpu --disks sda", () => {
    const argv = ["--metrics", "cpu", "--disks", "sda"];
    assertEquals(idleSettings(agentOptions(), argv, () => undefined), [
      "--disks has no effect: disk is not among --metrics",
    ]);
  });
});

Deno.test({
  name: "findUnheeded() reads the file of the service (needs --allow-read, -write, -env)",
  ignore: (["read", "write", "env"] as const).some((name) =>
    Deno.permissions.querySync({ name }).state !== "granted"
  ),
  fn: () =>
    inFolder(async (folder) => {
      const file = `${folder}/x.env`;
      const find = (variables = {}, argv: readonly string[] = []) =>
        findUnheeded({ ...OPTIONS, file }, argv, environmentOf(variables));
      const nothing = { mayRead: true, vain: [], file, unseen: [] };
      assertEquals(await find(), nothing);
      await Deno.writeTextFile(
        file,
        "# PULSO_KEY_FILE=1\nPULSO_LISTEN=2\nPULSO_TO=\nPULSO_KEYFILE=5\nPULSO_CHAT_TOKEN=6\nOTHER=3\n",
      );
      const vain = [
        `${file} sets PULSO_KEYFILE, and there is no such option; did you mean PULSO_KEY_FILE?`,
      ];
      const found = await find();
      assertEquals(found, { ...nothing, vain, unseen: ["PULSO_LISTEN"] });
      assertEquals(unseenBy("x doctor", found), {
        text: `${file} sets PULSO_LISTEN for the service, and not for this command`,
        advice: `(set -a; . ${file}; x doctor)`,
      });
      const seen = await find({ PULSO_LISTEN: "3", PULSO_TO: "4" });
      assertEquals(seen, { ...nothing, vain });
      assertEquals(unseenBy("x doctor", seen), null);
      assertEquals(
        (await find({}, ["--allow-net"])).vain[0]!.slice(0, 33),
        "--allow-net has no effect: an exe",
      );
    }),
});
