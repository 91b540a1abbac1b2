import { assertEquals } from "@std/assert";
import { endTurn, schedule, wait } from "../../lib/common/timers.ts";

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
