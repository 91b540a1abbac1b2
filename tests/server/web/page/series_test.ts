import { assertEquals } from "@std/assert";
import { Series } from "../../../../lib/server/web/page/series.js";
import { rowOf } from "./rows.ts";

function begun(): Series {
  const series = new Series();
  series.begin({ nowMs: 30_000, intervalMs: 5_000, times: [10_000, 15_000], cpu: [1, null] });
  return series;
}

Deno.test("Series begins with a history, and what that leaves out is not known", () => {
  const series = begun();
  assertEquals(series.data(["cpu", "rx"]), [[10, 15], [1, null], [null, null]]);
});

Deno.test("Series goes on with samples, each once", () => {
  const series = begun();
  const row = rowOf({ lastSeenMs: 20_000, cpuPercent: 7 });
  series.extend(row);
  series.extend(row);
  assertEquals(series.data(["cpu", "memory", "read", "write", "rx", "tx"]), [
    [10, 15, 20],
    ...[[1, null, 7], [null, null, 50], [null, null, 1], [null, null, 2]],
    ...[[null, null, 3], [null, null, 4]],
  ]);
});

Deno.test("Series breaks the line where nothing arrived", () => {
  const series = begun();
  series.extend(rowOf({ lastSeenMs: 27_500, cpuPercent: 7 }));
  assertEquals(series.data(["cpu"]), [[10, 15, 27.5], [1, null, 7]]);
  series.extend(rowOf({ lastSeenMs: 47_500, cpuPercent: 8 }));
  assertEquals(series.data(["cpu"]), [[10, 15, 27.5, 37.5, 47.5], [1, null, 7, null, 8]]);
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
  assertEquals(series.data(["cpu"]), [[10, 15, 30], [1, null, null]]);
  assertEquals(series.goOn(31_000, 5_000), true);
  assertEquals(series.data(["cpu"])[0], [10, 15, 31]);
  series.extend(rowOf({ lastSeenMs: 32_000, cpuPercent: 7 }));
  assertEquals(series.goOn(32_000, 5_000), true);
  assertEquals(series.data(["cpu"]), [[10, 15, 23.5, 32], [1, null, null, 7]]);
});
