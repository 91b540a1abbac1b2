import { assertEquals } from "@std/assert";
import { hostCharts } from "../../../../lib/server/web/page/host_charts.js";
import { KeptPast } from "../../../../lib/server/web/page/past.js";
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

Deno.test("hostCharts() has what was lost where that is kept, and the host counts what it sends", () => {
  const none = [0, 0, 0];
  const answerOf = (causes: object) => ({
    ...{ times: [0, 60_000, 120_000], stepMs: 60_000, gaps: [], shares: {} },
    ...{ lowest: {}, highest: {}, cpu: [1, 2, null] },
    causesMs: {
      ...{ known: [60_000, 54_000, 0], lost: [0, 3_000, 0], dropped: [0, 3_000, 0] },
      ...{ refused: none, silent: [0, 0, 60_000], ...causes },
    },
  });
  const lostOf = (datagramsLost: number | null, causes: object = {}) => {
    const past = new KeptPast(answerOf(causes));
    const charts = hostCharts({ row: { ...NOTHING, datagramsLost }, message: {} }, past, true);
    const chart = charts.find(({ title }) => title === "Datagrams lost");
    return chart && past.data(chart.lines.map(({ id }) => id))[1];
  };
  assertEquals(lostOf(3), [0, 10, null]);
  assertEquals(lostOf(3, { dropped: [null, null, null] }), [0, 100 * 3 / 57, null]);
  assertEquals(lostOf(null), undefined);
  // Elsewhere nobody has counted.
  assertEquals(lostOf(3, { unheard: none }), undefined);
});
