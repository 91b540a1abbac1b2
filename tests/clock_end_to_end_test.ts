/** The real programs on clocks that are set while they run. */
import { assert, assertEquals } from "@std/assert";
import { FakeClock, HAS_FAKE_CLOCKS } from "./fake_clock.ts";
import { AskedServer } from "./asked_server.ts";
import { jsonOf } from "./messages.ts";
import { HAS_NATS, NatsServer, NEEDS_NATS } from "./nats.ts";
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

Deno.test({
  name: `a view has hosts when they were heard, though clocks of site and view are set ` +
    `(${NEEDS_NATS}, and libfaketime)`,
  ignore: ignore || !HAS_NATS,
  async fn() {
    using siteClock = new FakeClock(0);
    using viewClock = new FakeClock(0);
    const folder = await Deno.makeTempDir();
    await using nats = await NatsServer.start(folder);
    await using site = await AskedServer.start(
      ["--bus", nats.url, "--site", "a"],
      [],
      siteClock.env,
    );
    const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
    let seq = 0;
    const send = () =>
      socket.send(jsonOf({ v: 1, id: "h", host: "h", session: "s", seq: ++seq }), site.to);
    await send();
    await using view = await AskedServer.startView(["--follow", nats.url], [], viewClock.env);
    const skews = async () =>
      (await view.get("/api/fleet?limit=1")).bus.view.sites
        .map(({ skewMs, silentMs }: Line) => [Math.round(skewMs / 60_000), silentMs]);
    /** Sends until the view shows something; how old what it has last is by its clock then. */
    const untilShown = async (holds: (fleet: Line) => boolean) => {
      let fleet = await view.get("/api/fleet?limit=1");
      await view.waitUntil(async () => {
        await send();
        fleet = await view.get("/api/fleet?limit=1");
        return holds(fleet) && fleet.totals.accepted >= seq - 1;
      });
      const [{ lastSeenMs, ageMs }] = fleet.rows;
      assert(Math.abs(fleet.nowMs - lastSeenMs) < 10_000 && ageMs < 10_000);
    };
    const startMs = Date.now();
    siteClock.set(3_600);
    await untilShown(({ bus }) => bus.view.sites[0]?.skewMs < -3_500_000);
    viewClock.set(7_200);
    await untilShown(({ nowMs }) => nowMs > startMs + 7_100_000);
    // It has counted for a while by then.
    await untilShown(({ nowMs }) => nowMs > startMs + 7_200_000 + 12_000);
    assertEquals(await skews(), [[-60, null]]);
    viewClock.set(0);
    siteClock.set(0);
    await untilShown(({ nowMs, bus }) =>
      nowMs < startMs + 100_000 && bus.view.sites[0].skewMs === 0
    );
    socket.close();
    await Deno.remove(folder, { recursive: true });
  },
});
