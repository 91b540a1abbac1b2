/**
 * What a view draws: lines of spans, each a text in one style, cut and filled to cells of a terminal,
 * and sections of them that flow over as many lines as they need. It never splits what is read as one
 * character. Styles are named by their meaning; how a terminal shows them is up to `paint.ts`. Pure.
 */
import stringWidth from "string-width";

/** What a text means. `faint` steps back, `selected` is the row of the cursor. */
export type Style =
  | "plain"
  | "bold"
  | "faint"
  | "good"
  | "warning"
  | "critical"
  | "accent"
  | "heading"
  | "selected";

/** A text without control characters, in one style. */
export interface Span {
  readonly text: string;
  readonly style: Style;
}

/** One line of a terminal, from the left. */
export type Line = readonly Span[];

/** A whole screen: exactly as many lines as it has rows, each of exactly as many cells as it has columns. */
export type Frame = readonly Line[];

/** Columns and rows of a terminal. */
export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** Makes a span. */
export function span(text: string, style: Style = "plain"): Span {
  return { text, style };
}

/** The cells that a line takes. */
export function lineWidth(line: Line): number {
  return line.reduce((width, { text }) => width + textWidth(text), 0);
}

/** A line in exactly this number of cells: filled with spaces of a style, or cut with "…". */
export function fitLine(line: Line, width: number, fill: Style = "plain"): Line {
  const free = width - lineWidth(line);
  if (width < 1) return [];
  if (free === 0) return line;
  return free > 0 ? [...line, span(" ".repeat(free), fill)] : cutLine(line, width);
}

function cutLine(line: Line, width: number): Line {
  const cut: Span[] = [];
  let left = width - ELLIPSIS.length;
  for (const { text, style } of line) {
    const taken = takeCells(text, left);
    left -= textWidth(taken);
    // A wide character that does not fit may leave a cell free.
    if (taken !== text) return [...cut, span(taken + ELLIPSIS + " ".repeat(left), style)];
    cut.push({ text, style });
  }
  return cut;
}

/** The same text in one style. */
export function restyle(line: Line, style: Style): Line {
  return line.map(({ text }) => span(text, style));
}

/** Puts items beside each other, with a gap, as long as they fit; those that do not are left out. */
export function joinFitting(items: readonly Line[], width: number, gap: number): Line {
  const joined: Span[] = [];
  let used = 0;
  for (const item of items) {
    const needed = lineWidth(item) + (used > 0 ? gap : 0);
    if (used + needed > width) continue;
    if (used > 0) joined.push(span(" ".repeat(gap)));
    joined.push(...item);
    used += needed;
  }
  return joined;
}

/** What stands for the part of a text that was cut off. */
const ELLIPSIS = "…";

/** ASCII, and the signs that views draw with: each takes one cell in every terminal. */
const NARROW = /^[ -~°·–…←-↓─│━╱╸▁-█░▒▓▲△▸▼▾●◐○✗⠁-⣿]*$/;

const segmenter = new Intl.Segmenter("en", { granularity: "grapheme" });

/** Whether every terminal agrees that each character of this text takes one cell. */
export function isNarrow(text: string): boolean {
  return NARROW.test(text);
}

/** The cells that a text takes. */
export function textWidth(text: string): number {
  return isNarrow(text) ? text.length : stringWidth(text);
}

/** What is read as one character each: a letter with its marks, an emoji with its modifiers. */
export function splitClusters(text: string): string[] {
  if (isNarrow(text)) return text.split("");
  return Array.from(segmenter.segment(text), ({ segment }) => segment);
}

/** A text cut to a number of cells; one that is cut ends in "…". */
export function truncate(text: string, width: number): string {
  if (textWidth(text) <= width) return text;
  return width < 1 ? "" : takeCells(text, width - 1) + ELLIPSIS;
}

/** The longest beginning of a text that fits, without an ellipsis. */
export function takeCells(text: string, width: number): string {
  let taken = "";
  let left = width;
  for (const cluster of splitClusters(text)) {
    left -= textWidth(cluster);
    if (left < 0) break;
    taken += cluster;
  }
  return taken;
}

/** A text in exactly this number of cells, from the left: cut or filled with spaces. */
export function alignLeft(text: string, width: number): string {
  const cut = truncate(text, width);
  return cut + " ".repeat(width - textWidth(cut));
}

/** A text in exactly this number of cells, against the right edge: cut or filled with spaces. */
export function alignRight(text: string, width: number): string {
  const cut = truncate(text, width);
  return " ".repeat(width - textWidth(cut)) + cut;
}

/** A text on as many lines as it needs, broken between words; a word that is too long is a line of its own. */
export function wrapWords(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const longer = lines.length === 0 ? word : `${lines.at(-1)} ${word}`;
    if (lines.length > 0 && takeCells(longer, width) === longer) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

/** Below this many columns a title stands on a line of its own. */
const NARROW_COLUMNS = 60;
const TITLE_WIDTH = 11;
const NARROW_INDENT = 2;
const ITEM_GAP = "   ";

/** The cells that a section leaves to what it says. */
export function sectionWidth(columns: number): number {
  return Math.max(1, columns - (columns < NARROW_COLUMNS ? NARROW_INDENT : TITLE_WIDTH));
}

/** A section: an empty line, then its title with its lines beside or below; nothing where there are none. */
export function section(title: string, lines: readonly Line[], columns: number): Line[] {
  if (lines.length === 0) return [];
  const heading = span(title, "bold");
  if (columns < NARROW_COLUMNS) return [[], [heading], ...indent(lines, NARROW_INDENT)];
  const [first = [], ...others] = lines;
  return [[], [...fitLine([heading], TITLE_WIDTH), ...first], ...indent(others, TITLE_WIDTH)];
}

function indent(lines: readonly Line[], width: number): Line[] {
  return lines.map((line) => [span(" ".repeat(width)), ...line]);
}

/** Items beside each other, on as many lines as they need. */
export function flow(items: readonly Line[], width: number, between = span(ITEM_GAP)): Line[] {
  const lines: Line[] = [];
  for (const item of items) {
    const last = lines.at(-1);
    const joined = last === undefined ? item : [...last, between, ...item];
    if (last === undefined || lineWidth(joined) > width) lines.push(item);
    else lines[lines.length - 1] = joined;
  }
  return lines;
}

/** A name and its value. */
export function item(name: string, value: string, style: Line[number]["style"] = "plain"): Line {
  return [span(`${name} `, "faint"), span(value, style)];
}
