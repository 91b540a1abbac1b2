import { assertEquals } from "@std/assert";
import { linePath, stripPath } from "../../../../lib/server/web/page/shapes.js";

Deno.test("linePath() ends at the right, with a gap for what is not known", async (t) => {
  const cases: [string, (number | null)[], string][] = [
    ["nothing", [], ""],
    ["one point", [50], "M100.0 50h0"],
    ["a line", [0, 50, 100], "M0.0 100h0L50.0 50L100.0 0"],
    ["a gap", [10, null, 30], "M0.0 90h0M100.0 70h0"],
    ["fewer than there is room for", [20, 40], "M50.0 80h0L100.0 60"],
  ];
  for (const [name, values, expected] of cases) {
    await t.step(name, () => assertEquals(linePath(values, 3, 100), expected));
  }
});

Deno.test("stripPath() gives each core its column, an idle one too", () => {
  assertEquals(stripPath([100, 0]), "M0.00 100v-100h40.00V100zM50.00 100v-4h40.00V100z");
  assertEquals(stripPath([null, 50]), "M50.00 100v-50h40.00V100z");
  assertEquals(stripPath([]), "");
});
