/**
 * The few numbers of a sample that a fleet is sorted by and that its past keeps. Pure.
 */
import { groupOf, type KnownRow, METRICS } from "../catalogue.ts";
import type { MetricGroup, Metrics } from "./message.ts";
import { hostReader } from "./metrics.ts";

/** The metrics of a summary, by their ids: those that sort and those of the recent past. */
export type SummaryMetric = Extract<KnownRow, { sort: string } | { past: string }>["id"];

const ROWS = METRICS.filter(({ sort, past }) => sort !== undefined || past !== undefined);

/** Every one, in the order of their places. */
export const SUMMARY_METRICS = ROWS.map(({ id }) => id) as readonly SummaryMetric[];

/** The place of each. */
export const PLACE = Object.fromEntries(
  SUMMARY_METRICS.map((id, place) => [id, place]),
) as Readonly<Record<SummaryMetric, number>>;

/** The group of metrics that each place is of. */
export const GROUP_AT = ROWS.map(groupOf) as readonly MetricGroup[];

const READERS = ROWS.map(hostReader);

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
