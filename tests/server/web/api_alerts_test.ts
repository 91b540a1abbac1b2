import { assertEquals } from "@std/assert";
import { FakeWorld, serve, START_MS } from "./fakes.ts";

const OWN = { "x-requested-with": "test" };

Deno.test("POST and DELETE of /api/mute mute and end that, and all show what is muted", async () => {
  const { get } = serve(new FakeWorld());
  const mutes = async (response: Response) =>
    (await response.json()).mutes.map(({ id, filter, untilMs }: Record<string, unknown>) =>
      [id, filter, Number(untilMs) - START_MS].join(" ")
    );
  const mute = (search: string) => get(`/api/mute?${search}`, OWN, "POST");
  assertEquals(await mutes(await mute("filter=role:db&forMs=7200000")), ["1 role:db 7200000"]);
  assertEquals(await mutes(await mute("filter=web-*+alert:cpu&forMs=60000")), [
    ...["2 web-* alert:cpu 60000", "1 role:db 7200000"],
  ]);
  assertEquals(await mutes(await get("/api/mute?id=1", OWN, "DELETE")), [
    "2 web-* alert:cpu 60000",
  ]);
  assertEquals(await mutes(await get("/api/mute?id=all", OWN, "DELETE")), []);
  assertEquals(await mutes(await get("/api/mutes")), []);
});

Deno.test("the paths of alerts refuse what is not right", async (t) => {
  const { get } = serve(new FakeWorld());
  const cases: [path: string, method: string, headers: object, status: number, error: string][] = [
    ["/api/mute?filter=a&forMs=60000", "POST", {}, 403, "needs the header X-Requested-With"],
    ["/api/mute?id=1", "DELETE", {}, 403, "needs the header X-Requested-With"],
    [
      "/api/mute?id=1",
      "DELETE",
      { ...OWN, "sec-fetch-site": "cross-site" },
      403,
      "needs the header",
    ],
    ["/api/mute?id=7", "DELETE", OWN, 404, "none with that id"],
    ["/api/mute?filter=&forMs=60000", "POST", OWN, 400, "it is empty"],
    ["/api/mute?filter=cpu>x&forMs=60000", "POST", OWN, 400, "cannot be compared"],
    ["/api/mute?filter=a&forMs=1", "POST", OWN, 400, "1m to 365d"],
    ["/api/mute?filter=a&forMs=x", "POST", OWN, 400, "1m to 365d"],
    ["/api/mute?filter=a&for=2h", "POST", OWN, 400, "parameter"],
    ["/api/replay", "DELETE", OWN, 405, "only GET, HEAD and POST are"],
    ["/api/alerts/test?to=chat", "POST", OWN, 404, "none of that name"],
    ["/api/alerts/test", "POST", {}, 403, "needs the header X-Requested-With"],
  ];
  for (const [path, method, headers, status, error] of cases) {
    await t.step(`${method} ${path}`, async () => {
      const response = await get(path, headers as Record<string, string>, method);
      const body = await response.json();
      assertEquals([response.status, body.error.includes(error)], [status, true], body.error);
    });
  }
});

Deno.test("POST to /api/alerts/test tells those that are named, or all, and how that went", async () => {
  const world = new FakeWorld();
  const manners = { destinations: ["chat", "mail"], tell: [], quiet: [], maintenance: [] };
  world.alerts.use([], manners);
  const { get } = serve(world);
  assertEquals(await (await get("/api/alerts/test")).json(), { destinations: ["chat", "mail"] });
  const results = [{ name: "chat", error: null }, { name: "mail", error: "SMTP 535" }];
  for (const [to, those] of [["", results], ["?to=mail", results.slice(1)]] as const) {
    const answer = await (await get(`/api/alerts/test${to}`, OWN, "POST")).json();
    assertEquals(answer, { destinations: ["chat", "mail"], results: those });
  }
  assertEquals(world.told.map(([to, { what, atMs }]) => `${to} ${what} ${atMs - START_MS}`), [
    ...["chat test 0", "mail test 0", "mail test 0"],
  ]);
});
