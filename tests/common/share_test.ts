import { assertEquals } from "@std/assert";
import { levelOf, percentOf } from "../../lib/common/share.js";

Deno.test("levelOf() warns from 70 % and is critical from 90 %", () => {
  assertEquals([null, 0, 69.9, 70, 89.9, 90, 100].map(levelOf), [
    ...["normal", "normal", "normal", "warning", "warning", "critical", "critical"],
  ]);
});

Deno.test("percentOf() knows nothing of nothing, and of what is not known", () => {
  assertEquals(percentOf(1, 4), 25);
  for (const [part, whole] of [[null, 4], [1, null], [0, 0], [1, -1]] as const) {
    assertEquals(percentOf(part, whole), null);
  }
});
