/**
 * Every core of a host: as bars with their numbers, or, where there are very many, one block each.
 * Pure.
 */
import { formatPercent } from "../../../../common/format.js";
import type { Metric } from "../../../../message/message.ts";
import { type Line, span } from "./line.ts";
import { bar, coreStrip, percentStyle } from "./marks.ts";
import { alignRight } from "./width.ts";

/** More cores than this are drawn as blocks. */
const MAX_BARS = 64;
const MIN_BAR_WIDTH = 4;
const MAX_BAR_WIDTH = 20;
const PERCENT_WIDTH = 4;
const GAP = 2;
/** Blocks in a line, where there is room: powers of two, as cores come. */
const BLOCKS_IN_LINE = 64;

/** The lines of all cores, each by its number, from left to right. */
export function renderCores(cores: readonly Metric[], width: number): Line[] {
  const labelWidth = String(Math.max(0, cores.length - 1)).length;
  return cores.length > MAX_BARS
    ? renderBlocks(cores, labelWidth, width)
    : renderBars(cores, labelWidth, width);
}

function renderBars(cores: readonly Metric[], labelWidth: number, width: number): Line[] {
  const fixed = labelWidth + PERCENT_WIDTH + 2;
  const most = Math.max(1, Math.floor((width + GAP) / (fixed + MIN_BAR_WIDTH + GAP)));
  // Lines of equal length rather than a full one and a rest.
  const lines = Math.ceil(cores.length / most);
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
