import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { agentUsage, readAgentOptions } from "../../lib/agent/options.ts";
import { readDestination, readGroups, readIdentifier, readName } from "../../lib/agent/values.ts";
import { table } from "../readers.ts";
import { readPatterns } from "../../lib/sampler/decision.ts";
import { VERSION } from "../../lib/common/options.ts";

const nothing = () => undefined;
const agent = (...argv: string[]) => readAgentOptions(argv, nothing);
const at = (hostname: string, port: number) => ({ hostname, port });

const COMMON = {
  "key-file": null,
  "log-level": "info",
  "log-format": "text",
  version: false,
  help: false,
};

Deno.test("readAgentOptions() has the agent's defaults", () => {
  assertEquals(agent(), {
    server: [at("127.0.0.1", 5005)],
    interval: 5_000,
    metrics: ["cpu", "memory", "disk", "network", "system", "pressure", "sensors"],
    name: null,
    id: null,
    tag: [],
    procfs: "/proc",
    sysfs: null,
    extra: null,
    interfaces: null,
    disks: null,
    source: null,
    "max-datagram": null,
    print: false,
    explain: false,
    count: null,
    ...COMMON,
  } as ReturnType<typeof agent>);
});

Deno.test("readAgentOptions() reads every option", () => {
  const argv = [
    ...["--server", "a:1", "--server=[::1]:2", "--interval", "100ms", "--metrics", "disk,cpu"],
    ...[
      "--name",
      "web 1",
      "--id",
      "x-1",
      "--procfs",
      "/host/proc",
      "--source",
      "systeminformation",
    ],
    ...[
      "--sysfs",
      "/host/sys",
      "--extra",
      "/run/x",
      "--interfaces",
      "eth*,!eth1",
      "--disks=!sd?",
      "--explain",
    ],
    ...["--tag", "role=db", "--tag=site=New York=1"],
    ...[
      "--max-datagram",
      "1232",
      "--print",
      "--count",
      "3",
      "--log-level",
      "debug",
      "--log-format",
      "json",
      "--version",
      "-h",
    ],
  ];
  const expected = {
    server: [at("a", 1), at("::1", 2)],
    interval: 100,
    metrics: ["cpu", "disk"],
    name: "web 1",
    id: "x-1",
    tag: [["role", "db"], ["site", "New York=1"]],
    procfs: "/host/proc",
    sysfs: "/host/sys",
    extra: "/run/x",
    interfaces: readPatterns("eth*,!eth1"),
    disks: readPatterns("!sd?"),
    source: "systeminformation",
    "max-datagram": 1_232,
    print: true,
    explain: true,
    count: 3,
    "key-file": null,
    "log-level": "debug",
    "log-format": "json",
    version: true,
    help: true,
  } as ReturnType<typeof agent>;
  assertEquals(agent(...argv), expected);
  const variables: Record<string, string> = {
    PULSO_SERVER: "a:1,[::1]:2",
    PULSO_INTERVAL: "100ms",
    PULSO_METRICS: "disk,cpu",
    PULSO_NAME: "web 1",
    PULSO_ID: "x-1",
    PULSO_TAG: "role=db, site=New York=1",
    PULSO_PROCFS: "/host/proc",
    PULSO_SYSFS: "/host/sys",
    PULSO_EXTRA: "/run/x",
    PULSO_INTERFACES: "eth*,!eth1",
    PULSO_DISKS: "!sd?",
    PULSO_EXPLAIN: "true",
    PULSO_SOURCE: "systeminformation",
    PULSO_MAX_DATAGRAM: "1232",
    PULSO_PRINT: "true",
    PULSO_COUNT: "3",
    PULSO_LOG_LEVEL: "debug",
    PULSO_LOG_FORMAT: "json",
    PULSO_VERSION: "1",
    PULSO_HELP: "1",
  };
  assertEquals(readAgentOptions([], (name) => variables[name]), expected);
});

Deno.test("readAgentOptions() refuses with one line", async (t) => {
  const cases: [string[], string][] = [
    [["--server", "a:0"], 'Cannot use --server "a:0": nothing can be sent to port 0'],
    [["--server", "::1"], 'Cannot use --server "::1": it must be HOST:PORT'],
    [["--server"], "Cannot use --server: it needs a value, HOST:PORT"],
    [["--interval", "99ms"], "it must be from 100ms to 1h"],
    [["--interval", "5"], "it must be a number and ms, s, m or h"],
    [["--metrics", "gpu"], "it must be one of cpu, memory, disk, network"],
    [
      ["--metrics", "cpu,mem"],
      "cpu, memory, disk, network, system, pressure, sensors; did you mean memory?",
    ],
    [["--name="], "Cannot use --name: it needs a value"],
    [["--name", ""], "Cannot use --name: it needs a value, NAME"],
    [["--print=maybe"], 'Cannot use --print "maybe": it must be true, false, yes, no, 1 or 0'],
    [["--id", "a b"], 'Cannot use --id "a b"'],
    [["--tag", "role"], 'Cannot use --tag "role": it must be KEY=VALUE, such as role=db'],
    [["--tag", "Role=db"], 'Cannot use --tag "Role=db": its key must be up to 32 of a-z, 0-9'],
    [["--tag", "=db"], "its key must be"],
    [["--tag", "1=db"], "the first a-z or _"],
    [["--tag", `${"k".repeat(33)}=db`], "its key must be up to 32"],
    [["--tag", "role="], "its value must not be blank"],
    [["--tag", "role= "], "its value must not be blank"],
    [["--tag", `role=${"x".repeat(65)}`], "its value must have at most 64 characters"],
    [["--tag", "role=a\u202eb"], "its value must not hold control, zero-width or bidirectional"],
    [["--tag", "role=a\nb"], "its value must not hold control"],
    [["--tag", "a=1", "--tag", "b=2", "--tag", "a=3"], "Cannot use --tag a: it is given twice"],
    [
      [..."abcdefghi"].flatMap((key) => ["--tag", `${key}=1`]),
      "Cannot use --tag more than 8 times",
    ],
    [["--source", "wmi"], "it must be one of procfs, systeminformation"],
    [["--max-datagram", "507"], "it must be a whole number from 508 to 8192"],
    [["--max-datagram", "8193"], "it must be a whole number from 508 to 8192"],
    [["--interfaces", "eth[0"], 'Cannot use --interfaces "eth[0": the pattern eth[0 ends within'],
    [["--disks", "!"], 'Cannot use --disks "!": a pattern must not be empty'],
    [["--interfaces="], "Cannot use --interfaces: it needs a value, GLOBS"],
    [["--count", "0"], "it must be a whole number from 1 to"],
    [["--count", "3", "4"], 'Cannot use the argument "4"'],
    [["--key-file="], "Cannot use --key-file: it needs a value, FILE"],
    [
      ["--key-file", "k", "--id", "web-01"],
      "Cannot use --id web-01 with --key-file: it must",
    ],
    [["--log-level", "trace"], "it must be one of debug, info, warn, error"],
    [["--listen", "a:1"], 'Cannot use the option "--listen"'],
    [["--intervall", "5s"], "did you mean --interval?"],
    [["--no-print"], "did you mean --print=no?"],
  ];
  for (const [argv, text] of cases) {
    await t.step(argv.join(" "), () => {
      const { message } = assertThrows(() => agent(...argv), RangeError, text);
      assert(!message.includes("\n"), message);
    });
  }
});

Deno.test("readAgentOptions() of an agent made for one server knows it, and takes no other", async (t) => {
  const made = (argv: readonly string[], server: string | null, variable?: string) =>
    readAgentOptions(argv, (name) => name === "PULSO_SERVER" ? variable : undefined, server).server;
  assertEquals(made([], "monitor.example"), [at("monitor.example", 5005)]);
  assertEquals(made(["--server", "localhost"], "localhost:5005"), [at("127.0.0.1", 5005)]);
  assertStringIncludes(agentUsage("monitor.example:6"), "else (default: monitor.example:6)\n");
  const told = ["--server", "other:5005"] as const;
  const cases: [place: string, argv: readonly string[], variable?: string][] = [
    ["--server", told],
    ["--server", ["--server", "a:1", ...told]],
    ["PULSO_SERVER", [], "other:5005"],
  ];
  for (const [place, argv, variable] of cases) {
    await t.step([place, ...argv].join(" "), () => {
      const text =
        `Cannot use ${place} "other:5005": this executable was made for a:1 and can send`;
      assertThrows(() => made(argv, "a:1", variable), RangeError, text);
    });
  }
});

Deno.test("agentUsage() names every option in lines of at most 100 columns", () => {
  const usage = agentUsage();
  for (const name of Object.keys(agent())) assertStringIncludes(usage, `\n  --${name} `);
  for (const line of usage.split("\n")) assert(line.length <= 100, `${line.length}: ${line}`);
  assertStringIncludes(usage, VERSION);
});

table(
  "readDestination() is an address to send to",
  readDestination,
  [["host", at("host", 5005)], ["localhost:7", at("127.0.0.1", 7)]],
  ["host:0"],
  "nothing can be sent to port 0",
);

table(
  "readGroups() reads groups into their usual order",
  readGroups,
  [
    ["cpu", ["cpu"]],
    ["network,cpu", ["cpu", "network"]],
    ["disk, memory ,disk", ["memory", "disk"]],
    ["cpu,memory,disk,network", ["cpu", "memory", "disk", "network"]],
  ],
  ["", "gpu", "cpu,", "cpu;disk", "CPU"],
  "it must be one of cpu, memory, disk, network, system",
);

table(
  "readName() takes what a message may carry",
  readName,
  [["web-01", "web-01"], ["Büro 2", "Büro 2"], ["x".repeat(253), "x".repeat(253)]],
  ["x".repeat(254), "a\nb", "\u202egpj", "\u001b[2J", "\ud800"],
  "it must",
);

table(
  "readIdentifier() takes what a message may carry",
  readIdentifier,
  [["a", "a"], ["A-z_0", "A-z_0"], ["x".repeat(64), "x".repeat(64)]],
  ["", "x".repeat(65), "a b", "a/b", "a.b", "é", "a\n"],
  "it must be 1 to 64 of A-Z, a-z, 0-9, - and _",
);
