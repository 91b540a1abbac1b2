import { assert, assertEquals } from "@std/assert";
import { lossOf, MAX_BURST, Pace, randomFrom } from "../../tools/swarm_pace.ts";

Deno.test("take() never gives more than 16 at once and loses none", async (t) => {
  const cases: [name: string, stepMs: number, turnsMs: (random: () => number) => number][] = [
    ["slow", 100, (random) => random() % 200],
    ["fast", 0.01, (random) => random() % 100 / 1_000],
    ["with pauses", 0.05, (random) => random() % 50 === 0 ? 200 : 0.3],
  ];
  for (const [name, stepMs, turnMs] of cases) {
    await t.step(name, () => {
      const [pace, random] = [new Pace(stepMs), randomFrom(7)];
      let elapsedMs = 0;
      let taken = 0;
      for (let turn = 0; turn < 5_000; turn++) {
        elapsedMs += turnMs(random);
        const count = pace.take(elapsedMs);
        taken += count;
        assert(count >= 0 && count <= MAX_BURST);
        assert(taken <= Math.floor(elapsedMs / stepMs) + 1, "before it is due");
        assertEquals(pace.made, taken);
      }
      for (let turn = 0; pace.waitMs(elapsedMs) <= 0; turn++) {
        assert(turn < 1_000_000, "never catches up");
        elapsedMs += stepMs;
        assert(pace.take(elapsedMs) <= MAX_BURST);
      }
      assertEquals(pace.made, Math.floor(elapsedMs / stepMs) + 1);
    });
  }
});

Deno.test("take() gives the first at the start, and the next a step later", () => {
  const pace = new Pace(10);
  assertEquals([0, 0, 9, 10, 35].map((ms) => pace.take(ms)), [1, 0, 0, 1, 2]);
});

Deno.test("take() catches up with twice the pace", () => {
  const pace = new Pace(10);
  assertEquals([1_000, 1_000, 1_010, 1_015, 1_035].map((ms) => pace.take(ms)), [16, 0, 2, 1, 4]);
});

Deno.test("waitMs() is the time until the next one, and how late it is", () => {
  const pace = new Pace(10);
  pace.take(0);
  assertEquals([0, 4, 10, 25].map((ms) => pace.waitMs(ms)), [10, 6, 0, -15]);
});

Deno.test("gatherMs is half a millisecond at most, and nothing for a slow pace", () => {
  const gather = [0.01, 0.05, 0.2, 0.5, 0.51, 10].map((stepMs) => new Pace(stepMs).gatherMs);
  assertEquals(gather, [0.08, 0.4, 0.4, 0.5, 0, 0]);
});

Deno.test("lossOf() loses about its share, the same ones for the same seed", async (t) => {
  const draw = (percent: number, seed: number) => {
    const isLost = lossOf(percent, randomFrom(seed));
    return Array.from({ length: 20_000 }, isLost);
  };
  const count = (draws: boolean[]) => draws.filter(Boolean).length;
  await t.step("none", () => assertEquals(count(draw(0, 1)), 0));
  await t.step("all", () => assertEquals(count(draw(100, 1)), 20_000));
  // Five standard deviations of a binomial distribution are 212.
  await t.step("10 %", () => assert(Math.abs(count(draw(10, 1)) - 2_000) < 212));
  await t.step("seed", () => assertEquals(draw(10, 3), draw(10, 3)));
  await t.step("another seed", () => assert(String(draw(10, 3)) !== String(draw(10, 4))));
});
