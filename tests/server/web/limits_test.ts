import { assertEquals, assertThrows } from "@std/assert";
import { Refusal } from "../../../lib/server/web/api/context.ts";
import { Places } from "../../../lib/server/web/limits.ts";

Deno.test("Places.take() gives places until all are taken, and each comes back once", () => {
  const places = new Places(2, 503, "things");
  const [first] = [places.take(), places.take()];
  const { status, message } = assertThrows(() => places.take(), Refusal);
  assertEquals([status, message], [
    503,
    "Cannot answer: there are 2 things already; try again in a moment",
  ]);
  first!();
  first!();
  assertEquals(places.taken, 1);
  places.take();
  assertThrows(() => places.take(), Refusal);
});
