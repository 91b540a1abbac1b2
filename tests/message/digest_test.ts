import { assertEquals } from "@std/assert";
import { GROUP_BITS } from "../../lib/message/digest.ts";
import { digestOf, numbersOf } from "../messages.ts";

Deno.test("digestMessage() takes the numbers of a summary", () => {
  const cpu = { mean: 5, cores: [], iowait: null, steal: null };
  const { summary, groups } = digestOf({ v: 1, host: "h", cpu });
  assertEquals([summary, groups], [numbersOf({ cpu: 5 }), GROUP_BITS.cpu]);
});
