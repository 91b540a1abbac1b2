/**
 * Disk transfer from `/proc/diskstats`: text into counters, two readings into rates. Pure; which of
 * the devices are whole disks is decided elsewhere.
 */
import type { DiskMetrics } from "../message/message.ts";
import { sum } from "../message/metrics.ts";
import { headOf } from "./block_devices.ts";
import { type Counter, ratePerSecond, readCounter } from "./rate.ts";

/** Bytes read and written since boot. */
export interface DiskCounters {
  readonly readBytes: Counter;
  readonly writtenBytes: Counter;
}

/** The counters of block devices, by name. */
export type DisksReading = ReadonlyMap<string, DiskCounters>;

/** The kernel counts in sectors of 512 bytes, whatever the disk's own are (block/stat in its documentation). */
const SECTOR_BYTES = 512;
/** No disk transfers more each way: 64 GB/s, as do 16 lanes of PCIe 5.0 or 4 of PCIe 7.0. */
const MAX_BYTES_PER_SECOND = 64e9;
/** A line's name, sectors read and sectors written; those with fewer columns are partitions on a kernel before 2.6.25. */
const DEVICE = /^ *\d+ +\d+ +(\S+) +\d+ +\d+ +(\d+) +\d+ +\d+ +\d+ +(\d+)(?: +\d+){4}/gm;

/**
 * Parses `/proc/diskstats`; a device with fewer columns, which is a partition, is left out.
 *
 * @param before the reading before, of which the counters remember what they said.
 */
export function parseDisks(text: string, before?: DisksReading | null): DisksReading {
  const devices = new Map<string, DiskCounters>();
  for (const [, name, read, written] of text.matchAll(DEVICE)) {
    const known = before?.get(name!);
    devices.set(name!, {
      readBytes: readCounter(Number(read) * SECTOR_BYTES, known?.readBytes),
      writtenBytes: readCounter(Number(written) * SECTOR_BYTES, known?.writtenBytes),
    });
  }
  return devices;
}

/**
 * Bytes per second over the disks whose rate is known; `null` when it is of none.
 *
 * @param names those that count: all, unless they are named.
 */
export function diskRates(
  before: DisksReading | null,
  after: DisksReading,
  elapsedMs: number,
  names: readonly string[] = [...after.keys()],
): Pick<DiskMetrics, "read" | "write"> {
  const moving = names.flatMap((name) => movingPaths(before, after, name) ?? [name]);
  const rate = (field: keyof DiskCounters) =>
    sum(
      moving.map((name) =>
        ratePerSecond(
          before?.get(name)?.[field],
          after.get(name)![field],
          elapsedMs,
          MAX_BYTES_PER_SECOND,
        )
      ),
    );
  return { read: rate("readBytes"), write: rate("writtenBytes") };
}

/**
 * The paths to an NVMe disk that stands still while they move; `null` for any other. Kernels before 6.3
 * count on the paths alone, later ones on both.
 */
function movingPaths(
  before: DisksReading | null,
  after: DisksReading,
  name: string,
): readonly string[] | null {
  if (!/^nvme\d+n\d+$/.test(name) || moves(before, after, name)) return null;
  const paths = [...after.keys()].filter((other) => headOf(other) === name);
  return paths.some((path) => moves(before, after, path)) ? paths : null;
}

function moves(before: DisksReading | null, after: DisksReading, name: string): boolean {
  const [then, now] = [before?.get(name), after.get(name)!];
  return then !== undefined && (then.readBytes.value !== now.readBytes.value ||
    then.writtenBytes.value !== now.writtenBytes.value);
}
