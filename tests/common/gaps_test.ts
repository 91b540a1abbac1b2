import { assertEquals } from "@std/assert";
import { missingIn, RECENT_POINTS, recentOf, usualStepMs } from "../../lib/common/gaps.js";

Deno.test("missingIn() counts what a silence has taken, and nothing while it is short", async (t) => {
  const cases: [silenceMs: number, intervalMs: number, expected: number][] = [
    [5_000, 5_000, 0],
    [12_500, 5_000, 0],
    [12_501, 5_000, 2],
    [60_000, 5_000, 11],
    [1_500, 100, 0],
    [1_600, 100, 15],
    [1_600, 600, 2],
  ];
  for (const [silenceMs, intervalMs, expected] of cases) {
    await t.step(
      `${silenceMs} ms at ${intervalMs} ms`,
      () => assertEquals(missingIn(silenceMs, intervalMs), expected),
    );
  }
});

Deno.test("usualStepMs() is the interval, or that between most of the points kept", () => {
  assertEquals(usualStepMs([], 5_000), 5_000);
  assertEquals(usualStepMs([0, 4_900, 9_900, 90_000, 95_000], 5_000), 5_000);
  assertEquals(usualStepMs([0, 4_990, 25_000, 30_000], 5_000), 5_000);
  assertEquals(usualStepMs([0, 1_250, 2_500, 9_000], 100), 1_250);
  assertEquals(usualStepMs([0, 96_000, 192_000, 288_000], 200), 96_000);
});

Deno.test("recentOf() puts null for each sample that is missing, and gives so many points", () => {
  assertEquals(recentOf([0, 5_000, 25_000], [1, 2, 3], 5_000), [1, 2, null, null, null, 3]);
  assertEquals(recentOf([0, 5_000, 10_000], [1, null, 3], 5_000), [1, null, 3]);
  assertEquals(recentOf([], [], 5_000), []);
  const long = recentOf([0, 9e9, 9e9 + 5_000], [1, 2, 3], 5_000);
  assertEquals([long.length, long.slice(-3)], [RECENT_POINTS, [null, 2, 3]]);
});
