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
} from "../../../../../lib/server/views/terminal/text/marks.ts";
import { linesText } from "../samples.ts";
import { lineWidth } from "../../../../../lib/server/views/terminal/text/line.ts";

Deno.test("percentStyle() warns from 70 % and is critical from 90 %, as they are shown", () => {
  assertEquals([null, 69.4, 69.5, 89.4, 89.5].map(percentStyle), [
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
