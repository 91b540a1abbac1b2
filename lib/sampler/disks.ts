/**
 * Disk transfer from `/proc/diskstats`: which of its block devices are whole disks, and the rates
 * between two readings. Pure; the rules go by names, as the file tells nothing else.
 */
import type { DiskMetrics } from "../message.ts";
import { sum } from "../metrics.ts";
import { type Counter, ratePerSecond, readCounter } from "./rate.ts";

/** Bytes read and written since boot. */
export interface DiskCounters {
  readonly readBytes: Counter;
  readonly writtenBytes: Counter;
}

/** The counters of the whole disks, by name. */
export type DisksReading = ReadonlyMap<string, DiskCounters>;

/** The kernel counts in sectors of 512 bytes, whatever the disk's own are (block/stat in its documentation). */
const SECTOR_BYTES = 512;
/** No disk transfers more each way: 64 GB/s, as do 16 lanes of PCIe 5.0 or 4 of PCIe 7.0. */
const MAX_BYTES_PER_SECOND = 64e9;
/** A line's name, sectors read and sectors written; those with fewer columns are partitions on a kernel before 2.6.25. */
const DEVICE = /^ *\d+ +\d+ +(\S+) +\d+ +\d+ +(\d+) +\d+ +\d+ +\d+ +(\d+)(?: +\d+){4}/gm;

/** Never a disk: what is in memory or in a file, removable media, and a path behind an NVMe disk. */
const NOT_DISK = /^(?:loop|ram|zram|fd|sr|scd)\d|^nvme\d+c\d+n\d/;
/** On top of other disks or of a network: would count twice what those transfer. */
const STACKED = /^(?:dm-|md_?d?|bcache|drbd|zd|nbd)\d/;

/**
 * Parses `/proc/diskstats` and keeps the whole disks: no partitions, nothing virtual, and nothing
 * stacked unless the host has nothing else.
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
  const whole = [...devices].filter(([name]) =>
    !NOT_DISK.test(name) && !isPartition(name, devices)
  );
  const real = whole.filter(([name]) => !STACKED.test(name));
  return new Map(real.length > 0 ? real : whole);
}

/** A partition is named after its disk: `sda1` of `sda`, `nvme0n1p1` of `nvme0n1`; without the disk it counts as one. */
function isPartition(name: string, devices: ReadonlyMap<string, unknown>): boolean {
  const parent = /^(?:(.*\d)p|(.*\D))\d+$/.exec(name);
  return parent !== null && devices.has(parent[1] ?? parent[2]!);
}

/** Bytes per second over the disks whose rate is known; `null` when it is of none. */
export function diskRates(
  before: DisksReading | null,
  after: DisksReading,
  elapsedMs: number,
): Pick<DiskMetrics, "read" | "write"> {
  const rate = (field: keyof DiskCounters) =>
    sum(
      Array.from(after, ([name, now]) =>
        ratePerSecond(before?.get(name)?.[field], now[field], elapsedMs, MAX_BYTES_PER_SECOND)),
    );
  return { read: rate("readBytes"), write: rate("writtenBytes") };
}
