/** The streams of a front: the events are those of a view, of all views together. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { STOCK } from "../../../../lib/server/alerts/stock.ts";
import { EventReader, type ReadEvent } from "../fakes.ts";
import { FakeView, frontOf } from "./fronts.ts";

/** The next event that fits, while time passes. */
async function next(
  front: ReturnType<typeof frontOf>,
  reader: EventReader,
  fits: (event: ReadEvent) => boolean = () => true,
): Promise<ReadEvent> {
  for (;;) {
    let event: ReadEvent | null | undefined;
    const reading = reader.next().then((read) => event = read);
    while (event === undefined) {
      await new Promise((resolve) => setTimeout(resolve, 0));
      if (event === undefined) await front.clock.pass(100);
    }
    await reading;
    assert(event !== null, "the stream has ended");
    if (fits(event)) return event;
  }
}

// deno-lint-ignore no-explicit-any
const idsIn = ({ data }: ReadEvent) => data.rows.map(({ id }: any) => id);

/** Two views with a host each, and a front of both. */
function twoHosts() {
  const [a, b] = [new FakeView(), new FakeView()];
  a.world.send({ id: "a", host: "a", cpu: { mean: 10 } });
  b.world.send({ id: "b", host: "b", cpu: { mean: 20 } });
  return { a, b, front: frontOf([a, b]) };
}

Deno.test("a window of a front tells all rows once, and then those that have changed", async () => {
  const { a, b, front } = twoHosts();
  const reader = new EventReader(await front.get("/api/stream?sort=cpu&order=desc&limit=10"));
  const { event, data } = await next(front, reader);
  assertEquals([event, data.ids, data.matched, data.offset], ["window", ["b", "a"], 2, 0]);
  assertEquals([data.rows[0].cpuRecent, data.totals.hosts], [[20], 2]);
  const quiet = await next(front, reader);
  assertEquals([quiet.data.ids, quiet.data.rows], [null, []]);
  a.world.nowMs += 5_000;
  a.world.send({ id: "a", host: "a", cpu: { mean: 30 } });
  const changed = await next(front, reader, ({ data: { rows } }) => rows.length > 0);
  assertEquals([changed.data.ids, idsIn(changed)], [["a", "b"], ["a"]]);
  assert(!("cpuRecent" in changed.data.rows[0]));
  b.world.send({ id: "c", host: "c", cpu: { mean: 25 } });
  const more = await next(front, reader, ({ data: { rows } }) => rows.length > 0);
  assertEquals([more.data.ids, idsIn(more)], [["a", "c", "b"], ["c"]]);
  assertEquals(more.data.rows[0].cpuRecent, [25]);
  await reader.close();
});

Deno.test("a window of a front says which view is missing, and takes it in again", async () => {
  const { b, front } = twoHosts();
  const reader = new EventReader(await front.get("/api/stream?sort=name"));
  await next(front, reader);
  b.instead = () => Promise.reject(new TypeError("Connection refused"));
  const { data } = await next(front, reader, ({ data: { ids } }) => ids !== null);
  const failure = "connection refused";
  assertEquals(data.totals.missing, [{ view: "http://127.0.0.2:8080", failure, hosts: 1 }]);
  assertEquals([data.ids, data.totals.hosts], [["a"], 1]);
  b.instead = null;
  const back = await next(front, reader, ({ data: { ids } }) => ids !== null);
  assertEquals([back.data.ids, back.data.totals.missing], [["a", "b"], []]);
  await reader.close();
});

Deno.test("a front asks its views once for all who look at the same, and not at all for nobody", async () => {
  const { a, front } = twoHosts();
  const path = "/api/stream?sort=name&limit=5";
  const readers = [new EventReader(await front.get(path)), new EventReader(await front.get(path))];
  for (const reader of readers) await next(front, reader);
  a.asked.length = 0;
  for (const reader of readers) await next(front, reader);
  for (const reader of readers) await next(front, reader);
  const rows = a.asked.filter((path) => path.includes("api/fleet"));
  assert(rows.length <= 3, rows.join("\n"));
  for (const reader of readers) await reader.close();
  await front.clock.pass(5_000);
  await new Promise((resolve) => setTimeout(resolve, 0));
  a.asked.length = 0;
  await front.clock.pass(60_000);
  assertEquals([a.asked, front.clock.timers], [[], 0]);
});

Deno.test("a stream of one host tells of it, of its alerts and of all totals", async () => {
  const { b, front } = twoHosts();
  const rule = STOCK.find(({ id }) => id === "cpu")!;
  const alert = { rule, key: "b", name: "b", sinceMs: b.world.nowMs, value: 99, isMuted: false };
  b.world.standing = [{ ...alert, isFlapping: false }];
  const reader = new EventReader(await front.get("/api/stream?host=b"), true);
  const [host, alerts, tick] = [
    await next(front, reader),
    await next(front, reader),
    await next(front, reader),
  ];
  assertEquals([host.event, host.data.row.name], ["host", "b"]);
  assertEquals([alerts.event, alerts.data.alerts[0].alert], ["alerts", "cpu"]);
  assertEquals([tick.event, tick.data.totals.hosts], ["tick", 2]);
  b.world.nowMs += 5_000;
  b.world.send({ id: "b", host: "b", cpu: { mean: 77 } });
  const news = await next(front, reader, ({ event }) => event === "host");
  assertEquals(news.data.message.cpu.mean, 77);
  b.world.fleet.restart(b.world.nowMs);
  assertEquals((await next(front, reader, ({ event }) => event === "gone")).data, { id: "b" });
  await reader.close();
});

Deno.test("a stream of a host that a missing view may have says so, and does not call it gone", async () => {
  const { b, front } = twoHosts();
  b.instead = () => Promise.reject(new TypeError("Connection refused"));
  const reader = new EventReader(await front.get("/api/stream?host=b"));
  const { event, data } = await next(front, reader);
  assertEquals(event, "dropped");
  assertMatch(
    data.reason,
    /^Cannot find this: the view http:\/\/127\.0\.0\.2:8080 does not answer/,
  );
});

Deno.test("a front tells those who listen that it ends", async () => {
  const { front } = twoHosts();
  const reader = new EventReader(await front.get("/api/stream?limit=5"));
  await next(front, reader);
  front.handler.close();
  const { data } = await next(front, reader, ({ event }) => event === "dropped");
  assertStringIncludes(data.reason, "the server ends");
});

Deno.test("a front puts alerts of its views together, and mutes at all of them", async () => {
  const { a, b, front } = twoHosts();
  const rule = STOCK.find(({ id }) => id === "cpu")!;
  for (const [view, sinceMs] of [[a, 2_000], [b, 1_000]] as const) {
    const key = view === a ? "a" : "b";
    const alert = { rule, key, name: key, sinceMs, value: 99, isMuted: false, isFlapping: false };
    view.world.standing = [alert, { ...alert, key: "", name: "" }];
  }
  const told = await front.json("/api/alerts");
  assertEquals([told.total, told.rules.length, told.rules[0].total], [4, 1, 4]);
  assertEquals(told.rules[0].sinceMs, 1_000);
  assertEquals(told.alerts.slice(0, 2).map(({ id }: { id: string }) => id), ["b", ""]);
  assertEquals(told.alerts[1].detail, "at http://127.0.0.2:8080");
  const muted = await front.get("/api/mute?filter=role:db&forMs=60000", "POST");
  assertEquals(muted.status, 200);
  const { mutes } = await muted.json();
  assertEquals([mutes.length, mutes[0].id], [1, "role:db"]);
  assertEquals([a, b].map(({ world }) => world.alerts.mutes.list().length), [1, 1]);
  assertEquals((await front.json("/api/mutes")).mutes, mutes);
  assertEquals((await front.get("/api/mute?filter=role:db&forMs=1", "POST")).status, 400);
  assertEquals((await front.get("/api/mute?id=role:db", "DELETE")).status, 200);
  assertEquals([a, b].map(({ world }) => world.alerts.mutes.list().length), [0, 0]);
  assertEquals((await front.get("/api/mute?id=role:db", "DELETE")).status, 404);
  b.instead = () => Promise.reject(new TypeError("Connection refused"));
  const half = await front.get("/api/mute?filter=role:db&forMs=60000", "POST");
  assertEquals(half.status, 502);
  assertMatch((await half.json()).error, /Cannot reach every view: the view http:.*; all others/);
});

Deno.test("a front has every view tell its destinations a test", async () => {
  const { a, b, front } = twoHosts();
  const told = (world: typeof a.world) => world.told.map(([name]) => name);
  Object.defineProperty(a.world.alerts, "destinations", { value: ["ops", "mail"] });
  Object.defineProperty(b.world.alerts, "destinations", { value: ["ops"] });
  assertEquals((await front.json("/api/alerts/test")).destinations, ["ops", "mail"]);
  const test = async (path: string) => await (await front.get(path, "POST")).json();
  assertEquals((await test("/api/alerts/test")).results, [
    { name: "ops", error: null },
    { name: "mail", error: "SMTP 535 (at http://127.0.0.1:8080)" },
  ]);
  assertEquals([told(a.world), told(b.world)], [["ops", "mail"], ["ops"]]);
  await test("/api/alerts/test?to=mail");
  assertEquals([told(a.world), told(b.world)], [["ops", "mail", "mail"], ["ops"]]);
  assertMatch((await test("/api/alerts/test?to=nobody")).error, /none of that name/);
  b.instead = () => Promise.reject(new TypeError("Connection refused"));
  assertEquals((await test("/api/alerts/test?to=ops")).results.at(-1), {
    ...{ name: "http://127.0.0.2:8080", error: "connection refused" },
  });
  assertEquals((await front.get("/api/alerts/test?to=nobody", "POST")).status, 502);
});

Deno.test("a front has a page of a kept past where a view keeps one", async () => {
  const { a, b, front } = twoHosts();
  const past = async () =>
    /name="pulso-past" content="(\w+)"/.exec(await (await front.get("/")).text())?.[1];
  assertEquals([await past(), (await front.json("/api/fleet")).kept], ["memory", false]);
  // deno-lint-ignore no-explicit-any
  (b.world.context as any).store = {};
  assertEquals([(await front.json("/api/fleet")).kept, await past()], [true, "disk"]);
  a.instead = () => Promise.reject(new TypeError("Connection refused"));
  assertEquals(await past(), "disk");
});

Deno.test("a front has a host's history and its end from the view that has the host", async () => {
  const { a, b, front } = twoHosts();
  assertEquals((await front.json("/api/hosts/b/history?metric=cpu")).cpu, [20]);
  assertEquals((await front.json("/api/history?host=a&metric=cpu")).cpu, [10]);
  assertEquals((await front.get("/api/hosts/b/history?metric=none")).status, 400);
  assertEquals((await front.get("/api/hosts/none/history")).status, 404);
  const asked = b.answer.bind(b);
  b.answer = (url, init) =>
    url.pathname === "/api/history"
      ? Promise.reject(new TypeError("Connection refused"))
      : asked(url, init);
  const gone = await front.get("/api/hosts/b/history");
  assertEquals([gone.status, front.clock.faults], [502, []]);
  assertMatch((await gone.json()).error, /does not answer \(connection refused\)/);
  b.answer = asked;
  const forgotten = await front.get("/api/forget?host=b", "POST");
  assertMatch((await forgotten.json()).text, /^Forgot b /);
  assertEquals([a.world.fleet.size, b.world.fleet.size], [1, 0]);
  assertEquals((await front.get("/api/forget?host=b", "POST")).status, 404);
});

Deno.test("a front says where that is which it does not have", async () => {
  const { front } = twoHosts();
  const cases: [string, RegExp][] = [
    ["/metrics", /is a front; scrape its views: http:\/\/127\.0\.0\.1:8080, http:/],
    ["/api/stream", /is a front; ask for a part of it/],
    ["/api/cells", /is a front; a stream has them/],
  ];
  for (const [path, reason] of cases) {
    const response = await front.get(path);
    assertEquals(response.status, 404);
    assertMatch((await response.json()).error, reason);
  }
  assertEquals(await front.json("/api/replay"), null);
});
