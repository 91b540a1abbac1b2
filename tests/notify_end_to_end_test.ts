/** The real server and those whom it tells, with the permissions that it needs for that and no others. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { inFolder } from "./files.ts";
import { MAY_RUN, pageOf, programOf, Running } from "./processes.ts";

const MAY_ALL = MAY_RUN && Deno.permissions.querySync({ name: "write" }).state === "granted";
const SECRET = "s3cr3tOfTheReceiver";

function test(name: string, fn: () => Promise<void>): void {
  Deno.test({ name: `${name} (needs --allow-all)`, ignore: !MAY_ALL, fn });
}

/** A receiver, and the requests that come to it. */
function openReceiver() {
  const requests: {
    readonly path: string;
    readonly token: string | null;
    readonly body: string;
  }[] = [];
  const arrival = Promise.withResolvers<void>();
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    const token = request.headers.get("authorization");
    requests.push({ path: new URL(request.url).pathname, token, body: await request.text() });
    arrival.resolve();
    return new Response();
  });
  const url = `http://127.0.0.1:${server.addr.port}/hooks/${SECRET}`;
  return {
    requests,
    arrived: arrival.promise,
    url,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

const ARGS = ["--listen", "127.0.0.1:0", "--view", "none"];

test("a server asks its --heartbeat, and shows the URL's host at most", async () => {
  await using receiver = openReceiver();
  const launcher = programOf("server", ["--allow-net"]);
  await using server = new Running(launcher, [...ARGS, "--heartbeat", receiver.url]);
  await receiver.arrived;
  assertEquals(receiver.requests[0]!.path, `/hooks/${SECRET}`);
  assertEquals(await server.stop(), 0);
  assert(!server.stderr.text.includes(SECRET));
  const config = new Running(programOf("server", []).slice(0, -2), [
    ...["config", "--heartbeat", receiver.url],
  ]);
  assertEquals(await config.exitCode(), 0, config.stderr.text);
  assertMatch(config.stdout.text, /^heartbeat +http:\/\/127\.0\.0\.1:\d+ +--heartbeat$/m);
});

test("a server tells destinations of --alerts with secrets that nothing shows", () =>
  inFolder(async (folder) => {
    await using receiver = openReceiver();
    const [file, token] = [`${folder}/alerts.yml`, `${folder}/token`];
    await Deno.writeTextFile(token, `${SECRET}\n`, { mode: 0o600 });
    const destinations = {
      chat: { webhook: receiver.url, "token-file": token },
      env: { "url-env": "PULSO_TEST_URL" },
      away: { webhook: "http://127.0.0.1:1/", "token-file": "/etc/pulso/none" },
    };
    await Deno.writeTextFile(file, JSON.stringify({ destinations }));
    const permissions = ["--allow-net", `--allow-read=${folder}`, "--allow-env=PULSO_*"];
    await using server = new Running(
      programOf("server", permissions).slice(0, -2),
      [...ARGS, "--web", "127.0.0.1:0", "--alerts", file],
      { PULSO_TEST_URL: receiver.url },
    );
    const { href: page } = await pageOf(server);
    const headers = { "x-requested-with": "test" };
    const test = await fetch(`${page}api/alerts/test`, { method: "POST", headers });
    const { results } = await test.json();
    const errors = Object.fromEntries(
      results.map(({ name, error }: Record<string, string>) => [name, error]),
    );
    assertEquals([errors.chat, errors.env], [null, null]);
    assertMatch(errors.away!, /^Cannot use the file \/etc\/pulso\/none: .*--allow-read/);
    const tokens = receiver.requests.map(({ path, token }) => `${path} ${token}`);
    const path = `/hooks/${SECRET}`;
    assertEquals(tokens.sort(), [`${path} Bearer ${SECRET}`, `${path} null`].sort());
    for (const { body } of receiver.requests) {
      assertEquals(JSON.parse(body).notices[0].what, "test");
    }
    const shown = await Promise.all(
      ["api/alerts", "metrics", "api/fleet"].map(async (path) =>
        await (await fetch(`${page}${path}`)).text()
      ),
    );
    assertMatch(shown[0]!, /"where":"webhook http:\/\/127\.0\.0\.1:\d+"/);
    assertMatch(shown[1]!, /^pulso_notifications_total\{destination="chat",result="sent"\} 0$/m);
    assertEquals(await server.stop(), 0);
    assert(![...shown, server.stderr.text].join().includes(SECRET));
  }));
