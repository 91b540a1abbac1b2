import { assertEquals } from "@std/assert";
import { Failures } from "../../lib/server/failures.ts";
import { logLines } from "./logs.ts";

Deno.test("Failures counts from 0 on, and logs what ends a part", () => {
  const { log, lines } = logLines();
  const failures = new Failures(log);
  failures.add("udp");
  failures.add("view");
  failures.count("udp");
  failures.count("udp");
  assertEquals(lines, []);
  failures.leaveBehind("udp", new Error("Cannot go on: the thread ended"));
  assertEquals([...failures.counts], [["udp", 3], ["view", 0]]);
  assertEquals(lines, [
    "error Cannot run udp: Cannot go on: the thread ended; continuing without it",
  ]);
});
