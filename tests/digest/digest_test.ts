import { assertEquals } from "@std/assert";
import { digestOf, numbersOf } from "../messages.ts";

Deno.test("digestMessage() takes the numbers of a summary", () => {
  const cpu = { mean: 5, cores: [], iowait: null, steal: null };
  const { summary, hasMetrics } = digestOf({ v: 1, host: "h", cpu });
  assertEquals([summary, hasMetrics], [numbersOf({ cpu: 5 }), true]);
});
