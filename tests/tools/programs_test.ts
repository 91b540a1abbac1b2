import { assertEquals, assertThrows } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import { agentTask, compileCommands, narrowNet, programOf } from "../../tools/programs.ts";

const TASKS = {
  server: "deno run --no-prompt --allow-net server.ts",
  agent: "deno run --no-prompt --v8-flags=--x --allow-net --allow-run=/bin/cat agent.ts",
  "agent:windows": "deno run --no-prompt --allow-net --allow-run agent.ts",
  check: "deno check",
};
const LINUX = "x86_64-unknown-linux-gnu";

Deno.test("programOf() reads a task's script and flags", () => {
  assertEquals(programOf(TASKS, "agent"), {
    script: "agent.ts",
    permissions: ["--allow-net", "--allow-run=/bin/cat"],
    engine: ["--v8-flags=--x"],
  });
});

Deno.test("programOf() refuses a task that runs no script", () => {
  assertThrows(() => programOf(TASKS, "check"), RangeError, "the task check");
  assertThrows(() => programOf(TASKS, "absent"), RangeError, "the task absent");
});

Deno.test("programOf() finds all programs in deno.json, with nothing granted as a whole", async (t) => {
  const tasks: Record<string, string> = config.tasks;
  for (const name of ["server", "agent", "agent:macos", "agent:windows"]) {
    await t.step(name, () => {
      const { script, permissions } = programOf(tasks, name);
      assertEquals(script, name === "server" ? "server.ts" : "agent.ts");
      assertEquals(permissions.filter((flag) => /-all$|-write$|-ffi\b/.test(flag)), []);
    });
  }
  assertEquals(programOf(tasks, "server").permissions, [
    "--allow-net",
    "--allow-read=/etc/pulso,/run/credentials,/var/lib/pulso",
    "--allow-write=/var/lib/pulso",
    "--allow-env=PULSO_*,TERM,LANG,LC_ALL,LC_CTYPE",
  ]);
});

Deno.test("agentTask() knows the systems that deno compile builds for", async (t) => {
  const cases = {
    [LINUX]: "agent",
    "aarch64-unknown-linux-gnu": "agent",
    "x86_64-apple-darwin": "agent:macos",
    "aarch64-apple-darwin": "agent:macos",
    "x86_64-pc-windows-msvc": "agent:windows",
  };
  for (const [target, expected] of Object.entries(cases)) {
    await t.step(target, () => assertEquals(agentTask(target), expected));
  }
});

Deno.test("narrowNet() leaves one server and our own sockets", async (t) => {
  const cases = {
    "192.0.2.7:6000": "192.0.2.7:6000",
    "monitor.example": "monitor.example:5005",
    "[::1]:6000": "[::1]:6000",
    // The agent reads it in the same way: the permission is for what it then sends to.
    "localhost:6000": "127.0.0.1:6000",
  };
  for (const [server, address] of Object.entries(cases)) {
    await t.step(server, () => {
      assertEquals(narrowNet(["--allow-net", "--allow-read"], server), [
        `--allow-net=${address},0.0.0.0:0,[::]:0`,
        "--allow-read",
      ]);
    });
  }
});

Deno.test("narrowNet() refuses what is no server's address", async (t) => {
  for (const server of ["", "a:b", "host:0", "host:65536", "host:1,other:2", "::1"]) {
    await t.step(server, () => {
      assertThrows(() => narrowNet(["--allow-net"], server), RangeError);
    });
  }
});

const COMMON = [
  "compile",
  "--no-code-cache",
  "--no-check",
  "--no-prompt",
  "--target",
  LINUX,
  "--exclude-unused-npm",
];
const OPTIONS = { target: LINUX, deno: "2.9.6" };

Deno.test("compileCommands() grants each program what its task grants", () => {
  assertEquals(compileCommands(TASKS, OPTIONS), [
    ["bundle", "--quiet", "--minify", "--output=dist/agent.js", "agent.ts"],
    [
      ...[...COMMON, "--v8-flags=--x", "--allow-net", "--allow-run=/bin/cat"],
      ...["--output=dist/pulso-agent", "dist/agent.js"],
    ],
    [...COMMON, "--allow-net", "--output=dist/pulso-server", "server.ts"],
  ]);
});

Deno.test("compileCommands() binds the agent to its server, and leaves the server alone", () => {
  const [, agent, server] = compileCommands(TASKS, { ...OPTIONS, server: "192.0.2.7" });
  assertEquals(agent!.slice(COMMON.length + 1), [
    ...["--allow-net=192.0.2.7:5005,0.0.0.0:0,[::]:0", "--allow-run=/bin/cat"],
    ...["--output=dist/pulso-agent", "dist/agent.js", "--built-for=192.0.2.7"],
  ]);
  assertEquals(server, compileCommands(TASKS, OPTIONS)[2]);
});

Deno.test("compileCommands() lets the server of a Linux run cat where that is asked for", async (t) => {
  const cases = { [LINUX]: true, "aarch64-apple-darwin": false };
  for (const [target, expected] of Object.entries(cases)) {
    await t.step(target, () => {
      const tasks = { ...TASKS, "agent:macos": TASKS.agent };
      const options = { ...OPTIONS, target };
      const server = (kernelDrops: boolean) =>
        compileCommands(tasks, { ...options, kernelDrops }).at(-1)!;
      const more = server(true).filter((word) => !server(false).includes(word));
      assertEquals(more, expected ? ["--allow-run=/bin/cat"] : []);
    });
  }
});

Deno.test("compileCommands() tells both programs their commit, after what else they are told", () => {
  const options = { ...OPTIONS, server: "192.0.2.7", commit: "0123456789ab" };
  const [, agent, server] = compileCommands(TASKS, options);
  assertEquals(agent!.slice(-2), ["--built-for=192.0.2.7", "--built-from=0123456789ab"]);
  assertEquals(server!.slice(-2), ["server.ts", "--built-from=0123456789ab"]);
});

Deno.test("compileCommands() bundles the agent for Linux, with the packages of the binding", () => {
  const [bundle, agent] = compileCommands(TASKS, { ...OPTIONS, jsr: true });
  const packages = ["--no-lock", "--import-map=lib/common/std/jsr.json"];
  assertEquals(bundle, [
    "bundle",
    "--quiet",
    "--minify",
    ...packages,
    "--output=dist/agent.js",
    "agent.ts",
  ]);
  assertEquals(agent!.at(-1), "dist/agent.js");
});

Deno.test("compileCommands() follows target and binding", () => {
  const options = { ...OPTIONS, target: "x86_64-pc-windows-msvc", jsr: true };
  for (const command of compileCommands(TASKS, options)) {
    const [script, output] = command.toReversed();
    assertEquals(output, `--output=dist/pulso-${script!.replace(".ts", ".exe")}`);
    assertEquals(command.slice(6, 8), ["--no-lock", "--import-map=lib/common/std/jsr.json"]);
  }
});

Deno.test("compileCommands() includes systeminformation where there is no /proc", async (t) => {
  const includes = "--include=lib/sampler/library_package.ts";
  for (const [target, expected] of [[LINUX, false], ["aarch64-apple-darwin", true]] as const) {
    await t.step(target, () => {
      const [server, agent] = compileCommands(
        { ...TASKS, "agent:macos": TASKS.agent },
        { ...OPTIONS, target },
      ).toReversed();
      assertEquals(agent!.includes(includes), expected);
      assertEquals(server!.includes(includes), false);
    });
  }
});

Deno.test("compileCommands() leaves out the packages of the tests, as each Deno lets it", async (t) => {
  const cases = {
    "2.7.1": "--no-lock",
    "2.9.6": "--exclude-unused-npm",
    "2.10.0": "--exclude-unused-npm",
    "3.0.0": "--exclude-unused-npm",
  };
  for (const [deno, expected] of Object.entries(cases)) {
    await t.step(deno, () => {
      for (const command of compileCommands(TASKS, { target: LINUX, deno }).slice(1)) {
        assertEquals(command[COMMON.length - 1], expected);
      }
    });
  }
});
