import { assertEquals } from "@std/assert";
import {
  fitLine,
  joinFitting,
  type Line,
  lineWidth,
  restyle,
  span,
} from "../../../../../lib/server/views/terminal/text/line.ts";

const LINE: Line = [span("a東", "bold"), span("京b")];

Deno.test("lineWidth() counts cells over all spans", () => {
  assertEquals(lineWidth(LINE), 6);
  assertEquals(lineWidth([]), 0);
});

Deno.test("fitLine() fills or cuts to exactly the width", async (t) => {
  const cases: readonly (readonly [number, Line])[] = [
    [8, [...LINE, span("  ", "selected")]],
    [6, LINE],
    [5, [span("a東", "bold"), span("… ")]],
    [4, [span("a東", "bold"), span("…")]],
    [3, [span("a… ", "bold")]],
    [1, [span("…", "bold")]],
    [0, []],
  ];
  for (const [width, expected] of cases) {
    await t.step(`${width} cells`, () => assertEquals(fitLine(LINE, width, "selected"), expected));
  }
});

Deno.test("restyle() keeps the text", () => {
  assertEquals(restyle(LINE, "faint"), [span("a東", "faint"), span("京b", "faint")]);
});

Deno.test("joinFitting() leaves out what does not fit", () => {
  const items = [[span("one")], [span("three")], [span("two")]];
  assertEquals(joinFitting(items, 8, 2), [span("one"), span("  "), span("two")]);
  assertEquals(joinFitting(items, 2, 2), []);
});
