import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { Timing } from "../../../../lib/server/fleet/accounts/timing.ts";

function begin(session: string, sequence: number, sentMs: number, arrivalMs: number): Timing {
  return new Timing({ session, sequence, sentMs, arrivalMs, bye: false });
}

function take(
  timing: Timing,
  ...[session, sequence, sentMs, arrivalMs, bye = false]: [...Parameters<typeof begin>, boolean?]
): void {
  timing.accept({ session, sequence, sentMs, arrivalMs, bye });
}

Deno.test("Timing knows nothing of one datagram", () => {
  const timing = begin("s", 7, 900, 1_000);
  assertEquals([timing.jitterMs, timing.intervalMs], [null, null]);
});

Deno.test("Timing.accept() follows jitter as RFC 3550 section 6.4.1 has it", () => {
  // Sent each second on a clock 100 ms behind; under way 0, 16, 0 and 32 ms longer than the first.
  const timing = begin("s", 1, 900, 1_000);
  const seen = [16, 0, 32].map((delayMs, n) => {
    take(timing, "s", n + 2, 900 + (n + 1) * 1_000, 2_000 + n * 1_000 + delayMs);
    return timing.jitterMs!;
  });
  // J += (|D| − J) / 16 with |D| = 16, 16, 32.
  const first = 1;
  const second = first + (16 - first) / 16;
  const third = second + (32 - second) / 16;
  [first, second, third].forEach((jitter, n) => assertAlmostEquals(seen[n]!, jitter, 1e-9));
});

Deno.test("Timing.accept() reckons the interval per sample, lost ones too", () => {
  const timing = begin("s", 2, NaN, 0);
  take(timing, "s", 3, NaN, 5_000);
  assertEquals(timing.intervalMs, 5_000);
  take(timing, "s", 6, NaN, 20_000);
  assertEquals(timing.intervalMs, 5_000);
  take(timing, "s", 7, NaN, 26_600);
  assertEquals(timing.intervalMs, 5_100);
});

Deno.test("Timing.accept() takes no interval from the first sample or the good-bye", () => {
  const timing = begin("s", 1, NaN, 0);
  take(timing, "s", 2, NaN, 700);
  assertEquals(timing.intervalMs, null);
  take(timing, "s", 3, NaN, 5_700);
  assertEquals(timing.intervalMs, 5_000);
  take(timing, "s", 4, NaN, 6_000, true);
  assertEquals(timing.intervalMs, 5_000);
});

Deno.test("Timing.accept() makes no jitter up", async (t) => {
  await t.step("without the sender's time", () => {
    const timing = begin("s", 1, NaN, 0);
    take(timing, "s", 2, 100, 5_000);
    take(timing, "s", 3, NaN, 10_000);
    assertEquals(timing.jitterMs, null);
  });
  await t.step("from a clock that was set", () => {
    const timing = begin("s", 1, 0, 0);
    take(timing, "s", 2, 3_600_000, 5_000);
    assertEquals(timing.jitterMs, null);
    take(timing, "s", 3, 3_605_000, 10_000);
    assertEquals(timing.jitterMs, 0);
  });
  await t.step("from a clock that was set by a little, either way", () => {
    for (const stepMs of [300, 2_000, 9_000, -300, -2_000, -9_000]) {
      const timing = begin("s", 1, 0, 0);
      for (let n = 1; n < 5; n++) take(timing, "s", n + 1, n * 5_000, n * 5_000);
      for (let n = 5; n < 9; n++) take(timing, "s", n + 1, n * 5_000 + stepMs, n * 5_000);
      assertEquals(timing.jitterMs, 0, `${stepMs} ms`);
    }
  });
  await t.step("from one session to the next", () => {
    const timing = begin("s", 1, 0, 0);
    take(timing, "t", 1, 3_000, 9_000);
    assertEquals([timing.jitterMs, timing.intervalMs], [null, null]);
    take(timing, "t", 2, 8_000, 14_000);
    assertEquals([timing.jitterMs, timing.intervalMs], [0, null]);
    take(timing, "t", 3, 13_000, 19_000);
    assertEquals([timing.jitterMs, timing.intervalMs], [0, 5_000]);
  });
});

Deno.test("Timing tells how far the clocks are apart by the shortest way", async (t) => {
  const offsetOf = (transits: readonly number[]) => {
    const timing = begin("s", 1, 1_000, 1_000 + transits[0]!);
    transits.slice(1).forEach((transit, n) =>
      take(timing, "s", n + 2, 1_000 * (n + 2), 1_000 * (n + 2) + transit)
    );
    return timing.clockOffsetMs;
  };
  const cases: [string, number[], number | null][] = [
    ["one", [7], 7],
    ["the least", [9, 3, 8], 3],
    ["a clock ahead", [-500, -420], -500],
    ["without the sender's time", [NaN], null],
    ["a clock that was set back and is so for long", [0, ...new Array(200).fill(5_000)], 5_000],
    ["two samples after a clock was set back", [0, 3, 7_200_002, 7_200_001], 7_200_001],
    ["two samples after a clock was set ahead", [0, 3, -600_001, -600_002], -600_002],
    ["two samples after a clock was set back by a little", [4, 0, 302, 301], 301],
    ["a clock that was set ahead and back", [0, 3, -9_000, -9_001, 2, 1], 1],
    ["one datagram that was long under way", [0, 3, 7_200, 2], 0],
  ];
  for (const [name, transits, expected] of cases) {
    await t.step(name, () => assertEquals(offsetOf(transits), expected));
  }
});

Deno.test("Timing follows a clock that runs slow", () => {
  const timing = begin("s", 1, 0, 0);
  for (let n = 1; n < 100; n++) {
    take(timing, "s", n + 1, n * 1_000, n * 1_100);
    assert(n * 100 - timing.clockOffsetMs! <= 400, `${timing.clockOffsetMs} at ${n * 100}`);
  }
});

Deno.test("Timing.accept() counts a delay as jitter, and once it is known to be no step", () => {
  const timing = begin("s", 1, 0, 0);
  take(timing, "s", 2, 1_000, 1_000);
  take(timing, "s", 3, 2_000, 2_800);
  assertEquals(timing.jitterMs, 0);
  take(timing, "s", 4, 3_000, 3_000);
  // J += (|D| − J) / 16 with |D| = 800, 800.
  assertEquals(timing.jitterMs, 50 + (800 - 50) / 16);
});

Deno.test("Timing begins to compare the clocks anew with a session", () => {
  const timing = begin("s", 1, 0, 0);
  take(timing, "t", 1, 1_000, 91_000);
  assertEquals(timing.clockOffsetMs, 90_000);
});
