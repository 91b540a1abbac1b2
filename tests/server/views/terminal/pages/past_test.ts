import { assertEquals } from "@std/assert";
import { metricOf } from "../../../../../lib/catalogue.ts";
import { renderKept, renderRanges } from "../../../../../lib/server/views/terminal/pages/past.ts";
import { renderHostPage } from "../../../../../lib/server/views/terminal/pages/host_page.ts";
import type { ShownPast } from "../../../../../lib/server/views/terminal/state/past.ts";
import { detail, linesText, NOW_MS } from "../samples.ts";

const HOUR_MS = 3_600_000;
const FROM_MS = 1_795_442_400_000;

/** Eight hours, of which two are silent, one down, and half an hour is lost. */
const PAST: ShownPast = {
  ...{ fromMs: FROM_MS, toMs: FROM_MS + 8 * HOUR_MS, stepMs: HOUR_MS },
  values: {
    cpu: [0, 50, 100, null, null, null, null, 75],
    receive: [1e6, 0, 2e6, null, null, null, null, 1e6],
    memory: [null, null, null, null, null, null, null, null],
  },
  gaps: [
    { fromMs: FROM_MS + 3 * HOUR_MS, toMs: FROM_MS + 5 * HOUR_MS, cause: "silent" },
    { fromMs: FROM_MS + 5 * HOUR_MS, toMs: FROM_MS + 6 * HOUR_MS, cause: "down" },
    { fromMs: FROM_MS + 6 * HOUR_MS, toMs: FROM_MS + 7 * HOUR_MS, cause: "way" },
  ],
  shares: { known: 0.5, silent: 0.25, down: 0.125, lost: 0.125, dropped: 0 },
};

const kept = (id: string, width: number) => {
  const line = renderKept(metricOf(id), PAST, 6, width);
  return line && linesText([line]);
};

Deno.test("renderKept() draws a metric with a sign for each cause of a gap", () => {
  assertEquals(kept("cpu", 100), "cpu   ▁▅█░░▒╱▆");
  assertEquals(
    kept("receive", 100),
    "recv  ▅▁█░░▒╱▅ max 1.9MB/s",
  );
  assertEquals(kept("memory", 100), null);
});

Deno.test("renderKept() sums up where there are fewer cells than stretches", () => {
  assertEquals(kept("cpu", 4), "cpu   ▃█▒▆");
});

Deno.test("renderRanges() shows which one is chosen, and what it is made of", () => {
  assertEquals(
    linesText(renderRanges({ chosen: 3, shown: PAST }, 200)),
    "range   15m   1h   6h   [24h]   7d   30d   1y   2026-11-23 14:00 – 2026-11-23 22:00 UTC   " +
      "50.0 % known   ░ 25.0 % host silent   ╱ 12.5 % lost on the way   ▒ 12.5 % server not running",
  );
  assertEquals(
    linesText(renderRanges({ chosen: 1, shown: null }, 200)),
    "range   15m   [1h]   6h   24h   7d   30d   1y   asking the disk…",
  );
  assertEquals(
    linesText(renderRanges({ chosen: 0, shown: null }, 200)),
    "range   [15m]   1h   6h   24h   7d   30d   1y",
  );
});

Deno.test("renderHostPage() shows the range that is chosen in place of the memory", () => {
  const message = { v: 1, host: "web-01", cpu: { mean: 14.1, cores: [14.1] } } as never;
  const pageOf = (ranges: Parameters<typeof detail>[0]) =>
    linesText(renderHostPage(detail({ message, ...ranges }), NOW_MS, 120));
  const page = pageOf({ ranges: { chosen: 3, shown: PAST } });
  assertEquals(page.includes("▁▅█░░▒╱▆"), true);
  assertEquals(page.includes("[24h]"), true);
  assertEquals(pageOf({ ranges: null }).includes("range"), false);
});
