/**
 * What a view draws: lines of spans, each a text in one style. Styles are named by their meaning;
 * how a terminal shows them is the business of `paint.ts` alone. Pure.
 */
import { ELLIPSIS, takeCells, textWidth } from "./width.ts";

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

/** A line in exactly so many cells: filled with spaces of a style, or cut with "…". */
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
