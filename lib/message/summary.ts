/**
 * The summary of a message: those of its numbers, in one order, that a fleet is sorted by, that rules
 * watch, and that the past keeps. Pure.
 */
import { groupOf, type KnownRow, METRICS } from "../catalogue.ts";
import type { Metric, MetricGroup, Metrics } from "./message.ts";
import { hostReader } from "./metrics.ts";

/** The metrics of a summary, by their ids: those that sort, those of the past, and those that rules watch. */
export type SummaryMetric = Extract<
  KnownRow,
  { sort: string } | { past: string } | { store: true } | { alert: true }
>["id"];

const ROWS = METRICS.filter(({ sort, past, store, alert }) =>
  sort !== undefined || past !== undefined || store || alert
);

/** Every one, in the order of their places. */
export const SUMMARY_METRICS = ROWS.map(({ id }) => id) as readonly SummaryMetric[];

/** The place of each. */
export const PLACE = Object.fromEntries(
  SUMMARY_METRICS.map((id, place) => [id, place]),
) as Readonly<Record<SummaryMetric, number>>;

/** The group of metrics that each place is of. */
export const GROUP_AT = ROWS.map(groupOf) as readonly MetricGroup[];

const READERS: readonly ((metrics: Metrics) => Metric)[] = ROWS.map(hostReader);

/** A sample in the order of the places, NaN for what is not known. */
export type SummaryNumbers = Float64Array<ArrayBuffer>;

/** Numbers of which none is known. */
export function unknownNumbers(): SummaryNumbers {
  return new Float64Array(SUMMARY_METRICS.length).fill(NaN);
}

/** Writes the summary of a message into numbers. */
export function putSummary(message: Metrics, to: SummaryNumbers): void {
  READERS.forEach((read, place) => to[place] = read(message) ?? NaN);
}
