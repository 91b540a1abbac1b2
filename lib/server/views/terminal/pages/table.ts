/**
 * The table of all hosts: what each column shows of a host in a given width, its heading and its lines. Pure; only the rows that are seen are formatted.
 */
import { type CatalogueRow, metricOf, SORT_COLUMNS, type Unit } from "../../../../catalogue.ts";
import type { HostRow } from "../../../fleet/host/row.ts";
import {
  formatAge,
  formatBytes,
  formatCount,
  FORMATS,
  formatShortCount,
  tagsText,
} from "../../../../common/format.js";
import { HOST_STATUSES } from "../../../../common/status.js";
import type { Metric } from "../../../../message/message.ts";
import {
  alignLeft,
  alignRight,
  fitLine,
  type Line,
  restyle,
  span,
  textWidth,
} from "../text/line.ts";
import {
  bar,
  coreStrip,
  lossStyle,
  NOTE_MARKS,
  percentStyle,
  STATUS_MARKS,
} from "../text/marks.ts";
import type { GroupRow } from "../state/hosts.ts";
import type { ViewState } from "../state/state.ts";
import {
  columnGap,
  type ColumnName,
  placeColumns,
  type PlacedColumn,
  SHOWN,
  type Shown,
} from "./columns.ts";

/** What a column shows. */
export interface Column {
  readonly title: string;
  /** The title where there is no room. */
  readonly short: string;
  /** Whether the title stands against the right edge, as the numbers below it do. */
  readonly numeric?: true;
  /** What it shows of a host; the table cuts or fills it to the width. */
  readonly render: (row: HostRow, width: number) => Line;
}

const PERCENT_WIDTH = 4;
const [BYTES_WIDTH, DEGREES_WIDTH] = [4, 5];
/** `7.4G/16G`. */
const SIZES_WIDTH = 2 * BYTES_WIDTH + 1;
/** The shortest bar that says more than the number beside it. */
const MIN_BAR_WIDTH = 5;

type Render = Column["render"];

const OWN: Readonly<Record<string, Render>> = {
  status: renderStatus,
  name: renderName,
  address: ({ address }) => [span(address)],
  tags: ({ tags }) => [span(tagsText(tags), "faint")],
  age: ({ ageMs }, width) => [span(alignRight(formatAge(ageMs), width))],
  datagramsLost: (row, width) => renderLoss(row.datagramsLost, width),
};
const LEFT_ALIGNED = ["status", "name", "address", "tags"];

/** Every column, in the order of the table. */
export const COLUMNS = Object.fromEntries(
  SHOWN.map((shown) => [shown.id, columnOf(shown)]),
) as Readonly<Record<ColumnName, Column>>;

/** Rates say what they are in the heading. */
const FORMATS_IN_CELLS: Readonly<Record<Unit, (value: Metric) => string>> = {
  ...FORMATS,
  bytesPerSecond: formatBytes,
};

/** A title in a width, with room for the sign of the sorted column. */
export function columnTitle({ title, short }: Column, width: number): string {
  return title.length < width ? title : short;
}

function columnOf(shown: Shown): Column {
  const title = shown.label.toUpperCase();
  const short = shown.short.toUpperCase();
  const own = OWN[shown.id];
  if (own !== undefined) {
    const isLeft = LEFT_ALIGNED.includes(shown.id);
    return { title, short, render: own, ...(!isLeft && { numeric: true }) };
  }
  const row = shown as CatalogueRow;
  const isNumeric = row.bar === undefined && row.kind === "host";
  return { title, short, render: renderOf(row), ...(isNumeric && { numeric: true }) };
}

/** How a metric is drawn, as its unit and its formula have it. */
function renderOf({ kind, unit, from, field, bar: isBar }: CatalogueRow): Render {
  const valueOf = (row: HostRow) => row[field as "cpuPercent"];
  if (kind !== "host") return (row, width) => coreStrip(row[field as "coresPercent"], width);
  if (from !== undefined && "names" in from) {
    const nameOf = (row: HostRow) => row[from.names as "volumeMount"] ?? null;
    return (row, width) => renderNamed(valueOf(row), unit, nameOf(row), width);
  }
  if (from !== undefined && "part" in from) {
    const [part, whole] = [from.part, from.of[0]!].map((id) => metricOf(id).field as "cpuPercent");
    return (row, width) => renderPart(valueOf(row), row[part!], row[whole!], width);
  }
  if (isBar) return (row, width) => renderShare(valueOf(row), width);
  if (unit === "packets") return (row, width) => renderLoss(valueOf(row), width);
  return (row, width) => [span(alignRight(FORMATS_IN_CELLS[unit](valueOf(row)), width))];
}

function renderLoss(count: Metric, width: number): Line {
  return [span(alignRight(formatShortCount(count), width), lossStyle(count))];
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
  const text = FORMATS.percent(percent);
  const written = span(alignRight(text, PERCENT_WIDTH), percentStyle(percent));
  const barWidth = width - PERCENT_WIDTH - 1;
  return barWidth < MIN_BAR_WIDTH ? [written] : [written, span(" "), ...bar(percent, barWidth)];
}

/** A share with its part and its whole, where there is room. */
function renderPart(percent: Metric, part: Metric, whole: Metric, width: number): Line {
  const shareWidth = width - SIZES_WIDTH - 1;
  if (shareWidth < MIN_BAR_WIDTH) return renderShare(percent, width);
  const share = shareWidth < PERCENT_WIDTH + 1 + MIN_BAR_WIDTH
    ? bar(percent, shareWidth)
    : renderShare(percent, shareWidth);
  const sizes = `${alignRight(formatBytes(part), BYTES_WIDTH)}/${formatBytes(whole)}`;
  return [...share, span(" "), span(sizes, percentStyle(percent))];
}

/** The highest of several, and which one that is. */
function renderNamed(value: Metric, unit: Unit, name: string | null, width: number): Line {
  const written = unit === "percent"
    ? renderShare(value, PERCENT_WIDTH)[0]!
    : span(alignRight(FORMATS[unit](value), DEGREES_WIDTH));
  const nameWidth = width - textWidth(written.text) - 1;
  return name === null || nameWidth < 1
    ? [written]
    : [written, span(" "), span(alignLeft(name, nameWidth))];
}

/** The heading of the table: the titles, and the sign of the order at the sorted one. */
export function renderHeading(
  { sort, descending, columns: chosen }: ViewState,
  columns: number,
): Line {
  const titles = placeColumns(columns, chosen).map(({ name, width }) => {
    const column = COLUMNS[name];
    const title = columnTitle(column, width);
    const marked = name === sort ? title.slice(0, width - 1) + (descending ? "▼" : "▲") : title;
    return column.numeric ? alignRight(marked, width) : alignLeft(marked, width);
  });
  const line = [span(titles.join(" ".repeat(columnGap(columns))), "heading")];
  return fitLine(line, columns, "heading");
}

/** What the table can be sorted by at each cell of its heading. */
export function sortsAt({ columns: chosen }: Pick<ViewState, "columns">, columns: number) {
  const gap = columnGap(columns);
  return placeColumns(columns, chosen).flatMap(({ name, width }) => {
    const sort = SORT_COLUMNS.find((column) => column === name) ?? null;
    return Array<typeof sort>(width + gap).fill(sort);
  });
}

/** The lines of hosts and groups; the one of the cursor stands out, those that are gone step back. */
export function renderHosts(
  rows: readonly (HostRow | GroupRow)[],
  { selected, columns: chosen }: Pick<ViewState, "selected" | "columns">,
  columns: number,
): Line[] {
  const placed = placeColumns(columns, chosen);
  const gap = span(" ".repeat(columnGap(columns)));
  return rows.map((row) => {
    const line = "byStatus" in row ? renderGroupRow(row) : placed.flatMap((column, index) => {
      const cell = renderCell(row, column);
      return index === 0 ? cell : [gap, ...cell];
    });
    if (row.key !== selected) return fitLine(line, columns);
    return fitLine(restyle(line, "selected"), columns, "selected");
  });
}

function renderCell(row: HostRow, { name, width }: PlacedColumn): Line {
  const cell = fitLine(COLUMNS[name].render(row, width), width);
  const isGone = row.status === "offline" || row.status === "left";
  return isGone && name !== "status" ? restyle(cell, "faint") : cell;
}

/** The line of a group of hosts, as long as it gets: what they share, how they are, and the worst; those who are live are not counted by themselves. */
function renderGroupRow(group: GroupRow): Line {
  const { tag, value, hosts, byStatus, isOpen } = group;
  const counts = HOST_STATUSES.filter((status) => status !== "live" && byStatus[status] > 0);
  return [
    span(isOpen ? "▾ " : "▸ ", "faint"),
    span(value === "" ? `no ${tag}` : `${tag}=${value}`, "bold"),
    span(` ${formatCount(hosts)}`, "faint"),
    ...counts.map((status) => {
      const { sign, style } = STATUS_MARKS[status];
      return span(` ${sign}${formatCount(byStatus[status])}`, style);
    }),
    ...renderWorst(group),
  ];
}

function renderWorst({ worst }: GroupRow): Line {
  if (worst === null) return [];
  const { label, unit } = metricOf(worst.metric);
  const style = unit === "percent" ? percentStyle(worst.value) : "plain";
  return [
    span("  worst ", "faint"),
    span(`${worst.name} ${label} `),
    span(FORMATS[unit](worst.value), style),
  ];
}
