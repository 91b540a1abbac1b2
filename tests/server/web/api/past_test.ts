/** The past on disk as the API tells it, from a store with a file. */
import { assert, assertEquals } from "@std/assert";
import { Failures } from "../../../../lib/server/parts.ts";
import { UNKNOWN_DROPS } from "../../../../lib/server/sources/kernel_drops.ts";
import { openStore } from "../../../../lib/server/store/open.ts";
import { startThread } from "../../../../lib/server/store/thread.ts";
import { createHandler } from "../../../../lib/server/web/handler.ts";
import { inFolder } from "../../../files.ts";
import { jsonOf } from "../../../messages.ts";
import { logLines } from "../../logs.ts";
import { FakeWorld, OPEN, serve } from "../fakes.ts";

const MAY_WRITE = (["read", "write"] as const)
  .every((name) => Deno.permissions.querySync({ name }).state === "granted");
const MINUTE_MS = 60_000;
const KEEP = { keepMs: { minute: 1e12, hour: 1e12 }, keepBytes: 1e12, maxHosts: 100 };

/** A server with a file, whose clock the test moves; each host sends twelve samples a minute. */
async function open(folder: string) {
  const world = new FakeWorld();
  world.nowMs -= world.nowMs % MINUTE_MS;
  const { log } = logLines();
  const startedMs = world.nowMs;
  const store = await openStore(startThread(folder), { ...KEEP, path: `${folder}/pulso.db` }, {
    ...{ fleet: world.fleet, startedMs, nowMs: () => world.nowMs, aheadMs: () => world.aheadMs },
    ...{ log, failures: new Failures(log), kernelDrops: UNKNOWN_DROPS },
  });
  const handler = createHandler({ ...world.context, store }, OPEN);
  let seq = 0;
  return {
    world,
    store,
    startedMs,
    async get(path: string, accept = "*/*") {
      const headers = { host: "127.0.0.1:8080", accept };
      return await handler.handle(new Request(`http://127.0.0.1:8080${path}`, { headers }));
    },
    /** A minute in which each host sends its samples, but for those that are lost. */
    minute(
      hosts: Record<string, number>,
      lost: readonly number[] = [],
      tags: Record<string, Record<string, string>> = {},
    ) {
      for (let n = 0; n < 12; n++, world.nowMs += 5_000) {
        seq++;
        store.tick(world.nowMs);
        if (lost.includes(n)) continue;
        for (const [id, mean] of Object.entries(hosts)) {
          const message = {
            v: 1,
            id,
            host: id,
            session: "s",
            seq,
            interval: 5_000,
            tags: tags[id] ?? {},
            cpu: { mean: mean + n },
          };
          const receipt = world.fleet.receive(
            jsonOf(message),
            { hostname: "192.0.2.7", port: 1 },
            world.nowMs,
          );
          if (receipt.accepted) store.accepted(receipt, world.nowMs);
        }
      }
    },
  };
}

function test(name: string, act: (scene: Awaited<ReturnType<typeof open>>) => Promise<void>): void {
  Deno.test({
    name: `${name} (needs --allow-read and --allow-write)`,
    ignore: !MAY_WRITE,
    fn: () =>
      inFolder(async (folder) => {
        const scene = await open(folder);
        await act(scene);
        await scene.store.close();
      }),
  });
}

test("a part of the past has mean, lowest and highest, up to now", async ({ minute, get, startedMs, world }) => {
  minute({ a: 10 });
  minute({ a: 50 }, [3, 4]);
  world.nowMs += 5_000;
  const path = `/api/hosts/a/history?metric=cpu&from=${startedMs}&to=${
    startedMs + 180_000
  }&points=3`;
  const answer = await (await get(path)).json();
  assertEquals(answer.times, [0, 1, 2].map((n) => startedMs + n * MINUTE_MS));
  assertEquals(answer.cpu, [15.5, 55.9, null]);
  assertEquals([answer.lowest.cpu, answer.highest.cpu], [[10, 50, null], [21, 61, null]]);
  assertEquals(answer.samples.cpu, [12, 10, 0]);
  assertEquals(answer.causesMs.known, [60_000, 50_000, 5_000]);
  assertEquals(answer.causesMs.lost, [0, 10_000, 0]);
  assertEquals(answer.shares.lost, 0.08);
  assertEquals([answer.stepMs, answer.recent], [MINUTE_MS, null]);
});

test("causes of a stretch that the range ends in are those of all of it", async ({ minute, get, startedMs, world }) => {
  minute({ a: 10 });
  world.nowMs += 40_000;
  const [from, to] = [startedMs, startedMs + 70_000];
  const { causesMs } = await (await get(`/api/hosts/a/history?metric=cpu&from=${from}&to=${to}`))
    .json();
  assertEquals([causesMs.known, causesMs.silent, causesMs.missed], [[60_000, 0], [0, 40_000], [
    0,
    0,
  ]]);
});

test("where minutes are too coarse the samples themselves come beside them", async ({ minute, get, startedMs }) => {
  minute({ a: 10 });
  const path = `/api/hosts/a/history?metric=cpu,volume&from=${startedMs}&to=${
    startedMs + 60_000
  }&points=60`;
  const { recent, cpu } = await (await get(path)).json();
  assertEquals(cpu, [15.5]);
  assertEquals(recent.times.length, 12);
  assertEquals(recent.cpu, Array.from({ length: 12 }, (_, n) => 10 + n));
});

test("several hosts are compared, the highest first, by name or by rank", async ({ minute, get, startedMs }) => {
  for (let n = 0; n < 3; n++) minute({ low: 1, high: 80, middle: 40 });
  const span = `from=${startedMs}&to=${startedMs + 180_000}&points=3`;
  const idsOf = async (query: string) => {
    const { hosts } = await (await get(`/api/history?metric=cpu&${query}&${span}`)).json();
    return hosts.map(({ id }: { id: string }) => id);
  };
  assertEquals(await idsOf("hosts=low,middle"), ["middle", "low"]);
  assertEquals(await idsOf("top=2"), ["high", "middle"]);
  const { hosts } = await (await get(`/api/history?metric=cpu&hosts=low&${span}`)).json();
  assertEquals(hosts[0].mean, [6.5, 6.5, 6.5]);
});

test("the mean of all among whom the highest are looked for comes beside them", async ({ minute, get, startedMs }) => {
  const tags = { low: { role: "db" }, high: { role: "web" }, middle: { role: "db" } };
  for (let n = 0; n < 3; n++) minute({ low: 1, high: 80, middle: 40 }, [], tags);
  const path = `/api/history?metric=cpu&from=${startedMs}&to=${startedMs + 180_000}`;
  const allOf = async (query: string) => (await (await get(`${path}&${query}`)).json()).all;
  const fine = { hosts: 3, mean: Array(3).fill((6.5 + 85.5 + 45.5) / 3) };
  for (const { hosts, mean } of [await allOf("top=1&points=3"), fine]) {
    assertEquals(hosts, 3);
    assertEquals(mean.map((value: number) => Math.round(10 * value)), [458, 458, 458]);
  }
  assertEquals(await allOf("top=1&tag=role:db&points=3"), { hosts: 2, mean: [26, 26, 26] });
  const { mean, hosts } = await allOf("top=1&points=18");
  assertEquals([hosts, mean.length, mean[0]], [
    3,
    18,
    Number(((1.5 + 80.5 + 40.5) / 3).toPrecision(6)),
  ]);
  assertEquals(await allOf("hosts=low,high&points=3"), null);
  const csv = await (await get(`${path}&top=1&points=3`, "text/csv")).text();
  const [head, first] = csv.split("\r\n");
  assertEquals(head, "time,high,high_lowest,high_highest,mean of all");
  assert(first!.endsWith(",85.5,80,91,45.8333"), first);
});

test("those of a tag or a filter are compared, and named ones beside the highest", async ({ minute, get, startedMs }) => {
  const tags = { low: { role: "db" }, high: { role: "web" }, middle: { role: "db", site: "a b" } };
  for (let n = 0; n < 3; n++) minute({ low: 1, high: 80, middle: 40 }, [], tags);
  const span = `from=${startedMs}&to=${startedMs + 180_000}&points=3`;
  const cases: [query: string, ids: string[], matched: number][] = [
    ["tag=role:db", ["middle", "low"], 2],
    ["tag=role=db&top=1", ["middle"], 2],
    ["tag=site:a b", ["middle"], 1],
    ["q=role:db low", ["low"], 1],
    ["q=cpu>60&top=5", ["high"], 1],
    ["hosts=low&top=1", ["high", "low"], 3],
    ["hosts=high&top=1", ["high"], 3],
    ["tag=role:none", [], 0],
  ];
  for (const [query, ids, matched] of cases) {
    const answer = await (await get(`/api/history?metric=cpu&${encodeURI(query)}&${span}`)).json();
    assertEquals(answer.hosts.map(({ id }: { id: string }) => id), ids, query);
    assertEquals(answer.matched, matched, query);
  }
});

test("why something is not known is told of one host and of several", async ({ minute, get, startedMs, world }) => {
  minute({ a: 10, b: 10 });
  minute({ a: 10 });
  minute({ a: 10 });
  world.nowMs += 5_000;
  const span = `metric=cpu&from=${startedMs}&to=${startedMs + 180_000}&points=3`;
  const { hosts } = await (await get(`/api/history?hosts=a,b&${span}`)).json();
  const one = await (await get(`/api/hosts/b/history?${span}`)).json();
  const gap = { fromMs: startedMs + MINUTE_MS, toMs: startedMs + 3 * MINUTE_MS, cause: "silent" };
  const told = new Map(hosts.map(({ id, gaps, shares }: never) => [id, { gaps, shares }]));
  assertEquals(one.gaps, [gap]);
  assertEquals(told.get("b"), { gaps: [gap], shares: one.shares });
  assertEquals((told.get("a") as { gaps: unknown }).gaps, []);
});

test("several hosts come finer than minutes as long as the memory has them", async ({ minute, get, startedMs }) => {
  minute({ a: 10 });
  minute({ a: 10 });
  const fine = `from=${startedMs + MINUTE_MS}&to=${startedMs + 2 * MINUTE_MS}&points=60`;
  const answer = await (await get(`/api/history?metric=cpu&hosts=a&${fine}`)).json();
  assertEquals(answer.stepMs, 10_000);
  assertEquals(answer.hosts[0].mean, [10.5, 12.5, 14.5, 16.5, 18.5, 20.5]);
});

test("a span ends where the range does, or now", async ({ minute, get, startedMs }) => {
  minute({ a: 10 });
  minute({ a: 10 });
  const rangeOf = async (search: string) => {
    const { fromMs, toMs } = await (await get(`/api/hosts/a/history?metric=cpu&${search}`)).json();
    return [fromMs - startedMs, toMs - startedMs];
  };
  assertEquals(await rangeOf("span=60000"), [MINUTE_MS, 2 * MINUTE_MS]);
  assertEquals(await rangeOf(`span=60000&to=${startedMs + MINUTE_MS}`), [0, MINUTE_MS]);
});

test("a table comes as CSV where that is asked for", async ({ minute, get, startedMs }) => {
  minute({ a: 10 }, [3]);
  const span = `from=${startedMs}&to=${startedMs + 60_000}`;
  const response = await get(`/api/hosts/a/history?metric=cpu&${span}`, "text/csv");
  assertEquals(response.headers.get("content-type"), "text/csv; charset=utf-8");
  const time = new Date(startedMs).toISOString();
  assertEquals((await response.text()).split("\r\n"), [
    "time,cpu,cpu_lowest,cpu_highest,known_ms,lost_ms,refused_ms,silent_ms,left_ms,down_ms,missed_ms,damaged_ms,dropped_ms",
    `${time},15.73,10,21,55000,5000,0,0,0,0,0,0,`,
    "",
  ]);
  const compared = await get(`/api/history?metric=cpu&hosts=a&${span}`, "text/csv");
  assert((await compared.text()).startsWith("time,a,a_lowest,a_highest\r\n"));
  const asked: [string, "text/csv" | "application/json"][] = [
    ["TEXT/CSV", "text/csv"],
    ["text/html, text/csv; header=present; q=0.2", "text/csv"],
    ["application/json, text/csv", "text/csv"],
    ["application/json;q=0.9, text/csv;q=0.1", "application/json"],
    ["text/csv;q=0", "application/json"],
    ["text/csv;q=much", "application/json"],
    ["text/csvx", "application/json"],
    ["text/*, */*", "application/json"],
    [";;,,", "application/json"],
  ];
  for (const [accept, type] of asked) {
    const { headers, body } = await get(`/api/hosts/a/history?metric=cpu&${span}`, accept);
    await body?.cancel();
    assertEquals(headers.get("content-type"), `${type}; charset=utf-8`, accept);
  }
});

test("what cannot be meant is refused", async ({ minute, get }) => {
  minute({ a: 10 });
  const cases: [string, number, string][] = [
    ["/api/hosts/a/history?from=5&to=5", 400, "Cannot use from=5: it is not before to"],
    ["/api/hosts/a/history?from=5&span=5", 400, "Cannot use from and span together"],
    ["/api/hosts/a/history?span=0", 400, "Cannot use span="],
    ["/api/hosts/a/history?from=1&points=0", 400, "Cannot use points="],
    ["/api/hosts/a/history?from=1&points=1e9", 400, "from 1 to 5000; the nearest is 5000"],
    ["/api/hosts/a/history?from=NaN", 400, "Cannot use from="],
    ["/api/hosts/a/history?from=-1", 400, "Cannot use from="],
    ["/api/hosts/a/history?to=8640000000000001", 400, "the nearest is 8640000000000000"],
    ["/api/history?metric=cpu&top=2&from=9&to=8", 400, "Cannot use from=9: it is not before to"],
    ["/api/hosts/a/history?from=1&metric=cpus", 400, "did you mean cpu?"],
    ["/api/hosts/b/history?from=1", 404, "Cannot find this host"],
    ["/api/history?top=2", 400, "it needs one metric"],
    ["/api/history", 400, "name host, hosts, top, tag or q"],
    ["/api/history?metric=cpu&q=", 400, "it needs hosts=ID,ID, top=N or tag=KEY:VALUE"],
    ["/api/history?metric=cpu&tag=db", 400, "it must be KEY:VALUE, such as role:db"],
    ["/api/history?metric=cpu&q=cpu>x", 400, "Cannot use q: "],
    ["/api/history?metric=cpu&top=51", 400, "from 1 to 50"],
    ["/api/history?hosts=a,b&metric=cpu", 404, "Cannot find this host"],
    ["/api/history?host=a&top=2", 400, "top"],
  ];
  for (const [path, status, words] of cases) {
    const response = await get(path);
    const { error } = await response.json();
    assertEquals(response.status, status, `${path}: ${error}`);
    assert(error.includes(words), error);
  }
});

Deno.test("without a store a part of the past is nowhere, and the recent one is", async () => {
  const world = new FakeWorld();
  world.send({ id: "a", cpu: { mean: 5 } });
  const handler = createHandler(world.context, OPEN);
  const get = (path: string) =>
    handler.handle(
      new Request(`http://127.0.0.1:8080${path}`, { headers: { host: "127.0.0.1:8080" } }),
    );
  assertEquals((await get("/api/hosts/a/history?metric=cpu")).status, 200);
  assertEquals((await get("/api/history?metric=iowait&top=1")).status, 404);
  const response = await get("/api/hosts/a/history?from=1");
  assertEquals(response.status, 404);
  assert((await response.json()).error.includes("started without --data"));
});

Deno.test("without a store hosts are compared over the recent past", async () => {
  const world = new FakeWorld();
  const send = (ids: readonly string[]) => {
    for (const id of ids) world.send({ id, cpu: { mean: id === "a" ? 5 : 50 } });
    world.nowMs += 5_000;
  };
  for (let n = 0; n < 24; n++) send(n > 5 && n < 16 ? ["a"] : ["a", "b"]);
  const handler = createHandler(world.context, OPEN);
  const request = new Request("http://127.0.0.1:8080/api/history?metric=cpu&top=5", {
    headers: { host: "127.0.0.1:8080" },
  });
  const { stepMs, times, hosts, matched } = await (await handler.handle(request)).json();
  const [b, a] = hosts;
  assertEquals([b.id, a.id, stepMs, matched], ["b", "a", 10_000, 2]);
  assertEquals(a.gaps, []);
  assertEquals(a.shares, { known: 1, unheard: 0 });
  const [gap] = b.gaps;
  assertEquals([b.gaps.length, gap.cause], [1, "unheard"]);
  const known = (from: number, to: number) =>
    b.mean.filter((_: unknown, n: number) => times[n] >= from && times[n] < to);
  assert(known(gap.fromMs, gap.toMs).every((mean: unknown) => mean === null));
  assert(known(0, gap.fromMs).every((mean: unknown) => mean === 50));
  assert(b.shares.unheard > 0.3 && b.shares.unheard < 0.5, b.shares.unheard);
});

Deno.test("a host is forgotten by a command of our own page or of a program", async (t) => {
  const world = new FakeWorld();
  world.send({ id: "a", host: "web-01" });
  world.send({ id: "b", host: "web-02" });
  const { get } = serve(world, { token: "secret-of-16-characters", hostNames: ["named.example"] });
  const own = {
    authorization: "Bearer secret-of-16-characters",
    "x-requested-with": "test",
  };
  const cases: [name: string, method: string, headers: Record<string, string>, status: number][] = [
    ["without the token", "POST", { "x-requested-with": "test" }, 401],
    ["without the header", "POST", { authorization: own.authorization }, 403],
    ["from a page of elsewhere", "POST", { ...own, "sec-fetch-site": "cross-site" }, 403],
    ["of an origin elsewhere", "POST", { ...own, origin: "http://127.0.0.1:8081" }, 403],
    ["of an origin that is hidden", "POST", { ...own, origin: "null" }, 403],
    ["by reading", "GET", own, 405],
    ["of a host that is not there", "POST", own, 404],
    ["the same of our own page", "POST", { ...own, origin: "http://127.0.0.1:8080" }, 404],
    ["the same by a known name", "POST", { ...own, origin: "https://named.example" }, 404],
    [
      "the same through a proxy",
      "POST",
      { ...own, origin: "https://p.example", "x-forwarded-host": "p.example" },
      404,
    ],
    [
      "the same where the browser knows",
      "POST",
      { ...own, origin: "https://p.example", "sec-fetch-site": "same-origin" },
      404,
    ],
  ];
  for (const [name, method, headers, status] of cases) {
    await t.step(name, async () => {
      const host = status === 404 ? "c" : "a";
      assertEquals((await get(`/api/forget?host=${host}`, headers, method)).status, status);
      assertEquals(world.fleet.size, 2);
    });
  }
  const response = await get("/api/forget?host=a", own, "POST");
  assertEquals(await response.json(), { text: "Forgot web-01 (a)" });
  assertEquals([world.fleet.host("a"), world.fleet.size], [undefined, 1]);
});
