/**
 * How many cells of a terminal a text takes, and texts cut and filled to a number of cells. Pure.
 * It never splits what is read as one character: a wide one, or a letter with its combining marks.
 */
import stringWidth from "string-width";

/** What stands for the part of a text that was cut off. */
export const ELLIPSIS = "…";

/** ASCII, and the signs that views draw with: each takes one cell in every terminal. */
const NARROW = /^[ -~–…←-↓─━╸▁-█▲▼●◐○✗]*$/;

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

/** A text in at most so many cells; one that is cut ends in "…". */
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

/** A text in exactly so many cells, from the left: cut or filled with spaces. */
export function alignLeft(text: string, width: number): string {
  const cut = truncate(text, width);
  return cut + " ".repeat(width - textWidth(cut));
}

/** A text in exactly so many cells, against the right edge: cut or filled with spaces. */
export function alignRight(text: string, width: number): string {
  const cut = truncate(text, width);
  return " ".repeat(width - textWidth(cut)) + cut;
}
