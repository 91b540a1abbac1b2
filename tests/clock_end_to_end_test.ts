/** The real programs on clocks that are set while they run. */
import { assert, assertEquals } from "@std/assert";
import { FakeClock, HAS_FAKE_CLOCKS } from "./fake_clock.ts";
import { MAY_RUN, programOf, Running } from "./processes.ts";
import { idOf } from "./sealed/sealing.ts";

const ignore = !MAY_RUN || !HAS_FAKE_CLOCKS;

function test(name: string, fn: (folder: string) => Promise<void>): void {
  Deno.test({
    name: `${name} (needs --allow-run, -net, -read, -write, -env, and libfaketime)`,
    ignore,
    fn: async () => {
      const folder = await Deno.makeTempDir();
      try {
        await fn(folder);
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    },
  });
}

async function startServer(args: readonly string[], env: Record<string, string> = {}) {
  const launcher = programOf("server", ["--allow-net", "--allow-read"]);
  const server = new Running(launcher, [
    ...["--listen", "127.0.0.1:0", "--view", "json"],
    ...args,
  ], env);
  const line = await server.stderr.find((line) => /127\.0\.0\.1:\d+/.test(line), "the port");
  return { server, port: /127\.0\.0\.1:(\d+)/.exec(line)![1]! };
}

function startAgent(port: string, args: readonly string[], env: Record<string, string>): Running {
  return new Running(programOf("agent"), [
    ...["--server", `127.0.0.1:${port}`, "--interval", "100ms", "--metrics", "memory"],
    ...args,
  ], env);
}

// deno-lint-ignore no-explicit-any
type Line = any;

async function find(server: Running, fits: (line: Line) => boolean, what: string): Promise<Line> {
  return JSON.parse(await server.stdout.find((line) => fits(JSON.parse(line)), what));
}

for (const receiver of [[], ["--max-hosts", "20000"]]) {
  test(`server's times follow its wall clock, either way ${receiver.join(" ")}`, async () => {
    using clock = new FakeClock(-3_600);
    const { server, port } = await startServer(receiver, clock.env);
    await using _server = server;
    await using agent = startAgent(port, [], {});
    for (const seconds of [0, 7_200, -3_600]) {
      clock.set(seconds);
      const isFollowed = ({ receivedAt, status, delivery, message }: Line) => {
        assertEquals([status, delivery.restarts, delivery.lost], ["live", 0, 0]);
        return Math.abs(receivedAt - message.time - seconds * 1_000) < 1_000;
      };
      await find(server, isFollowed, `a line that is ${seconds} s ahead`);
    }
    assertEquals(await agent.stop(), 0);
    assertEquals(await server.stop(), 0);
  });
}

async function makeKey(folder: string): Promise<string> {
  const file = `${folder}/fleet.key`;
  const launcher = programOf("agent", [`--allow-read=${folder}`, `--allow-write=${folder}`]);
  await using program = new Running(launcher, ["keygen", file]);
  assertEquals(await program.exitCode(), 0, program.stderr.text);
  return file;
}

test("sealed agent is heard once its clock is set, boot after boot", async (folder) => {
  const key = await makeKey(folder);
  const { server, port } = await startServer(["--key-file", key]);
  await using _server = server;
  const sessions = new Set<string>();
  // A build date, again and again; and a clock that is a day ahead.
  for (const seconds of [-40_000_000, -40_000_000, 86_400]) {
    using clock = new FakeClock(seconds);
    await using agent = startAgent(port, ["--key-file", key, "--id", idOf(1)], clock.env);
    await agent.stderr.find((line) => line.includes(idOf(1)), "the first line");
    clock.set(0);
    const isNew = ({ message }: Line) => !sessions.has(message.session);
    const { message } = await find(server, isNew, "another session");
    assert(Math.abs(message.time - Date.now()) < 60_000);
    for (const text of server.stdout.all) sessions.add(JSON.parse(text).message.session);
    assertEquals(await agent.stop("SIGKILL"), 137);
  }
  assertEquals(await server.stop(), 0);
});

test("agent begins a new session when its clock is set", async () => {
  using clock = new FakeClock(-3_600);
  const launcher = programOf("agent");
  const args = ["--print", "--interval", "100ms", "--metrics", "memory"];
  await using agent = new Running(launcher, args, clock.env);
  const first = JSON.parse(await agent.stdout.find(() => true, "a sample"));
  for (const seconds of [0, -7_200]) {
    clock.set(seconds);
    const isThere = (text: string) => {
      const { session, seq, time } = JSON.parse(text);
      const isSet = Math.abs(time - Date.now() - seconds * 1_000) < 60_000;
      return session !== first.session && seq === 1 && isSet;
    };
    await agent.stdout.find(isThere, `a session that is ${seconds} s ahead`);
  }
  assertEquals(await agent.stop(), 0);
});
