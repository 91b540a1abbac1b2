import { assertEquals } from "@std/assert";
import { causesIn, describeShares, formatShare } from "../../../../lib/common/gaps.js";
import {
  causeAt,
  Comparison,
  figuresOf,
  figuresOfMean,
  heldAt,
  KeptPast,
  MEAN,
} from "../../../../lib/server/web/page/past.js";
import { pastOf, Series } from "../../../../lib/server/web/page/series.js";
import { rowOf } from "./rows.ts";

const zeros = [0, 0, 0, 0];

/** Four minutes, of which the server did not run in the second one. */
function answer(changes: Record<string, unknown> = {}) {
  return {
    ...{ nowMs: 240_000, intervalMs: 5_000, fromMs: 0, toMs: 240_000, stepMs: 60_000 },
    times: [0, 60_000, 120_000, 180_000],
    cpu: [1, null, 3, 4],
    lowest: { cpu: [0, null, 2, 3] },
    highest: { cpu: [2, null, 4, 5] },
    causesMs: { known: [60_000, 0, 60_000, 60_000], down: [0, 60_000, 0, 0], lost: zeros },
    shares: { known: 0.75, down: 0.25 },
    gaps: [{ fromMs: 60_000, toMs: 120_000, cause: "down" }],
    recent: null,
    ...changes,
  };
}

Deno.test("KeptPast has stretches by their middles, bands and gaps", () => {
  const past = new KeptPast(answer());
  assertEquals(past.data(["cpu", "memory"]), [
    [30, 90, 150, 210],
    [1, null, 3, 4],
    [null, null, null, null],
  ]);
  assertEquals(past.band("cpu").highest, [2, null, 4, 5]);
  assertEquals([causeAt(past.gaps(), 61), causeAt(past.gaps(), 120)], ["down", null]);
  assertEquals([past.causeIn(70, 80), past.causeIn(130, 140)], ["down", null]);
});

Deno.test("KeptPast.lastAt() is the last stretch with a number, though nothing is missing after it", () => {
  assertEquals(new KeptPast(answer()).lastAt(), 3);
  const silent = { cpu: [1, null, 3, null], lowest: { cpu: [0, null, 2, null] } };
  assertEquals(new KeptPast(answer(silent)).lastAt(), 2);
});

Deno.test("KeptPast.causeIn() tells what the kernel dropped from what was lost on the way", () => {
  const told = (dropped: (number | null)[]) =>
    new KeptPast(answer({
      causesMs: { known: zeros, lost: [30, 30, 30, 30], dropped },
    })).causeIn(0, 59);
  assertEquals(told([null, 0, 0, 0]), "lost");
  assertEquals(told([0, 0, 0, 0]), "way");
  assertEquals(told([40, 0, 0, 0]), "dropped");
});

Deno.test("Series joins samples to what is kept before them, without a seam", () => {
  const series = new Series();
  series.begin({ nowMs: 240_000, intervalMs: 5_000, times: [185_000, 190_000], cpu: [40, 50] });
  series.join(new KeptPast(answer()));
  assertEquals(series.data(["cpu"]), [[30, 90, 150, 185, 190], [1, null, 3, 40, 50]]);
  assertEquals(series.lastAt(), 4);
  assertEquals(series.band("cpu").lowest, [0, null, 2]);
  assertEquals(series.gaps(), [{ from: 60, until: 120, cause: "down" }]);
});

Deno.test("Series has of what memory does not keep the kept values, between which no line breaks", () => {
  const series = new Series();
  const times = [120, 130, 140, 150, 160, 200, 210, 220, 230].map((second) => second * 1_000);
  const cpu = times.map((_, n) => n);
  series.begin({ nowMs: 240_000, intervalMs: 10_000, times, cpu });
  series.extend(rowOf({ lastSeenMs: 230_000, intervalMs: 10_000, diskBusyPercent: 9 }));
  series.join(new KeptPast(answer({ busiest: [1, null, 30, 40] })));
  const [seconds, busiest] = series.data(["busiest"]);
  assertEquals(seconds, [30, 90, 120, 130, 140, 150, 160, 180, 200, 210, 220, 230]);
  // Of 180 s nothing is known: that breaks it.
  const none = undefined;
  const expected = [1, null, none, none, none, 30, none, null, none, 40, none, 9];
  assertEquals(busiest as unknown, expected);
  assertEquals([6, 7, 11].map((at) => heldAt(busiest!, at)), [30, null, 9]);
  assertEquals(heldAt([undefined], 0), null);
});

Deno.test("Series bridges no gap between what is kept and the samples", () => {
  const series = new Series();
  series.begin({ nowMs: 240_000, intervalMs: 5_000, times: [119_000], cpu: [40] });
  series.join(new KeptPast(answer()));
  assertEquals(series.data(["cpu"]), [[30, 89.5, 119], [1, null, 40]]);
  assertEquals(series.gaps(), [{ from: 60, until: 119, cause: "down" }]);
});

Deno.test("Series leaves out a sample from before what is kept", () => {
  const series = new Series();
  series.extend(rowOf({ lastSeenMs: -9_000, cpuPercent: 7 }));
  series.join(new KeptPast(answer()));
  series.extend(rowOf({ lastSeenMs: -8_000, cpuPercent: 7 }));
  assertEquals(series.data(["cpu"]), [[30, 90, 150, 210], [1, null, 3, 4]]);
});

Deno.test("Series says of a silence among samples why, where that is kept", () => {
  const series = new Series();
  series.begin({ nowMs: 0, intervalMs: 5_000, times: [50_000], cpu: [40] });
  series.extend(rowOf({ lastSeenMs: 125_000, cpuPercent: 7 }));
  assertEquals(series.gaps(), [{ from: 55, until: 125, cause: "unheard" }]);
  series.join(new KeptPast(answer()));
  assertEquals(series.gaps(), [{ from: 55, until: 125, cause: "down" }]);
});

Deno.test("pastOf() shows the samples of a range that the memory has most of", () => {
  const recent = { times: [100_000, 105_000], cpu: [7, 8] };
  assertEquals(pastOf(answer({ recent })) instanceof Series, true);
  const late = { times: [130_000, 135_000], cpu: [7, 8] };
  assertEquals(pastOf(answer({ recent: late })) instanceof KeptPast, true);
  assertEquals(pastOf(answer()) instanceof KeptPast, true);
});

Deno.test("Comparison has the gaps of each host, and those that all have alike", () => {
  const host = (id: string, gaps: unknown[]) => ({
    ...{ id, name: id, mean: [1, null, null, 3], lowest: [0, null, null, 3] },
    ...{ highest: [2, null, null, 9], samples: [3, 0, 0, 1], shares: {}, gaps },
  });
  const gap = (fromMs: number, toMs: number, cause: string) => ({ fromMs, toMs, cause });
  const hosts = [
    host("a", [gap(60_000, 180_000, "down")]),
    host("b", [gap(60_000, 120_000, "down"), gap(120_000, 180_000, "silent")]),
  ];
  const past = new Comparison({ ...answer(), hosts, matched: 2 });
  assertEquals(past.gaps(["a", "b"]), [{ from: 60, until: 120, cause: "down" }]);
  assertEquals(past.gaps(["b"]).map(({ cause }) => cause), ["down", "silent"]);
  assertEquals(figuresOf(past.hosts[0]!), { mean: 1.5, lowest: 0, highest: 9, last: 3 });
  assertEquals([past.lastAt([1, null, null, 3]), past.lastAt([1, 2, null, null])], [3, 1]);
});

Deno.test("Comparison has the mean of all beside some of them", () => {
  const host = {
    id: "a",
    name: "a",
    mean: [1],
    lowest: [1],
    highest: [1],
    samples: [1],
    shares: {},
  };
  const gap = { fromMs: 60_000, toMs: 120_000, cause: "down" };
  const all = { hosts: 9, mean: [2, null, null, 4] };
  const hosts = [{ ...host, mean: [1, null, null, 3], gaps: [gap] }];
  const past = new Comparison({ ...answer(), hosts, matched: 10, all });
  assertEquals(past.data(["a", MEAN]).slice(1), [[1, null, null, 3], all.mean]);
  assertEquals(past.gaps(["a", MEAN]), past.gaps(["a"]), "the mean has none of its own");
  assertEquals(figuresOfMean(all.mean), { mean: 3, lowest: 2, highest: 4, last: 4 });
  assertEquals(figuresOfMean([null]), { mean: null, lowest: null, highest: null, last: null });
  assertEquals(new Comparison({ ...answer(), hosts, matched: 1, all }).all, null, "all are shown");
});

Deno.test("describeShares() says what a range is made of, the greatest cause first", () => {
  const shares = { known: 0.992, silent: 0.005, lost: 0.002, down: 0.001, left: 0 };
  assertEquals(
    describeShares(shares),
    "99.2% known; 0.5% host silent, 0.2% lost on the way or dropped here, 0.1% server not running",
  );
  assertEquals(causesIn({ lost: 0.2, dropped: 0.1 }), [["way", 0.2], ["dropped", 0.1]]);
  assertEquals(describeShares({ known: 1, lost: 0 }), "100.0% known");
  assertEquals([formatShare(0.0001), formatShare(0.9999)], ["under 0.1%", "over 99.9%"]);
});
