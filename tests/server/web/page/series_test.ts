import { assertEquals } from "@std/assert";
import { ownId, Series } from "../../../../lib/server/web/page/series.js";
import { rowOf } from "./rows.ts";

function begun(): Series {
  const series = new Series();
  series.begin({ nowMs: 30_000, intervalMs: 5_000, times: [10_000, 15_000], cpu: [1, null] });
  return series;
}

Deno.test("Series begins with a history, and what that leaves out is not known", () => {
  const series = begun();
  assertEquals(series.data(["cpu", "receive"]), [[-45, 10, 15], [null, 1, null], [
    null,
    null,
    null,
  ]]);
});

Deno.test("Series goes on with samples, each once", () => {
  const series = begun();
  const row = rowOf({ lastSeenMs: 20_000, cpuPercent: 7 });
  series.extend(row);
  series.extend(row);
  assertEquals(series.data(["cpu", "memory", "read", "write", "receive", "send"]), [
    [-40, 10, 15, 20],
    ...[[null, 1, null, 7], [null, null, null, 50], [null, null, null, 1], [null, null, null, 2]],
    ...[[null, null, null, 3], [null, null, null, 4]],
  ]);
});

Deno.test("Series adds to the last sample of a history what that does not keep", () => {
  const series = begun();
  const message = { disk: {}, pressure: { io: 7 } };
  // The history rounds its times.
  series.extend(
    rowOf({ lastSeenMs: 15_040, cpuPercent: 5, diskBusyPercent: 9 }),
    { age: 3 },
    message,
  );
  assertEquals(series.data(["cpu", "busiest", "pressureIo", ownId("age")]), [
    [-45, 10, 15],
    ...[[null, 1, 5], [null, null, 9], [null, null, 7], [null, null, 3]],
  ]);
  series.extend(rowOf({ lastSeenMs: 12_000, cpuPercent: 6 }));
  assertEquals(series.times, [10, 15]);
});

Deno.test("Series breaks the line where nothing arrived", () => {
  const series = begun();
  series.extend(rowOf({ lastSeenMs: 27_500, cpuPercent: 7 }));
  assertEquals(series.data(["cpu"]), [[-32.5, 10, 15, 27.5], [null, 1, null, 7]]);
  series.extend(rowOf({ lastSeenMs: 47_500, cpuPercent: 8 }));
  assertEquals(series.data(["cpu"]), [
    [-12.5, 10, 15, 27.5, 37.5, 47.5],
    [null, 1, null, 7, null, 8],
  ]);
});

Deno.test("Series forgets what is older than the history", () => {
  const series = begun();
  series.extend(rowOf({ lastSeenMs: 15_000 + 15 * 60_000 }));
  assertEquals(series.times[0], 15);
});

Deno.test("Series draws an outage in progress as a gap up to now, and none that is over", () => {
  const series = begun();
  assertEquals(series.goOn(20_000, 5_000), false);
  assertEquals(series.goOn(30_000, 5_000), true);
  assertEquals(series.data(["cpu"]), [[-30, 10, 15, 30], [null, 1, null, null]]);
  assertEquals(series.goOn(31_000, 5_000), true);
  assertEquals(series.data(["cpu"])[0], [-29, 10, 15, 31]);
  series.extend(rowOf({ lastSeenMs: 32_000, cpuPercent: 7 }));
  assertEquals(series.goOn(32_000, 5_000), true);
  assertEquals(series.data(["cpu"]), [[-28, 10, 15, 23.5, 32], [null, 1, null, null, 7]]);
});

Deno.test("Series shows a minute at least, and no more than there is where that is longer", () => {
  const series = new Series();
  series.begin({ nowMs: 200_000, intervalMs: 5_000, times: [200_000], cpu: [1] });
  assertEquals(series.data(["cpu"]), [[140, 200], [null, 1]]);
  const times = Array.from({ length: 13 }, (_, n) => 200_000 + n * 5_000);
  series.begin({ nowMs: 260_000, intervalMs: 5_000, times, cpu: times.map(() => 1) });
  assertEquals(series.data(["cpu"])[0], times.map((ms) => ms / 1_000));
});

Deno.test("Series sees no gap between the points of a past that keeps few of them", () => {
  const series = new Series();
  const times = Array.from({ length: 100 }, (_, n) => 96_000 * n);
  series.begin({ nowMs: 1e7, intervalMs: 200, times, cpu: times.map(() => 1) });
  assertEquals(series.times.length, 100);
});

Deno.test("Series has a column for each number of the host's own, as long as it sends it", () => {
  const series = begun();
  series.extend(rowOf({ lastSeenMs: 20_000 }), { cpu: 9, age: -2 });
  assertEquals(series.own, ["cpu", "age"]);
  series.extend(rowOf({ lastSeenMs: 25_000 }), { cpu: 8, __proto__: 1 });
  assertEquals(series.data([ownId("cpu"), ownId("age"), ownId("__proto__")]).slice(1), [
    [null, null, null, 9, 8],
    [null],
    [null],
  ]);
  assertEquals(series.data(["cpu"])[1]?.slice(0, 3), [null, 1, null]);
});

Deno.test("Series draws what only the message says, and what the row says of several", () => {
  const series = begun();
  const message = { pressure: { cpu: 3, memory: 0, io: 7 } };
  series.extend(rowOf({ lastSeenMs: 20_000, pressurePercent: 7 }), {}, message);
  const ids = ["pressureCpu", "pressureMemory", "pressureIo", "pressure"];
  assertEquals(series.data(ids).slice(1).map((values) => values.at(-1)), [3, 0, 7, 7]);
  series.extend(rowOf({ lastSeenMs: 25_000 }));
  assertEquals(series.data(["pressureIo"])[1]!.at(-1), null);
});
