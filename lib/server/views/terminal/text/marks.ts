/**
 * Numbers drawn as characters: bars, strips and grids of cores, sparklines, and the sign of each
 * status. Pure. What is not known is left blank, never drawn as nothing used.
 */
import { type HostStatus, levelOf, NOTE_SIGNS, STATUS_SIGNS } from "../../../../common/status.js";
import type { Unit } from "../../../../catalogue.ts";
import type { Metric } from "../../../../message/message.ts";
import { alignRight, type Line, type Span, span, type Style } from "./line.ts";
import { formatPercent } from "../../../../common/format.js";

/** Sign and style of each status; the word always stands beside, or the sign alone tells them apart. */
export const STATUS_MARKS: Readonly<
  Record<HostStatus, { readonly sign: string; readonly style: Style }>
> = {
  live: { sign: STATUS_SIGNS.live, style: "good" },
  stale: { sign: STATUS_SIGNS.stale, style: "warning" },
  offline: { sign: STATUS_SIGNS.offline, style: "critical" },
  left: { sign: STATUS_SIGNS.left, style: "plain" },
};

/** Sign and style of what is to be known of a host beside its status. */
export const NOTE_MARKS = {
  refused: { sign: NOTE_SIGNS.refused, style: "critical" },
  shared: { sign: NOTE_SIGNS.shared, style: "warning" },
} as const;

/** Cells that a number takes, so that those beside and below it stay in their places. */
export const CELLS: Readonly<Record<Unit, number>> = {
  ...{ percent: 4, bytes: 4, bytesPerSecond: 7, packets: 1, number: 5, count: 5, perSecond: 5 },
  ...{ seconds: 3, milliseconds: 6, celsius: 5, flag: 3, megabits: 8 },
};

const BLOCKS = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];

/** How a share in use is to be seen. */
export function percentStyle(percent: Metric): Style {
  const level = levelOf(percent);
  return level === "normal" ? "plain" : level;
}

/** The same for what is drawn and not written. */
function barStyle(percent: Metric): Style {
  const style = percentStyle(percent);
  return style === "plain" ? "accent" : style;
}

/** How a count of what was lost is to be seen. */
export function lossStyle(lost: Metric): Style {
  return lost !== null && lost > 0 ? "warning" : "plain";
}

/** A bar over `width` cells, exact to half a cell: heavy for what is in use, light for the rest. */
export function bar(percent: Metric, width: number): Line {
  if (percent === null) return [span(" ".repeat(width))];
  const halves = Math.round(percent / 100 * width * 2);
  const used = "━".repeat(halves >> 1) + (halves % 2 === 1 ? "╸" : "");
  return [
    span(used, barStyle(percent)),
    span("─".repeat(width - used.length), "faint"),
  ];
}

/**
 * Cores in at most `width` cells, one block each. Of more cores, each block is a few neighbours: as
 * high as their mean, in the style of the busiest, so that one core at its limit is seen.
 */
export function coreStrip(cores: readonly Metric[], width: number): Line {
  const perBlock = Math.max(1, Math.ceil(cores.length / width));
  return Array.from({ length: Math.ceil(cores.length / perBlock) }, (_, block) => {
    const known = cores.slice(block * perBlock, (block + 1) * perBlock).filter((core) =>
      core !== null
    );
    return known.length === 0 ? span(" ") : coreBlock(known);
  });
}

function coreBlock(cores: readonly number[]): Span {
  const total = cores.reduce((sum, core) => sum + core, 0);
  return span(percentBlock(total / cores.length), barStyle(Math.max(...cores)));
}

/** One share as one block; a space where it is not known. */
export function percentBlock(percent: Metric): string {
  return valueBlock(percent, 100);
}

function valueBlock(value: Metric, max: number): string {
  if (value === null) return " ";
  const level = max > 0 ? Math.round(value / max * (BLOCKS.length - 1)) : 0;
  return BLOCKS[Math.max(0, Math.min(level, BLOCKS.length - 1))]!;
}

/** A line of blocks over time, the newest at the right, against a highest value. */
export function sparkline(values: readonly Metric[], max: number): string {
  return values.map((value) => valueBlock(value, max)).join("");
}

/** More cores than this are drawn as blocks; and where there is little room. */
const [MAX_BARS, MAX_NARROW_BARS, NARROW_WIDTH] = [64, 16, 60];
const MIN_BAR_WIDTH = 4;
const MAX_BAR_WIDTH = 20;
const PERCENT_WIDTH = 4;
const GAP = 2;
/** Blocks in a line, where there is room: powers of two, as cores come. */
const BLOCKS_IN_LINE = 64;

/** The lines of all cores, each by its number, from left to right. */
export function renderCores(cores: readonly Metric[], width: number): Line[] {
  const labelWidth = String(Math.max(0, cores.length - 1)).length;
  return cores.length > (width < NARROW_WIDTH ? MAX_NARROW_BARS : MAX_BARS)
    ? renderBlocks(cores, labelWidth, width)
    : renderBars(cores, labelWidth, width);
}

function renderBars(cores: readonly Metric[], labelWidth: number, width: number): Line[] {
  const fixed = labelWidth + PERCENT_WIDTH + 2;
  const maxInLine = Math.max(1, Math.floor((width + GAP) / (fixed + MIN_BAR_WIDTH + GAP)));
  // Lines of equal length rather than a full one and a rest.
  const lines = Math.ceil(cores.length / maxInLine);
  const inLine = Math.ceil(cores.length / lines);
  const barWidth = Math.min(MAX_BAR_WIDTH, Math.floor((width + GAP) / inLine) - GAP - fixed);
  return chunks(cores, inLine).map((chunk, line) =>
    chunk.flatMap((percent, index) => [
      ...(index > 0 ? [span(" ".repeat(GAP))] : []),
      span(alignRight(String(line * inLine + index), labelWidth) + " ", "faint"),
      ...bar(percent, Math.max(1, barWidth)),
      span(alignRight(formatPercent(percent), PERCENT_WIDTH + 1), percentStyle(percent)),
    ])
  );
}

function renderBlocks(cores: readonly Metric[], labelWidth: number, width: number): Line[] {
  let inLine = BLOCKS_IN_LINE;
  while (inLine > 1 && inLine + labelWidth + 1 > width) inLine /= 2;
  return chunks(cores, inLine).map((chunk, line) => [
    span(alignRight(String(line * inLine), labelWidth) + " ", "faint"),
    ...coreStrip(chunk, inLine),
  ]);
}

function chunks<T>(items: readonly T[], size: number): T[][] {
  return Array.from(
    { length: items.length === 0 ? 0 : Math.ceil(items.length / size) },
    (_, index) => items.slice(index * size, (index + 1) * size),
  );
}
