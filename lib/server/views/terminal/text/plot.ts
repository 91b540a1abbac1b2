/**
 * Numbers over time drawn with the dots of braille, two by four in a cell: lines, the scale beside them and
 * the clock below. Pure. What is not known is a gap: no line goes over it, and its sign fills the cells.
 */
import type { Metric } from "../../../../message/message.ts";
import { alignRight, type Line, type Span, span, type Style } from "./line.ts";

/** Dots in a cell. */
const [DOTS_WIDE, DOTS_HIGH] = [2, 4];
/** The bit of each dot, column by column from the top. */
const BITS = [[0x01, 0x02, 0x04, 0x40], [0x08, 0x10, 0x20, 0x80]] as const;
const BLANK = 0x2800;

/** The styles of the first lines of a chart; all others are as the last. */
const STYLES: readonly Style[] = ["accent", "plain", "faint"];
const styleOf = (n: number) => STYLES[Math.min(n, STYLES.length - 1)]!;

/** How many values a line has in so many cells. */
export function dotsIn(cells: number): number {
  return DOTS_WIDE * cells;
}

/** Where lines are drawn. */
interface Area {
  readonly width: number;
  readonly height: number;
  /** The value at the top; 0 is at the bottom. */
  readonly top: number;
}

/**
 * Lines, each of as many values as `dotsIn` says, in exactly so many cells; where two meet, the first is seen.
 * `signAt` tells what fills a cell of the gap that is there, from the left.
 */
export function plotLines(
  lines: readonly (readonly Metric[])[],
  { width, height, top }: Area,
  signAt: (cell: number) => string | null,
): Line[] {
  const dots = new Uint8Array(width * height);
  const owners = new Uint8Array(width * height);
  for (let n = lines.length - 1; n >= 0; n--) {
    for (const [x, y] of dotsOf(lines[n]!, DOTS_HIGH * height - 1, top)) {
      const at = Math.floor(y / DOTS_HIGH) * width + Math.floor(x / DOTS_WIDE);
      if (at >= dots.length) continue;
      dots[at]! |= BITS[x % DOTS_WIDE]![y % DOTS_HIGH]!;
      owners[at] = n;
    }
  }
  return Array.from(
    { length: height },
    (_, row) =>
      joined(Array.from({ length: width }, (_, column) => {
        const at = row * width + column;
        if (dots[at] === 0) return span(signAt(column) ?? " ", "faint");
        return span(String.fromCharCode(BLANK + dots[at]!), styleOf(owners[at]!));
      })),
  );
}

/** The dots of one line: each value, and what lies between it and the one before. */
function* dotsOf(values: readonly Metric[], lowest: number, top: number) {
  let before: number | null = null;
  for (let x = 0; x < values.length; x++) {
    const value = values[x]!;
    const y: number | null = value === null
      ? null
      : lowest - Math.round(Math.min(1, Math.max(0, value / top)) * lowest);
    if (y !== null) {
      const from: number = before === null || before === y
        ? y
        : before < y
        ? before + 1
        : before - 1;
      for (let dot = Math.min(from, y); dot <= Math.max(from, y); dot++) yield [x, dot] as const;
    }
    before = y;
  }
}

/** Neighbours of one style as one span. */
function joined(cells: readonly Span[]): Line {
  const line: Span[] = [];
  for (const { text, style } of cells) {
    const last = line.at(-1);
    if (last?.style === style) line[line.length - 1] = span(last.text + text, style);
    else line.push(span(text, style));
  }
  return line;
}

/** The legend of lines: each name in the style of its line, with what stands behind it. */
export function legendOf(items: readonly (readonly [name: string, value: string])[]): Line {
  return items.flatMap(([name, value], n) => [
    span(`${n > 0 ? "  " : ""}${name} `, n === 0 ? "faint" : styleOf(n)),
    span(value, styleOf(n)),
  ]);
}

/** What stands to the left of lines: the value at the top, in the middle and at the bottom, and the axis. */
export function scaleBeside(
  lines: readonly Line[],
  labels: readonly [top: string, middle: string, bottom: string],
  width: number,
): Line[] {
  const last = lines.length - 1;
  const middle = last >= 4 ? Math.round(last / 2) : -1;
  return lines.map((line, row) => {
    const label = row === 0
      ? labels[0]
      : row === last
      ? labels[2]
      : row === middle
      ? labels[1]
      : "";
    return [span(`${alignRight(label, width - 1)}│`, "faint"), ...line];
  });
}

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** How far labels of the clock may be apart. */
const STEPS_MS = [
  ...[15, 30].map((s) => s * SECOND_MS),
  ...[1, 2, 5, 10, 15, 30].map((m) => m * MINUTE_MS),
  ...[1, 2, 3, 6, 12].map((h) => h * HOUR_MS),
  ...[1, 2, 5, 10, 30, 60].map((d) => d * DAY_MS),
];
/** Cells from one label to the next. */
const LABEL_SPACE = 10;

/** The clock below lines, on the wall clock and in this computer's time zone. */
export function clockBelow(fromMs: number, toMs: number, width: number): string {
  const perCell = (toMs - fromMs) / width;
  const stepMs = STEPS_MS.find((ms) => ms / perCell >= LABEL_SPACE) ?? STEPS_MS.at(-1)!;
  const zoneMs = new Date(toMs).getTimezoneOffset() * MINUTE_MS;
  let text = "";
  for (let ms = Math.ceil((fromMs - zoneMs) / stepMs) * stepMs + zoneMs; ms <= toMs; ms += stepMs) {
    const label = clockLabel(ms, stepMs);
    const at = Math.round((ms - fromMs) / perCell - label.length / 2);
    if (at < text.length || at < 0 || at + label.length > width) continue;
    text = text.padEnd(at) + label + " ";
  }
  return text.trimEnd();
}

function clockLabel(ms: number, stepMs: number): string {
  const [, month = "", day = "", , time = ""] = new Date(ms).toString().split(" ");
  if (stepMs >= DAY_MS) return `${Number(day)} ${month}`;
  return stepMs < MINUTE_MS ? time : time.slice(0, 5);
}
