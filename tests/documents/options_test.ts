/** Every option, variable, range and port that a document names is the program's. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { agentUsage, readAgentOptions } from "../../lib/agent/options.ts";
import { variableOf } from "../../lib/common/option_reader.ts";
import { DEFAULT_PORT } from "../../lib/message/message.ts";
import { describeOptions } from "../../lib/common/usage.ts";
import { KEYGEN } from "../../lib/sealed/key_file.ts";
import { readServerOptions } from "../../lib/server/options.ts";
import { WEB_DEFAULT } from "../../lib/server/page_options.ts";
import { SERVER_USAGE } from "../../lib/server/program.ts";
import { withOptions } from "../../tools/documents.ts";
import { SWARM_USAGE } from "../../tools/swarm_options.ts";
import { codeOf, commandsOf, DOCUMENTS, readDocument, test } from "./documents.ts";

const README = readDocument("README.md");
const PROGRAMS = [
  { name: "pulso-agent", usage: agentUsage(), read: readAgentOptions },
  { name: "pulso-server", usage: SERVER_USAGE, read: readServerOptions },
] as const;
/** Of tools, whose tables nobody can import, and of other programs. */
const OTHER_OPTIONS = [
  // deno task bench:store
  "past",
  ...[
    "agents",
    "config",
    "jsr",
    "keep",
    "kernel-drops",
    "minutes",
    "pause",
    "seed",
    "seeds",
    "target",
  ],
  ...["allow-all", "allow-env", "allow-net", "allow-read", "allow-run", "allow-sys", "allow-write"],
  ...["add-port", "allow-downgrades", "cap-add", "no-prompt", "permanent", "uninstall", "v8-flags"],
];

/** The lines of a usage text that list options. */
function optionLines(usage: string): readonly string[] {
  return usage.split("\n").filter((line) => line.startsWith("  --")).map((line) => line.slice(2));
}

function optionNames(usage: string): readonly string[] {
  return optionLines(usage).map((line) => /^--([\w-]+)/.exec(line)![1]!);
}

test("README lists the options as --help prints them: deno task documents", () => {
  for (const { name } of PROGRAMS) assert(README.includes(`<!-- ${name} --help -->`), name);
  assertEquals(README, withOptions(README));
});

test("--help tells the range of every option that has one", () => {
  for (const { usage, read } of PROGRAMS) {
    for (const line of optionLines(usage).filter((line) => /^--\S+ [A-Z]/.test(line))) {
      const option = line.split(" ")[0]!;
      const range = rangeOf(() => read([`${option}=0`], () => undefined));
      if (range !== null) assert(line.includes(range), `${line}: ${range}`);
    }
  }
});

/** What some options mean nothing without. */
const NEEDED: Readonly<Record<string, readonly string[]>> = {
  bus: ["--site", "berlin"],
  follow: ["--listen", "off"],
  front: ["--listen", "off"],
};

test("what a refusal suggests is taken", async (t) => {
  for (const { name, usage, read } of PROGRAMS) {
    for (const option of optionNames(usage)) {
      await t.step(`${name} --${option}`, () => {
        for (const wrong of ["5", "x", "-", "=", "0", "/", "1.2.3.4.5"]) {
          for (const example of examplesIn(() => read([`--${option}=${wrong}`], () => undefined))) {
            read([`--${option}=${example}`, ...NEEDED[option] ?? []], () => undefined);
          }
        }
      });
    }
  }
});

/** What stands behind `such as` in a refusal, and the two ends of a range. */
function examplesIn(read: () => unknown): readonly string[] {
  try {
    read();
    return [];
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const { message } = error;
    const examples = /such as (\S+?)(?: or (\S+?))?[,:]?(?: |$)/.exec(message)?.slice(1) ?? [];
    const range = /from (\S+) to (\S+)$/.exec(message)?.slice(1) ?? [];
    return [...examples, ...range].filter((text) => text !== undefined);
  }
}

/** The range that a refusal tells, such as `1m to 24h`; `null` where it tells none, or no end. */
function rangeOf(read: () => unknown): string | null {
  try {
    read();
    return null;
  } catch (error) {
    const [, range, most] = /from (\S+ to (\S+))$/.exec((error as Error).message) ?? [];
    return range === undefined || Number(most) === Number.MAX_SAFE_INTEGER ? null : range;
  }
}

test("they name no option that there is not", () => {
  const known = new Set([
    ...[...PROGRAMS.map(({ usage }) => usage), describeOptions(KEYGEN.options), SWARM_USAGE]
      .flatMap(optionNames),
    ...OTHER_OPTIONS,
  ]);
  const named = DOCUMENTS.filter((path) => !path.endsWith("BENCHMARKS.md")).flatMap((path) => {
    const text = readDocument(path);
    const codes = [...codeOf(text), ...commandsOf(text)].join("\n");
    return Array.from(codes.matchAll(/(?<![\w-])--([a-z][\w-]*)/g), ([, name]) => [path, name!]);
  });
  assert(named.length > 100);
  assertEquals(named.filter(([, name]) => !known.has(name!)), []);
});

test("they name no environment variable that there is not", () => {
  // Secrets of destinations are named by the user.
  const known = new Set([
    ...PROGRAMS.flatMap(({ usage }) => optionNames(usage)).map(variableOf),
    "PULSO_CHAT_TOKEN",
  ]);
  const named = DOCUMENTS.flatMap((path) =>
    Array.from(readDocument(path).matchAll(/\bPULSO_(?!\*)\w+/g), ([name]) => name)
  );
  assert(named.length > 1);
  assertEquals(named.filter((name) => !known.has(name)), []);
});

test("variables of several values are read as README says", () => {
  const [, name, value] = /`(PULSO_\w+)=([^`]*,[^`]*)`/.exec(README)!;
  const { server } = readAgentOptions([], (asked) => asked === name ? value : undefined);
  assertEquals(server.map(({ hostname }) => hostname), ["a.example", "b.example"]);
  assertThrows(() => readAgentOptions(["--server", value!], () => undefined), RangeError);
});

/** Those of Prometheus, VictoriaMetrics and mail servers. */
const PORTS_OF_OTHERS = [9_090, 8_428, 25, 587, 4_222, 6_222, 7_422];

test("they name the ports that the programs use", () => {
  assert(README.includes(`UDP port ${DEFAULT_PORT}`));
  assert(README.includes(`<http://${WEB_DEFAULT.hostname}:${WEB_DEFAULT.port}/>`));
  const known = [DEFAULT_PORT, WEB_DEFAULT.port, ...PORTS_OF_OTHERS];
  const place = /(?:127\.0\.0\.1|0\.0\.0\.0|192\.0\.2\.1|\[::1?\]|\.example):(\d+)/g;
  for (const path of DOCUMENTS) {
    const ports = Array.from(readDocument(path).matchAll(place), ([, port]) => Number(port));
    assertEquals(ports.filter((port) => !known.includes(port)), [], path);
  }
});
