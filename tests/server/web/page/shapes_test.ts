import { assertEquals } from "@std/assert";
import {
  coresText,
  groupsOf,
  linePath,
  stripPath,
} from "../../../../lib/server/web/page/shapes.js";

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

Deno.test("groupsOf() has a bar for each core of few, and one for several of many", () => {
  assertEquals(groupsOf([]), []);
  assertEquals(groupsOf([10, null, 97.6]), [
    { mean: 10, isBusy: false },
    { mean: null, isBusy: false },
    { mean: 97.6, isBusy: true },
  ]);
  const groups = groupsOf(Array.from({ length: 65 }, (_, core) => core === 4 ? 100 : 1));
  assertEquals(groups.length, 22);
  assertEquals(groups[1], { mean: 34, isBusy: true });
  assertEquals(groups.at(-1), { mean: 1, isBusy: false });
});

Deno.test("coresText() counts cores and names the busiest", () => {
  assertEquals(coresText([5]), "1 core");
  assertEquals(coresText([null, null]), "2 cores");
  assertEquals(coresText([5, 99.6, 7]), "3 cores, core 1 at 100%");
});
