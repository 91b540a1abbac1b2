import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { STOCK } from "../../../../lib/server/alerts/stock.ts";
import { sortRows } from "../../../../lib/server/fleet/index/query.ts";
import { HOSTS_PER_TURN } from "../../../../lib/server/web/api/context.ts";
import { PlainDecoder } from "../../../../lib/server/fleet/receipt.ts";
import { FakeWorld, serve, START_MS } from "../fakes.ts";

// deno-lint-ignore no-explicit-any
type Json = any;

async function ask(world: FakeWorld, path: string): Promise<Json> {
  const response = await serve(world).get(path);
  return { status: response.status, ...await response.json() };
}

const idsOf = ({ rows }: Json): string[] => rows.map(({ id }: Json) => id);

Deno.test("/api/fleet lists every host and the totals", async () => {
  const world = new FakeWorld();
  world.send({ id: "a", host: "web-01", cpu: { mean: 14.1, cores: [12.3, null] } });
  world.nowMs += 2_000;
  world.fleet.receive(new Uint8Array(), { hostname: "192.0.2.9", port: 1 }, world.nowMs);
  const { status, totals, rows, ...rest } = await ask(world, "/api/fleet");
  assertEquals(status, 200);
  assertEquals(rest, {
    nowMs: START_MS + 2_000,
    startedMs: START_MS,
    kept: false,
    failures: {},
    record: null,
    remoteWrite: [],
    bus: null,
    matched: 1,
    offset: 0,
    limit: null,
  });
  assertEquals(totals.dropped, { empty: 1 });
  assertEquals([totals.received, totals.accepted, totals.lost], [2, 1, null]);
  assertEquals(rows, [{
    id: "a",
    name: "web-01",
    address: "192.0.2.7:40000",
    status: "live",
    tags: {},
    agent: null,
    sealed: false,
    sharedWith: null,
    refused: null,
    lastSeenMs: START_MS,
    intervalMs: 5_000,
    ageMs: 2_000,
    cpuPercent: 14.1,
    coresPercent: [12.3, null],
    memoryUsedBytes: null,
    memoryTotalBytes: null,
    memoryPercent: null,
    swapPercent: null,
    volumeMount: null,
    volumePercent: null,
    readBytesPerSecond: null,
    writeBytesPerSecond: null,
    receiveBytesPerSecond: null,
    sendBytesPerSecond: null,
    interfaceLost: null,
    ...{ load1: null, load5: null, load15: null, idlePercent: 85.9, uptimeSeconds: null },
    ...{ diskBusyPercent: null, busiestDisk: null, pressurePercent: null, pressureOf: null },
    ...{ temperatureCelsius: null, temperatureSensor: null, tcpConnections: null },
    ...{ receivedBytes: null, sentBytes: null },
    datagramsLost: null,
  }]);
});

Deno.test("/api/fleet selects, sorts and cuts", async (t) => {
  const world = new FakeWorld();
  world.send({ id: "a", host: "web-10", cpu: { mean: 5 } });
  world.send({ id: "b", host: "web-2", cpu: { mean: 50 } });
  world.send({ id: "c", host: "db-1" });
  world.send({ id: "d", host: "db-2", bye: true, cpu: { mean: 1 } });
  const cases: [string, string[], number][] = [
    ["", ["a", "b", "c", "d"], 4],
    ["?sort=name", ["c", "d", "b", "a"], 4],
    ["?sort=name&order=desc", ["a", "b", "d", "c"], 4],
    ["?order=desc", ["d", "c", "b", "a"], 4],
    ["?sort=cpu", ["d", "a", "b", "c"], 4],
    ["?sort=cpu&order=desc", ["b", "a", "d", "c"], 4],
    ["?sort=cpu&order=desc&limit=2", ["b", "a"], 4],
    ["?sort=cpu&order=desc&limit=2&offset=3", ["c"], 4],
    ["?offset=9", [], 4],
    ["?q=WEB", ["a", "b"], 2],
    ["?q=web+10", ["a"], 1],
    ["?q=%20", ["a", "b", "c", "d"], 4],
    ["?status=left", ["d"], 1],
    ["?status=live,left&q=db", ["c", "d"], 2],
    ["?status=offline", [], 0],
  ];
  for (const [query, ids, matched] of cases) {
    await t.step(query, async () => {
      const answer = await ask(world, `/api/fleet${query}`);
      assertEquals([idsOf(answer), answer.matched], [ids, matched]);
    });
  }
});

Deno.test("/api/fleet lists what is unusual of groups that are not open, where it is asked to", async () => {
  const world = new FakeWorld();
  const send = (host: string, role: string) =>
    world.send({ id: host, host, interval: 5_000, tags: { role } });
  for (let n = 0; n < 7; n++) send(`web-${n}`, "web");
  world.nowMs += 20_000;
  for (const host of ["web-7", "web-8"]) send(host, "web");
  send("db-1", "db");
  send("db-2", "db");
  const rule = STOCK.find(({ id }) => id === "memory")!;
  const about = { sinceMs: world.nowMs, value: 97, isFlapping: false, isMuted: false };
  world.standing = ["web-8", "db-2"].map((key) => ({ rule, key, name: key, ...about }));
  const listed = async (query: string) => {
    const { groups, ...answer } = await ask(world, `/api/fleet?group=role&sort=name${query}`);
    const counts = groups.map((
      { value, listed, unusual }: Record<string, unknown>,
    ) => [value, listed, unusual]);
    return [idsOf(answer), counts];
  };
  assertEquals(await listed("&open=&unusual=true"), [
    ["web-0", "web-1", "web-2", "web-3", "web-4", "db-2"],
    [["web", 5, 8], ["db", 1, 1]],
  ]);
  assertEquals(await listed("&open=db,&unusual=true&q=-1"), [
    ["web-1", "db-1"],
    [["web", 1, 1], ["db", 1, 0]],
  ]);
  assertEquals(await listed("&open="), [[], [["web", undefined, undefined], [
    "db",
    undefined,
    undefined,
  ]]]);
});

Deno.test("/api/fleet makes a long answer in many turns, and complete", async () => {
  const world = new FakeWorld();
  const count = 4 * HOSTS_PER_TURN + 3;
  world.sendMany(count);
  const answer = await ask(world, "/api/fleet?sort=cpu&order=desc");
  assertEquals(answer.rows.length, count);
  const sorted = sortRows(world.fleet.rows(world.nowMs), "cpu", true);
  assertEquals(idsOf(answer), sorted.map(({ key }) => key));
  assert(world.pauses >= 8, String(world.pauses));
});

Deno.test("/api/fleet, hosts and streams refuse what they do not know, and help", async (t) => {
  const world = new FakeWorld();
  world.send({ id: "a" });
  const cases: [string, string][] = [
    ["/api/fleet?sort=cpuu", 'Cannot use sort="cpuu": did you mean cpu? it must be one of status'],
    ["/api/fleet?sort=Name", "did you mean name?"],
    ["/api/fleet?sort=", 'Cannot use sort="": it must be one of'],
    ["/api/fleet?order=down", "it must be one of asc, desc"],
    ["/api/fleet?limit=0", "from 1 to 9007199254740991; the nearest is 1"],
    ["/api/fleet?limit=-5", "the nearest is 1"],
    ["/api/fleet?limit=1e3", "it must be a whole number"],
    ["/api/fleet?offset=99999999999999999", "the nearest is 9007199254740991"],
    ["/api/fleet?status=live,dead", 'Cannot use status="dead"'],
    ["/api/fleet?limits=5", "did you mean limit?"],
    ["/api/fleet?limit=1&limit=2", "it is given twice"],
    [
      `/api/fleet?q=${Array.from({ length: 17 }, (_, n) => n).join("+")}`,
      "Cannot use q: more than 16 words",
    ],
    [`/api/fleet?q=${"x".repeat(257)}`, "Cannot use q: longer than 256 characters"],
    ["/api/fleet?q=web+cpu%3E", "Cannot use q: “cpu>” needs a number: write it such as 80 or 80%"],
    ["/api/stream?q=foo%3E1", "Cannot use q: “foo>1” compares “foo”: it must be one of cpu, "],
    ["/api/fleet?group=A%20B", 'Cannot use group="A B": it must be the key of a tag'],
    ["/api/fleet?open=db", "Cannot use open without group"],
    ["/api/fleet?group=role&open=%25zz", 'Cannot use open="%zz": invalid percent-encoding'],
    [`/api/fleet?${"x".repeat(999)}=1`, "it must be one of sort, order"],
    ["/api/hosts/a?x=1", "this path takes none"],
    ["/api/hosts/a/history?metric=cpu,ram", 'Cannot use metric="ram"'],
    ["/api/hosts/a/history?since=yesterday", "it must be a whole number from 0"],
    ["/api/stream?hots=a", "did you mean host?"],
    ["/metrics?name=x", "this path takes none"],
  ];
  for (const [path, text] of cases) {
    await t.step(path.slice(0, 60), async () => {
      const { status, error } = await ask(world, path);
      assertEquals(status, 400);
      assert(error.includes(text), error);
    });
  }
});

Deno.test("/api/hosts/{id} tells everything of a host, whatever its id", async (t) => {
  const world = new FakeWorld();
  world.send({ host: 'a/b "ü" <img>', cpu: { mean: 3 } });
  world.send({ id: "a", session: "s", seq: 2, time: START_MS - 100 });
  world.nowMs += 5_000;
  world.send({ id: "a", session: "s", seq: 4, time: START_MS + 4_900 - 160 });
  await t.step("without a sequence", async () => {
    const id = '192.0.2.7/a/b "ü" <img>';
    const answer = await ask(world, `/api/hosts/${encodeURIComponent(id)}`);
    assertEquals([answer.row.id, answer.delivery, answer.datagrams], [id, null, 1]);
    assertEquals(answer.message.cpu.mean, 3);
  });
  await t.step("with one", async () => {
    const { delivery, firstSeenMs, nowMs } = await ask(world, "/api/hosts/a");
    assertEquals([firstSeenMs, nowMs], [START_MS, START_MS + 5_000]);
    assertEquals(delivery, {
      session: "s",
      sequence: 4,
      received: 2,
      lost: 1,
      recovered: 0,
      pending: 1,
      beforeFirst: 1,
      duplicate: 0,
      reordered: 0,
      old: 0,
      restarts: 0,
      jitterMs: 10,
      intervalSeenMs: 2_500,
      clockOffsetMs: 100,
    });
  });
  await t.step("a legacy one", async () => {
    const sender = { hostname: "2001:db8::7", port: 9 };
    world.fleet.receive(new TextEncoder().encode('{"cpu":12}'), sender, world.nowMs);
    const { row, message } = await ask(world, "/api/hosts/2001%3Adb8%3A%3A7");
    assertEquals([row.id, message], ["2001:db8::7", { v: 0, body: { cpu: 12 } }]);
  });
});

Deno.test("/api/hosts/{id}/history gives aligned arrays", async () => {
  const world = new FakeWorld();
  for (const mean of [14.1, null, 99.9]) {
    world.send({ id: "a", cpu: { mean }, disk: { read: 16_777_217 } });
    world.nowMs += 5_000;
  }
  const times = [START_MS, START_MS + 5_000, START_MS + 10_000];
  const all = await ask(world, "/api/hosts/a/history");
  assertEquals(Object.keys(all).slice(1), [
    ...["nowMs", "intervalMs", "times", "cpu", "memory", "read", "write", "rx", "tx", "load1"],
    ...["pressure", "temperature"],
  ]);
  assertEquals([all.times, all.cpu, all.memory], [times, [14.1, null, 99.9], [null, null, null]]);
  const path = `/api/hosts/a/history?metric=read,cpu&since=${times[1]}`;
  const { status: _, ...some } = await ask(world, path);
  assertEquals(some, {
    nowMs: START_MS + 15_000,
    intervalMs: 5_000,
    times: [times[2]],
    read: [16_780_000],
    cpu: [99.9],
  });
  const none = await ask(world, `/api/hosts/a/history?metric=cpu&since=${times[2]}`);
  assertEquals([none.times, none.cpu], [[], []]);
});

Deno.test("/api and /metrics show every time as the wall clock has it now, and ages as they are", async () => {
  const plain = new PlainDecoder(9);
  const decode: PlainDecoder["decode"] = (...given) => ({ ...plain.decode(...given), keyId: 7 });
  const world = new FakeWorld({ decoder: { decode } });
  world.send({ id: "a", session: "s", seq: 1, time: START_MS, cpu: { mean: 1 } });
  world.nowMs += 5_000;
  world.send({ id: "a", session: "s", seq: 2, time: START_MS + 5_000, cpu: { mean: 2 } });
  const aheadMs = world.aheadMs = -7_200_000;
  const fleet = await ask(world, "/api/fleet");
  assertEquals([fleet.nowMs, fleet.startedMs], [START_MS + 5_000 + aheadMs, START_MS + aheadMs]);
  assertEquals(fleet.totals.keyUses, { 7: fleet.nowMs });
  const [row] = fleet.rows;
  assertEquals([row.lastSeenMs, row.ageMs, row.status], [fleet.nowMs, 0, "live"]);
  const detail = await ask(world, "/api/hosts/a");
  assertEquals([detail.firstSeenMs, detail.row.lastSeenMs], [fleet.startedMs, fleet.nowMs]);
  assertEquals(detail.delivery.clockOffsetMs, aheadMs);
  const { times } = await ask(world, "/api/hosts/a/history");
  assertEquals(times, [fleet.startedMs, fleet.nowMs]);
  const later = await ask(world, `/api/hosts/a/history?since=${times[0]}`);
  assertEquals(later.times, [times[1]]);
  const text = await (await serve(world).get("/metrics")).text();
  const valueOf = (name: string) => Number(new RegExp(`^${name}{.*} (.*)$`, "m").exec(text)![1]);
  assertEquals(valueOf("pulso_host_last_seen_timestamp_seconds"), fleet.nowMs / 1_000);
  assertEquals(valueOf("pulso_clock_offset_seconds"), aheadMs / 1_000);
});

Deno.test("GET /api/fleet and /metrics tell how often each part of the server has failed", async () => {
  const world = new FakeWorld();
  world.failures.set("udp", 0).set("view", 2);
  const { get } = serve(world);
  assertEquals((await (await get("/api/fleet")).json()).failures, { udp: 0, view: 2 });
  const metrics = await (await get("/metrics")).text();
  assertStringIncludes(
    metrics,
    'pulso_server_failures_total{part="udp"} 0\npulso_server_failures_total{part="view"} 2\n',
  );
});
