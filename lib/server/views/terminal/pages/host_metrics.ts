/**
 * A group of metrics of one host, as its page shows it: shares as bars, the other numbers beside them,
 * each device, and the past of what has no chart. What there is and in which order says the catalogue. Pure.
 */
import {
  type CatalogueRow,
  type Device,
  DEVICES,
  groupOf,
  metricOf,
  METRICS,
} from "../../../../catalogue.ts";
import { formatAny, formatCount, FORMATS } from "../../../../common/format.js";
import { cleanText } from "../../../../common/text.js";
import type {
  Message,
  Metric,
  MetricGroup,
  Metrics,
  NetworkMetrics,
} from "../../../../message/message.ts";
import { deviceReader, devicesIn, hostReader, totalTraffic } from "../../../../message/metrics.ts";
import { bar, CELLS, lossStyle, percentStyle, renderCores } from "../text/marks.ts";
import type { ShownPast } from "../state/past.ts";
import { renderKept } from "./past.ts";
import {
  alignLeft,
  alignRight,
  flow,
  item,
  type Line,
  span,
  type Style,
  textWidth,
  wrapWords,
} from "../text/line.ts";

const MAX_BAR_WIDTH = 30;
const MAX_PAST_WIDTH = 120;
const MIN_LABEL_WIDTH = 8;
const PAST_LABEL_WIDTH = 9;
/** Cells beside a sparkline for what it is and how high it goes. */
const PAST_LABELS_WIDTH = 24;
/** What reads a metric off whatever it is of. */
type Read = (row: CatalogueRow) => Metric;

/** The groups that a system may not have, and that are not missed. */
const OPTIONAL_GROUPS: readonly MetricGroup[] = ["pressure", "sensors"];

/** What is shown beside the numbers of a group. */
export interface GroupContext {
  /** What is kept of it on disk, where that is looked at. */
  readonly past: ShownPast | null;
  readonly withFormulas: boolean;
  readonly width: number;
}

/**
 * The lines of a group; of one that the agent was not told to send, or could not read, only that, and
 * none of one that its system does not have.
 */
export function renderGroup(
  group: MetricGroup,
  message: Metrics,
  { past, withFormulas, width }: GroupContext,
): Line[] {
  const given = message[group];
  if (given === undefined && OPTIONAL_GROUPS.includes(group)) return [];
  if (!given) return [[span(given === null ? "could not be read" : "not sent", "faint")]];
  const rows = METRICS.filter((row) => groupOf(row) === group);
  const kinds = [...new Set(rows.map(({ kind }) => kind))].filter((kind) => kind !== "host")
    .filter((kind) => !DEVICES[kind].optional || devicesIn(message, kind).length > 0);
  const read: Read = (row) => hostReader(row)(message);
  const own = rows.filter((row) => row.kind === "host" && isOwn(row) && isThere(row, read));
  const shares = rows.filter(({ kind }) => kind !== "host" && kinds.includes(kind));
  return [
    ...renderOwn(own, withFormulas ? [...own, ...shares] : [], read, width),
    ...kinds.flatMap((kind) => renderDevices(kind, message, width)),
    ...kinds.flatMap((kind) => omittedLine(given, kind)),
    ...(past === null ? [] : rows.flatMap((row) => pastLine(row, past, width))),
  ];
}

/** Numbers that Pulso does not know, by their names. */
export function renderCustom({ extra = {} }: Pick<Message, "extra">, width: number): Line[] {
  const items = Object.entries(extra).map(([name, value]) =>
    item(cleanText(name), formatAny(value))
  );
  return flow(items, width);
}

/** Whether it is a number of the host that no device has. */
function isOwn({ from }: CatalogueRow): boolean {
  return from === undefined || "part" in from || "rest" in from;
}

/** Whether a system has it: what it does not have is not even unknown. */
function isThere(row: CatalogueRow, read: Read): boolean {
  return !row.optional || read(row) !== null;
}

/** The first share with all other numbers and what the shares are of, then each further share. */
function renderOwn(
  own: readonly CatalogueRow[],
  rows: readonly CatalogueRow[],
  read: Read,
  width: number,
): Line[] {
  const [first, ...others] = own.filter((row) => row.bar);
  const items = plainRows(own).map((row) => numberItem(row, read, "left"));
  const formulas = rows.filter((row) => row.bar && (row === first || row.kind !== "host"))
    .map((row) => row === first ? row.formula : `${row.short}: ${row.formula}`)
    .flatMap((text) => wrapWords(text, width)).map((text) => [span(text, "faint")]);
  const head = [...(first === undefined ? [] : shareItems(first, read, width)), ...items];
  return [
    ...flow(head, width),
    ...formulas,
    ...others.flatMap((row) => flow(shareItems(row, read, width), width)),
  ];
}

/** The rows that no share shows. */
function plainRows(rows: readonly CatalogueRow[]): readonly CatalogueRow[] {
  const shown = new Set(rows.filter((row) => row.bar).flatMap((row) => partsOf(row) ?? []));
  return rows.filter((row) => !row.bar && !shown.has(row));
}

/** The part and the whole of a share. */
function partsOf({ from }: CatalogueRow): readonly [CatalogueRow, CatalogueRow] | null {
  if (from === undefined || !("part" in from)) return null;
  const part = metricOf(from.part);
  return [part, metricOf(part.partOf ?? from.of[0]!)];
}

function shareItems(row: CatalogueRow, read: Read, width: number): Line[] {
  const parts = partsOf(row);
  if (parts === null) return [share(read(row), width)];
  if (read(parts[1]) === 0) return [item(row.short, "none")];
  return [share(read(row), width), sizesItem(parts, read)];
}

function sizesItem(
  [part, whole]: readonly [CatalogueRow, CatalogueRow],
  read: Read,
): Line {
  const size = (row: CatalogueRow) => FORMATS[row.unit](read(row)).padStart(CELLS[row.unit]);
  return item(part.short, `${size(part)} of ${size(whole)}`);
}

function numberItem(row: CatalogueRow, read: Read, edge: "left" | "right" = "right"): Line {
  const { short, unit } = row;
  const style: Style = unit === "packets" ? lossStyle(read(row)) : "plain";
  const text = FORMATS[unit](read(row));
  const cells = CELLS[unit];
  return item(short, edge === "left" ? text.padEnd(cells) : text.padStart(cells), style);
}

/** Every device of a kind, and all together where each is a part of a sum. */
function renderDevices(kind: Device, message: Metrics, width: number): Line[] {
  const { key } = DEVICES[kind];
  const devices = devicesIn(message, kind) as readonly Readonly<Record<string, unknown>>[];
  if (key === null) return renderCores(devices as readonly unknown[] as Metric[], width);
  const listed = [...devices, ...sumsOf(kind, message)];
  const names = listed.map((device) => String(device[key]));
  const labelWidth = widest(names, width);
  const all = METRICS.filter((row) => row.kind === kind);
  return listed.flatMap((device, at) => {
    const read: Read = (row) => deviceReader(row)(device);
    const rows = all.filter((row) => isThere(row, read));
    const bars = rows.filter((row) => row.bar);
    const name = span(alignLeft(names[at]!, labelWidth));
    const head = bars.flatMap((row) => [...share(read(row), width), span(" ")]);
    return flow([
      [...head, name],
      ...bars.map(partsOf).filter((parts) => parts !== null)
        .map((parts) => sizesItem(parts, read)),
      ...plainRows(rows).map((row) => numberItem(row, read)),
    ], width);
  });
}

function sumsOf(kind: Device, { network }: Metrics): readonly Readonly<Record<string, unknown>>[] {
  if (!DEVICES[kind].sums || !network || isAlone(network)) return [];
  return [{ [DEVICES[kind].key!]: "all", ...totalTraffic(network) }];
}

function isAlone({ interfaces, omitted = 0 }: NetworkMetrics): boolean {
  return interfaces.length === 1 && omitted === 0;
}

function omittedLine(group: object, kind: Device): Line[] {
  const omitted = (group as Readonly<Record<string, number>>)[DEVICES[kind].omitted] ?? 0;
  const what = DEVICES[kind].labels.toLowerCase();
  return omitted === 0
    ? []
    : [[span(`and ${formatCount(omitted)} ${what} that the agent left out`, "faint")]];
}

/** The past of a metric that has no chart, where it is kept. */
function pastLine(row: CatalogueRow, past: ShownPast, width: number): Line[] {
  if (row.chart !== undefined) return [];
  const cells = Math.max(1, Math.min(MAX_PAST_WIDTH, width - PAST_LABELS_WIDTH));
  const line = renderKept(row, past, PAST_LABEL_WIDTH, cells);
  return line === null ? [] : [line];
}

/** A percentage with its bar. */
function share(percent: Metric, width: number): Line {
  const barWidth = Math.max(5, Math.min(MAX_BAR_WIDTH, Math.floor(width / 4)));
  const written = span(alignRight(FORMATS.percent(percent), 4), percentStyle(percent));
  return [written, span(" "), ...bar(percent, barWidth)];
}

/** The width of the longest label, or what a line can spare. */
function widest(labels: readonly string[], width: number): number {
  const spare = Math.max(MIN_LABEL_WIDTH, Math.floor(width / 4));
  return Math.min(spare, Math.max(0, ...labels.map(textWidth)));
}
