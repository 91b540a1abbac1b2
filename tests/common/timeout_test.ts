import { assertEquals, assertRejects } from "@std/assert";
import { endTurn, schedule, Timeout, wait } from "../../lib/common/timeout.ts";
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

Deno.test("schedule() acts once, unless it is called off", async () => {
  const acts: string[] = [];
  schedule(() => acts.push("late"), 1_000_000)();
  const { promise, resolve } = Promise.withResolvers<void>();
  schedule(() => resolve(void acts.push("now")), 0);
  await promise;
  assertEquals(acts, ["now"]);
});

Deno.test("wait() ends when it is stopped, and leaves no timer", async () => {
  const stop = new AbortController();
  const waiting = wait(1_000_000, stop.signal);
  stop.abort();
  await waiting;
});

Deno.test("wait() leaves nothing at the signal when its time is over", async () => {
  const kept = new Set<unknown>();
  const signal = {
    addEventListener: (_: string, listener: unknown) => kept.add(listener),
    removeEventListener: (_: string, listener: unknown) => kept.delete(listener),
  };
  const waiting = wait(0, signal as unknown as AbortSignal);
  assertEquals(kept.size, 1);
  await waiting;
  assertEquals(kept.size, 0);
});

Deno.test("endTurn() lets timers have their turn", async () => {
  let hasActed = false;
  schedule(() => hasActed = true, 0);
  await endTurn();
  assertEquals(hasActed, true);
});
