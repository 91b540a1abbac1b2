import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { nextDueMs } from "../../lib/agent/schedule.ts";

Deno.test("nextDueMs() stays on the grid", async (t) => {
  const cases: [string, number, number][] = [
    ["just sampled", 10_002, 15_000],
    ["took nearly half the interval", 12_499, 15_000],
    ["took half the interval", 12_500, 15_000],
    ["took more than half", 12_501, 20_000],
    ["took longer than the interval", 15_100, 20_000],
    ["was suspended for an hour", 3_610_001, 3_615_000],
    ["exactly on time", 10_000, 15_000],
    ["a little early", 9_998, 15_000],
  ];
  for (const [name, nowMs, expected] of cases) {
    await t.step(name, () => assertEquals(nextDueMs(0, 5_000, nowMs), expected));
  }
});

Deno.test("nextDueMs() is half an interval to one and a half away, and on the grid", () => {
  const moments = fc.integer({ min: 0, max: 1e9 });
  fc.assert(
    fc.property(
      moments,
      fc.integer({ min: 100, max: 3_600_000 }),
      moments,
      (startMs, intervalMs, elapsedMs) => {
        const nowMs = startMs + elapsedMs;
        const dueMs = nextDueMs(startMs, intervalMs, nowMs);
        assertEquals((dueMs - startMs) % intervalMs, 0);
        assert(dueMs - nowMs >= intervalMs / 2, `${dueMs - nowMs} ms away`);
        assert(dueMs - nowMs < intervalMs * 1.5, `${dueMs - nowMs} ms away`);
      },
    ),
    { numRuns: 500 },
  );
});

Deno.test("nextDueMs() does not drift when every sample is late", () => {
  let dueMs = 250;
  for (let sample = 1; sample <= 1_000; sample++) {
    dueMs = nextDueMs(250, 100, dueMs + 17.3);
    assertEquals(dueMs, 250 + sample * 100);
  }
});
