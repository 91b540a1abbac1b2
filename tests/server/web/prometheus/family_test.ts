import { assertEquals } from "@std/assert";
import { ratio } from "../../../../lib/server/web/prometheus/family.ts";

Deno.test("ratio() of a percentage has no stray digits", () => {
  const percents = Array.from({ length: 1_001 }, (_, tenths) => tenths / 10);
  for (const percent of percents) {
    assertEquals(String(ratio(percent)), String(Number((percent / 100).toFixed(3))));
  }
  assertEquals([ratio(null), ratio(undefined), ratio(100), ratio(0.001)], [null, null, 1, 0.00001]);
});
