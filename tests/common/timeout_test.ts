import { assertEquals, assertRejects } from "@std/assert";
import { Timeout } from "../../lib/common/timeout.ts";
import { FakeTimers } from "../timers.ts";

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
  using timers = new FakeTimers();
  const timeout = new Timeout(LONG_MS);
  const never = () => new Promise<number>(() => {});
  await timeout.run("first", () => Promise.resolve(1));
  const second = timeout.run("second", never);
  let hasEnded = false;
  second.catch(() => hasEnded = true);
  timers.ring();
  assertEquals(await timeout.run("third", () => Promise.resolve(3)), 3);
  assertEquals(hasEnded, false, "it began between two looks");
  assertEquals(timers.delaysMs, [LONG_MS / 2], "one timer serves them all");
  timers.ring();
  await assertRejects(() => second, DOMException, "Cannot read second: no answer");
  assertEquals(timers.delaysMs, [], "nothing waits, and nobody looks");
});
