/**
 * The few numbers of a sample that a fleet is sorted by and that its past keeps. Pure.
 */
import type { Metric, MetricGroup, Metrics } from "./message.ts";
import { fullestVolume, memoryPercent, sum, totalTraffic, volumePercent } from "./metrics.ts";

/** The place of each number of a summary: percent up to `volume` (the fullest one), bytes per second, packets lost. */
export const PLACE = {
  cpu: 0,
  memory: 1,
  volume: 2,
  read: 3,
  write: 4,
  rx: 5,
  tx: 6,
  interfaceLost: 7,
} as const;

/** The name of one of them. */
export type SummaryMetric = keyof typeof PLACE;

/** The group of metrics that each is of. */
export const GROUP_OF: Readonly<Record<SummaryMetric, MetricGroup>> = {
  ...{ cpu: "cpu", memory: "memory", volume: "disk", read: "disk", write: "disk" },
  ...{ rx: "network", tx: "network", interfaceLost: "network" },
};

/** Every one, in the order of their places. */
export const SUMMARY_METRICS = Object.keys(PLACE) as readonly SummaryMetric[];

/** A sample in few numbers. */
export type Summary = Readonly<Record<SummaryMetric, Metric>>;

/** The same in the order of their places, NaN for what is not known. */
export type SummaryNumbers = Float64Array<ArrayBuffer>;

/** Numbers of which none is known. */
export function unknownNumbers(): SummaryNumbers {
  return new Float64Array(SUMMARY_METRICS.length).fill(NaN);
}

/** Writes the summary of a message into numbers. */
export function putSummary(message: Metrics, to: SummaryNumbers): void {
  const summary = summarize(message);
  for (const metric of SUMMARY_METRICS) to[PLACE[metric]] = summary[metric] ?? NaN;
}

/** Sums up a message; a legacy one has no numbers of a known meaning. */
export function summarize({ cpu, memory, disk, network }: Metrics): Summary {
  const volume = disk ? fullestVolume(disk.volumes) : null;
  const traffic = network ? totalTraffic(network) : null;
  return {
    cpu: cpu?.mean ?? null,
    memory: memory ? memoryPercent(memory) : null,
    volume: volume && volumePercent(volume),
    read: disk?.read ?? null,
    write: disk?.write ?? null,
    rx: traffic?.rx ?? null,
    tx: traffic?.tx ?? null,
    interfaceLost: traffic && sum([traffic.rxLost, traffic.txLost]),
  };
}
