import { assertEquals } from "@std/assert";
import type { Metric } from "../../../../../lib/message/message.ts";
import {
  bar,
  coreStrip,
  lossStyle,
  percentBlock,
  percentStyle,
  renderCores,
  sparkline,
  timeline,
} from "../../../../../lib/server/views/terminal/text/marks.ts";
import { linesText } from "../samples.ts";
import { lineWidth } from "../../../../../lib/server/views/terminal/text/line.ts";

Deno.test("percentStyle() warns from 70 % and is critical from 90 %", () => {
  assertEquals([null, 69.9, 70, 89.9, 90].map(percentStyle), [
    "plain",
    "plain",
    "warning",
    "warning",
    "critical",
  ]);
});

Deno.test("lossStyle() warns of any loss, and of none that is not known", () => {
  assertEquals([null, 0, 1].map(lossStyle), ["plain", "plain", "warning"]);
});

Deno.test("bar() is exact to half a cell", async (t) => {
  const cases: readonly (readonly [Metric, string])[] = [
    [0, "─────"],
    [9, "╸────"],
    [50, "━━╸──"],
    [100, "━━━━━"],
    [null, ""],
  ];
  for (const [percent, expected] of cases) {
    await t.step(String(percent), () => assertEquals(linesText([bar(percent, 5)]), expected));
  }
});

Deno.test("percentBlock() draws the unknown blank, not low", () => {
  assertEquals([null, 0, 50, 100].map(percentBlock).join(""), " ▁▅█");
});

Deno.test("coreStrip() gives each core a block while there is room", () => {
  assertEquals(linesText([coreStrip([0, null, 100], 4)]), "▁ █");
  assertEquals(linesText([coreStrip([], 4)]), "");
});

Deno.test("coreStrip() draws the mean of neighbours in the style of the busiest", () => {
  assertEquals(coreStrip([0, 100, null, 50, null, null], 3), [
    { text: "▅", style: "critical" },
    { text: "▅", style: "accent" },
    { text: " ", style: "plain" },
  ]);
});

Deno.test("sparkline() draws against the highest value", () => {
  assertEquals(sparkline([0, 5, null, 10], 10), "▁▅ █");
  assertEquals(sparkline([0, 0], 0), "▁▁");
});

Deno.test("timeline() has gaps where nothing arrived, and none for jitter", async (t) => {
  type Case = readonly [name: string, times: readonly number[], nowMs: number, expected: string];
  const cases: readonly Case[] = [
    ["steady", [0, 1_000, 2_000, 3_000], 3_900, "..0123"],
    ["jitter", [0, 1_400, 2_300, 2_900], 3_000, "..0123"],
    ["two lost", [0, 1_000, 4_000], 4_500, ".01..2"],
    ["silent since", [0, 1_000], 4_100, "..01.."],
    [
      "more than there is room for",
      [0, 1, 2, 3, 4, 5, 6, 7].map((n) => n * 1_000),
      7_000,
      "234567",
    ],
    ["nothing ever", [], 5_000, "......"],
    ["silent for longer than is drawn", [0], 1_000_000, "......"],
    ["a point of the future", [2_000], 1_000, ".....0"],
  ];
  for (const [name, times, nowMs, expected] of cases) {
    await t.step(name, () => {
      const line = timeline({ times, values: times.map((_, index) => index) }, nowMs, 6, 1_000);
      assertEquals(line.map((value) => value ?? ".").join(""), expected);
    });
  }
});

Deno.test("renderCores() draws each core as a bar", () => {
  assertEquals(
    linesText(renderCores([0, 37, null, 100, 50, 9], 45)),
    `0 ──────   0%  1 ━━────  37%  2           –
3 ━━━━━━ 100%  4 ━━━───  50%  5 ╸─────   9%`,
  );
});

Deno.test("renderCores() draws very many cores as blocks, by their numbers", () => {
  const cores = Array.from(
    { length: 256 },
    (_, core) => core === 130 ? null : core < 128 ? 0 : 100,
  );
  assertEquals(
    linesText(renderCores(cores, 69)),
    `  0 ${"▁".repeat(64)}\n 64 ${"▁".repeat(64)}\n128 ██ ${"█".repeat(61)}\n192 ${"█".repeat(64)}`,
  );
});

Deno.test("renderCores() keeps to the width", () => {
  for (const count of [0, 1, 2, 7, 64, 65, 1_024]) {
    for (const width of [12, 30, 69, 189]) {
      const widest = Math.max(0, ...renderCores(Array(count).fill(50), width).map(lineWidth));
      assertEquals(Math.max(width, widest), width, `${count} cores in ${width}`);
    }
  }
});
