import { assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  alignLeft,
  alignRight,
  isNarrow,
  splitClusters,
  takeCells,
  textWidth,
  truncate,
} from "../../../../../lib/server/views/terminal/text/width.ts";

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
