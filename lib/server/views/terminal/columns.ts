/**
 * The columns of the table: what each shows of a host in a given width, and how wide each is on a
 * screen, the most important first. Pure.
 */
import type { SortColumn } from "../../../catalogue.ts";
import type { HostRow } from "../../fleet/row.ts";
import { formatAge, formatBytes, formatPercent, formatShortCount } from "../../../common/format.ts";
import type { Metric } from "../../../message/message.ts";
import { type Line, span, type Style } from "./line.ts";
import { bar, coreStrip, lossStyle, NOTE_MARKS, percentStyle, STATUS_MARKS } from "./marks.ts";
import { alignLeft, alignRight } from "./width.ts";

/** What a column is called by: those to sort by, and the cores. */
export type ColumnName = SortColumn | "cores";

/** A column as it stands on a screen. */
export interface PlacedColumn {
  readonly name: ColumnName;
  readonly width: number;
}

/** What a column shows. */
export interface Column {
  readonly title: string;
  /** The title where there is no room. */
  readonly short?: string;
  /** Whether the title stands against the right edge, as the numbers below it do. */
  readonly numeric?: true;
  /** What it shows of a host; the table cuts or fills it to the width. */
  readonly render: (row: HostRow, width: number) => Line;
}

const PERCENT_WIDTH = 4;
const BYTES_WIDTH = 4;
/** `7.4G/16G`. */
const SIZES_WIDTH = 2 * BYTES_WIDTH + 1;
/** The shortest bar that says more than the number beside it. */
const MIN_BAR_WIDTH = 5;

/** Every column, in the order of the table. */
export const COLUMNS: Readonly<Record<ColumnName, Column>> = {
  status: { title: "STATUS", short: "", render: renderStatus },
  name: { title: "NAME", render: renderName },
  address: { title: "ADDRESS", render: ({ address }) => [span(address)] },
  age: number("AGE", ({ ageMs }) => formatAge(ageMs)),
  cpu: { title: "CPU", render: ({ cpuPercent }, width) => renderShare(cpuPercent, width) },
  cores: { title: "CORES", render: ({ coresPercent }, width) => coreStrip(coresPercent, width) },
  memory: { title: "MEMORY", short: "MEM", render: renderMemory },
  volume: { title: "VOLUME", short: "VOL", render: renderVolume },
  read: number("READ", (row) => formatBytes(row.readBytesPerSecond)),
  write: number("WRITE", (row) => formatBytes(row.writeBytesPerSecond)),
  receive: number("NET↓", (row) => formatBytes(row.receiveBytesPerSecond)),
  send: number("NET↑", (row) => formatBytes(row.sendBytesPerSecond)),
  interfaceLost: loss("IF-LOST", (row) => row.interfaceLost),
  datagramsLost: loss("LOST", (row) => row.datagramsLost),
};

const ORDER = Object.keys(COLUMNS) as readonly ColumnName[];

/** What a screen shows as it grows: each step makes a column appear or wider, the most important first. */
const GROWTH: readonly (readonly [ColumnName, number])[] = [
  ["status", 1],
  ["name", 8],
  ["cpu", 4],
  ["memory", 4],
  ["volume", 4],
  ["status", 9],
  ["age", 4],
  ["name", 12],
  ["datagramsLost", 5],
  ["cpu", 10],
  ["receive", 5],
  ["send", 5],
  ["memory", 15],
  ["name", 15],
  ["cores", 8],
  ["memory", 20],
  ["volume", 12],
  ["read", 5],
  ["write", 6],
  ["interfaceLost", 8],
  ["address", 21],
  ["cores", 16],
  ["volume", 16],
  ["name", 24],
  ["cpu", 15],
  ["memory", 25],
  ["volume", 24],
  ["cores", 32],
];

/** A screen from this width on has room for wider gaps. */
const WIDE_COLUMNS = 120;
/** Names longer than this are cut, however much room there is. */
const MAX_NAME_WIDTH = 40;

/** The cells between two columns on a screen of that width. */
export function columnGap(columns: number): number {
  return columns < WIDE_COLUMNS ? 1 : 2;
}

/** The columns that fit on a screen of that width, in their order; what is left over goes to the name. */
export function placeColumns(columns: number): PlacedColumn[] {
  const gap = columnGap(columns);
  const widths = new Map<ColumnName, number>();
  let free = columns + gap;
  for (const [name, width] of GROWTH) {
    const before = widths.get(name);
    const needed = before === undefined ? width + gap : width - before;
    if (needed > free) break;
    widths.set(name, width);
    free -= needed;
  }
  const nameWidth = widths.get("name");
  if (nameWidth !== undefined) widths.set("name", Math.min(nameWidth + free, MAX_NAME_WIDTH));
  return ORDER.filter((name) => widths.has(name)).map((name) => ({
    name,
    width: widths.get(name)!,
  }));
}

/** A title in a width, with room for the sign of the sorted column. */
export function columnTitle({ title, short }: Column, width: number): string {
  return title.length < width || short === undefined ? title : short;
}

function number(title: string, format: (row: HostRow) => string): Column {
  return { title, numeric: true, render: (row, width) => [span(alignRight(format(row), width))] };
}

function loss(title: string, countOf: (row: HostRow) => Metric): Column {
  const render = (row: HostRow, width: number) => {
    const count = countOf(row);
    return [span(alignRight(formatShortCount(count), width), lossStyle(count))];
  };
  return { title, numeric: true, render };
}

function renderStatus({ status }: HostRow, width: number): Line {
  const { sign, style } = STATUS_MARKS[status];
  return [span(width > sign.length ? `${sign} ${status}` : sign, style)];
}

/** The signs before the name, as that may be cut. */
function renderName({ name, refused, sharedWith }: HostRow): Line {
  const notes = [
    ...(refused === null ? [] : [NOTE_MARKS.refused]),
    ...(sharedWith === null ? [] : [NOTE_MARKS.shared]),
  ];
  return [...notes.map(({ sign, style }) => span(`${sign} `, style)), span(name, "bold")];
}

function renderShare(percent: Metric, width: number): Line {
  const written = span(alignRight(formatPercent(percent), PERCENT_WIDTH), percentStyle(percent));
  const barWidth = width - PERCENT_WIDTH - 1;
  return barWidth < MIN_BAR_WIDTH ? [written] : [written, span(" "), ...bar(percent, barWidth)];
}

function renderMemory(row: HostRow, width: number): Line {
  const shareWidth = width - SIZES_WIDTH - 1;
  if (shareWidth < MIN_BAR_WIDTH) return renderShare(row.memoryPercent, width);
  const share = shareWidth < PERCENT_WIDTH + 1 + MIN_BAR_WIDTH
    ? bar(row.memoryPercent, shareWidth)
    : renderShare(row.memoryPercent, shareWidth);
  return [...share, span(" "), span(sizes(row), percentStyle(row.memoryPercent))];
}

function sizes({ memoryUsedBytes, memoryTotalBytes }: HostRow): string {
  return `${alignRight(formatBytes(memoryUsedBytes), BYTES_WIDTH)}/${
    formatBytes(memoryTotalBytes)
  }`;
}

function renderVolume({ volumePercent, volumeMount }: HostRow, width: number): Line {
  const style: Style = percentStyle(volumePercent);
  const written = span(alignRight(formatPercent(volumePercent), PERCENT_WIDTH), style);
  const mountWidth = width - PERCENT_WIDTH - 1;
  if (volumeMount === null || mountWidth < 1) return [written];
  return [written, span(" "), span(alignLeft(volumeMount, mountWidth))];
}
