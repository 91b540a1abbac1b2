import { assertEquals } from "@std/assert";
import {
  clockBelow,
  plotLines,
  scaleBeside,
} from "../../../../../lib/server/views/terminal/text/plot.ts";
import { linesText } from "../samples.ts";

const NO_GAP = () => null;

Deno.test("plotLines() joins values that follow each other, and bridges no gap", () => {
  const values = [0, 25, 50, 100, null, null, 100, null];
  assertEquals(
    linesText(plotLines([values], { width: 4, height: 2, top: 100 }, NO_GAP)),
    "⠀⡸⠀⠁".replaceAll("⠀", " ") + "\n" + "⡰⠁".replaceAll("⠀", " "),
  );
});

Deno.test("plotLines() fills a gap with its sign, and draws over it what is known", () => {
  const values = [50, 50, null, null, null, null, 50, 50];
  const sign = (cell: number) => cell > 0 ? "░" : null;
  assertEquals(
    linesText(plotLines([values], { width: 4, height: 1, top: 100 }, sign)),
    "⠒░░⠒",
  );
});

Deno.test("plotLines() shows the first line where several meet, each in its style", () => {
  const [line] = plotLines(
    [[0, 0, 100, 100], [0, 0, 0, 0]],
    { width: 2, height: 1, top: 100 },
    NO_GAP,
  );
  assertEquals(line, [{ text: "⣀⣏", style: "accent" }]);
  const [first, second] = plotLines([[9, 9], [0, 0]], { width: 1, height: 2, top: 9 }, NO_GAP);
  assertEquals([first?.[0]?.style, second?.[0]?.style], ["accent", "plain"]);
});

Deno.test("plotLines() keeps within its cells, whatever the values", () => {
  const values = [-1e300, 1e300, NaN, Infinity];
  const lines = plotLines([values], { width: 2, height: 2, top: 1 }, NO_GAP);
  assertEquals(lines.map((line) => linesText([line]).length <= 2), [true, true]);
});

Deno.test("scaleBeside() labels top, middle and bottom where there is room", () => {
  const lines = (count: number) => Array.from({ length: count }, () => []);
  const text = (count: number) => linesText(scaleBeside(lines(count), ["100%", "50%", "0%"], 5));
  assertEquals(text(5), "100%│\n    │\n 50%│\n    │\n  0%│");
  assertEquals(text(2), "100%│\n  0%│");
});

Deno.test("clockBelow() writes round times as far apart as they have room", async (t) => {
  const dayMs = 86_400_000;
  const midnightMs = new Date(2026, 10, 26).getTime();
  const cases: [string, number, number, number, string][] = [
    ["minutes", 0, 3_600_000, 61, "        00:10     00:20     00:30"],
    ["seconds", 0, 60_000, 31, "            00:00:30"],
    ["days", 0, 7 * dayMs, 50, "     27 Nov 28 Nov"],
    ["nothing where nothing fits", 0, 3_600_000, 4, ""],
  ];
  for (const [name, from, span, width, expected] of cases) {
    await t.step(name, () => {
      const text = clockBelow(midnightMs + from, midnightMs + from + span, width);
      if (name === "days") assertEquals(/^ +\d+ Nov +\d+ Nov +\d+ Dec$/.test(text), true, text);
      else assertEquals(text.startsWith(expected), true, text);
    });
  }
});
