import { assert, assertEquals } from "@std/assert";
import tokens from "../../../../lib/server/web/page/tokens.css" with { type: "text" };
import { contrastOf, type Rgb, rgbOf } from "../../../contrast.ts";

const SCHEMES = ["light", "dark"] as const;
/** Each colour in both schemes. */
const COLORS = new Map(
  Array.from(
    tokens.matchAll(/^\s*--([\w-]+): light-dark\((#\w{6}), (#\w{6})\);/gm),
    ([, name, ...colors]) => [name!, colors.map(rgbOf) as [Rgb, Rgb]],
  ),
);
const GROUNDS = ["ground", "panel", "raised", "chosen", "high-row", "critical-row"];
const TEXTS = ["text", "muted", "accent", "live", "stale", "offline", "left", "high", "critical"];
const CHARTS = ["c1", "c2", "c3", "c4", "c5", "c6"];
const FILLS = ["fill", "high-fill", "critical-fill"];
/** What numbers on each step of heat are written in. */
const INKS = ["text", "text", "text", "ink-h3", "ink-h4", "ink-h4", "ground"];

/** Every pair whose contrast is too low. */
function tooLow(names: readonly string[], grounds: readonly string[], least: number): string[] {
  return SCHEMES.flatMap((scheme, n) =>
    names.flatMap((name) =>
      grounds.filter((ground) => contrastOf(COLORS.get(name)![n]!, COLORS.get(ground)![n]!) < least)
        .map((ground) => `${name} on ${ground} in ${scheme}`)
    )
  );
}

Deno.test("tokens.css has a colour for both schemes in each row", () => {
  const rows = tokens.match(/^\s*--[\w-]+: .*#/gm)!;
  assertEquals(COLORS.size, rows.length);
  assert(COLORS.size > 30);
});

Deno.test("the colours of texts hold WCAG AA on every ground, in both schemes", () => {
  assertEquals(tooLow(TEXTS, GROUNDS, 4.5), []);
});

Deno.test("numbers on heat hold WCAG AA on their step, in both schemes", () => {
  assertEquals(INKS.flatMap((ink, step) => tooLow([ink], [`h${step}`], 4.5)), []);
});

Deno.test("lines and bars hold 3:1 on the ground, in both schemes", () => {
  assertEquals(tooLow([...CHARTS, ...FILLS], ["ground"], 3), []);
});
