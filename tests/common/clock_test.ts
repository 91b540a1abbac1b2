import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { Clock } from "../../lib/common/clock.ts";

/** Clocks in the hands of a test; reading one takes time. */
class FakeClocks {
  steadyMs = 1_000_000.25;
  wallAheadMs = 0;
  /** How long each reading takes. */
  readMs = 0;
  readonly clock = new Clock({
    steadyMs: () => this.steadyMs += this.readMs,
    wallMs: () => Math.floor((this.steadyMs += this.readMs) + this.wallAheadMs),
  });
}

Deno.test("Clock.aheadMs() follows the wall clock, and stands still while that is not set", () => {
  const clocks = new FakeClocks();
  const { clock } = clocks;
  for (let n = 0; n < 100; n++, clocks.steadyMs += 7.3) assertEquals(clock.aheadMs(), 0);
  for (const setMs of [3_600_000, -3_600_000, 3 * 86_400_000, 60, 0]) {
    clocks.wallAheadMs = setMs;
    const aheadMs = clock.aheadMs();
    assert(Math.abs(aheadMs - setMs) <= 1, `${aheadMs} for ${setMs}`);
    assert(Number.isInteger(aheadMs));
    for (let n = 0; n < 100; n++, clocks.steadyMs += 7.3) assertEquals(clock.aheadMs(), aheadMs);
  }
});

Deno.test("Clock.aheadMs() is not moved by a pause between two readings", () => {
  const clocks = new FakeClocks();
  clocks.readMs = 30_000;
  assertEquals(clocks.clock.aheadMs(), 0);
  clocks.wallAheadMs = 3_600_000;
  const aheadMs = clocks.clock.aheadMs();
  assert(Math.abs(aheadMs - 3_600_000) <= 30_000, `${aheadMs}`);
});

Deno.test("Clock.nowMs() is never set, and aheadMs() leads from it to the wall clock", () => {
  const steps = fc.array(fc.tuple(fc.nat(100_000), fc.integer({ min: -1e12, max: 1e12 })));
  fc.assert(fc.property(steps, (steps) => {
    const clocks = new FakeClocks();
    let lastMs = clocks.clock.nowMs();
    for (const [passMs, setMs] of steps) {
      clocks.steadyMs += passMs;
      clocks.wallAheadMs += setMs;
      const nowMs = clocks.clock.nowMs();
      assertEquals(nowMs - lastMs, passMs);
      lastMs = nowMs;
      const shownMs = nowMs + clocks.clock.aheadMs();
      assert(Math.abs(shownMs - (nowMs + clocks.wallAheadMs)) <= 51);
    }
  }));
});

Deno.test("Clock reads the machine's clocks", () => {
  const clock = new Clock();
  assert(Math.abs(clock.nowMs() + clock.aheadMs() - Date.now()) < 1_000);
});
