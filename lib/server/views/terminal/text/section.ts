/**
 * Pages of text: sections with a title beside or above them, and items that flow over as many lines
 * as they need, so that a narrow screen loses nothing. Pure.
 */
import { fitLine, type Line, lineWidth, span } from "./line.ts";

/** Below this many columns a title stands on a line of its own. */
const NARROW_COLUMNS = 60;
const TITLE_WIDTH = 11;
const NARROW_INDENT = 2;
const ITEM_GAP = 3;

/** The cells that a section leaves to what it says. */
export function sectionWidth(columns: number): number {
  return Math.max(1, columns - (columns < NARROW_COLUMNS ? NARROW_INDENT : TITLE_WIDTH));
}

/** A section: an empty line, then its title with its lines beside or below. */
export function section(title: string, lines: readonly Line[], columns: number): Line[] {
  const heading = span(title, "bold");
  if (columns < NARROW_COLUMNS) return [[], [heading], ...indent(lines, NARROW_INDENT)];
  const [first = [], ...others] = lines;
  return [[], [...fitLine([heading], TITLE_WIDTH), ...first], ...indent(others, TITLE_WIDTH)];
}

function indent(lines: readonly Line[], width: number): Line[] {
  return lines.map((line) => [span(" ".repeat(width)), ...line]);
}

/** Items beside each other, on as many lines as they need. */
export function flow(items: readonly Line[], width: number): Line[] {
  const lines: Line[] = [];
  for (const item of items) {
    const last = lines.at(-1);
    if (last === undefined || lineWidth(last) + ITEM_GAP + lineWidth(item) > width) {
      lines.push(item);
    } else lines[lines.length - 1] = [...last, span(" ".repeat(ITEM_GAP)), ...item];
  }
  return lines;
}

/** A name and its value. */
export function item(name: string, value: string, style: Line[number]["style"] = "plain"): Line {
  return [span(`${name} `, "faint"), span(value, style)];
}
