/**
 * The few numbers of a sample that a fleet is sorted by and that its past keeps. Pure.
 */
import type { Metric, Metrics } from "../message.ts";
import { fullestVolume, memoryPercent, sum, totalTraffic, volumePercent } from "../metrics.ts";
import type { HistoryPoint } from "./history.ts";

/** Percent of the fullest volume in use, packets that all interfaces lost, and what the past keeps. */
export interface Summary extends HistoryPoint {
  readonly volume: Metric;
  readonly interfaceLost: Metric;
}

/** Every number of a summary. */
export const SUMMARY_METRICS: readonly (keyof Summary)[] = [
  "cpu",
  "memory",
  "volume",
  "read",
  "write",
  "rx",
  "tx",
  "interfaceLost",
];

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
