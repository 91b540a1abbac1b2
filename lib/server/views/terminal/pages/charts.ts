/**
 * The charts of a host, as the catalogue groups its metrics: each with its last values, a scale and a clock,
 * as many beside each other and as high as there is room for. Pure; a gap is never bridged, and its sign is
 * explained below.
 */
import { type CatalogueRow, METRICS, type Unit } from "../../../../catalogue.ts";
import { formatAny, formatBytes, FORMATS, formatShortCount } from "../../../../common/format.js";
import type { Metric } from "../../../../message/message.ts";
import type { ShownPast } from "../state/past.ts";
import { fitLine, type Line, lineWidth, span } from "../text/line.ts";
import { clockBelow, dotsIn, legendOf, plotLines, scaleBeside } from "../text/plot.ts";
import { meansOf, signOf } from "./past.ts";

interface Chart {
  readonly title: string;
  readonly rows: readonly CatalogueRow[];
}

const CHARTS: readonly Chart[] = Array.from(
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
  const drawn = known.map((chart) => renderChart(chart, past, one));
  return Array.from(
    { length: Math.ceil(drawn.length / size.beside) },
    (_, row) =>
      besideEachOther(drawn.slice(row * size.beside, (row + 1) * size.beside), size.width),
  ).flat();
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
  const { top, labels } = scaleOf(chart, past);
  const area = { width: width - SCALE_WIDTH, height: height - BESIDE_LINES, top };
  const lines = chart.rows.map(({ id }) => meansOf(past.values[id]!, dotsIn(area.width)));
  const drawn = plotLines(lines, area, (cell) => signOf(past, (cell + 0.5) / area.width));
  const indent = " ".repeat(SCALE_WIDTH);
  const clock = clockBelow(past.fromMs, past.toMs, area.width);
  return [
    [span(indent), ...renderTitle(chart, past, area.width)],
    ...scaleBeside(drawn, labels, SCALE_WIDTH),
    [span(indent + clock, "faint")],
  ];
}

/** What it is called, and against the right edge its last values, as many as fit. */
function renderTitle({ title, rows }: Chart, { values }: ShownPast, width: number): Line {
  const items = rows.map(({ id, label, unit }) =>
    [nameIn(label, title), FORMATS[unit](lastOf(values[id]!))] as const
  );
  const [row] = rows;
  const highest = rows.length > 1
    ? []
    : [["highest", FORMATS[row!.unit](highestOf(values[row!.id]!))] as const];
  let legend: Line = [];
  for (const count of [...items, ...highest].keys()) {
    const longer = legendOf([...items, ...highest].slice(0, count + 1));
    if (title.length + 2 + lineWidth(longer) <= width) legend = longer;
  }
  return [...fitLine([span(title, "bold")], width - lineWidth(legend)), ...legend];
}

/** A metric's label without what the title of its chart says. */
function nameIn(label: string, title: string): string {
  const rest = label.replace(new RegExp(`\\b${title}\\b`, "i"), "").trim();
  if (rest === "") return "now";
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

/** The scale of a chart: where it ends, and its labels. */
function scaleOf({ rows }: Chart, { values }: ShownPast) {
  const { unit, bar } = rows[0]!;
  const highest = Math.max(...rows.map(({ id }) => highestOf(values[id]!)));
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
