import { assertEquals } from "@std/assert";
import {
  DELIVERY_FAMILIES,
  METRIC_FAMILIES,
  PRESENCE_FAMILIES,
  ratio,
} from "../../../../lib/server/web/prometheus/families.ts";

Deno.test("ratio() of a percentage has no stray digits", () => {
  const percents = Array.from({ length: 1_001 }, (_, tenths) => tenths / 10);
  for (const percent of percents) {
    assertEquals(String(ratio(percent)), String(Number((percent / 100).toFixed(3))));
  }
  assertEquals([ratio(null), ratio(100), ratio(0.001)], [null, 1, 0.00001]);
});

Deno.test("a family's name ends with its unit", () => {
  for (const { name, unit } of [...PRESENCE_FAMILIES, ...DELIVERY_FAMILIES, ...METRIC_FAMILIES]) {
    const stem = name.replace(/_total$/, "");
    const [ending] = /_(bytes_per_second|bytes|seconds|ratio|packets|celsius)$/.exec(stem) ?? [""];
    assertEquals([name, unit === null ? "" : `_${unit}`], [name, ending]);
  }
});
