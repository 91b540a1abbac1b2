import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { History } from "../../../../lib/server/fleet/past/history.ts";
import { MAX_POINTS, pointCount } from "../../../../lib/server/fleet/past/points.ts";
import { numbersOf as point } from "../../../messages.ts";

/** A history of points at these times, each with its time in seconds as its reading. */
function historyOf(spanMs: number, intervalMs: number, times: readonly number[]): History {
  const history = new History(spanMs, intervalMs);
  for (const timeMs of times) history.push(timeMs, point({ cpu: timeMs / 1_000 }));
  return history;
}

/** Exactly where points are less than two seconds apart, else too early by 0.1 % at most. */
function assertSameTimes(kept: readonly number[], times: readonly number[]): void {
  assertEquals(kept.length, times.length);
  kept.forEach((timeMs, n) => {
    const early = times[n]! - timeMs;
    const gap = times[n]! - (kept[n - 1] ?? -Infinity);
    assert(early >= 0 && early <= (gap < 2_048 ? 0 : gap / 1_000), `${early} ms of ${gap}`);
  });
}

const grid = (count: number, stepMs: number) => Array.from({ length: count }, (_, n) => n * stepMs);

Deno.test("pointCount() covers the span, within reason", async (t) => {
  const cases: [number, number, number][] = [
    [900_000, 5_000, 180],
    [900_000, 7_000, 129],
    [900_000, 100, MAX_POINTS],
    [60_000, 3_600_000, 1],
    [86_400_000, 5_000, MAX_POINTS],
  ];
  for (const [spanMs, intervalMs, expected] of cases) {
    await t.step(`${spanMs} ms at ${intervalMs} ms`, () => {
      assertEquals(pointCount(spanMs, intervalMs), expected);
      assertEquals(new History(spanMs, intervalMs).capacity, expected);
    });
  }
});

Deno.test("History keeps what it is given, the unknown as unknown", () => {
  const history = new History(60_000, 5_000);
  assertEquals([history.times(), history.values("cpu")], [[], []]);
  history.push(1_000, point({ cpu: 12.5, receive: 1_000 }));
  history.push(6_000, point({ cpu: 0 }));
  assertEquals(history.times(), [1_000, 6_000]);
  assertEquals(history.values("cpu"), [12.5, 0]);
  assertEquals(history.values("receive"), [1_000, null]);
  assertEquals(history.values("send"), [null, null]);
});

Deno.test("History forgets the oldest", () => {
  const history = historyOf(20_000, 5_000, grid(10, 5_000));
  assertEquals(history.times(), [30_000, 35_000, 40_000, 45_000]);
  assertEquals(history.values("cpu"), [30, 35, 40, 45]);
});

Deno.test("History.push() takes what comes early or late, and no more than is due", async (t) => {
  const cases: [string, number[], number[]][] = [
    ["on time", [0, 5_000, 10_000], [0, 5_000, 10_000]],
    ["a little early and late", [0, 4_900, 10_100, 14_800], [0, 4_900, 10_100, 14_800]],
    ["at most one more than is due", [0, 100, 200, 4_900, 5_000, 5_100, 10_000], [
      0,
      100,
      5_000,
      10_000,
    ]],
    ["after a gap", [0, 60_000, 65_000], [0, 60_000, 65_000]],
    ["back in time", [60_000, 0], [60_000]],
  ];
  for (const [name, times, kept] of cases) {
    await t.step(name, () => assertEquals(historyOf(900_000, 5_000, times).times(), kept));
  }
});

Deno.test("History.push() thins out an interval too short for the span", () => {
  // 15 minutes in 900 points: 1 s each, of samples every 100 ms.
  const times = historyOf(900_000, 100, grid(9_000, 100)).times();
  assertEquals(times.length, MAX_POINTS);
  times.slice(1).forEach((timeMs, n) => {
    const step = timeMs - times[n]!;
    assert(step >= 900 && step <= 1_100, `${step} ms at ${n}`);
  });
});

Deno.test("History.push() keeps order and capacity, and loses no point of a steady sender", () => {
  const jitters = fc.array(fc.integer({ min: -1_200, max: 1_200 }), { maxLength: 100 });
  fc.assert(
    fc.property(jitters, (jitters) => {
      const times = jitters.map((jitterMs, n) => 10_000 + n * 5_000 + jitterMs);
      const kept = historyOf(300_000, 5_000, times).times();
      assertSameTimes(kept, times.slice(-60));
    }),
    { numRuns: 300 },
  );
});

Deno.test("History.adopt() moves the points to another size", async (t) => {
  const twelve = () => historyOf(60_000, 5_000, grid(12, 5_000));
  const old = twelve();
  await t.step("larger", () => {
    const larger = new History(60_000, 1_000);
    larger.adopt(twelve());
    assertEquals(larger.times(), old.times());
    assertEquals(larger.values("cpu"), old.values("cpu"));
    assertEquals(larger.values("receive"), old.values("receive"));
    larger.push(56_000, point({ cpu: 7 }));
    assertEquals(larger.times().at(-1), 56_000);
  });
  await t.step("smaller", () => {
    const smaller = new History(60_000, 20_000);
    smaller.adopt(twelve());
    assertEquals(smaller.capacity, 3);
    assertEquals(smaller.times(), [5_000, 20_000, 40_000]);
  });
});

Deno.test("History makes room as points come, and then goes round", () => {
  const history = new History(100_000, 1_000);
  for (let n = 1; n <= 150; n++) history.push(n * 1_000, point({ receive: n }));
  assertEquals([history.capacity, history.times().length, history.lastMs], [100, 100, 150_000]);
  assertEquals(history.values("receive"), Array.from({ length: 100 }, (_, n) => n + 51));
});

Deno.test("History.insert() puts a late point where it belongs", async (t) => {
  const filled = (seconds: readonly number[], capacity = 10) => {
    const history = new History(capacity * 1_000, 1_000);
    for (const second of seconds) history.push(second * 1_000, point({ cpu: second }));
    return history;
  };
  const cases: [string, History, number, number[]][] = [
    ["into a gap", filled([1, 2, 4, 5]), 3, [1, 2, 3, 4, 5]],
    ["where one stands", filled([1, 2, 3]), 2.2, [1, 2, 3]],
    ["before the first", filled([2, 3]), 1, [2, 3]],
    ["after the last", filled([2, 3]), 9, [2, 3]],
    ["into nothing", filled([]), 1, []],
    ["into a full ring", filled([1, 2, 3, 4, 6, 7], 5), 5, [3, 4, 5, 6, 7]],
    ["behind the oldest of a full ring", filled([1, 3, 4, 5, 6, 7], 5), 3.6, [3, 4, 5, 6, 7]],
  ];
  for (const [name, history, second, expected] of cases) {
    await t.step(name, () => {
      history.insert(second * 1_000, point({ cpu: second }));
      assertEquals(history.values("cpu"), expected);
      assertEquals(history.times(), expected.map((second) => second * 1_000));
    });
  }
});

Deno.test("History.insert() moves the points of a full ring, wherever it begins and the gap is", () => {
  const size = 6;
  for (let turn = 0; turn < size; turn++) {
    for (let late = turn + 2; late < turn + size + 1; late++) {
      const history = new History(size * 1_000, 1_000);
      for (let second = 1; second <= turn + size + 1; second++) {
        if (second !== late) history.push(second * 1_000, point({ cpu: second }));
      }
      history.insert(late * 1_000, point({ cpu: late }));
      const expected = Array.from({ length: size }, (_, n) => turn + 2 + n);
      assertEquals(history.values("cpu"), expected, `${late} after ${turn}`);
      assertEquals(history.times(), expected.map((second) => second * 1_000));
    }
  }
});

Deno.test("History.insert() leaves all other points and their times as they are", () => {
  const gaps = fc.array(fc.integer({ min: 900, max: 9_000 }), { minLength: 2, maxLength: 60 });
  const ages = fc.array(fc.integer({ min: 1, max: 90_000 }), { maxLength: 20 });
  fc.assert(fc.property(gaps, ages, (gaps, ages) => {
    const history = new History(40_000, 1_000);
    let timeMs = 0;
    for (const gapMs of gaps) history.push(timeMs += gapMs, point({ cpu: 1 }));
    for (const ageMs of ages) {
      const [times, values] = [history.times(), history.values("cpu")];
      history.insert(timeMs - ageMs, point({ cpu: 2 }));
      if (history.times().join() === times.join()) continue;
      const wasFull = times.length === history.capacity;
      const at = history.times().findIndex((ms, n) => ms !== times[n + Number(wasFull)]);
      // A thousandth of what was between the two points beside it.
      assert(Math.abs(history.times()[at]! - (timeMs - ageMs)) <= 9);
      assertEquals(history.times().toSpliced(at, 1), times.slice(Number(wasFull)));
      assertEquals(history.values("cpu").toSpliced(at, 1), values.slice(Number(wasFull)));
      assertEquals(history.values("cpu")[at], 2);
    }
  }));
});

Deno.test("History keeps times to a thousandth of the time between two points, however many", () => {
  const gaps = fc.array(fc.integer({ min: 1_000, max: 100_000 }), { minLength: 2, maxLength: 400 });
  fc.assert(fc.property(gaps, (gaps) => {
    let timeMs = 0;
    const times = gaps.map((gapMs) => timeMs += gapMs);
    const history = historyOf(900_000, 1_000, times);
    assertSameTimes(history.times(), times.slice(-history.times().length));
    assertEquals(history.times().at(-1), history.lastMs);
  }));
});

Deno.test("History keeps times for longer than 32 bits of milliseconds", async (t) => {
  const dayMs = 86_400_000;
  await t.step("with a point now and then", () => {
    const history = historyOf(10 * dayMs, dayMs, grid(120, dayMs));
    assertSameTimes(history.times(), grid(120, dayMs).slice(-10));
  });
  await t.step("after a silence of 60 days", () => {
    const history = historyOf(900_000, 5_000, [0, 5_000, 60 * dayMs, 60 * dayMs + 5_000]);
    assertEquals(history.times(), [60 * dayMs, 60 * dayMs + 5_000]);
  });
});
