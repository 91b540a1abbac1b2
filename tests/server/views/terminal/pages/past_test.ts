import { assertEquals, assertStringIncludes } from "@std/assert";
import { metricOf } from "../../../../../lib/catalogue.ts";
import {
  renderCauses,
  renderKept,
  renderRange,
} from "../../../../../lib/server/views/terminal/pages/past.ts";
import { renderHostPage } from "../../../../../lib/server/views/terminal/pages/host_page.ts";
import { FIRST_STATE } from "../../../../../lib/server/views/terminal/state/state.ts";
import type { Ranges, ShownPast } from "../../../../../lib/server/views/terminal/state/past.ts";
import { detail, linesText, NOW_MS, withoutTimes } from "../samples.ts";

const HOUR_MS = 3_600_000;
const FROM_MS = 1_795_442_400_000;

/** Eight hours, of which two are silent, one down, and half an hour is lost. */
const PAST: ShownPast = {
  ...{ fromMs: FROM_MS, toMs: FROM_MS + 8 * HOUR_MS, stepMs: HOUR_MS },
  values: {
    cpu: [0, 50, 100, null, null, null, null, 75],
    receive: [1e6, 0, 2e6, null, null, null, null, 1e6],
    memory: [null, null, null, null, null, null, null, null],
    iowait: [0, 100, null, null, null, null, null, null],
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

Deno.test("renderRange() shows which range is chosen, and from when to when it is", () => {
  const text = (range: number, untilMs: number | null, past: ShownPast | null) =>
    withoutTimes(linesText([renderRange({ range, untilMs, shown: past }, past)]));
  assertEquals(
    text(3, null, PAST),
    "range  15m 1h 6h [24h] 7d 30d 1y  hh:mm–hh:mm",
  );
  assertEquals(text(1, null, null), "range  15m [1h] 6h 24h 7d 30d 1y  asking…");
  assertEquals(
    linesText([
      renderRange({ ...{ range: 1, untilMs: null, shown: null }, problem: "Cannot" }, null),
    ]),
    "range  15m [1h] 6h 24h 7d 30d 1y  Cannot",
  );
  assertEquals(text(0, null, null), "range  [15m] 1h 6h 24h 7d 30d 1y");
  assertEquals(linesText([renderRange(null, PAST)]), "last 8h");
});

Deno.test("renderCauses() tells what a past is made of, which explains the signs", () => {
  assertEquals(
    linesText(renderCauses(PAST, 200)),
    "50.0% known   ░ host silent 25.0%   ╱ lost on the way 12.5%   ▒ server not running 12.5%",
  );
  assertEquals(renderCauses({ ...PAST, shares: { known: 1 } }, 200), []);
});

Deno.test("renderHostPage() shows the range that is chosen in place of the memory", () => {
  const message = { v: 1, host: "web-01", cpu: { mean: 14.1, cores: [14.1] } } as never;
  const pageOf = (ranges: Ranges | null) =>
    linesText(
      renderHostPage(detail({ message, ranges }), NOW_MS, { columns: 120, rows: 40 }, FIRST_STATE),
    );
  const page = pageOf({ range: 3, untilMs: null, shown: PAST });
  assertStringIncludes(page, "[24h]");
  assertStringIncludes(page, "50.0% known");
  assertStringIncludes(page, "iowait   ▁█");
  assertEquals(pageOf(null).includes("range"), false);
});
