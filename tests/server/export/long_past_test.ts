/** The past here and elsewhere, where the two meet, and when nothing is elsewhere to be had. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { LongPast } from "../../../lib/server/export/long_past.ts";
import type { QueryApi } from "../../../lib/server/export/query_api.ts";
import { DeliveryError } from "../../../lib/server/outlets/destination.ts";
import { planFor, readPast } from "../../../lib/server/store/reading.ts";
import { createHandler } from "../../../lib/server/web/handler.ts";
import { FakeWorld, OPEN } from "../web/fakes.ts";
import { open, START_MS, test } from "../store/scene.ts";

const MINUTE_MS = 60_000;
type Api = Pick<QueryApi, "name" | "range">;

/** How each stretch is known elsewhere: how often a host was up, and a number for each part. */
type Known = (endMs: number) => { heard: number; value: number } | null;

/** An API that knows of one host, in all that is asked. */
function fakeApi(id: string, known: Known): Api & { readonly asked: number[] } {
  const asked: number[] = [];
  return {
    ...{ name: "http://long", asked },
    range(query, { fromMs, stepMs, count }) {
      asked.push(count);
      const parts = Array.from(query.matchAll(/, "part", "([^"]+)"/g), ([, part]) => part!);
      const ends = Array.from({ length: count }, (_, n) => fromMs + (n + 1) * stepMs - 1);
      return Promise.resolve(parts.map((part) => ({
        labels: { id, part },
        values: ends.flatMap((ms) => {
          const found = known(ms);
          if (found === null) return [];
          return [[ms, part === "heard" ? found.heard : found.value] as const];
        }),
      })));
    },
  };
}

function openMemory(known: Known, spacingMs = 0) {
  const world = new FakeWorld();
  world.nowMs = START_MS + 10 * MINUTE_MS + 30_000;
  const api = fakeApi("a", known);
  const { fleet } = world;
  const context = { fleet, nowMs: () => world.nowMs, aheadMs: () => world.aheadMs };
  const lines: string[] = [];
  const throttledLog = { warn: (_: string, line: () => string) => void lines.push(line()) };
  const past = new LongPast(api, { ...context, store: null, throttledLog, spacingMs });
  const handler = createHandler({ ...world.context, store: past }, OPEN);
  const get = async (path: string) => {
    const headers = { host: "127.0.0.1:8080" };
    return await handler.handle(new Request(`http://127.0.0.1:8080${path}`, { headers }));
  };
  /** The host sends for some minutes. */
  const send = (minutes: number) => {
    const untilMs = world.nowMs + minutes * MINUTE_MS;
    for (; world.nowMs < untilMs; world.nowMs += 5_000) world.send({ id: "a", cpu: { mean: 50 } });
  };
  return { world, api, past, lines, get, send };
}

const SPAN = `from=${START_MS}&to=${START_MS + 13 * MINUTE_MS}&points=13`;

Deno.test("before the memory begins a host is told as it is known elsewhere, without a seam", async () => {
  // Nothing of the first two minutes, and half of the third.
  const { send, get } = openMemory((ms) =>
    ms < START_MS + 2 * MINUTE_MS
      ? null
      : { heard: ms < START_MS + 3 * MINUTE_MS ? 2 : 4, value: 0.4 }
  );
  send(2);
  const answer = await (await get(`/api/hosts/a/history?metric=cpu,iowait&${SPAN}`)).json();
  const there = Array(9).fill(40);
  assertEquals(answer.cpu, [null, null, ...there, 50, 50]);
  // What the memory has not is from elsewhere up to now.
  assertEquals(answer.iowait, [null, null, ...there, 40, 40]);
  assertEquals(answer.lowest.iowait, answer.iowait);
  assertEquals(answer.samples.cpu.slice(0, 5), [0, 0, 2, 4, 4]);
  assertEquals(answer.causesMs.known, [0, 0, 30_000, ...Array(9).fill(MINUTE_MS), 30_000]);
  assertEquals(answer.causesMs.unheard, [0, 0, 30_000, ...Array(10).fill(0)]);
  assertEquals(answer.gaps, []);
});

Deno.test("what nobody knows elsewhere is a gap, from when the host was heard first", async () => {
  const { send, get } = openMemory((ms) => {
    const minute = Math.floor((ms - START_MS) / MINUTE_MS);
    return minute < 3 || (minute > 5 && minute < 8) ? null : { heard: 4, value: 0.4 };
  });
  send(1);
  const { shares, gaps } = await (await get(`/api/hosts/a/history?metric=cpu&${SPAN}`)).json();
  const [fromMs, toMs] = [6, 8].map((minute) => START_MS + minute * MINUTE_MS);
  assertEquals(gaps, [{ fromMs, toMs, cause: "unheard" }]);
  assertEquals(Object.values<number>(shares).reduce((a, b) => a + b, 0), 1);
  const response = await get(`/api/history?metric=cpu&hosts=a&${SPAN}`);
  assertEquals((await response.json()).hosts[0].gaps, gaps);
});

Deno.test("what the memory has all of is asked for nowhere", async () => {
  const { world, send, get, api } = openMemory(() => ({ heard: 4, value: 0.4 }));
  world.nowMs = START_MS;
  send(5);
  const span = `from=${START_MS}&to=${START_MS + 5 * MINUTE_MS}&points=5`;
  const { cpu } = await (await get(`/api/hosts/a/history?metric=cpu&${span}`)).json();
  assertEquals([cpu, api.asked], [Array(5).fill(50), []]);
});

Deno.test("stretches are no shorter than what is written elsewhere is apart", async () => {
  const { send, get } = openMemory(() => ({ heard: 1, value: 0.4 }), 5 * MINUTE_MS);
  send(1);
  const { stepMs } = await (await get(`/api/hosts/a/history?metric=cpu&${SPAN}`)).json();
  assertEquals(stepMs, 5 * MINUTE_MS);
});

Deno.test("the highest of the fleet are those elsewhere that are known here", async () => {
  const { send, get, api } = openMemory(() => null);
  send(1);
  api.range = (query) => {
    if (!query.startsWith("topk(3, ")) return Promise.resolve([]);
    const means = [["gone", 0.9], ["a", 0.5], ["b", NaN]] as const;
    return Promise.resolve(means.map(([id, mean]) => ({ labels: { id }, values: [[1, mean]] })));
  };
  const { hosts } = await (await get(`/api/history?metric=cpu&top=3&${SPAN}`)).json();
  assertEquals(hosts.map(({ id }: { id: string }) => id), ["a"]);
});

Deno.test("what elsewhere cannot be had is the error of that request, and of no other", async () => {
  const { send, get, api, lines } = openMemory(() => null);
  send(1);
  api.range = () => Promise.reject(new DeliveryError("HTTP 422: too many points"));
  const response = await get(`/api/hosts/a/history?metric=cpu&${SPAN}`);
  const error = "Cannot read history from http://long: HTTP 422: too many points";
  assertEquals([response.status, await response.json()], [502, { error }]);
  assertEquals(lines, [error]);
  assertEquals((await get("/api/hosts/a/history?metric=cpu")).status, 200);
  assertEquals((await get("/api/fleet")).status, 200);
});

Deno.test("so many wait for elsewhere, and no more", async () => {
  const { send, get, api } = openMemory(() => null);
  send(1);
  const end = Promise.withResolvers<never>();
  api.range = () => end.promise;
  const path = `/api/hosts/a/history?metric=cpu&${SPAN}`;
  const waiting = Array.from({ length: 16 }, () => get(path));
  const response = await get(path);
  assertEquals(response.status, 503);
  assert((await response.json()).error.includes("too many requests (limit 16)"));
  end.reject(new DeliveryError("no answer in time"));
  for (const { status } of await Promise.all(waiting)) assertEquals(status, 502);
  api.range = () => Promise.resolve([]);
  assertEquals((await get(path)).status, 200);
});

test("what a store has not is from elsewhere, and what it has is its own", async (folder) => {
  const beginMs = START_MS + 10 * MINUTE_MS + 30_000;
  const scene = await open(folder, beginMs);
  for (let n = 0; n <= 36; n++) scene.send("a", n + 1, beginMs + n * 5_000);
  const nowMs = beginMs + 180_000;
  const api = fakeApi("a", () => ({ heard: 4, value: 0.9 }));
  const context = { fleet: scene.fleet, store: scene.store, throttledLog: { warn() {} } };
  const past = new LongPast(api, {
    ...{ ...context, nowMs: () => nowMs, aheadMs: () => 0, spacingMs: 0 },
  });
  const host = scene.fleet.host("a")!;
  const query = { metrics: ["cpu"], fromMs: START_MS, untilMs: nowMs, points: 100 };
  const { pasts: [known] } = await readPast(past, [host], query, { nowMs, aheadMs: 0 });
  // Elsewhere more is known of the minute in which the store began.
  assertEquals(known!.series[0]!.mean.slice(0, 11), Array(11).fill(90));
  assert(known!.series[0]!.mean.slice(11).every((mean) => mean !== null && mean < 40));
  assertEquals([api.asked, known!.gaps, known!.shares.known], [[11], [], 1]);
  const later = { ...query, fromMs: beginMs + MINUTE_MS };
  const moment = { nowMs, aheadMs: 0 };
  assertEquals(await past.top(planFor(past, [], later, moment), 5), [host]);
  assertEquals(api.asked, [11]);
  api.range = () => Promise.reject(new DeliveryError("no answer in time"));
  await assertRejects(() => readPast(past, [host], query, moment), DOMException);
  assertEquals((await readPast(past, [host], later, moment)).pasts.length, 1);
  await scene.store.close();
});
