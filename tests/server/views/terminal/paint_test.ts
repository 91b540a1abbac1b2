import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import fc from "fast-check";
import {
  fitLine,
  type Frame,
  type Line,
  span,
  type Style,
} from "../../../../lib/server/views/terminal/text/line.ts";
import { contrastOf, type Rgb } from "../../../contrast.ts";
import { paint } from "../../../../lib/server/views/terminal/paint.ts";
import { splitClusters, textWidth } from "../../../../lib/server/views/terminal/text/line.ts";

interface Cell {
  text: string;
  attributes: string;
}

const BLANK: Cell = { text: " ", attributes: "0" };
// deno-lint-ignore no-control-regex
const TOKEN = /\x1b\[([?0-9;]*)([A-Za-z])|[^\x1b]+/g;

/** As much of a terminal as `paint()` needs; half of a wide character that is written over goes blank. */
class FakeScreen {
  readonly #cells: Cell[][];
  #row = 0;
  #column = 0;
  #attributes = "0";

  constructor(columns: number, rows: number) {
    this.#cells = Array.from({ length: rows }, () => Array.from({ length: columns }, () => BLANK));
  }

  get text(): string[] {
    return this.#cells.map((cells) => cells.map(({ text }) => text).join(""));
  }

  get cells(): readonly (readonly Cell[])[] {
    return this.#cells;
  }

  write(output: string): void {
    for (const [text, values = "", command] of output.matchAll(TOKEN)) {
      if (command === undefined) splitClusters(text).forEach((cluster) => this.#put(cluster));
      else this.#obey(command, values);
    }
  }

  #obey(command: string, values: string): void {
    const [first = 1, second = 1] = values.split(";").map(Number);
    if (command === "H") [this.#row, this.#column] = [first - 1, second - 1];
    else if (command === "G") this.#column = first - 1;
    else if (command === "m") this.#attributes = values;
    else if (command === "J") this.#cells.forEach((cells) => cells.fill(BLANK));
    else assertEquals(values, "?2026", `unknown sequence ${values}${command}`);
  }

  #put(cluster: string): void {
    const cells = this.#cells[this.#row]!;
    const end = this.#column + textWidth(cluster);
    assert(end <= cells.length, `wrote past the edge in row ${this.#row}`);
    if (cells[this.#column]?.text === "") cells[this.#column - 1] = BLANK;
    if (cells[end]?.text === "") cells[end] = BLANK;
    for (let column = this.#column; column < end; column++) {
      const text = column === this.#column ? cluster : "";
      cells[column] = { text, attributes: this.#attributes };
    }
    this.#column = end;
  }
}

const COLUMNS = 12;
const ROWS = 3;
const STYLES: readonly Style[] = ["plain", "bold", "good", "selected"];

const lines: fc.Arbitrary<Line> = fc.array(
  fc.record({
    text: fc.string({
      unit: fc.constantFrom("a", "b", " ", "█", "東", "e\u0301", "👍"),
      maxLength: 8,
    }),
    style: fc.constantFrom(...STYLES),
  }),
  { maxLength: 4 },
).map((line) => fitLine(line, COLUMNS));
const frames: fc.Arbitrary<Frame> = fc.array(lines, { minLength: ROWS, maxLength: ROWS });

function screenOf(...outputs: string[]): FakeScreen {
  const screen = new FakeScreen(COLUMNS, ROWS);
  outputs.forEach((output) => screen.write(output));
  return screen;
}

const looks = (colour: boolean) => ({ colour, charset: "unicode" }) as const;

Deno.test("paint() draws a frame on a screen that it does not know", () => {
  fc.assert(
    fc.property(frames, (frame) => {
      const expected = frame.map((line) => line.map(({ text }) => text).join(""));
      assertEquals(screenOf(paint(null, frame, looks(true))).text, expected);
    }),
  );
});

Deno.test("paint() changes one frame into the next as if it drew that anew", () => {
  fc.assert(
    fc.property(frames, frames, fc.boolean(), (before, after, colour) => {
      const changed = screenOf(
        paint(null, before, looks(colour)),
        paint(before, after, looks(colour)),
      );
      assertEquals(changed.cells, screenOf(paint(null, after, looks(colour))).cells);
    }),
    { numRuns: 500 },
  );
});

Deno.test("paint() has nothing to say of a frame that is alike", () => {
  fc.assert(
    fc.property(
      frames,
      (frame) => assertEquals(paint(frame, structuredClone(frame), looks(true)), ""),
    ),
  );
});

function output(before: string, after: string): string {
  return paint([[span(before)]], [[span(after)]], looks(true)).replaceAll("\x1b[", "^");
}

Deno.test("paint() writes the cells that changed, and no others", () => {
  assertEquals(output("web-01  14%", "web-01  97%"), "^?2026h^1;9H^0m97^0m^?2026l");
});

Deno.test("paint() says where to go on after a character that terminals measure differently", () => {
  assertEquals(output("", "a東b"), "^?2026h^1;1H^0ma東^4Gb^0m^?2026l");
});

/** A colour of the cube of 256: six steps of each of red, green and blue. */
function cubeColour(index: number): Rgb {
  const levels = [0, 95, 135, 175, 215, 255];
  const [red, green, blue] = [36, 6, 1].map((step) => levels[Math.floor((index - 16) / step) % 6]!);
  return [red!, green!, blue!];
}

Deno.test("paint() has colours for a light background that can be read on white", () => {
  const styles = ["good", "warning", "critical", "accent"] as const;
  const frame: Frame = [styles.map((style) => span("x", style))];
  const light = paint(null, frame, { ...looks(true), isLight: true });
  const colours = Array.from(light.matchAll(/38;5;(\d+)m/g), ([, index]) => Number(index));
  assertEquals(colours.length, styles.length);
  for (const index of colours) {
    const contrast = contrastOf(cubeColour(index), [255, 255, 255]);
    assert(contrast >= 4.5, `${index}: ${contrast}`);
  }
  assert(!paint(null, frame, { ...looks(false), isLight: true }).includes("38;5"));
});

Deno.test("paint() uses colours only where it may", () => {
  const frame: Frame = [[span("a", "good"), span("b", "warning"), span("c", "critical")]];
  assertStringIncludes(paint(null, frame, looks(true)), "\x1b[0;32ma\x1b[0;33mb\x1b[0;1;31mc");
  assertStringIncludes(paint(null, frame, looks(false)), "\x1b[0ma\x1b[0;1mb\x1b[0;1mc");
});

Deno.test("paint() draws what a terminal can show in the same cells", () => {
  const frame = [[span("● 東京", "good"), span(" ▂█"), span("⣀")]];
  const ascii = { colour: false, charset: "ascii" } as const;
  const { cells } = screenOf(paint(null, frame, ascii));
  assertEquals(cells[0]?.slice(0, 10).map(({ text }) => text).join(""), "* ???? .#.");
});
