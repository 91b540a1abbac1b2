import { assertEquals } from "@std/assert";
import { hostCharts } from "../../../../lib/server/web/page/host_charts.js";
import { Series } from "../../../../lib/server/web/page/series.js";

const NOTHING = { id: "a", cpuPercent: null, memoryPercent: null, load1: null };

/** The titles of the charts of a host that says this, and has said that before. */
function titlesOf(row: object, message: object, before: object = {}): string[] {
  const series = new Series();
  series.begin({ nowMs: 2_000, intervalMs: 1_000, times: [1_000], ...before });
  const detail = { row: { ...NOTHING, ...row }, message };
  return hostCharts(detail, series, false).map(({ title }) => title);
}

Deno.test("hostCharts() has a chart of what a host says or has said, and of nothing else", () => {
  assertEquals(titlesOf({}, {}), []);
  assertEquals(titlesOf({ cpuPercent: 0 }, {}), ["CPU"]);
  assertEquals(titlesOf({ load5: 1 }, {}), ["Load"]);
  assertEquals(titlesOf({}, {}, { memory: [50], rx: [null] }), ["Memory"]);
});

Deno.test("a title of hostCharts() leads to where the host is compared", () => {
  const detail = { row: { ...NOTHING, cpuPercent: 5 }, message: {} };
  const [chart] = hostCharts(detail, new Series(), false);
  assertEquals(new URL(chart?.link ?? "", "http://x").search, "?metric=cpu&hosts=a");
});
