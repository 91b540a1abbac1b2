import { assertEquals } from "@std/assert";
import { HEARTBEAT_MS, ROUND_MS, Rounds } from "../../../../lib/server/web/stream/chunks.ts";
import { FakeWorld, settle, START_MS } from "../fakes.ts";

/** Rounds of which each takes so long, and the times at which they began. */
function open(tookMs: number) {
  const world = new FakeWorld();
  const times: number[] = [];
  const beats: boolean[] = [];
  const wanted = { now: true };
  const rounds = new Rounds(world.context, {
    tell(isHeartbeat) {
      times.push(world.nowMs - START_MS);
      beats.push(isHeartbeat);
      world.nowMs += tookMs;
      return Promise.resolve();
    },
    isWanted: () => wanted.now,
  });
  rounds.start();
  return { world, rounds, times, beats, wanted };
}

Deno.test("Rounds follow one another at a steady pace, and every fourth is a heartbeat", async () => {
  const { world, times, beats } = open(0);
  await world.pass(6 * ROUND_MS);
  assertEquals(times, [1, 2, 3, 4, 5, 6].map((n) => n * ROUND_MS));
  assertEquals(HEARTBEAT_MS, 4 * ROUND_MS);
  assertEquals(beats, [true, false, false, false, true, false]);
});

Deno.test("Rounds that take long leave as much time to others", async () => {
  const { world, times } = open(400);
  await world.pass(2_000);
  assertEquals(times.slice(0, 3), [200, 1_000, 1_800]);
});

/** A fault as a promise that fails, and one of what is done before there is a promise. */
const FAULTY = {
  later: (error: Error) => Promise.reject(error),
  "at once": (error: Error): Promise<void> => {
    throw error;
  },
};

Deno.test("Rounds go on after a fault, and end when nobody listens", async (t) => {
  for (const [when, fail] of Object.entries(FAULTY)) {
    await t.step(when, async () => {
      const world = new FakeWorld();
      let told = 0;
      const tell = () => fail(new RangeError(`fault ${++told}`));
      const rounds = new Rounds(world.context, { tell, isWanted: () => told < 3 });
      rounds.start();
      rounds.start();
      await world.pass(10 * ROUND_MS);
      await settle();
      assertEquals([told, world.faults.length, world.timers], [3, 3, 0]);
      rounds.start();
      assertEquals(world.timers, 1);
      rounds.close();
      assertEquals(world.timers, 0);
    });
  }
});

Deno.test("Rounds.close() ends them, within a round too", async (t) => {
  const make = () => {
    const world = new FakeWorld();
    const { promise, resolve: finish } = Promise.withResolvers<void>();
    const rounds = new Rounds(world.context, { tell: () => promise, isWanted: () => true });
    return { world, rounds, finish };
  };
  await t.step("within one", async () => {
    const { world, rounds, finish } = make();
    rounds.start();
    await world.pass(ROUND_MS);
    rounds.close();
    finish();
    await settle();
    assertEquals(world.timers, 0);
  });
  await t.step("for whoever comes later", () => {
    const { world, rounds } = make();
    rounds.close();
    rounds.start();
    assertEquals(world.timers, 0);
  });
});
