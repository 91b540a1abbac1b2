/** Every ratio that BENCHMARKS.md tells of two figures of its tables is that of those figures. */
import { assert, assertEquals } from "@std/assert";
import { readDocument, test } from "./documents.ts";

const PAGE = readDocument("docs/BENCHMARKS.md");
const TABLES = /<!-- figures -->([^]*)<!-- end of figures -->/.exec(PAGE)?.[1] ?? "";

function numberOf(text: string): number {
  return Number(text.replaceAll(",", ""));
}

test("BENCHMARKS.md tells ratios that its tables have", () => {
  const prose = PAGE.replace(TABLES, "").replace(/\s+/g, " ");
  const ratios = Array.from(
    prose.matchAll(/([\d.]+) times as [^().;]*\(([\d,.]+) against ([\d,.]+\d)/g),
  );
  assert(ratios.length >= 3);
  for (const [, ratio, one, other] of ratios) {
    for (const figure of [one!, other!]) assert(TABLES.includes(`| ${figure} `), figure);
    const digits = ratio!.split(".")[1]?.length ?? 0;
    assertEquals((numberOf(one!) / numberOf(other!)).toFixed(digits), ratio);
  }
});
