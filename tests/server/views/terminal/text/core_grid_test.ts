import { assertEquals } from "@std/assert";
import { lineWidth } from "../../../../../lib/server/views/terminal/text/line.ts";
import { renderCores } from "../../../../../lib/server/views/terminal/text/core_grid.ts";
import { linesText } from "../samples.ts";

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
