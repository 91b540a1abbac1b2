/**
 * What is kept of each host and minute: the metrics that the catalogue keeps on disk, and what the kernel
 * dropped. Pure.
 */
import { metricOf, UNITS } from "../../catalogue.ts";
import { SUMMARY_METRICS } from "../../message/summary.ts";
import { TIERS } from "./file/blobs.js";
import { addRow, type Column, KERNEL_DROPPED, rowLength, writeRow } from "./file/rows.js";

/** Every metric that the catalogue keeps on disk, with its place in a summary. */
const ROWS = SUMMARY_METRICS.map((id, place) => ({ ...metricOf(id), place }))
  .filter(({ store }) => store);

/** Those metrics, and what their numbers are multiplied by to be kept. */
export const KEPT: readonly Column[] = ROWS.map(({ id, unit }) => ({
  id,
  scale: unit === "percent" ? 100 : 10 ** UNITS[unit].decimals,
}));

/** All that a row has. */
export const COLUMNS: readonly Column[] = [...KEPT, KERNEL_DROPPED];

/** The place of each metric in a summary. */
export const PLACES = Int32Array.from(ROWS, ({ place }) => place);

/** Stretches of time, and the metrics that are asked for. */
interface Stretches {
  readonly fromMs: number;
  readonly stepMs: number;
  readonly count: number;
  readonly metrics: readonly string[];
}

const MINUTE_MS = TIERS.minute.periodMs;

/** Adds the sums of a minute to those of the stretch that it is in. */
export function addMinute(
  plan: Stretches,
  sums: Float64Array,
  minute: Float64Array,
  wallMs: number,
): void {
  const stretch = Math.floor((wallMs - plan.fromMs) / plan.stepMs);
  if (stretch < 0 || stretch >= plan.count) return;
  const row = new Uint16Array(rowLength(COLUMNS.length));
  writeRow(minute, 0, row, 0, COLUMNS, MINUTE_MS);
  const placed = COLUMNS.map((column) => ({ ...column, place: plan.metrics.indexOf(column.id) }));
  addRow(row, 0, sums, stretch * rowLength(plan.metrics.length), placed, MINUTE_MS);
}

/** The minute that a time of the wall clock is in. */
export function minuteOf(wallMs: number): number {
  return Math.floor(wallMs / MINUTE_MS);
}
