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
  assertEquals(titlesOf({ load1: 1 }, {}), ["Load"]);
  assertEquals(titlesOf({}, {}, { memory: [50], rx: [null] }), ["Memory"]);
});

Deno.test("hostCharts() has a line for what is known, each always in its colour", () => {
  const linesOf = (row: object, message: object, isKept: boolean) =>
    hostCharts({ row: { ...NOTHING, ...row }, message }, new Series(), isKept)
      .map(({ title, lines }) => [title, ...lines.map(({ label, place }) => `${place} ${label}`)]);
  const memory = { memoryPercent: 90, swapPercent: null };
  assertEquals(linesOf(memory, {}, false), [["Memory", "0 Memory"]]);
  assertEquals(linesOf({ ...memory, swapPercent: 4 }, {}, false), [["Memory", "0 used", "1 Swap"]]);
  const pressure = [{ pressurePercent: 7 }, { pressure: { cpu: 7, io: 2 } }] as const;
  const parts = ["1 CPU pressure", "3 I/O pressure"];
  assertEquals(linesOf(...pressure, false), [["Pressure", "0 Pressure", ...parts]]);
  assertEquals(linesOf(...pressure, true), [["Pressure", ...parts]]);
});

Deno.test("a title of hostCharts() leads to where the host is compared", () => {
  const detail = { row: { ...NOTHING, cpuPercent: 5 }, message: {} };
  const [chart] = hostCharts(detail, new Series(), false);
  assertEquals(new URL(chart?.link ?? "", "http://x").search, "?metric=cpu&hosts=a");
});
