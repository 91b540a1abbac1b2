/**
 * What follows from the numbers of one message, each formula in one place for agent and server: shares
 * and sums, and how each metric of the catalogue is read. Pure; a share is `null` as soon as one number that it needs is not known, and a sum is
 * that of what is known.
 */
import { percentOf } from "../common/status.js";
import {
  type CatalogueRow,
  type Device,
  DEVICES,
  fieldOf,
  groupOf,
  metricOf,
  METRICS,
} from "../catalogue.ts";
import type { Metric, Metrics, NetworkMetrics, TrafficMetrics, VolumeMetrics } from "./message.ts";

/** Space in use on a volume, in percent, as `df` computes Use%: used / (used + free). */
export const volumePercent: (volume: VolumeMetrics) => Metric = deviceReader(
  metricOf("volumeShare"),
);

/** A host's traffic over all its interfaces: the sum that the agent sent, or else the sum of those listed. */
export function totalTraffic(network: NetworkMetrics): TrafficMetrics {
  return network.sum ?? sumTraffic(network.interfaces);
}

/** Adds up what is known of interfaces; `null` where that is nothing. */
export function sumTraffic(interfaces: readonly TrafficMetrics[]): TrafficMetrics {
  const rows = METRICS.filter(({ kind, path, apart }) =>
    kind === "interface" && path !== undefined && !apart
  );
  const sums = rows.flatMap((row) => {
    const field = fieldOf(row) as keyof TrafficMetrics;
    const terms = interfaces.map((traffic) => traffic[field]);
    if (row.optional && terms.every((term) => term === undefined)) return [];
    return [[field, sum(terms)]];
  });
  return Object.fromEntries(sums) as TrafficMetrics;
}

/** Adds up what is known; `null` when nothing is, or no message could carry the sum. */
export function sum(terms: readonly (Metric | undefined)[]): Metric {
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

type Fields = Readonly<Record<string, unknown>>;
type AnyDevice = Metric | object;

/** What reads a metric of a host off a message: its own number, or what follows from others. */
export function hostReader(row: CatalogueRow): (metrics: Metrics) => Metric {
  const { from } = row;
  if (from === undefined) {
    const [group, field] = [groupOf(row), fieldOf(row)];
    return (metrics) => (groupIn(metrics, group)?.[field] ?? null) as Metric;
  }
  if ("part" in from) return shareReader(from.part, from.of, hostReader);
  if ("total" in from) return totalReader(from.total);
  if ("most" in from) return mostReader(from.most.map(metricOf));
  if ("rest" in from) return restReader(from.rest.map(metricOf));
  const share = deviceReader(metricOf(from.highest));
  const highest = highestReader(row);
  return (metrics) => share(highest(metrics));
}

/** What reads the highest of several numbers of a host. */
function mostReader(rows: readonly CatalogueRow[]): (metrics: Metrics) => Metric {
  const readers = rows.map(hostReader);
  return (metrics) => {
    let most: Metric = null;
    for (const read of readers) {
      const value = read(metrics);
      if (value !== null && (most === null || value > most)) most = value;
    }
    return most;
  };
}

/** What reads the rest of 100 percent; an unknown part subtracts nothing. */
function restReader(rows: readonly CatalogueRow[]): (metrics: Metrics) => Metric {
  const [first, ...others] = rows.map(hostReader);
  return (metrics) => {
    const part = first!(metrics);
    if (part === null) return null;
    const rest = others.reduce((rest, read) => rest - (read(metrics) ?? 0), 100 - part);
    // Only as exact as its terms: floating-point differences add stray digits.
    return Math.max(0, Math.round(10 * rest) / 10);
  };
}

/** What reads a metric of a device off the device. */
export function deviceReader(row: CatalogueRow): (device: AnyDevice) => Metric {
  const { from, kind } = row;
  if (from !== undefined && "part" in from) return shareReader(from.part, from.of, deviceReader);
  if (kind !== "host" && DEVICES[kind].key === null) return (device) => device as Metric;
  const field = fieldOf(row);
  return (device) => (device as Fields | null)?.[field] as Metric | undefined ?? null;
}

/** What finds the device with the highest value of a metric that is the highest of all; `null` where none is known. */
export function highestReader(row: CatalogueRow): (metrics: Metrics) => AnyDevice {
  if (row.from === undefined || !("highest" in row.from)) return () => null;
  const source = metricOf(row.from.highest);
  const share = deviceReader(source);
  return (metrics) => {
    let highest: AnyDevice = null;
    for (const device of devicesIn(metrics, source.kind as Device)) {
      const value = share(device);
      if (value !== null && value > (share(highest) ?? -Infinity)) highest = device;
    }
    return highest;
  };
}

/** Where each kind of devices stands: a group, and a list in it. */
const LISTS = Object.fromEntries(
  Object.entries(DEVICES).map(([kind, { list }]) => [kind, list.split(".")]),
) as unknown as Readonly<Record<Device, readonly [group: string, list: string]>>;

/** The devices of a kind that a message lists. */
export function devicesIn(metrics: Metrics, kind: Device): readonly AnyDevice[] {
  const [group, list] = LISTS[kind];
  return (groupIn(metrics, group)?.[list] ?? []) as readonly AnyDevice[];
}

function groupIn(metrics: Metrics, group: string): Fields | null | undefined {
  return metrics[group as keyof Metrics] as Fields | null | undefined;
}

function shareReader<T>(
  part: string,
  of: readonly string[],
  readerOf: (row: CatalogueRow) => (from: T) => Metric,
): (from: T) => Metric {
  const readPart = readerOf(metricOf(part));
  const readWhole = of.map((id) => readerOf(metricOf(id)));
  return (from) => {
    let whole: Metric = 0;
    for (const read of readWhole) {
      const term = read(from);
      whole = whole === null || term === null ? null : whole + term;
    }
    return percentOf(readPart(from), whole);
  };
}

function totalReader(ids: readonly string[]): (metrics: Metrics) => Metric {
  const rows = ids.map(metricOf);
  const kind = rows[0]!.kind as Device;
  const group = groupOf(rows[0]!);
  const readers = rows.map(deviceReader);
  return (metrics) => {
    const sums = groupIn(metrics, group)?.sum as object | undefined;
    const devices = sums === undefined ? devicesIn(metrics, kind) : [sums];
    return sum(readers.map((read) => sum(devices.map(read))));
  };
}
