/** What becomes of the real programs when nobody takes what they write, or a disk has no room for it. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { until } from "./patience.ts";
import { freePort } from "./ports.ts";
import { MAY_RUN, programOf, Running } from "./processes.ts";

type Program = "agent" | "server";

/** A pipe that is full, as descriptor 9: nobody reads it, and it has not been closed. */
const FULL_PIPE =
  'pipe=$(mktemp -u); mkfifo "$pipe"; exec 9<>"$pipe"; rm "$pipe"; head -c 65536 /dev/zero >&9';
const IS_LINUX = Deno.build.os === "linux";

function test(name: string, fn: (t: Deno.TestContext) => Promise<void>): void {
  Deno.test({
    name: `${name} (needs Linux, --allow-run, -net, -read, -env)`,
    ignore: !MAY_RUN || !IS_LINUX,
    fn,
  });
}

/** Starts a program with redirections of the shell, which it takes the place of. */
function start(program: Program, args: readonly string[], redirections: string): Running {
  const words = [...programOf(program), ...args].map((word) => `'${word}'`).join(" ");
  return new Running(["/bin/bash"], ["-c", `${FULL_PIPE}; exec ${words} ${redirections}`]);
}

async function withSocket(act: (socket: Deno.DatagramConn, port: number) => Promise<void>) {
  const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  try {
    await act(socket, (socket.addr as Deno.NetAddr).port);
  } finally {
    socket.close();
  }
}

/** Sends until what is awaited has come: nothing else tells that a server that cannot write is there. */
async function sendUntil<T>(port: number, sign: Promise<T>): Promise<T> {
  let hasCome = false;
  const come = sign.finally(() => hasCome = true);
  await withSocket(async (socket) => {
    for (let seq = 1; !hasCome; seq++) {
      const message = JSON.stringify({ v: 1, id: "by-hand", host: "by-hand", session: "a", seq });
      const bytes = new TextEncoder().encode(message);
      await socket.send(bytes, { transport: "udp", hostname: "127.0.0.1", port });
      await Promise.race([come, new Promise((resolve) => setTimeout(resolve, 50))]);
    }
  });
  return await come;
}

test("agent sends and ends, whatever becomes of its log", async (t) => {
  const cases = [
    ["a full disk", "2>/dev/full"],
    ["a pipe that nobody reads", "2>&9"],
    ["a pipe whose reader has gone", "2> >(exec 0<&-)"],
    ["nothing", "2>&-"],
    ["nothing at all", "0<&- 1>&- 2>&-"],
  ] as const;
  for (const [name, redirections] of cases) {
    await t.step(name, () =>
      withSocket(async (socket, port) => {
        const args = ["--server", `127.0.0.1:${port}`, "--interval", "100ms"];
        await using agent = start("agent", args, redirections);
        for (let datagrams = 0; datagrams < 3; datagrams++) await socket.receive();
        assertEquals(await agent.stop(), 0);
      }));
  }
});

test("server receives and ends, whatever becomes of its log", async (t) => {
  const cases = [
    ["a full disk", "2>/dev/full"],
    ["a pipe that nobody reads", "2>&9"],
    ["nothing", "2>&-"],
  ] as const;
  for (const [name, redirections] of cases) {
    for (const signal of ["SIGTERM", "SIGINT"] as const) {
      await t.step(`${name}, ${signal}`, async () => {
        const port = freePort();
        const args = ["--listen", `127.0.0.1:${port}`, "--view", "json"];
        await using server = start("server", args, redirections);
        const line = await sendUntil(port, server.stdout.find(() => true, "a line"));
        assertStringIncludes(line, "by-hand");
        assertEquals(await server.stop(signal), 0);
      });
    }
  }
});

test("server goes on while its lines cannot be written, and says so", async (t) => {
  for (const view of ["lines", "json"]) {
    await t.step(view, async () => {
      const port = freePort();
      const args = ["--listen", `127.0.0.1:${port}`, "--view", view];
      await using server = start("server", args, ">/dev/full");
      const fits = (line: string) => line.includes("Cannot write to stdout");
      const complaint = await sendUntil(port, server.stderr.find(fits, "the complaint"));
      assertStringIncludes(complaint, "No space left on device");
      assertEquals(await server.stop(), 0);
      assert(server.stderr.all.every((line) => !line.includes("ERROR")), server.stderr.text);
      assertStringIncludes(server.stderr.all.at(-1)!, "lines dropped so far: ");
    });
  }
});

test("server ends while nobody reads its lines, nor its log", async (t) => {
  const cases = [
    ["two pipes", ">&9 2>&9"],
    ["one full disk", ">/dev/full 2>&1"],
  ] as const;
  for (const [name, redirections] of cases) {
    await t.step(name, async () => {
      const [port, web] = [freePort(), freePort()];
      const args = ["--listen", `127.0.0.1:${port}`, "--view", "lines"];
      await using server = start("server", [...args, "--web", `127.0.0.1:${web}`], redirections);
      await sendUntil(port, untilFound(`http://127.0.0.1:${web}/api/hosts/by-hand`));
      assertEquals(await server.stop(), 0);
    });
  }
});

async function untilFound(url: string): Promise<void> {
  await until(async () => {
    try {
      const response = await fetch(url);
      await response.body?.cancel();
      return response.ok;
    } catch (error) {
      // It does not listen yet.
      if (error instanceof TypeError) return false;
      throw error;
    }
  }, () => `nothing at ${url}`);
}

test("agent --print goes on while it cannot write; a run that is to end well does not", async (t) => {
  await t.step("until a signal", async () => {
    await using agent = start("agent", ["--print", "--interval", "100ms"], ">/dev/full");
    const fits = (line: string) => line.includes("Cannot write to stdout: No space left");
    await agent.stderr.find(fits, "the complaint");
    assertEquals(await agent.stop(), 0);
  });
  await t.step("with --count", async () => {
    const args = ["--print", "--interval", "100ms", "--count", "2"];
    await using agent = start("agent", args, ">/dev/full");
    assertEquals(await agent.exitCode(), 1);
    assertStringIncludes(agent.stderr.all.at(-1)!, "2 could not be written");
  });
  await t.step("nobody reads", async () => {
    await using agent = start("agent", ["--print", "--interval", "100ms"], ">&9");
    await agent.stderr.find((line) => line.includes("Sampling"), "the start");
    assertEquals(await agent.stop(), 0);
  });
});

test("the reason why a program cannot run comes out before it ends", async () => {
  await withSocket(async (_socket, port) => {
    await using server = new Running(programOf("server"), ["--listen", `127.0.0.1:${port}`]);
    assertEquals(await server.exitCode(), 1);
    assertStringIncludes(server.stderr.all.at(-1)!, "the port is taken");
  });
});

test("--help and --version end with 1 and one line when they cannot be written", async (t) => {
  for (const program of ["agent", "server"] as const) {
    for (const option of ["--help", "--version"]) {
      await t.step(`${program} ${option}`, async () => {
        await using running = start(program, [option], ">/dev/full");
        assertEquals(await running.exitCode(), 1);
        const reason = "Cannot write to stdout: No space left on device (os error 28)";
        assertEquals(running.stderr.all, [`pulso-${program}: ${reason}`]);
      });
    }
    await t.step(`${program}: nor the reason`, async () => {
      await using running = start(program, ["--help"], ">/dev/full 2>&1");
      assertEquals(await running.exitCode(), 1);
    });
    await t.step(`${program}: a wrong command line`, async () => {
      await using running = start(program, ["--wrong"], "2>/dev/full");
      assertEquals(await running.exitCode(), 2);
    });
    await t.step(`${program}: a reader that has gone`, async () => {
      await using running = start(program, ["--help"], "> >(exec 0<&-)");
      assertEquals(await running.exitCode(), 0, running.stderr.text);
    });
  }
});
