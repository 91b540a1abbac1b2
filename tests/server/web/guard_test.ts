import { assert, assertEquals, assertMatch, assertStringIncludes, assertThrows } from "@std/assert";
import { LOGIN_ASSETS, Semaphore } from "../../../lib/server/web/guard.ts";
import { HttpError } from "../../../lib/server/web/http/response.ts";
import { FakeWorld, serve } from "./fakes.ts";
import { ASSETS } from "../../../lib/server/web/assets.ts";

const TOKEN = "a-token/of=24;characters";
const SECURE = { token: TOKEN, hostNames: [] };

Deno.test("guard() answers to loopback names, IP addresses and named hosts only", async (t) => {
  const { get } = serve(new FakeWorld(), { token: null, hostNames: ["pulso.example.org"] });
  const cases: [string, number][] = [
    ["127.0.0.1:8080", 200],
    ["127.0.0.1", 200],
    ["192.0.2.7:8080", 200],
    ["[::1]:8080", 200],
    ["[2001:db8::1]", 200],
    ["localhost:8080", 200],
    ["LOCALHOST", 200],
    ["a.localhost:1", 200],
    ["pulso.example.org:443", 200],
    ["Pulso.Example.Org.", 200],
    ["evil.example:8080", 403],
    ["127.0.0.1.evil.example", 403],
    ["pulso.example.org.evil.example", 403],
    ["localhost.evil.example", 403],
    ["evillocalhost", 403],
    ["127.0.0.1@evil.example", 400],
    ["evil.example/127.0.0.1", 400],
    ["127.0.0.1:99999999", 400],
    ["[::1", 400],
    ["", 400],
  ];
  for (const [host, status] of cases) {
    await t.step(JSON.stringify(host), async () => {
      const response = await get("/api/hosts/x", { host });
      assertEquals(response.status, status === 200 ? 404 : status);
      assertStringIncludes((await response.json()).error, "Cannot ");
    });
  }
});

Deno.test("guard() judges by Sec-Fetch-Site and never by Origin, with a token or without", async (t) => {
  const cases: [string, Record<string, string>, boolean][] = [
    ["no Origin", {}, true],
    ["its own Origin", { origin: "http://127.0.0.1:8080" }, true],
    ["through a proxy that rewrites Host", { origin: "https://pulso.example.org" }, true],
    ["its own, says the browser", {
      ...{ origin: "https://pulso.example.org", "sec-fetch-site": "same-origin" },
      "sec-fetch-mode": "cors",
    }, true],
    ["another, says the browser", {
      ...{ origin: "http://127.0.0.1:8080", "sec-fetch-site": "cross-site" },
      "sec-fetch-mode": "cors",
    }, false],
    ["embedded", { "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors" }, false],
    ["embedded nearby", { "sec-fetch-site": "same-site", "sec-fetch-mode": "no-cors" }, false],
    ["a link", { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" }, true],
    ["fetched", { "sec-fetch-site": "same-origin", "sec-fetch-mode": "cors" }, true],
    ["typed", { "sec-fetch-site": "none", "sec-fetch-mode": "navigate" }, true],
  ];
  const authorization = `Bearer ${TOKEN}`;
  for (const [name, headers, isFine] of cases) {
    await t.step(name, async () => {
      const plain = await serve(new FakeWorld()).get("/", headers);
      const secure = await serve(new FakeWorld(), SECURE).get("/", { authorization, ...headers });
      assertEquals([plain.status, secure.status], isFine ? [200, 200] : [403, 403]);
      await Promise.all([plain.body?.cancel(), secure.body?.cancel()]);
    });
  }
});

Deno.test("guard() asks for the token everywhere but for /healthz", async (t) => {
  const { get } = serve(new FakeWorld(), SECURE);
  assertEquals((await get("/healthz")).status, 200);
  const paths = ["/", "/hosts/a", "/assets/page.css", "/api/fleet", "/api/stream", "/metrics"];
  for (const path of [...paths, "/nothing"]) {
    await t.step(path, async () => {
      const response = await get(path);
      assertEquals(response.status, 401);
      assertStringIncludes(response.headers.get("www-authenticate")!, "Bearer");
      assertEquals(response.headers.get("set-cookie"), null);
      assertStringIncludes((await response.json()).error, "token required");
    });
  }
});

Deno.test("guard() takes the token from a header or the cookie, and no other text", async (t) => {
  const { get } = serve(new FakeWorld(), SECURE);
  const cookie = encodeURIComponent(TOKEN);
  const cases: [string, Record<string, string>, number][] = [
    ["bearer", { authorization: `Bearer ${TOKEN}` }, 200],
    ["bearer, small letters", { authorization: `bearer ${TOKEN}` }, 200],
    ["cookie", { cookie: `pulso_token_8080=${cookie}` }, 200],
    ["cookie among others", { cookie: `a=b; pulso_token_8080=${cookie}; c=d` }, 200],
    ["any Host", { authorization: `Bearer ${TOKEN}`, host: "evil.example" }, 200],
    ["empty bearer", { authorization: "Bearer " }, 401],
    ["basic", { authorization: `Basic ${TOKEN}` }, 401],
    ["a part", { authorization: `Bearer ${TOKEN.slice(0, -1)}` }, 401],
    ["too much", { authorization: `Bearer ${TOKEN}x` }, 401],
    ["twice", { authorization: `Bearer ${TOKEN}${TOKEN}` }, 401],
    ["other case", { authorization: `Bearer ${TOKEN.toUpperCase()}` }, 401],
    ["empty cookie", { cookie: "pulso_token_8080=" }, 401],
    ["broken cookie", { cookie: "pulso_token_8080=%ff" }, 401],
    ["another cookie", { cookie: `xpulso_token_8080=${cookie}` }, 401],
  ];
  for (const [name, headers, status] of cases) {
    await t.step(name, async () => {
      const response = await get("/api/fleet", headers);
      assertEquals(response.status, status);
      await response.body!.cancel();
    });
  }
});

Deno.test("guard() has a cookie of its own for each port of a host", async () => {
  const { get } = serve(new FakeWorld(), SECURE);
  const value = encodeURIComponent(TOKEN);
  const cookieAt = async (host: string) =>
    (await get(`/?token=${value}`, { host })).headers.get("set-cookie")!.split("=")[0];
  assertEquals(await cookieAt("a.example:8080"), "pulso_token_8080");
  assertEquals(await cookieAt("[::1]:81"), "pulso_token_81");
  assertEquals(await cookieAt("[::1]"), "pulso_token");
  const both = `pulso_token_81=another; pulso_token_8080=${value}`;
  for (const [host, status] of [["a.example:8080", 200], ["a.example:81", 401]] as const) {
    const response = await get("/api/fleet", { host, cookie: both });
    await response.body!.cancel();
    assertEquals(response.status, status);
  }
});

Deno.test("guard() changes a token in the URL into a cookie", async () => {
  const { get } = serve(new FakeWorld(), SECURE);
  const response = await get(`/hosts/a%2Fb?sort=cpu&token=${encodeURIComponent(TOKEN)}&q=x%26y`);
  assertEquals(response.status, 303);
  assertEquals(response.headers.get("location"), "/hosts/a%2Fb?sort=cpu&q=x%26y");
  const cookie = response.headers.get("set-cookie")!;
  assertMatch(cookie, /^pulso_token_8080=[^;]+; Path=\/; HttpOnly; SameSite=Strict$/);
  const next = await get("/", { cookie: cookie.split("; ")[0]! });
  assertEquals(next.status, 200);
  const elsewhere = await get(`//evil.example/?token=${encodeURIComponent(TOKEN)}`);
  assertEquals(elsewhere.headers.get("location"), "/evil.example/");
  const wrong = await get("/?token=wrong");
  assertEquals([wrong.status, wrong.headers.get("set-cookie")], [401, null]);
});

Deno.test("guard() has a link from elsewhere loaded again, so that its cookie comes along", async () => {
  const { get } = serve(new FakeWorld(), SECURE);
  const link = { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" };
  assertEquals((await get("/", link)).headers.get("refresh"), "0");
  const again = { "sec-fetch-site": "same-origin", "sec-fetch-mode": "navigate" };
  assertEquals((await get("/", again)).headers.get("refresh"), null);
  assert((await get("/")).headers.get("refresh") === null);
});

Deno.test("guard() keeps names of elsewhere out, whatever Origin they come with", async () => {
  const { get } = serve(new FakeWorld());
  for (const headers of [{}, { origin: "http://evil.example:8080" }]) {
    const response = await get("/api/fleet", { host: "evil.example:8080", ...headers });
    assertEquals(response.status, 403);
    assertStringIncludes((await response.json()).error, "unknown Host");
  }
});

Deno.test("Semaphore.acquire() refuses at its limit, and each is released once", () => {
  const semaphore = new Semaphore(2, 503, "things");
  const [first] = [semaphore.acquire(), semaphore.acquire()];
  const { status, message } = assertThrows(() => semaphore.acquire(), HttpError);
  assertEquals([status, message], [
    503,
    "Cannot answer: too many things (limit 2); try again in a moment",
  ]);
  first!();
  first!();
  semaphore.acquire();
  assertThrows(() => semaphore.acquire(), HttpError);
});

const BROWSER = { accept: "text/html,application/xhtml+xml,*/*;q=0.8" };

Deno.test("a browser without the token gets a page with one field", async (t) => {
  const { get } = serve(new FakeWorld(), SECURE);
  for (const path of ["/", "/hosts/a", "/nothing"]) {
    await t.step(path, async () => {
      const response = await get(path, BROWSER);
      assertEquals(response.status, 401);
      assertEquals(response.headers.get("content-type"), "text/html; charset=utf-8");
      assertStringIncludes(response.headers.get("www-authenticate")!, "Bearer");
      assertStringIncludes(response.headers.get("content-security-policy")!, "form-action 'self'");
      const text = await response.text();
      assertEquals(text.match(/<input/g)!.length, 1);
      assertEquals(text.match(/PROBLEM|KEPT/), null);
    });
  }
});

Deno.test("programs without the token get JSON, and so does whoever opens the API", async (t) => {
  const { get } = serve(new FakeWorld(), SECURE);
  for (const path of ["/api/fleet", "/api/stream", "/metrics", "/assets/page.js"]) {
    await t.step(path, async () => {
      const response = await get(path, BROWSER);
      assertEquals(response.status, 401);
      assertStringIncludes((await response.json()).error, "token required");
    });
  }
  assertStringIncludes((await (await get("/", { accept: "*/*" })).json()).error, "Cannot ");
});

Deno.test("the page that asks for the token says what is wrong with one", async (t) => {
  const { get } = serve(new FakeWorld(), SECURE);
  const cases = [
    ["nothing yet", "/", {}, ""],
    ["typed", "/?token=wrong", {}, "That is not the token."],
    [
      "kept",
      "/",
      { cookie: "pulso_token_8080=before" },
      "The server was restarted with another token",
    ],
    [
      "typed, with one kept",
      "/?token=x",
      { cookie: "pulso_token_8080=before" },
      "That is not the token.",
    ],
  ] as const;
  for (const [name, path, headers, words] of cases) {
    await t.step(name, async () => {
      const text = await (await get(path, { ...BROWSER, ...headers })).text();
      const [, problem] = /role="alert">([^<]*)</.exec(text)!;
      assert(words === "" ? problem === "" : problem!.startsWith(words), problem);
    });
  }
});

Deno.test("the page that asks for the token keeps the other parameters, as text", async () => {
  const { get } = serve(new FakeWorld(), SECURE);
  const search = new URLSearchParams({ q: "\"><b>&'", sort: "cpu", token: "wrong" });
  const text = await (await get(`/?${search}`, BROWSER)).text();
  const hidden = Array.from(text.matchAll(/<input type="hidden"[^>]*>/g), ([field]) => field);
  assertEquals(hidden, [
    '<input type="hidden" name="q" value="&#34;&#62;&#60;b&#62;&#38;&#39;">',
    '<input type="hidden" name="sort" value="cpu">',
  ]);
});

Deno.test("nobody is asked for a token for what that page loads, and for nothing else", async () => {
  const { get } = serve(new FakeWorld(), { ...SECURE, base: "/pulso/" });
  const text = await (await get("/pulso/", BROWSER)).text();
  const loaded = Array.from(text.matchAll(/\b(?:src|href)="([^"]*)"/g), ([, url]) => url!);
  assertEquals(new Set(loaded), new Set([...LOGIN_ASSETS].map((path) => `/pulso${path}`)));
  for (const name of ASSETS.keys()) {
    const { status, body } = await get(`/pulso/assets/${name}`);
    await body?.cancel();
    const isPublic = name === "status.css" || loaded.includes(`/pulso/assets/${name}`);
    assertEquals(status, isPublic ? 200 : 401, name);
  }
});
