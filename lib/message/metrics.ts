/**
 * What follows from the numbers of one message: shares and sums, each formula in one place for
 * agent and server. Pure; a share is `null` as soon as one number that it needs is not known, and a
 * sum is that of what is known.
 */
import type {
  MemoryMetrics,
  Metric,
  NetworkMetrics,
  TrafficMetrics,
  VolumeMetrics,
} from "./message.ts";

/** `part` of `whole` in percent; of nothing, nothing is known. */
export function percentOf(part: Metric, whole: Metric): Metric {
  return part === null || whole === null || whole <= 0 ? null : part / whole * 100;
}

/** Memory in use, in percent: used / total, where used is total − available. */
export function memoryPercent(memory: MemoryMetrics): Metric {
  return percentOf(memory.used, memory.total);
}

/** Space in use on a volume, in percent, as `df` reckons Use%: used / (used + free). */
export function volumePercent(volume: VolumeMetrics): Metric {
  const { used, free } = volume;
  return used === null || free === null ? null : percentOf(used, used + free);
}

/** The volume with the highest share in use; `null` where no share is known. */
export function fullestVolume(volumes: readonly VolumeMetrics[]): VolumeMetrics | null {
  let fullest: VolumeMetrics | null = null;
  let highest = -1;
  for (const volume of volumes) {
    const percent = volumePercent(volume);
    if (percent === null || percent <= highest) continue;
    fullest = volume;
    highest = percent;
  }
  return fullest;
}

/** A host's traffic over all its interfaces: the sum that the agent sent, or else the sum of those listed. */
export function totalTraffic(network: NetworkMetrics): TrafficMetrics {
  return network.sum ?? sumTraffic(network.interfaces);
}

/** Adds up what is known of interfaces; `null` where that is nothing. */
export function sumTraffic(interfaces: readonly TrafficMetrics[]): TrafficMetrics {
  return {
    rx: sum(interfaces.map((traffic) => traffic.rx)),
    tx: sum(interfaces.map((traffic) => traffic.tx)),
    rxLost: sum(interfaces.map((traffic) => traffic.rxLost)),
    txLost: sum(interfaces.map((traffic) => traffic.txLost)),
  };
}

/** Adds up what is known; `null` when nothing is, or no message could carry the sum. */
export function sum(terms: readonly Metric[]): Metric {
  let total = NaN;
  for (const term of terms) total = addKnown(total, term ?? NaN);
  return totalOrNull(total);
}

/** Adds a number to a total where both are NaN as long as nothing is known. */
export function addKnown(total: number, term: number): number {
  return Number.isNaN(term) ? total : Number.isNaN(total) ? term : total + term;
}

/** A total that a message could carry; `null` for any other, and for NaN. */
export function totalOrNull(total: number): Metric {
  return total <= Number.MAX_SAFE_INTEGER ? total : null;
}
