/**
 * What each column of the table shows of a host in a given width, and what it is called. Pure.
 */
import { type CatalogueRow, metricOf, type Unit } from "../../../../catalogue.ts";
import type { HostRow } from "../../../fleet/host/row.ts";
import {
  formatAge,
  formatBytes,
  FORMATS,
  formatShortCount,
  tagsText,
} from "../../../../common/format.js";
import { levelOfNumber, type Trouble } from "../../../../common/troubles.js";
import type { Metric } from "../../../../message/message.ts";
import {
  alignLeft,
  alignRight,
  type Line,
  lineWidth,
  span,
  type Style,
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
import { type ColumnName, SHOWN, type Shown } from "./columns.ts";

/** What a column shows. */
export interface Column {
  readonly title: string;
  /** The title where there is no room. */
  readonly short: string;
  /** Whether the title stands against the right edge, as the numbers below it do. */
  readonly numeric?: true;
  /** What it shows of a host; the table cuts or fills it to the width. */
  readonly render: (row: HostRow, width: number, trouble: Trouble | null) => Line;
}

const PERCENT_WIDTH = 4;
const [BYTES_WIDTH, DEGREES_WIDTH] = [4, 5];
/** `7.4G/16G`. */
const SIZES_WIDTH = 2 * BYTES_WIDTH + 1;
/** The shortest bar that says more than the number beside it. */
const MIN_BAR_WIDTH = 5;
/** A name that is cut shorter tells nobody what it is of. */
const MIN_NAME_WIDTH = 6;

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
function renderOf(metric: CatalogueRow): Render {
  const { id, kind, unit, from, field, bar: isBar } = metric;
  const valueOf = (row: HostRow) => row[field as "cpuPercent"];
  if (kind !== "host") return (row, width) => coreStrip(row[field as "coresPercent"], width);
  if (from !== undefined && "names" in from) {
    return (row, width) => renderNamed(row, metric, width);
  }
  if (from !== undefined && "part" in from) {
    const [part, whole] = [from.part, from.of[0]!].map((id) => metricOf(id).field as "cpuPercent");
    return (row, width) => renderPart(valueOf(row), row[part!], row[whole!], width);
  }
  if (isBar) return (row, width) => renderShare(valueOf(row), width);
  if (unit === "packets") return (row, width) => renderLoss(valueOf(row), width);
  return (row, width) => [
    span(alignRight(FORMATS_IN_CELLS[unit](valueOf(row)), width), styleOf(id, row)),
  ];
}

function renderLoss(count: Metric, width: number): Line {
  return [span(alignRight(formatShortCount(count), width), lossStyle(count))];
}

function renderStatus({ status }: HostRow): Line {
  const { sign, style } = STATUS_MARKS[status];
  return [span(sign, style)];
}

/** The signs before the name, as that may be cut; behind it in a word what is wrong, where that fits. */
function renderName(
  { name, refused, sharedWith }: HostRow,
  width: number,
  trouble: Trouble | null,
) {
  const notes = [
    ...(refused === null ? [] : [NOTE_MARKS.refused]),
    ...(sharedWith === null ? [] : [NOTE_MARKS.shared]),
  ];
  const signs = notes.map(({ sign, style }) => span(`${sign} `, style));
  const line = [...signs, span(name, "bold")];
  if (trouble === null) return line;
  const style = trouble.level === "left" ? "faint" : trouble.level;
  const words = trouble.word.split(" ");
  const shorter = words.map((_, n) =>
    span(` ${words.slice(0, words.length - n).join(" ")}`, style)
  );
  const fitting = shorter.find((word) => lineWidth(line) + lineWidth([word]) <= width);
  return fitting === undefined ? line : [...line, fitting];
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
  // Of many hosts together only the share is known.
  const isShareAlone = part === null && whole === null && percent !== null;
  if (shareWidth < PERCENT_WIDTH || isShareAlone) return renderShare(percent, width);
  const share = renderShare(percent, shareWidth);
  const sizes = `${alignRight(formatBytes(part), BYTES_WIDTH)}/${formatBytes(whole)}`;
  return [...share, span(" "), span(sizes, percentStyle(percent))];
}

/** The highest of several, and which one that is. */
function renderNamed(row: HostRow, { id, unit, field, from }: CatalogueRow, width: number): Line {
  const value = row[field as "cpuPercent"];
  const name = row[(from as { names: "volumeMount" }).names] ?? null;
  const cell = unit === "percent"
    ? renderShare(value, PERCENT_WIDTH)[0]!
    : span(alignRight(FORMATS[unit](value), DEGREES_WIDTH));
  const written = span(cell.text, styleOf(id, row, cell.style));
  const nameWidth = width - textWidth(written.text) - 1;
  const isTold = name !== null && nameWidth >= Math.min(textWidth(name), MIN_NAME_WIDTH);
  return isTold ? [written, span(" "), span(alignLeft(name, nameWidth))] : [written];
}

/** How a number is to be seen that has bounds of its own. */
function styleOf(id: string, row: HostRow, otherwise: Style = "plain"): Style {
  const { field } = metricOf(id);
  const level = levelOfNumber(id, row[field as "cpuPercent"], row);
  return level === "normal" ? otherwise : level;
}
