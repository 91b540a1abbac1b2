/**
 * Turns frames into what a terminal understands: the escape sequences that change one frame into the
 * next, and no more. Pure; the only file that knows escape sequences to draw with.
 */
import {
  type Frame,
  isNarrow,
  type Line,
  splitClusters,
  type Style,
  textWidth,
} from "./text/line.ts";
import { type Charset, inCharset } from "./charset.ts";

const CSI = "\x1b[";
/** Has the terminal tell its background among the keys; those that cannot ignore it. */
const ASK_BACKGROUND = "\x1b]11;?\x1b\\";
/** Alternate screen, hidden cursor, no wrapping at the edge; what is pasted is told from keys. */
export const ENTER_SCREEN = `${CSI}?1049h${CSI}?25l${CSI}?7l${CSI}?2004h${ASK_BACKGROUND}`;
/** Has clicks and the wheel told, as xterm tells them; and leaves them to the terminal. */
const TAKE_MOUSE = `${CSI}?1000h${CSI}?1006h`;
const GIVE_MOUSE = `${CSI}?1006l${CSI}?1000l`;
/** Undoes `ENTER_SCREEN`, and gives the mouse back whoever had it. */
export const LEAVE_SCREEN = `${GIVE_MOUSE}${CSI}?2004l${CSI}0m${CSI}?7h${CSI}?25h${CSI}?1049l`;
/** Shown at once where the terminal knows how, without tearing; others ignore it. */
const BEGIN_UPDATE = `${CSI}?2026h`;
const END_UPDATE = `${CSI}0m${CSI}?2026l`;

/** Display attributes (ECMA-48 SGR). */
interface Attributes {
  readonly colour: string;
  /** On a light background, where the theme's own green, yellow and cyan can hardly be read. */
  readonly light?: string;
  readonly mono: string;
}

const ATTRIBUTES: Readonly<Record<Style, Attributes>> = {
  plain: { colour: "0", mono: "0" },
  bold: { colour: "0;1", mono: "0;1" },
  faint: { colour: "0;2", mono: "0;2" },
  good: { colour: "0;32", light: "0;38;5;28", mono: "0" },
  warning: { colour: "0;33", light: "0;38;5;94", mono: "0;1" },
  critical: { colour: "0;1;31", light: "0;1;38;5;160", mono: "0;1" },
  accent: { colour: "0;36", light: "0;38;5;25", mono: "0" },
  heading: { colour: "0;1;4", mono: "0;1;4" },
  selected: { colour: "0;7", mono: "0;7" },
};

/** The sequences that give the mouse to us or to the terminal; "" where it is there already. */
export function paintMouse(wasOurs: boolean, isOurs: boolean): string {
  if (wasOurs === isOurs) return "";
  return isOurs ? TAKE_MOUSE : GIVE_MOUSE;
}

/** What a terminal can show. */
export interface Looks {
  readonly colour: boolean;
  /** Whether its background is light, as far as that is known. */
  readonly isLight?: boolean;
  readonly charset: Charset;
}

/** One column of one line; the second half of a wide character has no text. */
interface Cell {
  readonly text: string;
  readonly style: Style;
}

/** The sequences that turn `previous` into `next`, or an unknown screen when `previous` is null; "" when they are alike. */
export function paint(previous: Frame | null, next: Frame, looks: Looks): string {
  const changes = next.map((line, row) => paintLine(previous?.[row] ?? [], line, row, looks)).join(
    "",
  );
  if (previous === null) return `${BEGIN_UPDATE}${CSI}0m${CSI}2J${changes}${END_UPDATE}`;
  return changes === "" ? "" : `${BEGIN_UPDATE}${changes}${END_UPDATE}`;
}

function paintLine(previous: Line, next: Line, row: number, looks: Looks): string {
  // Most lines are as they were; to lay them out would cost more than all else.
  if (isSameLine(previous, next)) return "";
  const before = layOut(previous);
  const after = layOut(next);
  let first = 0;
  while (first < after.length && isSame(before[first], after[first])) first++;
  if (first === after.length) return "";
  let last = after.length - 1;
  while (last > first && isSame(before[last], after[last])) last--;
  return paintCells(after, wholeFrom(before, after, first), last, row, looks);
}

/** A wide character is drawn whole: from its first cell, in the old line as in the new. */
function wholeFrom(before: readonly Cell[], after: readonly Cell[], first: number): number {
  while (first > 0 && (after[first]!.text === "" || before[first]?.text === "")) first--;
  return first;
}

function paintCells(
  cells: readonly Cell[],
  first: number,
  last: number,
  row: number,
  { charset, ...looks }: Looks,
) {
  let painted = `${CSI}${row + 1};${first + 1}H`;
  let style: Style | null = null;
  for (let column = first; column <= last; column++) {
    const cell = cells[column]!;
    if (cell.text === "") continue;
    if (cell.style !== style) painted += attributes(cell.style, looks);
    style = cell.style;
    painted += inCharset(cell.text, charset);
    // Terminals disagree about such characters: say where the next one stands.
    if (!isNarrow(cell.text)) painted += `${CSI}${nextColumn(cells, column) + 1}G`;
  }
  return painted;
}

function nextColumn(cells: readonly Cell[], column: number): number {
  column++;
  while (cells[column]?.text === "") column++;
  return column;
}

function attributes(style: Style, { colour, isLight }: Omit<Looks, "charset">): string {
  const { mono, colour: own, light = own } = ATTRIBUTES[style];
  return `${CSI}${!colour ? mono : isLight ? light : own}m`;
}

function isSameLine(a: Line, b: Line): boolean {
  return a.length === b.length && a.every((one, n) => isSame(one, b[n]));
}

function isSame(a: Cell | undefined, b: Cell | undefined): boolean {
  return a?.text === b?.text && a?.style === b?.style;
}

function layOut(line: Line): Cell[] {
  const cells: Cell[] = [];
  for (const { text, style } of line) {
    for (const cluster of splitClusters(text)) addCluster(cells, cluster, style);
  }
  return cells;
}

function addCluster(cells: Cell[], cluster: string, style: Style): void {
  const width = textWidth(cluster);
  // A mark without a letter of its own joins the character before it.
  const joined = width === 0 ? cells.findLastIndex(({ text }) => text !== "") : -1;
  if (joined >= 0) cells[joined] = { ...cells[joined]!, text: cells[joined]!.text + cluster };
  if (width > 0) cells.push({ text: cluster, style });
  for (let half = 1; half < width; half++) cells.push({ text: "", style });
}
