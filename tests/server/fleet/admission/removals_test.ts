import { assertEquals } from "@std/assert";
import { MAX_REMOVALS, Removals } from "../../../../lib/server/fleet/admission/removals.ts";

Deno.test("Removals.since() names what was forgotten after a version", () => {
  const removals = new Removals();
  assertEquals(removals.since(0), []);
  removals.add("a", 3);
  removals.add("b", 7);
  assertEquals([0, 2, 3, 6, 7, 9].map((version) => removals.since(version)), [
    ["a", "b"],
    ["a", "b"],
    ["b"],
    ["b"],
    [],
    [],
  ]);
});

Deno.test("Removals.since() says when it no longer knows", () => {
  const removals = new Removals();
  for (let n = 1; n <= MAX_REMOVALS + 2; n++) removals.add(`k${n}`, n);
  assertEquals([removals.since(0), removals.since(1)], [null, null]);
  assertEquals(removals.since(2)!.length, MAX_REMOVALS);
  assertEquals(removals.since(MAX_REMOVALS + 1), [`k${MAX_REMOVALS + 2}`]);
});
