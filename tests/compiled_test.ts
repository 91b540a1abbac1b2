import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import config from "../deno.json" with { type: "json" };
import { makePipe } from "./files.ts";
import { MAY_RUN, pageOf, portOf, Running } from "./processes.ts";

const SUFFIX = Deno.build.os === "windows" ? ".exe" : "";

/** Where `deno task compile` puts an executable. */
function executable(name: string): string {
  return new URL(`../dist/${name}${SUFFIX}`, import.meta.url).pathname;
}

function isCompiled(name: string): boolean {
  if (!MAY_RUN) return false;
  try {
    return Deno.statSync(executable(name)).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

function test(name: string, fn: (t: Deno.TestContext) => Promise<void>): void {
  const ignore = !isCompiled("pulso-agent") || !isCompiled("pulso-server");
  Deno.test({ name: `${name} (needs deno task compile)`, ignore, fn });
}

async function startServer(args: readonly string[], port = 0) {
  const listen = ["--listen", `127.0.0.1:${port}`, "--web", "off"];
  const server = new Running([executable("pulso-server")], [...listen, ...args]);
  return { server, port: await portOf(server) };
}

test("compiled agent and server work with the permissions that are built in", async () => {
  const { server, port } = await startServer(["--view", "json"]);
  await using _server = server;
  await using agent = new Running([executable("pulso-agent")], [
    ...["--server", `127.0.0.1:${port}`, "--interval", "100ms"],
  ]);
  const line = await server.stdout.find((line) => JSON.parse(line).message.seq === 3, "seq 3");
  const { message, delivery } = JSON.parse(line);
  assertMatch(message.id, /^[\w-]{22}$/);
  assert(message.cpu.mean !== null && message.memory.used > 0);
  assert(message.disk.volumes.every(({ total }: { total: number | null }) => total !== null));
  assert(message.network.interfaces.every(({ rx }: { rx: number | null }) => rx !== null));
  assertEquals([delivery.received, delivery.lost], [3, 0]);
  assertEquals(await agent.stop(), 0);
  await server.stdout.find((line) => JSON.parse(line).message.bye === true, "the good-bye");
  assertEquals(await server.stop(), 0);
  const complaints = [...agent.stderr.all, ...server.stderr.all]
    .filter((line) => !line.includes(" INFO "));
  assertEquals(complaints, []);
});

test("compiled programs read the environment and bear a stray --allow-net", async () => {
  const agent = new Running([executable("pulso-agent")], ["--allow-net", "--print"], {
    PULSO_COUNT: "1",
    PULSO_NAME: "from-the-environment",
  });
  await using _agent = agent;
  assertEquals(await agent.exitCode(), 0);
  assertEquals(JSON.parse(agent.stdout.all[0]!).host, "from-the-environment");
});

test("compiled programs tell their version and commit", async () => {
  for (const name of ["pulso-agent", "pulso-server"]) {
    await using program = new Running([executable(name)], ["--version"]);
    assertEquals(await program.exitCode(), 0);
    const [told, ...more] = program.stdout.all;
    assertEquals(more, []);
    const commit = told!.replace(`${name} ${config.version}`, "");
    // Where there is no git there is no commit.
    assertMatch(commit, /^( \([0-9a-f]{12}(-dirty)?\))?$/);
  }
});

test("compiled server says what to do when its port is taken", async () => {
  const { server, port } = await startServer(["--view", "none"]);
  await using _server = server;
  await using second = new Running([executable("pulso-server")], [
    ...["--listen", `127.0.0.1:${port}`],
  ]);
  assertEquals(await second.exitCode(), 1);
  assertEquals(second.stderr.all.length, 1);
  assertMatch(second.stderr.all[0]!, /--listen/);
  assertEquals(await server.stop(), 0);
});

test("compiled programs examine this machine with the permissions that are built in", async () => {
  const { server, port } = await startServer(["--view", "none"]);
  await using _server = server;
  const place = `127.0.0.1:${port}`;
  const cases: [name: string, args: readonly string[], line: RegExp][] = [
    ["pulso-server", ["--listen", place, "--web", "off"], /^warn +udp .* already/m],
    ["pulso-agent", ["--server", place], /^ok +datagram /m],
  ];
  for (const [name, args, line] of cases) {
    await using doctor = new Running([executable(name)], ["doctor", ...args]);
    assertEquals(await doctor.exitCode(), 0, doctor.stdout.text);
    assertMatch(doctor.stdout.text, line);
    assertMatch(doctor.stdout.text, /, 0 failures\n$/);
  }
});

test("compiled programs make and read no file in the folder for temporary ones", async (t) => {
  const folder = await Deno.makeTempDir();
  const cases: [name: string, args: readonly string[]][] = [
    ["pulso-agent", ["--print", "--count", "1"]],
    ["pulso-server", ["keygen", "-"]],
  ];
  try {
    for (const [name, args] of cases) {
      await t.step(name, async () => {
        // Where Deno looks for a cache of compiled code: to open a pipe would take for ever.
        const planted = makePipe(`${folder}/deno-compile-${name}${SUFFIX}.cache`);
        await using program = new Running([executable(name)], args, { TMPDIR: folder });
        assertEquals(await program.exitCode(), 0);
        const names = Array.from(await Array.fromAsync(Deno.readDir(folder)), ({ name }) => name);
        assertEquals(names, [planted.slice(folder.length + 1)]);
        await Deno.remove(planted);
      });
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

test("advice of compiled programs works there", async (t) => {
  const folder = await Deno.makeTempDir();
  const key = `${folder}/fleet.key`;
  const [agent, server] = [executable("pulso-agent"), executable("pulso-server")];
  const cases: [program: string, args: readonly string[], advice: string][] = [
    [server, ["--key-file", key], "reads such files in /etc/pulso and /run/credentials only"],
    [
      server,
      ["keygen", "--key-id", "2", key],
      `(umask 077; pulso-server keygen --key-id 2 - > ${key})`,
    ],
    [agent, ["keygen", key], `(umask 077; pulso-agent keygen - > ${key})`],
    [agent, ["--source", "systeminformation"], "this executable reads /proc; leave --source out"],
    [
      server,
      ["--listen", "127.0.0.1:0", "--web", "127.0.0.1:0", "--web-token-file", key],
      "reads such files in /etc/pulso and /run/credentials only",
    ],
  ];
  try {
    for (const [program, args, advice] of cases) {
      await t.step(args.join(" "), async () => {
        await using running = new Running([program], args);
        assert([1, 2].includes(await running.exitCode()));
        assertStringIncludes(running.stderr.all.at(-1)!, advice);
        assert(!/--allow-/.test(running.stderr.text), "an executable takes no such flag");
      });
    }
    await t.step("the advice to print a key", async () => {
      const command = `umask 077; "${server}" keygen - > "${key}"`;
      await using shell = new Running(["/bin/sh"], ["-c", command]);
      assertEquals(await shell.exitCode(), 0);
      // The agent may read everywhere, as it asks for the space of each volume.
      await using running = new Running([agent], ["--print", "--count", "1", "--key-file", key]);
      assertEquals(await running.exitCode(), 0);
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

test("a compiled server reads alerts and secrets where it may, and has what sends mail", async () => {
  if (Deno.build.os !== "linux" || Deno.uid() !== 0) return;
  await Deno.mkdir("/run/credentials", { recursive: true });
  const folder = await Deno.makeTempDir({ dir: "/run/credentials" });
  try {
    const file = `${folder}/alerts.yml`;
    await Deno.writeTextFile(`${folder}/password`, "secret", { mode: 0o600 });
    const address = { from: "pulso@example.org", to: "ops@example.org" };
    const auth = { user: "pulso", "password-file": `${folder}/password` };
    const destinations = {
      mail: { smtp: "smtp://127.0.0.1:1", ...address, ...auth },
      hook: { webhook: "http://127.0.0.1:1/", "token-file": "/home/token" },
      env: { webhook: "http://127.0.0.1:1/", "token-env": "HOME" },
    };
    await Deno.writeTextFile(file, JSON.stringify({ destinations }));
    await using server = new Running([executable("pulso-server")], [
      ...["--listen", "127.0.0.1:0", "--web", "127.0.0.1:0", "--view", "none", "--alerts", file],
    ]);
    const { href: page } = await pageOf(server);
    const headers = { "x-requested-with": "test" };
    const answer = await fetch(`${page}api/alerts/test`, { method: "POST", headers });
    const { results } = await answer.json();
    assertEquals(results, [
      { name: "mail", error: "connection refused" },
      {
        name: "hook",
        error: "Cannot use the file /home/token: this executable reads such files in /etc/pulso " +
          "and /run/credentials only",
      },
      {
        name: "env",
        error: "Cannot read the variable HOME: this executable reads those that begin with " +
          "PULSO_ only",
      },
    ]);
    assertEquals(await server.stop(), 0);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
