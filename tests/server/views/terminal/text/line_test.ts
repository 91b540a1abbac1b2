import { assertEquals } from "@std/assert";
import {
  alignLeft,
  alignRight,
  fitLine,
  flow,
  isNarrow,
  item,
  joinFitting,
  type Line,
  lineWidth,
  restyle,
  section,
  sectionWidth,
  span,
  splitClusters,
  takeCells,
  textWidth,
  truncate,
} from "../../../../../lib/server/views/terminal/text/line.ts";
import { linesText } from "../samples.ts";
import fc from "fast-check";

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

const E_ACUTE = "e\u0301";

Deno.test("textWidth() counts cells", async (t) => {
  const cases: readonly (readonly [string, number])[] = [
    ["", 0],
    ["web-01", 6],
    ["●◐✗○▁█━─╸…–↓▲", 13],
    ["東京", 4],
    ["👍", 2],
    [`caf${E_ACUTE}`, 4],
    ["🇯🇵", 2],
  ];
  for (const [text, width] of cases) {
    await t.step(text, () => assertEquals(textWidth(text), width));
  }
});

Deno.test("isNarrow() holds for ASCII and our own signs only", () => {
  assertEquals(["a~", "█…", "é", "東", E_ACUTE].map(isNarrow), [true, true, false, false, false]);
});

Deno.test("splitClusters() keeps marks with their letters", () => {
  assertEquals(splitClusters(`a${E_ACUTE}東`), ["a", E_ACUTE, "東"]);
});

Deno.test("truncate() cuts with an ellipsis and never within a character", async (t) => {
  const cases: readonly (readonly [string, number, string])[] = [
    ["web-01", 6, "web-01"],
    ["web-01", 5, "web-…"],
    ["web-01", 1, "…"],
    ["web-01", 0, ""],
    ["東京都", 6, "東京都"],
    ["東京都", 5, "東京…"],
    ["東京都", 4, "東…"],
    [`${E_ACUTE}${E_ACUTE}${E_ACUTE}`, 2, `${E_ACUTE}…`],
  ];
  for (const [text, width, expected] of cases) {
    await t.step(`${text} in ${width}`, () => assertEquals(truncate(text, width), expected));
  }
});

Deno.test("alignLeft() and alignRight() fill, and cut what is longer", () => {
  assertEquals(alignLeft("東", 4), "東  ");
  assertEquals(alignRight("14%", 5), "  14%");
  assertEquals(alignLeft("東京都", 4), "東… ");
  assertEquals(alignRight("東京都", 4), " 東…");
});

Deno.test("alignLeft() gives exactly the width, whatever the text", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), fc.nat(40), (text, width) => {
      assertEquals(textWidth(alignLeft(text, width)), width);
      assertEquals(text.startsWith(takeCells(text, width)), true);
    }),
  );
});

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
