import { assertEquals, assertRejects } from "@std/assert";
import { Patience } from "../../lib/common/patience.ts";

const LONG_MS = 60_000;

Deno.test("Patience gives an answer, and an error, as it comes", async () => {
  const patience = new Patience(LONG_MS);
  assertEquals(await patience.ask("it", () => Promise.resolve(7)), 7);
  await assertRejects(() => patience.ask("it", () => Promise.reject(new Error("no"))), Error, "no");
  assertEquals(await patience.ask("it", () => Promise.resolve(8)), 8);
});

Deno.test("Patience ends, and does not ask again while a call hangs", async () => {
  const patience = new Patience(1);
  const hanging = Promise.withResolvers<number>();
  let calls = 0;
  const ask = () =>
    patience.ask("it", () => {
      calls++;
      return hanging.promise;
    });
  await assertRejects(ask, Error, "Cannot read it: no answer");
  await assertRejects(ask, Error, "Cannot read it: no answer");
  assertEquals(calls, 1);
  assertEquals(await patience.ask("another", () => Promise.resolve(1)), 1);
  hanging.reject(new Error("too late"));
  await assertRejects(() => hanging.promise);
  assertEquals(await patience.ask("it", () => Promise.resolve(2)), 2);
});
