/** Hosts compared through a front are those that one view of all would compare. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { FakeWorld, serve, START_MS } from "../fakes.ts";
import { FakeView, frontOf } from "./fronts.ts";

/** Two views of hosts with a past, and one of all; those of the other view may have another interval. */
function pastOf(otherIntervalMs = 5_000) {
  const [a, b, whole] = [new FakeWorld(), new FakeWorld(), new FakeWorld()];
  for (let round = 0; round < 24; round++) {
    for (const world of [a, b, whole]) world.nowMs += 5_000;
    for (let n = 0; n < 12; n++) {
      const interval = n % 2 === 0 ? 5_000 : otherIntervalMs;
      if (round * 5_000 % interval !== 0 || n === 5 && round < 6) continue;
      const cpu = { mean: 8 * n + round % 5, cores: [] };
      const tags = { role: n < 4 ? "db" : "web" };
      for (const world of [n % 2 === 0 ? a : b, whole]) {
        world.send({ id: `h${n}`, host: `h-${n}`, interval, cpu, tags });
      }
    }
  }
  const views = [new FakeView(a), new FakeView(b)];
  return { views, front: frontOf(views), whole: serve(whole) };
}

const SPAN = `from=${START_MS}&to=${START_MS + 120_000}`;

Deno.test("a front compares the highest of all views, and those that are named", async (t) => {
  const { front, whole } = pastOf();
  const cases = [
    ...["top=3", "top=50", "hosts=h0,h5", "hosts=h0,h11&top=2", "tag=role:db", "q=h-1&top=2"],
    ...["hosts=h3,h3", "top=4&points=3"],
  ];
  for (const search of cases) {
    await t.step(search, async () => {
      const path = `/api/history?metric=cpu&${SPAN}&${search}`;
      const { missing, all, ...told } = await front.json(path);
      const { all: expected, ...others } = await (await whole.get(path)).json();
      assertEquals([told, missing], [others, []]);
      assertEquals([all?.hosts, all?.mean.length], [expected?.hosts, expected?.mean.length]);
      // A mean of means is off by who is known in which stretch, and by their rounding.
      const isNear = (mean: number | null, at: number) =>
        Math.abs((mean ?? -1) - (expected.mean[at] ?? -1)) < 4;
      assert(all?.mean.every(isNear) ?? true);
      const csv = await (await front.get(path, "GET", { accept: "text/csv" })).text();
      const [columns, ...rows] = csv.split("\r\n").map((line) => line.split(","));
      assertEquals(rows.length, told.times.length + 1);
      const means = expected === null ? [] : ["mean of all"];
      const names = told.hosts.flatMap((
        { id }: { id: string },
      ) => [id, `${id}_lowest`, `${id}_highest`]);
      assertEquals(columns, ["time", ...names, ...means]);
      assertEquals(rows[2]![1], String(told.hosts[0].mean[2] ?? ""));
    });
  }
});

Deno.test("pasts of other stretches are told in those that both are parts of", async () => {
  const { views, front } = pastOf(15_000);
  const path = `/api/history?metric=cpu&top=50&${SPAN}`;
  const steps = [];
  for (const { world } of views) steps.push((await (await serve(world).get(path)).json()).stepMs);
  assertEquals(steps, [10_000, 30_000]);
  const { stepMs, times, hosts } = await front.json(path);
  assertEquals([stepMs, times.length], [30_000, 5]);
  // deno-lint-ignore no-explicit-any
  const [h2] = hosts.filter(({ id }: any) => id === "h2");
  assertEquals(h2.samples.reduce((a: number, b: number) => a + b, 0), 24);
  const sum = h2.mean.reduce(
    (sum: number, mean: number, n: number) => sum + mean * h2.samples[n],
    0,
  );
  assertEquals(Math.round(sum), 24 * 16 + 46);
  assertEquals([Math.min(...h2.lowest), Math.max(...h2.highest)], [16, 20]);
});

Deno.test("a comparison through a front is refused as views refuse it, and says who is missing", async () => {
  const { views, front } = pastOf();
  const statusOf = async (search: string) => (await front.get(`/api/history?${search}`)).status;
  assertEquals(await statusOf("metric=cpu&hosts=h0,nobody"), 404);
  assertEquals(await statusOf("metric=swap&top=3"), 404);
  for (const search of ["metric=none&top=3", "metric=cpu", "metric=cpu&top=0", "top=3", "x=1"]) {
    assertEquals(await statusOf(search), 400, search);
  }
  views[1]!.instead = () => Promise.reject(new TypeError("Connection refused"));
  const { hosts, missing, matched } = await front.json(`/api/history?metric=cpu&top=3&${SPAN}`);
  assertEquals([hosts.length, matched, missing.length], [3, 6, 1]);
  const response = await front.get("/api/history?metric=cpu&hosts=h0,h1");
  assertEquals(response.status, 502);
  assertMatch((await response.json()).error, /the view http.* does not answer/);
  views[0]!.instead = views[1]!.instead;
  assertEquals(await statusOf("metric=cpu&top=3"), 502);
});

Deno.test("a host that is at two views is compared once, as the one tells it that has most of it", async () => {
  const { views, front } = pastOf();
  views[1]!.world.send({ id: "h0", host: "h-0", cpu: { mean: 90, cores: [] } });
  const { hosts } = await front.json(`/api/history?metric=cpu&hosts=h0&${SPAN}`);
  assertEquals(hosts.length, 1);
  assert(hosts[0].samples.reduce((a: number, b: number) => a + b, 0) > 20);
});
