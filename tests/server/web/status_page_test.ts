import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { ASSETS, VERSION } from "../../../lib/server/web/assets.ts";
import { FakeView, frontOf } from "./front/fronts.ts";
import { FakeWorld, serve } from "./fakes.ts";

const TOKEN = "a-token/of=24;characters";
const STATUS = [{ name: "public", filter: "role:web" }, { name: "all", filter: "" }];
const SETTINGS = { token: TOKEN, hostNames: [], base: "/pulso/", status: STATUS };

function worldOf(): FakeWorld {
  const world = new FakeWorld();
  const cpu = { mean: 87.5, cores: [87.5], iowait: 0, steal: 0 };
  const host = (name: string, tags: Record<string, string>, more = {}) =>
    world.send({
      id: `id-of-${name.replaceAll(/\W/g, "-")}`,
      host: name,
      interval: 1_000,
      cpu,
      tags,
      ...more,
    });
  host("web-1", { role: "web", secret: "tag-value" });
  host("<b>web-2</b>", { role: "web" });
  host("db-1", { role: "db" });
  return world;
}

Deno.test("/status/NAME names the hosts that were chosen and how they are, without a token", async () => {
  const world = worldOf();
  const { get } = serve(world, SETTINGS);
  const response = await get("/pulso/status/public");
  assertEquals([response.status, response.headers.get("set-cookie")], [200, null]);
  assertMatch(response.headers.get("content-security-policy")!, /frame-ancestors 'none'/);
  const text = await response.text();
  assertStringIncludes(text, '<b>web-1</b><span class="status" data-status="live">');
  assertStringIncludes(text, "<b>&#60;b&#62;web-2&#60;/b&#62;</b>");
  assertStringIncludes(text, '<p class="sum" data-status="live">All are live</p>');
  for (
    const secret of [
      ...["db-1", "id-of", "192.0.2.7", "40000", "87", "88", "role", "tag-value", TOKEN, "api/"],
      "<script",
    ]
  ) assert(!text.includes(secret), secret);
  assertEquals([...text.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, path]) => path), [
    ...["icon.svg", "base.css", "status.css"].map((name) => `/pulso/assets/${name}`),
  ]);
  world.nowMs += 60_000;
  const later = await (await get("/pulso/status/public")).text();
  assertStringIncludes(later, "All are offline");
  assertEquals((await get("/pulso/status/public", {}, "HEAD")).status, 200);
});

Deno.test("a status page tells no address of a sender that has no name", async () => {
  const world = worldOf();
  world.send({ v: undefined, host: undefined, cpu: 3 });
  const text = await (await serve(world, SETTINGS).get("/pulso/status/all")).text();
  assertStringIncludes(text, "a host without a name");
  assert(!text.includes("192.0.2.7"));
});

Deno.test("a status page is made once in some seconds, however many ask", async () => {
  const world = worldOf();
  let orders = 0;
  const order = world.fleet.order.bind(world.fleet);
  world.fleet.order = (...given) => {
    orders++;
    return order(...given);
  };
  const { get } = serve(world, SETTINGS);
  const all = await Promise.all(Array.from({ length: 20 }, () => get("/pulso/status/public")));
  for (const response of all) await response.body?.cancel();
  assertEquals(orders, 1);
});

Deno.test("beside a status page nothing is reached without the token, by any path or header", async () => {
  const { get } = serve(worldOf(), SETTINGS);
  const paths = [
    ...[
      "",
      "compare",
      "grid",
      "ways",
      "hosts/id-of-db-1",
      "?wall",
      "status",
      "status/",
      "status/other",
    ],
    ...[
      "status/public/",
      "status/public/api/fleet",
      "status/PUBLIC",
      "status//public",
      "/status/public",
    ],
    ...["status/public%2F..%2Fapi%2Ffleet", "status/%70ublic", "status/public;api/fleet"],
    ...[
      "status/public/../../api/fleet",
      "status/public/..%2f..%2fapi/fleet",
      "api/fleet",
      "metrics",
    ],
    ...["api/fleet?limit=1", "api/hosts/id-of-web-1", "api/history", "api/alerts", "api/mutes"],
    ...["api/replay", "api/stream", "api/forget", "api/status/public", "assets/page.js"],
    ...[...ASSETS.keys()].map((name) => `assets/${VERSION}/${name}`),
  ];
  const headers: Record<string, string>[] = [
    {},
    { accept: "text/html" },
    { accept: "application/json" },
    { accept: "text/event-stream" },
    { authorization: "Bearer public" },
    { authorization: "Basic cHVibGljOg==" },
    { cookie: "pulso_token=public" },
    { "x-original-url": "/pulso/status/public", "x-rewrite-url": "/pulso/status/public" },
    { "x-forwarded-prefix": "/status/public", "x-forwarded-host": "localhost" },
    { "x-http-method-override": "GET", "x-requested-with": "pulso" },
    { referer: "http://127.0.0.1/pulso/status/public", origin: "http://127.0.0.1" },
    { host: "localhost" },
  ];
  for (const path of paths) {
    for (const header of headers) {
      const response = await get(`/pulso/${path}`, header);
      const text = await response.text();
      const what = `${path} ${JSON.stringify(header)}`;
      assert(
        [301, 308, 400, 401, 403, 404, 405].includes(response.status),
        `${what} ${response.status}`,
      );
      for (const secret of ["web-1", "db-1", "87.5", "192.0.2.7", TOKEN]) {
        assert(!text.includes(secret), `${what} tells ${secret}`);
      }
    }
  }
  for (const method of ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"]) {
    const response = await get("/pulso/status/public", { "x-requested-with": "pulso" }, method);
    assertEquals(response.status, 405, method);
    await response.body?.cancel();
  }
  // The page itself hands out nothing that opens more: not even to who has the token does it give a cookie.
  const given = await get(`/pulso/status/public?token=${encodeURIComponent(TOKEN)}`);
  assertEquals([given.status, given.headers.get("set-cookie")], [200, null]);
  await given.body?.cancel();
});

Deno.test("a status page lists a thousand hosts, and its sum is of all", async () => {
  const world = new FakeWorld();
  world.send({ id: "last", host: "zzz", interval: 1_000 });
  world.nowMs += 60_000;
  world.sendMany(1_000);
  const { get } = serve(world, SETTINGS);
  const text = await (await get("/pulso/status/all")).text();
  assertEquals([text.split("<li>").length - 1, text.includes("zzz")], [1_001, false]);
  assertStringIncludes(text, "<li>and others</li>");
  assertStringIncludes(text, '<p class="sum" data-status="offline">Some are offline</p>');
});

Deno.test("a status page says whether some or all that are expected are missing", async (t) => {
  const cases: readonly (readonly [sum: string, silentMs: readonly (number | "bye")[]])[] = [
    ["Some are offline", [0, 60_000]],
    ["All are offline", [60_000]],
    ["All are offline", [60_000, "bye", 60_000]],
    ["Some are offline", [5_000, 60_000]],
    ["Some are late", [0, 5_000]],
    ["All are late", [5_000, 5_000]],
    ["All are late", Array.from({ length: 1_001 }, () => 5_000)],
    ["All are live", [0, "bye"]],
    ["None is expected", ["bye"]],
    ["No host is here", []],
  ];
  for (const [sum, silent] of cases) {
    await t.step(`${sum}: ${silent.slice(0, 3)}`, async () => {
      const world = new FakeWorld();
      const endMs = world.nowMs + 60_000;
      for (const [n, silence] of silent.entries()) {
        const isGone = silence === "bye";
        world.nowMs = endMs - (isGone ? 0 : silence);
        world.send({ id: `h-${n}`, host: `h-${n}`, interval: 1_000, ...isGone && { bye: true } });
      }
      world.nowMs = endMs;
      const text = await (await serve(world, SETTINGS).get("/pulso/status/all")).text();
      assertEquals(/class="sum"[^>]*>([^<]*)</.exec(text)?.[1], sum);
    });
  }
});

Deno.test("the status page of a view that is behind does not say that all are live", async () => {
  const world = worldOf();
  const view = {
    failure: null,
    behindMs: 5_001,
    pending: 1,
    missed: 0,
    refused: 0,
    misdated: 0,
    notifies: null,
  };
  world.bus = { bus: "nats://bus", site: null, view: { ...view, sites: [], sharing: 0 } };
  const text = await (await serve(world, SETTINGS).get("/pulso/status/all")).text();
  assertStringIncludes(text, '<p class="sum" data-status="unknown">Not all are known now</p>');
});

/** A front that asks for a token, of two views that have a host without a name, and what it says to everybody. */
function frontOfTwo() {
  const [a, b] = [new FakeView(worldOf()), new FakeView()];
  b.world.send({ id: "id-of-web-0", host: "web-0", interval: 1_000, tags: { role: "web" } });
  b.world.send({ v: undefined, host: undefined, cpu: 3 });
  const credentials = () =>
    Promise.resolve({ secrets: [TOKEN], headers: { authorization: `Bearer ${TOKEN}` } });
  const front = frontOf([a, b], new FakeWorld(), credentials, SETTINGS);
  const page = async (name: string) => {
    front.clock.nowMs += 5_000;
    const response = await front.get(`/pulso/status/${name}`);
    const text = await response.text();
    for (
      const secret of [
        ...["127.0.0", "8080", "id-of", "192.0.2.7", "40000", "87", "role", "tag-value", TOKEN],
        ...["api/", "<script", "refused", "the view"],
      ]
    ) assert(!text.includes(secret), secret);
    return [
      response.status,
      /data-status="(\w*)">([^<]*)<\/p>/.exec(text)!.slice(1),
      namesIn(text),
    ];
  };
  return { a, b, front, page };
}

const namesIn = (text: string) => [...text.matchAll(/<b>([^<]*)<\/b>/g)].map(([, name]) => name);

Deno.test("a status page of a front names the hosts of all its views, and nothing else", async () => {
  const { front, page } = frontOfTwo();
  const names = ["&#60;b&#62;web-2&#60;/b&#62;", "web-0", "web-1"];
  assertEquals(await page("public"), [200, ["live", "All are live"], names]);
  const all = ["a host without a name", names[0], "db-1", ...names.slice(1)];
  assertEquals(await page("all"), [200, ["live", "All are live"], all]);
  // The rest of it asks for the token.
  assertEquals((await front.get("/pulso/api/fleet")).status, 401);
  assertEquals((await front.get("/pulso/status/other")).status, 401);
});

Deno.test("a status page of a front says what it does not know, and not of whom", async () => {
  const { a, b, page } = frontOfTwo();
  const away = () => Promise.reject(new TypeError("tcp connect error: Connection refused"));
  b.instead = away;
  const unknown = ["unknown", "Not all are known now"];
  const names = ["&#60;b&#62;web-2&#60;/b&#62;", "web-1"];
  assertEquals(await page("public"), [200, unknown, names]);
  a.world.nowMs += 60_000;
  const both = ["offline", "Some are offline, and not all are known now"];
  assertEquals(await page("public"), [200, both, names]);
  a.instead = away;
  assertEquals(await page("public"), [200, unknown, []]);
  b.instead = null;
  assertEquals(await page("public"), [200, unknown, ["web-0"]]);
});

Deno.test("a status page of a front asks its views once in some seconds, however many ask it", async () => {
  const { a, b, front } = frontOfTwo();
  const all = await Promise.all(
    Array.from({ length: 20 }, () => front.get("/pulso/status/public")),
  );
  for (const response of all) await response.body?.cancel();
  assertEquals([a.asked.length, b.asked.length], [1, 1]);
});
