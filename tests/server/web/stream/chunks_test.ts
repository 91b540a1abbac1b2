import { assertEquals, assertRejects } from "@std/assert";
import { Pace, SLICE_MS, streamText } from "../../../../lib/server/web/stream/chunks.ts";
import { FakeWorld, settle } from "../fakes.ts";

/** Texts that note how far they were asked for, and whether they were given up. */
function* noted(texts: readonly string[], notes: string[]): Generator<string> {
  try {
    for (const text of texts) {
      notes.push(`made ${text}`);
      yield text;
    }
  } finally {
    notes.push("ended");
  }
}

Deno.test("streamText() makes each text only when it is taken, in a turn of its own", async () => {
  const world = new FakeWorld();
  const notes: string[] = [];
  const stream = streamText(noted(["ä", "b"], notes), world.context, () => notes.push("released"));
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  assertEquals([world.pauses <= 1, notes.includes("made b")], [true, false]);
  assertEquals((await reader.read()).value, "ä");
  assertEquals((await reader.read()).value, "b");
  assertEquals((await reader.read()).done, true);
  assertEquals(notes, ["made ä", "made b", "ended", "released"]);
  assertEquals([world.pauses, world.timers], [3, 0]);
});

Deno.test("streamText() gives a turn for an empty text, and sends none", async () => {
  const world = new FakeWorld();
  const texts = ["", "a", "", "", "b", ""];
  const reader = streamText(noted(texts, []), world.context).getReader();
  const sent: number[] = [];
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    sent.push(part.value.length);
  }
  assertEquals([sent, world.pauses], [[1, 1], texts.length + 1]);
});

Deno.test("streamText() ends when its reader goes away", async () => {
  const world = new FakeWorld();
  const notes: string[] = [];
  const stream = streamText(noted(["a", "b"], notes), world.context, () => notes.push("released"));
  const reader = stream.getReader();
  await reader.read();
  await reader.cancel();
  assertEquals(notes, ["made a", "ended", "released"]);
  assertEquals(world.timers, 0);
});

Deno.test("streamText() gives up on a reader that takes nothing for long", async () => {
  const world = new FakeWorld();
  const notes: string[] = [];
  const stream = streamText(noted(["a", "b"], notes), world.context, () => notes.push("released"));
  const reader = stream.getReader();
  await reader.read();
  await world.pass(60_000);
  assertEquals(notes, ["made a", "ended", "released"]);
  await assertRejects(() => reader.read(), Error, "the client reads nothing");
});

Deno.test("streamText() passes a fault on and ends", async () => {
  const world = new FakeWorld();
  let released = 0;
  const faulty = (function* () {
    yield "a";
    throw new RangeError("fault");
  })();
  const reader = streamText(faulty, world.context, () => released++).getReader();
  await reader.read();
  await assertRejects(() => reader.read(), RangeError, "fault");
  assertEquals([released, world.timers], [1, 0]);
});

Deno.test("streamText() gives the memory of a text back when the next one is asked for", async () => {
  const world = new FakeWorld();
  const released: number[] = [];
  const context = {
    ...world.context,
    release: (bytes: Uint8Array) => released.push(bytes.length),
  };
  const reader = streamText(["a", "", "bc"], context).getReader();
  await reader.read();
  assertEquals(released, []);
  await reader.read();
  assertEquals(released, [1]);
  assertEquals((await reader.read()).done, true);
  assertEquals(released, [1, 2]);
});

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
