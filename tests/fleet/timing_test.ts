import { assertAlmostEquals, assertEquals } from "@std/assert";
import { Timing } from "../../lib/fleet/timing.ts";

Deno.test("Timing knows nothing of one datagram", () => {
  const timing = new Timing("s", 7, 900, 1_000);
  assertEquals([timing.jitterMs, timing.intervalMs], [null, null]);
});

Deno.test("Timing.accept() follows jitter as RFC 3550 section 6.4.1 has it", () => {
  // Sent each second on a clock 100 ms behind; under way 0, 16, 0 and 32 ms longer than the first.
  const timing = new Timing("s", 1, 900, 1_000);
  const seen = [16, 0, 32].map((delayMs, n) => {
    timing.accept("s", n + 2, 900 + (n + 1) * 1_000, 2_000 + n * 1_000 + delayMs);
    return timing.jitterMs!;
  });
  // J += (|D| − J) / 16 with |D| = 16, 16, 32.
  const first = 1;
  const second = first + (16 - first) / 16;
  const third = second + (32 - second) / 16;
  [first, second, third].forEach((jitter, n) => assertAlmostEquals(seen[n]!, jitter, 1e-9));
});

Deno.test("Timing.accept() reckons the interval per sample, lost ones too", () => {
  const timing = new Timing("s", 1, NaN, 0);
  timing.accept("s", 2, NaN, 5_000);
  assertEquals(timing.intervalMs, 5_000);
  timing.accept("s", 5, NaN, 20_000);
  assertEquals(timing.intervalMs, 5_000);
  timing.accept("s", 6, NaN, 26_600);
  assertEquals(timing.intervalMs, 5_100);
});

Deno.test("Timing.accept() makes no jitter up", async (t) => {
  await t.step("without the sender's time", () => {
    const timing = new Timing("s", 1, NaN, 0);
    timing.accept("s", 2, 100, 5_000);
    timing.accept("s", 3, NaN, 10_000);
    assertEquals(timing.jitterMs, null);
  });
  await t.step("from a clock that was set", () => {
    const timing = new Timing("s", 1, 0, 0);
    timing.accept("s", 2, 3_600_000, 5_000);
    assertEquals(timing.jitterMs, null);
    timing.accept("s", 3, 3_605_000, 10_000);
    assertEquals(timing.jitterMs, 0);
  });
  await t.step("from one session to the next", () => {
    const timing = new Timing("s", 1, 0, 0);
    timing.accept("t", 1, 3_000, 9_000);
    assertEquals([timing.jitterMs, timing.intervalMs], [null, null]);
    timing.accept("t", 2, 8_000, 14_000);
    assertEquals([timing.jitterMs, timing.intervalMs], [0, 5_000]);
  });
});

Deno.test("Timing tells how far the clocks are apart by the shortest way", async (t) => {
  const offsetOf = (transits: readonly number[]) => {
    const timing = new Timing("s", 1, 1_000, 1_000 + transits[0]!);
    transits.slice(1).forEach((transit, n) =>
      timing.accept("s", n + 2, 1_000 * (n + 2), 1_000 * (n + 2) + transit)
    );
    return timing.clockOffsetMs;
  };
  const cases: [string, number[], number | null][] = [
    ["one", [7], 7],
    ["the least", [9, 3, 8], 3],
    ["a clock ahead", [-500, -420], -500],
    ["without the sender's time", [NaN], null],
    ["a clock that was set back and is so for long", [0, ...new Array(200).fill(5_000)], 5_000],
  ];
  for (const [name, transits, expected] of cases) {
    await t.step(name, () => assertEquals(offsetOf(transits), expected));
  }
});
