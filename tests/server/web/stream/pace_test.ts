import { assertEquals } from "@std/assert";
import { Pace, SLICE_MS } from "../../../../lib/server/web/stream/pace.ts";
import { FakeWorld, settle } from "../fakes.ts";

/** Pieces that take so long each. */
function* slow(world: FakeWorld, workMs: number): Generator<number> {
  for (let n = 0;; n++) {
    world.nowMs += workMs;
    yield n;
  }
}

Deno.test("Pace rests after a slice for as long as it worked, and not within one", async () => {
  const world = new FakeWorld();
  const pace = new Pace(world.context);
  const pieces = pace.count(slow(world, 1));
  for (let n = 0; n < SLICE_MS; n++) {
    await pace.pause();
    pieces.next();
  }
  assertEquals(world.timers, 0);
  let goesOn = false;
  pace.pause().then(() => goesOn = true);
  await world.pass(SLICE_MS - 1);
  assertEquals([world.timers, goesOn], [1, false]);
  await world.pass(1);
  assertEquals([world.timers, goesOn], [0, true]);
});

Deno.test("Pace counts no time in which nothing is made", async () => {
  const world = new FakeWorld();
  const pace = new Pace(world.context);
  const pieces = pace.count(slow(world, 1));
  pieces.next();
  world.nowMs += 60_000;
  await pace.pause();
  assertEquals([pieces.next().value, world.timers], [1, 0]);
});

Deno.test("Pace lets all who share it rest together", async () => {
  const world = new FakeWorld();
  const pace = new Pace(world.context);
  const made: string[] = [];
  const work = async (name: string) => {
    const pieces = pace.count(slow(world, SLICE_MS));
    for (let n = 0; n < 2; n++) {
      await pace.pause();
      pieces.next();
      made.push(name);
    }
  };
  work("a");
  work("b");
  await settle();
  assertEquals([made.length, world.timers], [2, 1]);
  // The second one worked while the rest for the first had begun.
  await world.pass(SLICE_MS - 1);
  assertEquals(made.length, 2);
  await world.pass(1);
  assertEquals(made, ["a", "b", "a", "b"]);
});

Deno.test("Pace ends what it counts when nobody wants more of it", () => {
  const world = new FakeWorld();
  let hasEnded = false;
  const pieces = new Pace(world.context).count(function* () {
    try {
      yield 1;
      yield 2;
    } finally {
      hasEnded = true;
    }
  }());
  pieces.next();
  pieces.return(undefined);
  assertEquals(hasEnded, true);
});
