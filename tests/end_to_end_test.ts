import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import config from "../deno.json" with { type: "json" };
import type { DeliveryCounts } from "../lib/server/fleet/accounts/delivery.ts";
import type { HostStatus } from "../lib/common/status.js";
import type { Message } from "../lib/message/message.ts";
import { freePort } from "./ports.ts";
import { MAY_RUN, pageOf, portOf, programOf, Running } from "./processes.ts";
import { idOf } from "./sealed/sealing.ts";

/** What `--view json` prints for each datagram. */
interface JsonLine {
  readonly receivedAt: number;
  readonly address: string;
  readonly status: HostStatus;
  readonly delivery: DeliveryCounts | null;
  readonly message: Message;
}

const JSON_SERVER = ["--listen", "127.0.0.1:0", "--view", "json"];

function test(name: string, fn: (t: Deno.TestContext) => Promise<void>): void {
  Deno.test({ name: `${name} (needs --allow-run, -net, -read, -env)`, ignore: !MAY_RUN, fn });
}

/** Starts a server on a free port, and waits until it receives. */
async function startServer(args: readonly string[] = JSON_SERVER, launcher = programOf("server")) {
  const server = new Running(launcher, args);
  return { server, port: await portOf(server) };
}

function startAgent(port: number, args: readonly string[] = []): Running {
  return new Running(programOf("agent"), [
    ...["--server", `127.0.0.1:${port}`, "--interval", "100ms"],
    ...args,
  ]);
}

async function findLine(
  server: Running,
  fits: (line: JsonLine) => boolean,
  what: string,
): Promise<JsonLine> {
  return JSON.parse(await server.stdout.find((line) => fits(JSON.parse(line)), what));
}

async function withSocket<T>(act: (socket: Deno.DatagramConn, port: number) => Promise<T>) {
  const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  try {
    return await act(socket, (socket.addr as Deno.NetAddr).port);
  } finally {
    socket.close();
  }
}

function sendText(socket: Deno.DatagramConn, text: string, port: number): Promise<number> {
  return socket.send(new TextEncoder().encode(text), {
    transport: "udp",
    hostname: "127.0.0.1",
    port,
  });
}

test("an agent's tags are in every datagram, its good-bye too, and hosts are found by them", async () => {
  const { server, port } = await startServer(["--listen", "127.0.0.1:0", "--web", "127.0.0.1:0"]);
  await using _server = server;
  const { origin } = await pageOf(server);
  const find = async (query: string) =>
    await (await fetch(`${origin}/api/fleet?${query}`)).json() as {
      rows: { name: string; status: string; tags: object }[];
      groups: { value: string; hosts: number }[];
    };
  const tags = ["--name", "db-1", "--count", "2", "--tag", "site=New York", "--tag", "role=db"];
  await using agent = startAgent(port, tags);
  assertEquals(await agent.exitCode(), 0);
  const { rows } = await find("q=role:db+site:%22new+york%22");
  assertEquals(rows.map(({ name, status, tags }) => [name, status, tags]), [
    ["db-1", "left", { role: "db", site: "New York" }],
  ]);
  assertEquals((await find("q=role:web")).rows, []);
  const { groups } = await find("group=role&open=");
  assertEquals(groups.map(({ value, hosts }) => [value, hosts]), [["db", 1]]);
});

test("agent and server bring a host's metrics to JSON lines, until its good-bye", async () => {
  const { server, port } = await startServer();
  await using _server = server;
  await using agent = startAgent(port, ["--name", "web-01"]);
  const line = await findLine(server, ({ message }) => message.seq === 3, "the third sample");
  const { cpu, memory, disk, network } = line.message;
  assertEquals(line.status, "live");
  assertEquals(line.message.host, "web-01");
  assertMatch(line.message.id!, /^[\w-]{22}$/);
  assertEquals(line.message.interval, 100);
  assert(cpu!.mean !== null && cpu!.mean >= 0 && cpu!.mean <= 100);
  assertEquals(cpu!.cores.length, navigator.hardwareConcurrency);
  assert(memory!.used! > 0 && memory!.used! <= memory!.total!);
  assert(disk!.read !== null && disk!.volumes.length > 0);
  assert(network!.interfaces.every(({ rx, tx }) => rx !== null && tx !== null));
  assertEquals(line.delivery, {
    received: 3,
    lost: 0,
    recovered: 0,
    pending: 0,
    beforeFirst: 0,
    duplicate: 0,
    reordered: 0,
    old: 0,
    restarts: 0,
  });
  assertEquals(await agent.stop(), 0);
  const bye = await findLine(server, ({ message }) => message.bye === true, "the good-bye");
  assertEquals(bye.status, "left");
  assertEquals(bye.delivery!.lost, 0);
  assertEquals(await server.stop("SIGINT"), 0);
});

test("the logs tell of a new host, of one that left, and of the agent's stop", async () => {
  const { server, port } = await startServer();
  await using _server = server;
  await using agent = startAgent(port, ["--name", "web-01", "--count", "2"]);
  assertEquals(await agent.exitCode(), 0);
  assertStringIncludes(agent.stderr.all.at(-1)!, "INFO  Stopped, samples made: 2");
  for (const change of ["is new", "left: its agent was stopped"]) {
    const line = await server.stderr.find((line) => line.endsWith(change), change);
    assertStringIncludes(line, "INFO  web-01 (127.0.0.1:");
  }
});

test("server needs --allow-net and nothing else", async () => {
  const { server, port } = await startServer(JSON_SERVER, programOf("server", ["--allow-net"]));
  await using _server = server;
  await withSocket((socket) => sendText(socket, '{"v":1,"host":"by-hand"}', port));
  const line = await findLine(server, ({ message }) => message.host === "by-hand", "the message");
  assertEquals(line.delivery, null);
  assertEquals(await server.stop(), 0);
});

test("server keeps and shows a legacy message, keyed by its address", async () => {
  const { server, port } = await startServer();
  await using _server = server;
  await withSocket((socket) => sendText(socket, '{"cpu":12.5,"hostname":"old"}', port));
  const [line] = [await server.stdout.find(() => true, "a line")];
  assertEquals(JSON.parse(line!).message, { cpu: 12.5, hostname: "old" });
});

test("server counts exactly the datagrams that the network loses", async () => {
  const { server, port } = await startServer();
  await using _server = server;
  await withSocket(async (relay, relayPort) => {
    await using agent = startAgent(relayPort, ["--count", "12"]);
    for (let seq = 1; seq <= 12; seq++) {
      const [bytes] = await relay.receive();
      if (seq % 3 !== 0) {
        await relay.send(bytes, { transport: "udp", hostname: "127.0.0.1", port });
      }
    }
    assertEquals(await agent.exitCode(), 0);
  });
  const line = await findLine(server, ({ message }) => message.seq === 11, "the eleventh sample");
  assertEquals([line.delivery!.received, line.delivery!.lost], [8, 3]);
});

test("agent sends the same datagram to every server, and to one that comes up later", async () => {
  const { server: first, port: firstPort } = await startServer();
  await using _first = first;
  const latePort = freePort();
  await using agent = startAgent(firstPort, ["--server", `127.0.0.1:${latePort}`]);
  await findLine(first, ({ message }) => message.seq === 2, "the second sample");
  const { server: late } = await startServer([
    ...["--listen", `127.0.0.1:${latePort}`, "--view", "json"],
  ]);
  await using _late = late;
  const atLate = JSON.parse(await late.stdout.find(() => true, "a line")) as JsonLine;
  const { seq } = atLate.message;
  const atFirst = await findLine(first, ({ message }) => message.seq === seq, "the same sample");
  assertEquals(atFirst.message, atLate.message);
  assertEquals(await agent.stop(), 0);
});

test("agent outlives a server that restarts and a name that does not resolve", async () => {
  const port = freePort();
  const listen = ["--listen", `127.0.0.1:${port}`, "--view", "json"];
  const { server } = await startServer(listen);
  await using agent = startAgent(port, ["--server", "no-such-host.invalid:5005"]);
  await agent.stderr.find((line) => line.includes("no-such-host.invalid"), "the complaint");
  await server.stdout.find(() => true, "a line");
  assertEquals(await server.stop(), 0);
  const { server: again } = await startServer(listen);
  await using _again = again;
  await again.stdout.find(() => true, "a line after the restart");
  assertEquals(await agent.stop(), 0);
  const complaints = agent.stderr.all.filter((line) => line.includes("Cannot send"));
  assertEquals(complaints.length, 1, complaints.join("\n"));
});

test("server drops what is hostile, logs each reason once, and goes on", async () => {
  const { server, port } = await startServer();
  await using _server = server;
  await withSocket(async (socket) => {
    for (let round = 0; round < 3; round++) {
      await sendText(socket, "\x1b[2Jhello", port);
      await sendText(socket, '{"v":1,"host":"\x1b[31mred"}', port);
      await sendText(socket, '{"v":2,"host":"later"}', port);
      await sendText(socket, "{" + " ".repeat(9_000), port);
    }
    await sendText(socket, '{"v":1,"host":"good"}', port);
  });
  await findLine(server, ({ message }) => message.host === "good", "the good message");
  assertEquals(await server.stop(), 0);
  assertEquals(server.stdout.all.length, 1);
  const drops = server.stderr.all.filter((line) => line.includes("Dropped"));
  assertEquals(
    drops.map((line) => /\((\w+)\)/.exec(line)![1]).sort(),
    ["format", "json", "oversize", "version"],
  );
});

test("server takes a copy for what a network does, and tells time in whole milliseconds", async () => {
  const { server, port } = await startServer();
  await using _server = server;
  await withSocket(async (socket) => {
    const copied = '{"v":1,"host":"web-01","id":"a","session":"s","seq":1}';
    for (const text of [copied, copied, '{"v":1,"host":"web-02"}', "no message"]) {
      await sendText(socket, text, port);
    }
  });
  for (const host of ["web-01", "web-02"]) {
    const line = await findLine(server, ({ message }) => message.host === host, host);
    assert(Number.isInteger(line.receivedAt), String(line.receivedAt));
  }
  await server.stderr.find((line) => line.includes("(format)"), "the drop that is logged");
  assert(!server.stderr.text.includes("(duplicate)"), server.stderr.text);
  assertEquals(await server.stop(), 0);
});

test("server prints readable lines when its output is no terminal", async () => {
  const { server, port } = await startServer(["--listen", "127.0.0.1:0"]);
  await using _server = server;
  await using _agent = startAgent(port, ["--name", "web-01"]);
  const line = await server.stdout.find((line) => line.includes("web-01"), "a line of the agent");
  assertStringIncludes(line, "127.0.0.1:");
  assertEquals(await server.stop(), 0);
});

test("agent prints samples of the chosen groups and sends nothing", async () => {
  const args = ["--print", "--count", "2", "--interval", "100ms", "--metrics", "memory,cpu"];
  const permissions = ["--allow-sys=hostname", "--allow-read", "--allow-run=/bin/cat"];
  await using agent = new Running(programOf("agent", permissions), args);
  assertEquals(await agent.exitCode(), 0);
  const messages = agent.stdout.all.map((line) => JSON.parse(line));
  assertEquals(messages.map(({ seq, bye }) => [seq, bye]), [[1, undefined], [2, true]]);
  const { v: _v, id: _id, host: _host, session: _session, ...rest } = messages[0];
  assertEquals(Object.keys(rest), ["seq", "time", "interval", "texts", "cpu", "memory"]);
});

test("agent and server end quietly when the reader of their output goes away", async (t) => {
  await t.step("agent --print", async () => {
    const launcher = programOf("agent").map((word) => `'${word}'`).join(" ");
    await using shell = new Running(["/bin/bash"], [
      "-c",
      `${launcher} --print --interval 100ms | head -n 1; exit "\${PIPESTATUS[0]}"`,
    ]);
    assertEquals(await shell.exitCode(), 0, shell.stderr.all.join("\n"));
    assertEquals(shell.stdout.all.length, 1);
  });
  await t.step("server --view lines", async () => {
    const launcher = programOf("server").map((word) => `'${word}'`).join(" ");
    await using shell = new Running(["/bin/bash"], [
      "-c",
      `${launcher} --listen 127.0.0.1:0 --view lines | head -n 1; exit "\${PIPESTATUS[0]}"`,
    ]);
    const port = await portOf(shell);
    await using _agent = startAgent(port);
    assertEquals(await shell.exitCode(), 0, shell.stderr.all.join("\n"));
    assertEquals(shell.stdout.all.length, 1);
  });
});

test("server shows the table on a terminal and leaves it as it was", async () => {
  const launcher = programOf("server").map((word) => `'${word}'`).join(" ");
  await using screen = new Running(["/usr/bin/script"], [
    ...["--quiet", "--return", "--command", `${launcher} --listen 127.0.0.1:0`, "/dev/null"],
  ]);
  await screen.stdout.findText("Pulso");
  await screen.type("q");
  assertEquals(await screen.exitCode(), 0);
  const output = screen.stdout.text;
  assertStringIncludes(output, "\x1b[?1049h");
  assert(output.lastIndexOf("\x1b[?1049l") > output.lastIndexOf("Pulso"), "not restored");
  assert(output.lastIndexOf("\x1b[?25h") > output.lastIndexOf("\x1b[?25l"), "cursor hidden");
});

test("no program asks for a permission, on a terminal either", async (t) => {
  const cases = [
    ["server", ["--web", "off", "--key-file", "a/key"]],
    ["server", ["--web", "127.0.0.1:0", "--web-token-file", "a/token"]],
    ["server", ["--web", "off", "--record", "a"]],
    ["server", ["--web", "off", "--replay", "a"]],
    ["server", ["--web", "off", "--data", "a"]],
    ["server", ["record-info", "a"]],
    ["server", ["backup", "--data", "a"]],
    ["server", ["keygen", "a/key"]],
    ["agent", [
      "--print",
      "--id",
      idOf(1),
      "--name",
      "x",
      "--metrics",
      "memory",
      "--key-file",
      "a/key",
    ]],
    ["agent", ["--print", "--id", "x", "--name", "x", "--metrics", "memory", "--extra", "a"]],
  ] as const;
  for (const [program, args] of cases) {
    await t.step(`${program} ${args.join(" ")}`, async () => {
      const allow = program === "server" ? "--allow-net" : "--allow-run=/bin/cat";
      const listen = args[0] === "--web" ? ["--listen", "127.0.0.1:0"] : [];
      const command = [Deno.execPath(), "run", allow, `${program}.ts`, ...args, ...listen];
      await using screen = new Running(["/usr/bin/script"], [
        ...["--quiet", "--return", "--command", command.join(" "), "/dev/null"],
      ]);
      assertEquals(await screen.exitCode(), 1, screen.stdout.text);
      assertMatch(screen.stdout.text, /Cannot .*--allow-(read|write)/);
      assertEquals(/requests/.test(screen.stdout.text), false, screen.stdout.text);
    });
  }
});

/** A failure is told once: not by us and then once more by what failed. */
function assertSaidOnce(line: string): void {
  assertEquals(line.match(/\bCannot\b/g)?.length, 1, line);
  assertEquals(line.match(/\(os error|run again with/g) ?? [], [], line);
}

test("what an agent cannot sample is told once", async () => {
  await using agent = new Running(programOf("agent"), [
    ...["--print", "--count", "1", "--procfs", "/no/such", "--metrics", "cpu,memory"],
  ]);
  assertEquals(await agent.exitCode(), 0);
  const failures = agent.stderr.all.filter((line) => line.includes("Cannot sample"));
  assertEquals(failures.length, 2, agent.stderr.text);
  failures.forEach(assertSaidOnce);
});

/** A program with these arguments; a command comes before all options. */
function start(program: "agent" | "server", args: readonly string[]): Running {
  const launcher = programOf(program);
  const isCommand = program === "server" && /^[a-z]/.test(args[0]!);
  return new Running(isCommand ? launcher.slice(0, -2) : launcher, args);
}

test("what fails ends with status 1 and one line that helps", async (t) => {
  const cases = [
    ["agent", ["--key-file", "no-such-key"], "Cannot use the key file no-such-key: no such file"],
    ["agent", ["keygen", "no/such"], "Cannot make the key file no/such: "],
    ["server", ["--key-file", "/etc/pulso/no-such-key"], "no such file"],
    ["server", ["--web", "127.0.0.1:0", "--web-token-file", "/etc/pulso/none"], "no such file"],
    ["server", ["--replay", "/var/lib/pulso/no-such"], "no such folder"],
    ["server", ["record-info", "/var/lib/pulso/no-such"], "Cannot read the record"],
    [
      "server",
      ["backup", "--data", "/var/lib/pulso/none"],
      "no server is running with this --data",
    ],
    [
      "server",
      ["forget", "x", "--data", "/var/lib/pulso/none"],
      "no server is running with this --data",
    ],
    [
      "server",
      ["keygen", "--agent", idOf(1), "--key-file", "/etc/pulso/none", "-"],
      "no such file",
    ],
  ] as const;
  for (const [program, args, help] of cases) {
    await t.step(`${program} ${args.join(" ")}`, async () => {
      await using running = start(program, args);
      assertEquals(await running.exitCode(), 1);
      const complaints = running.stderr.all.filter((line) => line.includes("Cannot"));
      assertEquals(complaints.length, 1, running.stderr.text);
      assertStringIncludes(complaints[0]!, help);
      assertSaidOnce(complaints[0]!);
      assertEquals(running.stdout.all, []);
    });
  }
});

test("what is set in vain is told in a line of the log, and by config", async () => {
  await using agent = new Running(programOf("agent"), [
    ...["--print", "--count", "1", "--metrics", "memory", "--disks", "sda"],
  ], { PULSO_INTERVAL: "1s", PULSO_INTERVALL: "2s" });
  assertEquals(await agent.exitCode(), 0);
  const warnings = agent.stderr.all.filter((line) => line.includes(" WARN "));
  assertEquals(warnings.map((line) => line.replace(/^.* WARN +/, "")), [
    "--disks has no effect: disk is not among --metrics",
    "PULSO_INTERVALL is set, and there is no such option; did you mean PULSO_INTERVAL?",
  ]);
  await using config = start("server", ["config", "--keep-size", "1G"]);
  assertEquals(await config.exitCode(), 0);
  assertEquals(config.stdout.all.slice(-2), ["", "--keep-size has no effect: it needs --data"]);
});

test("variables are read as far as they may be, and nobody is asked", async (t) => {
  const variables = { PULSO_NAME: "web-01", PULSO_ID: "a" };
  const cases: [granted: string[], places: string[]][] = [
    [["--allow-env=PULSO_*"], ["PULSO_NAME", "PULSO_ID"]],
    [["--allow-env=PULSO_NAME"], ["PULSO_NAME", "default"]],
    [["--allow-env=PULSO_*", "--deny-env=PULSO_NAME"], ["default", "PULSO_ID"]],
    [[], ["default", "default"]],
  ];
  for (const [granted, places] of cases) {
    await t.step(granted.join(" ") || "nothing granted", async () => {
      await using config = new Running(programOf("agent", granted), ["config"], variables);
      assertEquals(await config.exitCode(), 0);
      assertEquals(config.stderr.all, []);
      const rows = ["name", "id"].map((name) =>
        config.stdout.all.find((line) => line.startsWith(`${name} `))
      );
      assertEquals(rows.map((row) => row?.split(" ").at(-1)), places);
    });
  }
});

test("a wrong command line ends with status 2 and one line that helps", async (t) => {
  const cases = [
    ["agent", ["--sever", "a:1"], "did you mean --server?"],
    ["agent", ["--interval", "1ms"], "from 100ms to 1h"],
    ["agent", ["--metrics", "cpu,gpu"], "cpu, memory, disk, network"],
    ["server", ["--auth", "require"], "it needs --key-file"],
    ["agent", ["keygen"], "name the new file last"],
    ["server", ["record-info"], "name its folder"],
    ["server", ["backup", "now"], "only options are expected"],
    ["server", ["forget"], "name its id"],
    ["server", ["doctor", "--history", "1s"], "from 1m to 24h"],
    ["agent", ["confg"], "did you mean config?"],
    ["agent", ["config", "--interval", "1ms"], "from 100ms to 1h"],
    ["server", ["--view", "chart"], "table, lines, json, none"],
    ["server", ["5005"], "only options are expected"],
    ["server", ["--view", "none", "config"], "a command comes first: pulso-server config"],
    ["agent", ["--name", "config", "docter"], "a command comes first: pulso-agent doctor"],
    ["server", ["--history", "5"], "it must be a number and ms, s, m or h, from 1m to 24h"],
  ] as const;
  for (const [program, args, help] of cases) {
    await t.step(`${program} ${args.join(" ")}`, async () => {
      await using running = start(program, args);
      assertEquals(await running.exitCode(), 2);
      assertEquals(running.stderr.all.length, 1, running.stderr.all.join("\n"));
      assertStringIncludes(running.stderr.all[0]!, help);
      assertSaidOnce(running.stderr.all[0]!);
      assertEquals(running.stdout.all, []);
    });
  }
});

test("what cannot run ends with status 1 and one line that says what to do", async (t) => {
  await withSocket(async (_socket, port) => {
    const cases = [
      ["server", ["--allow-net"], ["--listen", `127.0.0.1:${port}`], "--listen"],
      ["server", ["--allow-net"], ["--listen", "192.0.2.1:5005"], "--listen"],
      ["server", [], ["--listen", "127.0.0.1:0"], "--allow-net"],
      ["server", ["--allow-net"], ["--listen", "127.0.0.1:0", "--view", "table"], "--view"],
      ["agent", ["--allow-net", "--allow-sys", "--allow-read"], [], "--allow-run=/bin/cat"],
    ] as const;
    for (const [program, permissions, args, help] of cases) {
      await t.step([program, ...permissions, ...args].join(" "), async () => {
        await using running = new Running(programOf(program, permissions), args);
        assertEquals(await running.exitCode(), 1);
        const errors = running.stderr.all.filter((line) => line.includes("ERROR"));
        assertEquals(errors.length, 1, running.stderr.all.join("\n"));
        assertStringIncludes(errors[0]!, help);
        assertSaidOnce(errors[0]!);
      });
    }
  });
});

test("config prints each option in force, and where it was set, and no secret", async () => {
  const key = await Deno.makeTempFile();
  await Deno.writeTextFile(key, "a secret");
  const env = { PULSO_KEY_FILE: key, PULSO_SERVER: "a.example,b.example" };
  await using agent = new Running(programOf("agent"), ["config", "--interval", "1m"], env);
  assertEquals(await agent.exitCode(), 0, agent.stderr.text);
  await Deno.remove(key);
  const rows = agent.stdout.all.map((line) => line.split(/ {2,}/));
  const expected = [
    ["server", "a.example, b.example", "PULSO_SERVER"],
    ["interval", "1m", "--interval"],
    ["name", "the host name", "default"],
    ["key-file", key, "PULSO_KEY_FILE"],
  ];
  for (const row of expected) assertEquals(rows.find(([name]) => name === row[0]), row);
  assert(!agent.stdout.text.includes("a secret"));
});

test("the environment stands for options, and a stray --allow-net does no harm", async () => {
  await using server = new Running(programOf("server"), ["--allow-net"], {
    PULSO_LISTEN: "127.0.0.1:0",
    PULSO_VIEW: "none",
    PULSO_LOG_FORMAT: "json",
  });
  const line = await server.stderr.find((line) => line.includes("Receives on"), "the port");
  assertEquals(JSON.parse(line).level, "info");
  assertEquals(await server.stop(), 0);
  assertEquals(server.stdout.all, []);
});

test("--help and --version answer on stdout with status 0", async (t) => {
  for (const program of ["agent", "server"] as const) {
    await t.step(program, async () => {
      await using help = new Running(programOf(program), ["--help"]);
      assertEquals(await help.exitCode(), 0);
      assertStringIncludes(help.stdout.all.join("\n"), "--log-level");
      await using version = new Running(programOf(program), ["--version"]);
      assertEquals(await version.exitCode(), 0);
      assertEquals(version.stdout.all, [`pulso-${program} ${config.version}`]);
      const launcher = programOf(program).filter((word) => word !== "--web" && word !== "off");
      await using built = new Running(launcher, ["--built-from=0123456789ab", "--version"]);
      assertEquals(await built.exitCode(), 0);
      assertEquals(built.stdout.all, [`pulso-${program} ${config.version} (0123456789ab)`]);
    });
  }
});

test("agent notices that its host was given another name", async () => {
  const root = await Deno.makeTempDir();
  const path = `${root}/1/root/etc/hostname`;
  await Deno.mkdir(`${root}/1/root/etc`, { recursive: true });
  await Deno.writeTextFile(path, "before");
  try {
    await using agent = new Running(programOf("agent"), [
      ...["--print", "--interval", "100ms", "--procfs", root],
    ]);
    const nameIs = (name: string) => (line: string) => JSON.parse(line).host === name;
    const first = JSON.parse(await agent.stdout.find(nameIs("before"), "the first name"));
    await Deno.writeTextFile(`${path}.new`, "after");
    await Deno.rename(`${path}.new`, path);
    const later = JSON.parse(await agent.stdout.find(nameIs("after"), "the new name"));
    assertEquals([later.id, later.session], [first.id, first.session]);
    await agent.stderr.find(
      (line) => line.endsWith("The host name changed from before to after"),
      "it",
    );
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});
