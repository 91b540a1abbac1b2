import { assertEquals } from "@std/assert";
import { span } from "../../../../../lib/server/views/terminal/text/line.ts";
import {
  flow,
  item,
  section,
  sectionWidth,
} from "../../../../../lib/server/views/terminal/text/section.ts";
import { linesText } from "../samples.ts";

const LINES = [[span("one")], [span("two")]];

Deno.test("section() has its title beside its lines, or above on a narrow screen", () => {
  assertEquals(linesText(section("CPU", LINES, 80)), "\nCPU        one\n           two");
  assertEquals(linesText(section("CPU", LINES, 40)), "\nCPU\n  one\n  two");
});

Deno.test("sectionWidth() is what the title leaves", () => {
  assertEquals([80, 40, 1].map(sectionWidth), [69, 38, 1]);
});

Deno.test("flow() goes on in the next line and loses nothing", () => {
  const items = [item("a", "1"), item("bb", "22"), item("c", "3")];
  assertEquals(linesText(flow(items, 12)), "a 1   bb 22\nc 3");
  assertEquals(linesText(flow(items, 1)), "a 1\nbb 22\nc 3");
});
