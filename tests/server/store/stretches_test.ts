/** In which stretches a part of the past is told, and what each is made of. */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  CAUSES,
  causesOf,
  downsOf,
  type Interval,
  type Plan,
  planOf,
  seriesOf,
  sharesOf,
} from "../../../lib/server/store/stretches.ts";
import { addValue, AT, HEAD, PER_METRIC, rowLength } from "../../../lib/server/store/file/rows.js";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const NOW_MS = 1_795_442_910_000;

Deno.test("planOf() tells any part in so many stretches at most, from an even moment on", () => {
  const wanted = fc.record({
    span: fc.integer({ min: 1, max: 1_000 * DAY_MS }),
    points: fc.integer({ min: 1, max: 5_000 }),
    leastMs: fc.constantFrom(0, 5_000, 300_000),
    minutesSinceMs: fc.constant(NOW_MS - 30 * DAY_MS),
  });
  fc.assert(fc.property(wanted, ({ span, ...others }) => {
    const fromMs = NOW_MS - span;
    const plan = planOf({ ...others, fromMs, untilMs: NOW_MS }, []);
    assert(plan.count <= others.points + 1 && plan.stepMs >= others.leastMs);
    assertEquals(plan.fromMs % plan.stepMs, 0);
    assert(plan.fromMs <= fromMs && plan.fromMs + plan.stepMs > fromMs);
    assert(plan.fromMs + plan.count * plan.stepMs >= NOW_MS);
    const periodMs = plan.tier === "minute" ? 60_000 : HOUR_MS;
    assertEquals([plan.from, plan.step], [plan.fromMs / periodMs, plan.stepMs / periodMs]);
    if (fromMs < others.minutesSinceMs) assertEquals(plan.tier, "hour");
  }));
});

Deno.test("planOf() takes hours where minutes are many", () => {
  const tierOf = (days: number, points: number) => {
    const span = { fromMs: NOW_MS - days * DAY_MS, untilMs: NOW_MS, points };
    const { tier, stepMs } = planOf({ ...span, leastMs: 5_000, minutesSinceMs: 0 }, []);
    return [tier, stepMs];
  };
  assertEquals(tierOf(1, 300), ["minute", 300_000]);
  assertEquals(tierOf(8, 5_000), ["minute", 300_000]);
  assertEquals(tierOf(30, 5_000), ["hour", HOUR_MS]);
  assertEquals(tierOf(365, 300), ["hour", 2 * DAY_MS]);
});

function planFor(fromMs: number, count: number): Plan {
  const wanted = { fromMs, untilMs: fromMs + count * 60_000, points: count, leastMs: 0 };
  return planOf({ ...wanted, minutesSinceMs: 0 }, ["cpu"]);
}

Deno.test("causes add up to the time in which the host was known, whatever the file says", () => {
  const start = 60_000 * Math.floor(NOW_MS / 60_000);
  const ms = fc.integer({ min: 0, max: 70_000 });
  const kernel = fc.option(ms, { nil: null });
  const minute = fc.record({ span: ms, lost: ms, kernel, refused: ms, silent: ms, left: ms });
  const span = fc.tuple(fc.integer({ min: -100_000, max: 700_000 }), fc.nat(300_000));
  const shares = fc.tuple(fc.nat(100), fc.nat(100)).map(([a, b]) => ({
    lost: a / 200,
    refused: b / 200,
    dropped: a / 400,
  }));
  const corrections = fc.array(fc.tuple(span, shares), { maxLength: 3 });
  const minutes = fc.array(minute, { minLength: 1, maxLength: 10 });
  fc.assert(fc.property(minutes, span, span, corrections, (minutes, known, down, corrections) => {
    const plan = planFor(start, minutes.length);
    const length = rowLength(2);
    const sums = new Float64Array(minutes.length * length);
    minutes.forEach(({ kernel, ...minute }, n) => {
      for (const [name, ms] of Object.entries(minute)) {
        sums[n * length + AT[name as keyof typeof AT]] = ms;
      }
      if (kernel !== null) addValue(sums, (n + 1) * length - PER_METRIC, kernel);
    });
    const at = ([from, long]: [number, number]): Interval => [start + from, start + from + long];
    const during = at(known);
    const found = {
      sums,
      corrections: corrections.map(([span, shares]) => {
        const [fromMs, untilMs] = at(span);
        return { fromMs, untilMs, ...shares };
      }),
    };
    const causes = causesOf(plan, found, during, [at(down)]);
    minutes.forEach(({ kernel }, n) => {
      if (kernel !== null) assert(causes.dropped[n] !== null);
      const [from, until] = [start + 60_000 * n, start + 60_000 * (n + 1)];
      const whole = Math.max(0, Math.min(until, during[1]) - Math.max(from, during[0]));
      const parts = CAUSES.map((cause) => causes[cause][n]!);
      assert(parts.every((ms) => ms >= 0), String(parts));
      assert(
        Math.abs(parts.reduce((a, b) => a + b) - whole) <= CAUSES.length,
        `${parts} of ${whole}`,
      );
    });
    const total = Object.values(sharesOf(causes)).reduce<number>((a, b) => a + (b ?? 0), 0);
    assert(total === 0 || Math.abs(total - 1) < 0.001);
  }));
});

Deno.test("what the kernel dropped is a part of what was lost, and null where nobody knows", () => {
  const start = 60_000 * Math.floor(NOW_MS / 60_000);
  const plan = planFor(start, 3);
  const sums = new Float64Array(3 * rowLength(2));
  [0, 1, 2].forEach((n) => sums.set([60_000, 20_000], n * rowLength(2) + AT.span));
  addValue(sums, rowLength(2) - PER_METRIC, 15_000);
  addValue(sums, 2 * rowLength(2) - PER_METRIC, 25_000);
  const causes = causesOf(plan, { sums, corrections: [] }, [start, start + 180_000], []);
  assertEquals(causes.dropped, [15_000, 20_000, null]);
  assertEquals(causes.lost, [5_000, 0, 20_000]);
  assertEquals(causes.known, [40_000, 40_000, 40_000]);
  assertEquals(sharesOf(causes).dropped, 0.194444);
  assertEquals(sharesOf({ ...causes, dropped: [null, null, null] }).dropped, null);
});

Deno.test("a time without rows is the server's, or what it could not write", () => {
  const start = 60_000 * Math.floor(NOW_MS / 60_000);
  const plan = planFor(start, 3);
  const sums = new Float64Array(3 * rowLength(2));
  sums[AT.span] = 40_000;
  const known: Interval = [start, start + 150_000];
  const causes = causesOf(plan, { sums, corrections: [] }, known, [[
    start + 50_000,
    start + 70_000,
  ]]);
  const told = Object.fromEntries(
    Object.entries(causes).filter(([, ms]) => ms.some((n) => n! > 0)),
  );
  assertEquals(told, {
    known: [40_000, 0, 0],
    down: [10_000, 10_000, 0],
    missed: [10_000, 50_000, 30_000],
  });
});

Deno.test("downsOf() is what lies between the runs", () => {
  assertEquals(downsOf([[10, 20], [30, 45]], 60), [[20, 30], [45, 60]]);
  assertEquals(downsOf([], 60), []);
});

Deno.test("seriesOf() says null where no sample knew it", () => {
  const plan = planFor(60_000, 2);
  const sums = new Float64Array(2 * rowLength(2));
  sums.set([3, 90, 10, 50], HEAD);
  const expected = { mean: [30, null], lowest: [10, null], highest: [50, null], samples: [3, 0] };
  assertEquals(seriesOf(plan, { sums, corrections: [] }), [expected]);
});
