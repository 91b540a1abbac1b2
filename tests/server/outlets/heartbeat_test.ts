import { assertEquals } from "@std/assert";
import { DeliveryError, type HttpRequest } from "../../../lib/server/outlets/destination.ts";
import { Heartbeat, HEARTBEAT_MS } from "../../../lib/server/outlets/heartbeat.ts";
import { logLines } from "../logs.ts";
import { FakeClock } from "./fakes.ts";

function open() {
  const { log, lines } = logLines();
  const clock = new FakeClock();
  const requests: HttpRequest[] = [];
  const state = {
    hosts: { live: 1, stale: 0, offline: 0, left: 0 },
    answer: (_request: HttpRequest) => Promise.resolve(),
    failures: 0,
  };
  const heartbeat = new Heartbeat(new URL("https://watch.example/ping/s3cr3t"), {
    countByStatus: () => state.hosts,
    http(request) {
      requests.push(request);
      return state.answer(request);
    },
    steadyMs: () => clock.nowMs,
    schedule: clock.schedule,
    log,
    failures: { count: () => state.failures++ },
  });
  /** Lets the loop that receives go on for some seconds. */
  const run = async (seconds: number) => {
    for (let second = 0; second < seconds; second++) {
      heartbeat.tick(clock.nowMs);
      await clock.pass(1_000);
    }
  };
  return { heartbeat, state, requests, lines, clock, run };
}

Deno.test("Heartbeat asks its URL once a minute as long as the loop goes on", async () => {
  const { requests, clock, run, lines } = open();
  await run(150);
  assertEquals(requests.map(({ url, method }) => [url.href, method]), [
    ...Array(3).fill(["https://watch.example/ping/s3cr3t", "GET"]),
  ]);
  await clock.pass(10 * HEARTBEAT_MS);
  assertEquals(requests.length, 3);
  assertEquals([clock.delaysMs, lines], [[], []]);
});

Deno.test("Heartbeat is silent while no host is heard that is to be, and says so once", async (t) => {
  const cases: [string, object, number][] = [
    ["no host at all", { live: 0 }, 2],
    ["all have left", { live: 0, left: 3 }, 2],
    ["one is stale", { live: 0, stale: 1, offline: 9 }, 2],
    ["all are offline", { live: 0, offline: 3, left: 1 }, 0],
  ];
  for (const [name, hosts, count] of cases) {
    await t.step(name, async () => {
      const { state, requests, run } = open();
      Object.assign(state.hosts, hosts);
      await run(90);
      assertEquals(requests.length, count);
    });
  }
  const { state, requests, run, lines } = open();
  Object.assign(state.hosts, { live: 0, offline: 3 });
  await run(200);
  Object.assign(state.hosts, { live: 3, offline: 0 });
  await run(100);
  assertEquals(requests.length, 1);
  assertEquals(lines, [
    "warn Sending no heartbeats: no host is heard, of 3",
    "info Sending heartbeats again: hosts are heard",
  ]);
});

Deno.test("Heartbeat counts what fails, logs it once without the URL's secret, and ends what hangs", async () => {
  const { heartbeat, state, requests, run, lines } = open();
  state.answer = ({ signal }) => {
    const { promise, reject } = Promise.withResolvers<void>();
    signal.addEventListener("abort", () => reject(signal.reason));
    return promise;
  };
  await run(61);
  state.answer = () => Promise.reject(new DeliveryError("HTTP 500"));
  await run(60);
  state.answer = () => Promise.resolve();
  await run(60);
  assertEquals(requests.length, 4);
  assertEquals(state.failures, 3);
  assertEquals(lines, [
    "warn Cannot send a heartbeat to https://watch.example: no answer in time",
    "info Sending heartbeats to https://watch.example again",
  ]);
  state.answer = () => new Promise(() => {});
  await run(60);
  heartbeat.close();
  assertEquals(requests.at(-1)!.signal.aborted, true);
});
