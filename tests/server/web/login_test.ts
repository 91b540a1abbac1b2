import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { ASSETS } from "../../../lib/server/web/assets.ts";
import { LOGIN_ASSETS } from "../../../lib/server/web/login.ts";
import { FakeWorld, serve } from "./fakes.ts";

const TOKEN = "a-token/of=24;characters";
const SECURE = { token: TOKEN, hostNames: [] };
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
      { cookie: "pulso_token=before" },
      "The server was restarted with another token",
    ],
    [
      "typed, with one kept",
      "/?token=x",
      { cookie: "pulso_token=before" },
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
    assertEquals(status, loaded.includes(`/pulso/assets/${name}`) ? 200 : 401, name);
  }
});
