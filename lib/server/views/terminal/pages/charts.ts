/**
 * The charts of a host, as the catalogue groups its metrics: each with its last values, a scale and a clock,
 * as many beside each other and as high as there is room for. Pure; a gap is never bridged, and its sign is
 * explained below.
 */
import { type CatalogueRow, metricOf, METRICS, type Unit } from "../../../../catalogue.ts";
import {
  formatAny,
  formatBytes,
  formatCountOf,
  FORMATS,
  formatShortCount,
} from "../../../../common/format.js";
import type { Metric } from "../../../../message/message.ts";
import type { ComparedHost } from "../state/hosts.ts";
import { recentPast, type ShownPast } from "../state/past.ts";
import type { ViewState } from "../state/state.ts";
import { fitLine, type Line, lineWidth, type Size, span } from "../text/line.ts";
import { CELLS, STATUS_MARKS } from "../text/marks.ts";
import { clockBelow, dotsIn, legendOf, plotLines, scaleBeside } from "../text/plot.ts";
import { meansOf, signOf } from "./past.ts";

interface Chart {
  readonly title: Line;
  /** What is said of it against the right edge, as far as it fits. */
  readonly items: readonly (readonly [name: string, value: string])[];
  readonly rows: readonly CatalogueRow[];
  readonly scale: ReturnType<typeof scaleOf>;
}

const CHARTS = Array.from(
  Map.groupBy(METRICS.filter(({ chart }) => chart !== undefined), ({ chart }) => chart!),
  ([title, rows]) => ({ title, rows }),
);

/** Narrower ones stand below each other. */
const MIN_WIDTH = 60;
const GAP = 3;
/** Title, at least three lines to draw on, and the clock. */
const [MIN_HEIGHT, MAX_HEIGHT] = [6, 22];
const BESIDE_LINES = 2;
/** `512M│`, `10.5k│`. */
const SCALE_WIDTH = 6;

/** How many values of a past the charts draw that stand in so many cells. */
export function pointsFor(width: number): number {
  return dotsIn(layOut(width).width - SCALE_WIDTH);
}

/** Whether anything is known of a past that charts draw. */
export function hasCharts(past: ShownPast): boolean {
  return CHARTS.some(({ rows }) => rows.some(isKnownIn(past)));
}

/** The charts of what is known of a past in so many cells and, where that is enough, lines. */
export function renderCharts(past: ShownPast, { width, height }: {
  readonly width: number;
  readonly height: number;
}): Line[] {
  const known = CHARTS.map(({ title, rows }) => ({ title, rows: rows.filter(isKnownIn(past)) }))
    .filter(({ rows }) => rows.length > 0);
  const size = layOut(width);
  const lines = Math.floor(height / Math.ceil(known.length / size.beside));
  const one = { width: size.width, height: Math.max(MIN_HEIGHT, Math.min(lines, MAX_HEIGHT)) };
  const drawn = known.map((chart) => renderChart(chartOf(chart, past), past, one));
  return inRows(drawn, size);
}

/** Charts of one size, as many beside each other as there is room for. */
function inRows(
  charts: readonly (readonly Line[])[],
  { beside, width }: ReturnType<typeof layOut>,
) {
  return Array.from(
    { length: Math.ceil(charts.length / beside) },
    (_, row) => besideEachOther(charts.slice(row * beside, (row + 1) * beside), width),
  ).flat();
}

/** One metric of several hosts, each in a chart of its own, all on one scale. */
export function renderCompared(
  hosts: readonly ComparedHost[],
  { metric, picked }: Pick<ViewState, "metric" | "picked">,
  nowMs: number,
  { columns, rows }: Size,
): Line[] {
  const row = metricOf(metric);
  const sinceMs = Math.min(nowMs, ...hosts.flatMap(({ times }) => times.slice(0, 1)));
  const pasts = hosts.map((host) => recentPast(host, nowMs, pointsFor(columns), sinceMs));
  const known = pasts.flatMap(({ values }) => values[metric]!);
  const scale = scaleOf(row, highestOf(known));
  const size = layOut(columns);
  const title: Line = [
    span(`← ${row.label} compared  `, "bold"),
    span(picked.length > 0 ? formatCountOf(hosts.length, "picked host") : whoHasMost(hosts)),
    span(`  ${row.formula}`, "faint"),
  ];
  const lines = Math.floor((rows - 2) / Math.max(1, Math.ceil(hosts.length / size.beside)));
  const one = { width: size.width, height: Math.max(MIN_HEIGHT, Math.min(lines, MAX_HEIGHT)) };
  const charts = hosts.map(({ name, status }, n) => {
    const { sign, style } = STATUS_MARKS[status];
    const values = pasts[n]!.values[metric]!;
    const items = FIGURES.map(([what, figure]) => [what, numberIn(row, figure(values))] as const);
    const title = [span(`${sign} `, style), span(name, "bold")];
    return renderChart({ title, items, rows: [row], scale }, pasts[n]!, one);
  });
  return [fitLine(title, columns), [], ...inRows(charts, size)];
}

/** What is said of a host's past, from the left. */
const FIGURES: readonly (readonly [string, (values: readonly Metric[]) => Metric])[] = [
  ["last", lastOf],
  ["mean", (values) => meansOf(values, 1)[0] ?? null],
  ["highest", (values) => values.some((value) => value !== null) ? highestOf(values) : null],
];

function whoHasMost(hosts: readonly unknown[]): string {
  return hosts.length === 0
    ? "no host has been heard"
    : `${hosts.length} with the most; x picks others`;
}

/** How many stand beside each other, and how wide each is. */
function layOut(width: number) {
  const beside = Math.max(1, Math.floor((width + GAP) / (MIN_WIDTH + GAP)));
  return { beside, width: Math.max(SCALE_WIDTH + 1, Math.floor((width + GAP) / beside) - GAP) };
}

function besideEachOther(charts: readonly (readonly Line[])[], width: number): Line[] {
  return charts[0]!.map((_, n) =>
    charts.flatMap((lines, at) => [
      ...(at > 0 ? [span(" ".repeat(GAP))] : []),
      ...fitLine(lines[n]!, width),
    ])
  );
}

function isKnownIn({ values }: ShownPast): (row: CatalogueRow) => boolean {
  return ({ id }) => values[id]?.some((value) => value !== null) ?? false;
}

interface Room {
  readonly width: number;
  readonly height: number;
}

function renderChart(chart: Chart, past: ShownPast, { width, height }: Room): Line[] {
  const { scale: { top, labels } } = chart;
  const area = { width: width - SCALE_WIDTH, height: height - BESIDE_LINES, top };
  const lines = chart.rows.map(({ id }) => meansOf(past.values[id]!, dotsIn(area.width)));
  const drawn = plotLines(lines, area, (cell) => signOf(past, (cell + 0.5) / area.width));
  const indent = " ".repeat(SCALE_WIDTH);
  const clock = clockBelow(past.fromMs, past.toMs, area.width);
  return [
    [span(indent), ...renderTitle(chart, area.width)],
    ...scaleBeside(drawn, labels, SCALE_WIDTH),
    [span(indent + clock, "faint")],
  ];
}

/** Some metrics of a host, with their last values. */
function chartOf(
  { title, rows }: typeof CHARTS[number],
  { values }: ShownPast,
): Chart {
  const items = rows.map(({ id, label, unit }) =>
    [nameIn(label, title), numberIn({ unit }, lastOf(values[id]!))] as const
  );
  const [row] = rows;
  const highest = rows.length > 1
    ? []
    : [["highest", numberIn(row!, highestOf(values[row!.id]!))] as const];
  const top = Math.max(...rows.map(({ id }) => highestOf(values[id]!)));
  const scale = scaleOf(row!, top);
  return { title: [span(title, "bold")], items: [...items, ...highest], rows, scale };
}

/** In as many cells as most of its unit take: what stands beside it does not move. */
function numberIn({ unit }: Pick<CatalogueRow, "unit">, value: Metric): string {
  return FORMATS[unit](value).padStart(CELLS[unit]);
}

/** What it is called, and what is said of it, as much as fits. */
function renderTitle({ title, items }: Chart, width: number): Line {
  let legend: Line = [];
  for (const count of items.keys()) {
    const longer = legendOf(items.slice(0, count + 1));
    if (lineWidth(title) + 2 + lineWidth(longer) <= width) legend = longer;
  }
  return [...fitLine(title, width - lineWidth(legend)), ...legend];
}

/** A metric's label without what the title of its chart says. */
function nameIn(label: string, title: string): string {
  const rest = label.replace(new RegExp(`\\b${title}\\b`, "i"), "").trim();
  if (rest === "") return "last";
  return /^[A-Z][a-z]/.test(rest) ? rest[0]!.toLowerCase() + rest.slice(1) : rest;
}

function lastOf(values: readonly Metric[]): Metric {
  return values.findLast((value) => value !== null) ?? null;
}

function highestOf(values: readonly Metric[]): number {
  return values.reduce((highest: number, value) => Math.max(highest, value ?? 0), 0);
}

/** The top of a scale for each unit: the first of these that is not below the highest value; else the next one by digits. */
const TOPS: Readonly<Partial<Record<Unit, readonly number[]>>> = {
  percent: [10, 20, 50, 100],
  celsius: [50, 100, 150],
};
const BYTE_STEPS = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512];
const DIGIT_STEPS = [1, 2, 5, 10];

/** The scale of a chart of a metric and those like it: where it ends, and its labels. */
function scaleOf({ unit, bar }: CatalogueRow, highest: number) {
  const top = bar ? 100 : topOf(unit, highest);
  const labels = [top, top / 2, 0].map((value) => labelOf(unit, value));
  return {
    top,
    labels: labels as unknown as readonly [string, string, string],
  };
}

function topOf(unit: Unit, highest: number): number {
  const found = TOPS[unit]?.find((top) => highest <= top);
  if (found !== undefined) return found;
  const isBytes = unit === "bytes" || unit === "bytesPerSecond";
  const [base, steps] = isBytes ? [1_024, BYTE_STEPS] : [10, DIGIT_STEPS];
  const power = base **
    Math.max(isBytes ? 1 : 0, Math.floor(Math.log(Math.max(1, highest)) / Math.log(base)));
  return power * (steps.find((step) => highest <= step * power) ?? base);
}

function labelOf(unit: Unit, value: number): string {
  if (unit === "bytesPerSecond") return formatBytes(value);
  if (unit === "celsius") return `${value}°`;
  if (unit === "percent") return `${value}%`;
  return value < 1_000 ? formatAny(value) : formatShortCount(value);
}
