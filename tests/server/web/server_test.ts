import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { ThrottledLog } from "../../../lib/common/log.ts";
import { makePause, openWeb } from "../../../lib/server/web/server.ts";
import { MAY_RUN, pageOf, portOf, programOf, Running } from "../../processes.ts";
import { logLines } from "../logs.ts";
import { EventReader, FakeWorld } from "./fakes.ts";

const MAY_WRITE = Deno.permissions.querySync({ name: "write" }).state === "granted";

function test(name: string, fn: (t: Deno.TestContext) => Promise<void>, ignore = !MAY_RUN): void {
  Deno.test({ name: `${name} (needs --allow-run, -net, -read, -env)`, ignore, fn });
}

/** A server with its page on a free port: where it receives, and the URL that it has logged. */
async function startServer(args: readonly string[] = [], permissions = ["--allow-net"]) {
  const server = new Running(programOf("server", permissions), [
    ...["--listen", "127.0.0.1:0", "--view", "none", "--web", "127.0.0.1:0", ...args],
  ]);
  return { server, port: await portOf(server), url: await pageOf(server) };
}

async function send(port: number, text: string): Promise<void> {
  const address = { transport: "udp", hostname: "127.0.0.1" } as const;
  const socket = Deno.listenDatagram({ ...address, port: 0 });
  await socket.send(new TextEncoder().encode(text), { ...address, port });
  socket.close();
}

/** The next event of a kind that is as expected. */
async function findEvent(reader: EventReader, event: string, text: string) {
  for (let next = await reader.next(); next !== null; next = await reader.next()) {
    if (next.event === event && JSON.stringify(next.data).includes(text)) return next;
  }
  throw new Error(`Cannot find the event ${event} with ${text}: the stream has ended`);
}

test("server serves page, API, metrics and stream with --allow-net alone, and ends", async () => {
  const { server, url, port } = await startServer();
  await using _server = server;
  const page = await fetch(url);
  assertEquals([page.status, page.headers.get("content-type")], [200, "text/html; charset=utf-8"]);
  await page.text();
  const stream = await fetch(new URL("/api/stream", url));
  const reader = new EventReader(stream);
  assertEquals((await reader.next())!.data.rows, []);
  await send(port, '{"v":1,"host":"by-hand","id":"x","cpu":{"mean":12.5}}');
  const { data, id } = await findEvent(reader, "changes", '"by-hand"');
  assertEquals([data.rows[0].id, data.rows[0].cpuPercent], ["x", 12.5]);
  const fleet = await (await fetch(new URL("/api/fleet?sort=name&limit=1", url))).json();
  assertEquals([fleet.matched, fleet.rows[0].name], [1, "by-hand"]);
  const host = await (await fetch(new URL("/api/hosts/x", url))).json();
  assertEquals(host.message.cpu.mean, 12.5);
  const metrics = await (await fetch(new URL("/metrics", url))).text();
  assertStringIncludes(metrics, 'id="x"');
  for (const part of ["udp", "page", "view", "watch"]) {
    assertStringIncludes(metrics, `\npulso_server_failures_total{part="${part}"} 0\n`);
  }
  const resumed = new EventReader(
    await fetch(new URL("/api/stream", url), { headers: { "last-event-id": id! } }),
  );
  assertEquals((await resumed.next())!.event, "changes");
  assertEquals(await server.stop(), 0);
  for (const open of [reader, resumed]) await findEvent(open, "dropped", "the server ends");
});

test("server asks for a token off loopback, and logs it once as a URL", async () => {
  const { server, url } = await startServer(["--web", "0.0.0.0:0"]);
  await using _server = server;
  assertMatch(url.search, /^\?token=[\w-]{32}$/);
  const answer = await fetch(url, { redirect: "manual" });
  assertEquals([answer.status, answer.headers.get("location")], [303, "/"]);
  await answer.body?.cancel();
  const cookie = answer.headers.get("set-cookie")!.split(";")[0]!;
  const statuses = [];
  for (const headers of [{}, { cookie }] as Record<string, string>[]) {
    const response = await fetch(new URL("/api/fleet", url), { headers });
    statuses.push(response.status);
    await response.body?.cancel();
  }
  assertEquals(statuses, [401, 200]);
  assertEquals(await server.stop(), 0);
  const lines = server.stderr.all.filter((line) => line.includes(url.search.slice(7)));
  assertEquals(lines.length, 1);
});

test("server asks for none with --web-open, and goes by its name", async () => {
  const { server, url } = await startServer([
    ...["--web", "0.0.0.0:0", "--web-open", "--web-host", "localhost"],
  ]);
  await using _server = server;
  assertEquals([url.hostname, url.search], ["localhost", ""]);
  const answer = await fetch(new URL("/healthz", `http://127.0.0.1:${url.port}`));
  assertEquals(await answer.json(), { status: "ok" });
  assertEquals(await server.stop(), 0);
});

test("server takes the token from a file, and does not repeat it", async () => {
  const file = await Deno.makeTempFile();
  await Deno.writeTextFile(file, "0123456789abcdef\n");
  await Deno.chmod(file, 0o600);
  const permissions = ["--allow-net", `--allow-read=${file}`];
  const { server, url } = await startServer(["--web-token-file", file], permissions);
  await using _server = server;
  const headers = { authorization: "Bearer 0123456789abcdef" };
  const answer = await fetch(new URL("/api/fleet", url), { headers });
  assertEquals(answer.status, 200);
  await answer.body?.cancel();
  assertEquals(await server.stop(), 0);
  assert(!server.stderr.text.includes("0123456789abcdef"));
  await Deno.remove(file);
}, !MAY_RUN || !MAY_WRITE);

test("server says in one line why it cannot serve the page, and ends with 1", async (t) => {
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = taken.addr;
  const cases: [string, string[], string[], string][] = [
    ["port taken", ["--allow-net"], ["--web", `127.0.0.1:${port}`], "the port is taken"],
    ["no such address", ["--allow-net"], ["--web", "192.0.2.1:0"], "see --web"],
    ["no permission", ["--allow-net=127.0.0.1:0"], ["--web", `127.0.0.1:${port}`], "--allow-net"],
    ["token file", ["--allow-net"], ["--web-token-file", "t", "--web", "[::1]:0"], "--allow-read"],
  ];
  for (const [name, permissions, args, text] of cases) {
    await t.step(name, async () => {
      await using server = new Running(programOf("server", permissions), [
        ...["--listen", "127.0.0.1:0", "--view", "none", ...args],
      ]);
      assertEquals(await server.exitCode(), 1);
      const errors = server.stderr.all.filter((line) => line.includes("ERROR"));
      assertEquals(errors.length, 1, server.stderr.text);
      assertStringIncludes(errors[0]!, text);
    });
  }
});

test("server goes on without the page when nobody asked for it and its port is taken", async () => {
  const listener = takeUsualPort();
  const launcher = programOf("server").filter((word) => word !== "--web" && word !== "off");
  await using server = new Running(launcher, ["--listen", "127.0.0.1:0", "--view", "none"]);
  const line = await server.stderr.find((line) => line.includes("WARN"), "the warning");
  assertStringIncludes(line, "Cannot serve the page on 127.0.0.1:8080: the port is taken");
  assertStringIncludes(line, "continuing without the page");
  assertEquals(await server.stop(), 0);
  listener?.close();
});

/** Takes the usual port of the page; where somebody has it already, that is as good. */
function takeUsualPort(): Deno.Listener | null {
  try {
    return Deno.listen({ hostname: "127.0.0.1", port: 8080 });
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse) return null;
    throw error;
  }
}

Deno.test({
  name:
    "openWeb() puts names in order before anybody asks, for a slice of time each second (--allow-net)",
  ignore: Deno.permissions.querySync({ name: "net" }).state !== "granted",
  async fn() {
    const world = new FakeWorld();
    const { log } = logLines();
    // So slow that a slice is over after each step.
    const clock = { nowMs: () => world.nowMs += 10, aheadMs: () => 0 };
    const web = await openWeb({
      ...{ status: [], web: { hostname: "127.0.0.1", port: 0 }, "web-base": "/", "web-host": [] },
      ...{ "web-open": false, "web-proxy": [], "web-token-file": null },
    }, {
      ...world.context,
      ...{ listening: [], clock, log, throttledLog: new ThrottledLog(log, clock.nowMs) },
      failures: { counts: world.failures },
    });
    try {
      world.sendMany(3_000);
      const { names } = world.fleet.index;
      const settled = [1, 2, 3].map((second) => {
        web.tick!(second * 1_000);
        return names.isSettled;
      });
      assertEquals(settled, [false, false, true]);
    } finally {
      await web.close();
    }
  },
});

Deno.test("makePause() gives each one who pauses a turn of its own", async () => {
  const pause = makePause();
  const order: string[] = [];
  const first = pause().then(() => {
    order.push("first");
    setTimeout(() => order.push("others"), 0);
  });
  const second = pause().then(() => order.push("second"));
  await Promise.all([first, second]);
  assertEquals(order, ["first", "others", "second"]);
});
