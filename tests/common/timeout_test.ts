import { assertEquals, assertRejects } from "@std/assert";
import { Timeout } from "../../lib/common/timeout.ts";

const LONG_MS = 60_000;

Deno.test("Timeout gives an answer, and an error, as it comes", async () => {
  const timeout = new Timeout(LONG_MS);
  assertEquals(await timeout.run("it", () => Promise.resolve(7)), 7);
  await assertRejects(() => timeout.run("it", () => Promise.reject(new Error("no"))), Error, "no");
  assertEquals(await timeout.run("it", () => Promise.resolve(8)), 8);
});

Deno.test("Timeout ends, and does not ask again while a call hangs", async () => {
  const timeout = new Timeout(1);
  const hanging = Promise.withResolvers<number>();
  let calls = 0;
  const ask = () =>
    timeout.run("it", () => {
      calls++;
      return hanging.promise;
    });
  await assertRejects(ask, Error, "Cannot read it: no answer");
  await assertRejects(ask, Error, "Cannot read it: no answer");
  assertEquals(calls, 1);
  assertEquals(await timeout.run("another", () => Promise.resolve(1)), 1);
  hanging.reject(new Error("too late"));
  await assertRejects(() => hanging.promise);
  assertEquals(await timeout.run("it", () => Promise.resolve(2)), 2);
});

Deno.test("Timeout gives each call half of its limit, whenever it begins", async () => {
  const setTimer = globalThis.setTimeout;
  const looks: (() => void)[] = [];
  globalThis.setTimeout = ((look: () => void) => looks.push(look)) as unknown as typeof setTimeout;
  try {
    const timeout = new Timeout(LONG_MS);
    const never = () => new Promise<number>(() => {});
    await timeout.run("first", () => Promise.resolve(1));
    const second = timeout.run("second", never);
    looks.shift()!();
    assertEquals(await timeout.run("third", () => Promise.resolve(3)), 3);
    looks.shift()!();
    await assertRejects(() => second, DOMException, "Cannot read second: no answer");
    assertEquals(looks.length, 0, "nothing waits, and nobody looks");
  } finally {
    globalThis.setTimeout = setTimer;
  }
});
