import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import {
  MAX_REQUESTS,
  MAX_SCRAPES,
  MAX_STREAMS,
  MAX_URL_LENGTH,
} from "../../../lib/server/web/guard.ts";
import { EventReader, FakeWorld, serve, START_MS } from "./fakes.ts";

async function errorOf(response: Response): Promise<string> {
  assertEquals(response.headers.get("content-type"), "application/json; charset=utf-8");
  const { error } = await response.json();
  return error;
}

Deno.test("handle() answers each path with its type, and every answer is safe", async (t) => {
  const world = new FakeWorld();
  world.send({ id: "a" });
  const { get } = serve(world);
  const html = "text/html; charset=utf-8";
  const json = "application/json; charset=utf-8";
  const cases: [string, number, string][] = [
    ["/", 200, html],
    ["/?sort=cpu&q=web", 200, html],
    ["/hosts/a", 200, html],
    ["/hosts/192.0.2.7%2Fweb%20%C3%BC", 200, html],
    ["/assets/uPlot.esm.js", 200, "text/javascript; charset=utf-8"],
    ["/assets/page.css", 200, "text/css; charset=utf-8"],
    ["/healthz", 200, json],
    ["/metrics", 200, "text/plain; version=0.0.4; charset=utf-8"],
    ["/api/fleet", 200, json],
    ["/api/hosts/a", 200, json],
    ["/api/hosts/a/history", 200, json],
    ["/api/stream", 200, "text/event-stream; charset=utf-8"],
    ["/api/stream?host=a", 200, "text/event-stream; charset=utf-8"],
    ["/nothing", 404, json],
    ["/hosts", 404, json],
    ["/hosts/a/b", 404, json],
    ["/assets/", 404, json],
    ["/assets/index.html", 404, json],
    ["/assets/..%2findex.html", 404, json],
    ["/assets/../../deno.json", 404, json],
    ["/assets/%2e%2e/%2e%2e/deno.json", 404, json],
    ["/assets/constructor", 404, json],
    ["/assets/0.2.0/page.js", 200, "text/javascript; charset=utf-8"],
    ["/assets/0.2.0/constructor", 404, json],
    ["/assets/0.2.0/0/page.js", 404, json],
    ["/api", 404, json],
    ["/api/", 404, json],
    ["/api/fleet/", 404, json],
    ["/api/hosts/", 404, json],
    ["/api/hosts/a/future", 404, json],
    ["/api/hosts/nobody", 404, json],
    ["/api/hosts/%C3%BC%2F%F0%9F%92%A9", 404, json],
    ["/api/hosts/__proto__", 404, json],
    ["//example.org/", 404, json],
    ["//a", 404, json],
    ["/hosts/%", 400, json],
    ["/api/hosts/%ff", 400, json],
  ];
  for (const [path, status, type] of cases) {
    await t.step(path, async () => {
      const { status: actual, headers, body } = await get(path);
      await body?.cancel();
      assertEquals([actual, headers.get("content-type")], [status, type]);
      assertStringIncludes(headers.get("content-security-policy")!, "default-src 'self'");
      assertStringIncludes(headers.get("content-security-policy")!, "frame-ancestors 'none'");
      assertEquals(headers.get("x-content-type-options"), "nosniff");
      assertEquals(headers.get("referrer-policy"), "no-referrer");
      assertEquals(headers.get("cross-origin-resource-policy"), "same-origin");
      assertEquals(headers.get("cross-origin-opener-policy"), "same-origin");
      assertEquals(headers.get("set-cookie"), null);
      assertMatch(headers.get("cache-control")!, /^(no-cache|no-store, no-transform)$/);
    });
  }
  assertEquals(world.faults, []);
});

Deno.test("handle() answers HEAD as GET without a body, and opens no stream for it", async (t) => {
  const { get } = serve(new FakeWorld());
  for (const path of ["/", "/api/fleet", "/metrics", "/api/hosts/x", "/healthz"]) {
    await t.step(path, async () => {
      const [head, whole] = [await get(path, {}, "HEAD"), await get(path)];
      assertEquals([head.status, head.body], [whole.status, null]);
      assertEquals([...head.headers], [...whole.headers]);
      await whole.body?.cancel();
    });
  }
  for (let n = 0; n <= MAX_STREAMS; n++) {
    assertEquals((await get("/api/stream", {}, "HEAD")).status, 200);
  }
});

Deno.test("handle() refuses other methods, and changes nothing", async (t) => {
  const { get } = serve(new FakeWorld());
  for (const method of ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"]) {
    await t.step(method, async () => {
      const response = await get("/api/fleet", {}, method);
      assertEquals([response.status, response.headers.get("allow")], [405, "GET, HEAD"]);
      assertStringIncludes(await errorOf(response), `Cannot ${method}`);
    });
  }
});

Deno.test("handle() serves what has not changed as 304", async () => {
  const { get } = serve(new FakeWorld());
  const first = await get("/assets/page.css");
  const etag = first.headers.get("etag")!;
  assertStringIncludes(await first.text(), ".uplot");
  for (const known of [etag, `W/${etag}`, `"other", ${etag}`]) {
    const again = await get("/assets/page.css", { "if-none-match": known });
    assertEquals([again.status, await again.text()], [304, ""]);
    assertEquals(again.headers.get("x-content-type-options"), "nosniff");
  }
  const other = await get("/", { "if-none-match": etag });
  assertEquals(other.status, 200);
});

Deno.test("handle() lets browsers keep what has its version in its path, and nothing else", async () => {
  const { get } = serve(new FakeWorld());
  const shell = await get("/");
  assertEquals(shell.headers.get("cache-control"), "no-cache");
  const text = await shell.text();
  const paths = Array.from(text.matchAll(/\b(?:src|href)="(\/assets[^"]*)"/g), ([, url]) => url!);
  assertEquals(paths.length, 4);
  for (const path of paths) {
    const kept = await get(path);
    assertEquals(
      [kept.status, kept.headers.get("cache-control")],
      [200, "max-age=31536000, immutable"],
    );
    for (const other of ["/assets/", "/assets/another/"]) {
      const { status, headers } = await get(path.replace(/.*\//, other));
      assertEquals([status, headers.get("cache-control")], [200, "no-cache"]);
    }
  }
});

Deno.test("handle() refuses a URL that the system made of a bad Host", async () => {
  const world = new FakeWorld();
  const request = new Request("http://127.0.0.1/");
  Object.defineProperty(request, "url", { value: "http://[::1/" });
  const response = await serve(world).handler.handle(request);
  assertEquals([response.status, world.faults], [400, []]);
  assertStringIncludes(await errorOf(response), "the Host header is malformed");
});

Deno.test("handle() refuses a URL that is too long", async () => {
  const { get } = serve(new FakeWorld());
  const longest = await get(`/api/fleet?q=${"%20".repeat(256)}`);
  assertEquals(longest.status, 200);
  await longest.body!.cancel();
  const response = await get(`/api/fleet?q=${"a".repeat(MAX_URL_LENGTH)}`);
  assertEquals(response.status, 414);
  assertStringIncludes(await errorOf(response), "longer than 4096 characters");
});

Deno.test("handle() answers a bounded number of requests at once", async () => {
  const world = new FakeWorld();
  const { get } = serve(world);
  const open = await Promise.all(Array.from({ length: MAX_REQUESTS }, () => get("/api/fleet")));
  const refused = await get("/api/fleet");
  assertEquals([refused.status, refused.headers.get("retry-after")], [503, "1"]);
  assertStringIncludes(await errorOf(refused), "too many requests (limit 64)");
  assertEquals((await get("/healthz")).status, 200);
  await open.pop()!.text();
  const next = await get("/api/fleet");
  assertEquals(next.status, 200);
  await next.body!.cancel();
  await Promise.all(open.map(({ body }) => body!.cancel()));
  assertEquals(world.timers, 0);
});

Deno.test("handle() answers a bounded number of scrapes at once", async () => {
  const { get } = serve(new FakeWorld());
  const open = await Promise.all(Array.from({ length: MAX_SCRAPES }, () => get("/metrics")));
  const refused = await get("/metrics");
  assertEquals(refused.status, 503);
  assertStringIncludes(await errorOf(refused), "too many scrapes (limit 4)");
  await open.pop()!.body!.cancel();
  const next = await get("/metrics");
  assertEquals(next.status, 200);
  await Promise.all([next, ...open].map(({ body }) => body!.cancel()));
});

Deno.test("handle() keeps a bounded number of streams open", async () => {
  const world = new FakeWorld();
  const { get } = serve(world);
  const paths = Array.from(
    { length: MAX_STREAMS },
    (_, n) => `/api/stream${n % 2 ? "?host=a" : ""}`,
  );
  const open = await Promise.all(paths.map((path) => get(path)));
  const refused = await get("/api/stream");
  assertEquals(refused.status, 429);
  assertStringIncludes(await errorOf(refused), "too many streams (limit 64)");
  await open.pop()!.body!.cancel();
  const next = await get("/api/stream");
  assertEquals(next.status, 200);
  await Promise.all([next, ...open].map(({ body }) => body!.cancel()));
});

Deno.test("handle() gives a place back when a query is wrong", async () => {
  const { get } = serve(new FakeWorld());
  for (let n = 0; n <= MAX_REQUESTS; n++) {
    assertEquals((await get("/api/fleet?sort=nothing")).status, 400);
    assertEquals((await get("/metrics?x=1")).status, 400);
    assertEquals((await get("/api/stream?hosts=1")).status, 400);
  }
});

Deno.test("handle() writes metrics in the format that the scraper asks for", async () => {
  const { get } = serve(new FakeWorld());
  const accept = "application/openmetrics-text;version=1.0.0;q=0.8,text/plain;version=0.0.4;q=0.5";
  const open = await get("/metrics", { accept });
  assertEquals(
    open.headers.get("content-type"),
    "application/openmetrics-text; version=1.0.0; charset=utf-8",
  );
  assert((await open.text()).endsWith("# EOF\n"));
  assertStringIncludes(await (await get("/metrics")).text(), "# TYPE ");
});

Deno.test("handle() tells of a fault without its details", async () => {
  const world = new FakeWorld();
  world.fleet.totals = () => {
    throw new Error("secret detail");
  };
  const { get } = serve(world);
  const response = await get("/api/fleet");
  assertEquals(response.status, 500);
  assertEquals(await errorOf(response), "Cannot answer: internal error");
  assertEquals(world.faults.map(String), ["Error: secret detail"]);
});

Deno.test("close() tells those who listen that the server ends", async () => {
  const world = new FakeWorld();
  world.send({ id: "a" });
  const { handler, get } = serve(world);
  const readers = [
    new EventReader(await get("/api/stream")),
    new EventReader(await get("/api/stream?host=a")),
  ];
  for (const reader of readers) await reader.next();
  handler.close();
  for (const reader of readers) {
    const { event, data } = (await reader.next())!;
    assertEquals([event, data], ["dropped", { reason: "the server ends" }]);
    assertEquals(await reader.next(), null);
  }
  assertEquals([world.nowMs, world.faults], [START_MS, []]);
});

Deno.test("handle() answers below a base and without it, as proxies leave it or take it off", async (t) => {
  const world = new FakeWorld();
  world.send({ id: "a" });
  const settings = {
    ...{ token: null, hostNames: [], base: "/pulso/" },
    listening: [{ hostname: "::", port: 5005 }, { hostname: "0.0.0.0", port: 5005 }],
  };
  const { get } = serve(world, settings);
  for (const path of ["/", "/hosts/a", "/assets/page.js", "/api/hosts/a", "/metrics", "/healthz"]) {
    await t.step(path, async () => {
      const texts = await Promise.all(["", "/pulso"].map(async (base) => {
        const response = await get(base + path);
        assertEquals(response.status, 200);
        return await response.text();
      }));
      assertEquals(texts[0], texts[1]);
    });
  }
  const shell = await (await get("/pulso/")).text();
  const urls = Array.from(shell.matchAll(/\b(?:src|href)="([^"#]*)"/g), ([, url]) => url!);
  assertEquals(urls.filter((url) => !url.startsWith("/pulso/")), []);
  assertStringIncludes(shell, 'content="[::]:5005 0.0.0.0:5005"');
  const moved = await get("/pulso?q=x");
  assertEquals([moved.status, moved.headers.get("location")], [308, "/pulso/?q=x"]);
  assertEquals((await get("/pulsox/")).status, 404);
});

Deno.test("handle() sets its cookie and its redirect below the base", async () => {
  const token = "a-token-of-more-than-16";
  const { get } = serve(new FakeWorld(), { token, hostNames: [], base: "/pulso/" });
  for (const path of ["/hosts/a", "/pulso/hosts/a"]) {
    const { status, headers } = await get(`${path}?token=${token}&sort=cpu`);
    assertEquals([status, headers.get("location")], [303, "/pulso/hosts/a?sort=cpu"]);
    assertStringIncludes(headers.get("set-cookie")!, "; Path=/pulso/; ");
  }
});

Deno.test("handle() tells proxies to keep no event back", async () => {
  const { get } = serve(new FakeWorld());
  for (const path of ["/api/stream", "/api/stream?limit=1", "/api/stream?host=a"]) {
    for (const method of ["GET", "HEAD"]) {
      const { headers, body } = await get(path, {}, method);
      await body?.cancel();
      assertEquals(headers.get("x-accel-buffering"), "no");
    }
  }
});

Deno.test("handle() finds the past of an id that proxies would decode in a path", async () => {
  const world = new FakeWorld();
  world.send({ cpu: { mean: 7 } });
  const { get } = serve(world);
  const past = await (await get("/api/history?host=192.0.2.7%2Fh&metric=cpu")).json();
  assertEquals(past.cpu, [7]);
  assertEquals((await get("/api/history?host=nobody")).status, 404);
  assertEquals((await get("/api/history")).status, 400);
  assertEquals((await get("/api/history?host=192.0.2.7%2Fh&metrik=cpu")).status, 400);
});

Deno.test("the page's files are compressed for who takes that, and have a length either way", async () => {
  const { get } = serve(new FakeWorld());
  const path = "/assets/uPlot.esm.js";
  const plain = await get(path);
  const text = await plain.text();
  assertEquals(plain.headers.get("content-length"), `${new TextEncoder().encode(text).length}`);
  for (const accept of ["gzip", "br, gzip;q=0.5", "gzip, deflate, br"]) {
    const { headers, body } = await get(path, { "accept-encoding": accept });
    assertEquals(
      [headers.get("content-encoding"), headers.get("etag"), headers.get("vary")],
      ["gzip", `W/${plain.headers.get("etag")}`, "accept-encoding"],
    );
    const unpacked = body!.pipeThrough(new DecompressionStream("gzip"));
    assert(await new Response(unpacked).text() === text);
    assert(Number(headers.get("content-length")) < text.length / 2);
  }
  for (const accept of ["br", "gzip;q=0", "deflate, gzip; q=0.0, br", "x-gzipped"]) {
    const { headers } = await get(path, { "accept-encoding": accept });
    assertEquals(headers.get("content-encoding"), null, accept);
  }
  const etag = `W/${plain.headers.get("etag")}`;
  const known = await get(path, { "accept-encoding": "gzip", "if-none-match": etag });
  assertEquals([known.status, known.headers.get("content-length")], [304, null]);
});

Deno.test("handle() knows no path but those of its table", async () => {
  const world = new FakeWorld();
  world.send({ id: "a" });
  const { get } = serve(world);
  const cases: [path: string, status: number][] = [
    ...["/", "/hosts/", "/hosts/a", "/hosts/a%2Fb", "/healthz", "/metrics", "/api/fleet"].map(
      (path): [string, number] => [path, 200],
    ),
    ...[
      "/api/hosts/a",
      "/api/hosts/a/history",
      "/%61pi/fleet",
      "/assets/page.js",
      "/assets/0/page.js",
    ]
      .map((path): [string, number] => [path, 200]),
    ...["/hosts", "/hosts/a/b", "//", "/metrics/", "/healthz/", "/api", "/api/", "/api/fleet/"].map(
      (path): [string, number] => [path, 404],
    ),
    ...["/api/hosts", "/api/hosts/", "/api/hosts/a/", "/api/hosts//history", "/api/hosts/a/past"]
      .map((path): [string, number] => [path, 404]),
    ...["/assets", "/assets/", "/assets/none.js", "/assets/0/0/page.js", "/*", "/hosts/*/*"].map(
      (path): [string, number] => [path, 404],
    ),
    ["/api/%", 400],
  ];
  for (const [path, status] of cases) {
    const response = await get(path);
    await response.body?.cancel();
    assertEquals(response.status, status, path);
  }
  const { error } = await (await get("/api/hosts/")).json();
  assertStringIncludes(error, "Cannot find this path");
});
