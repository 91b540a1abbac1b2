import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import type { Metric } from "../../lib/message.ts";
import { ratePerSecond } from "../../lib/sampler/rate.ts";

Deno.test("ratePerSecond() divides a counter's gain by the true time", async (t) => {
  const cases: [string, Metric, Metric, number, Metric][] = [
    ["a second", 0, 100, 1_000, 100],
    ["five seconds", 100, 600, 5_000, 100],
    ["a tenth of a second", 100, 200, 100, 1_000],
    ["an hour's gap", 0, 3_600, 3_600_000, 1],
    ["nothing happened", 7, 7, 1_000, 0],
    ["went back", 8, 7, 1_000, null],
    ["no time passed", 0, 7, 0, null],
    ["time went back", 0, 7, -1, null],
    ["no reading before", null, 7, 1_000, null],
    ["no reading now", 7, null, 1_000, null],
    ["not a number", NaN, 7, 1_000, null],
    ["more than a message carries", 0, 2 ** 60, 1_000, null],
  ];
  for (const [name, before, after, elapsedMs, expected] of cases) {
    await t.step(name, () => assertEquals(ratePerSecond(before, after, elapsedMs), expected));
  }
});

Deno.test("ratePerSecond() is never negative and never more than a message carries", () => {
  fc.assert(
    fc.property(fc.double(), fc.double(), fc.double(), (before, after, elapsedMs) => {
      const rate = ratePerSecond(before, after, elapsedMs);
      assert(rate === null || (rate >= 0 && rate <= Number.MAX_SAFE_INTEGER), `${rate}`);
    }),
    { numRuns: 200 },
  );
});
