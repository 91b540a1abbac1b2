/**
 * What disks do from `/proc/diskstats`: text into counters, two readings into rates, and which of the
 * block devices are whole disks of this host, by what sysfs tells and by their names, which for disks
 * hardly ever lie: each transfer counts once, on the disk and not on what is stacked on it. Pure.
 */
import { DEVICES } from "../catalogue.ts";
import type { DiskMetrics, Metric } from "../message/message.ts";
import { sum } from "../message/metrics.ts";
import type { Decision } from "./decision.ts";
import { columnsAt, type Counter, deviceName, ratePerSecond, readCounter } from "./sample.ts";

/** What one block device did since boot. */
export interface DiskCounters {
  readonly readBytes: Counter;
  readonly writtenBytes: Counter;
  /** Reads and writes completed, and the time that they took, each from its queueing on. */
  readonly operations: Counter;
  readonly operationMs: Counter;
  /** Time in which anything was under way, and the same times what was. */
  readonly busyMs: Counter;
  readonly queueMs: Counter;
}

/** The counters of block devices, by name. */
export type DisksReading = ReadonlyMap<string, DiskCounters>;

/** The kernel counts in sectors of 512 bytes, whatever the disk's own are (block/stat in its documentation). */
const SECTOR_BYTES = 512;
const MS_PER_SECOND = 1_000;
/** Of a second. */
const MS_PER_PERCENT = 10;
/** No disk does more a second: 64 GB each way, as do 16 lanes of PCIe 5.0 or 4 of PCIe 7.0; a queue of a million is none. */
const MOST_PER_SECOND: Readonly<Record<keyof DiskCounters, number>> = {
  readBytes: 64e9,
  writtenBytes: 64e9,
  operations: 1e9,
  operationMs: 1e9,
  busyMs: Infinity,
  queueMs: 1e9,
};
/** A device's numbers and its name. */
const DEVICE = /^ *\d+ +\d+ +(\S+)/gm;
/** Behind it: reads, reads merged, sectors, ms, the same four of writes, those under way, ms busy, ms queued. */
const [READS, READ, READ_MS, WRITES, WRITTEN, WRITE_MS] = [0, 2, 3, 4, 6, 7];
const [BUSY_MS, QUEUE_MS] = [9, 10];

/**
 * Parses `/proc/diskstats`; a device with fewer columns, which is a partition on a kernel before 2.6.25, is
 * left out.
 *
 * @param before the reading before, of which the counters remember what they said.
 */
export function parseDisks(text: string, before?: DisksReading | null): DisksReading {
  const devices = new Map<string, DiskCounters>();
  for (const { 0: label, 1: name, index } of text.matchAll(DEVICE)) {
    const columns = columnsAt(text, index + label.length);
    if (columns.length <= QUEUE_MS) continue;
    const known = before?.get(name!);
    devices.set(name!, {
      readBytes: readCounter(columns[READ]! * SECTOR_BYTES, known?.readBytes),
      writtenBytes: readCounter(columns[WRITTEN]! * SECTOR_BYTES, known?.writtenBytes),
      operations: readCounter(columns[READS]! + columns[WRITES]!, known?.operations),
      operationMs: readCounter(columns[READ_MS]! + columns[WRITE_MS]!, known?.operationMs),
      busyMs: readCounter(columns[BUSY_MS]!, known?.busyMs),
      queueMs: readCounter(columns[QUEUE_MS]!, known?.queueMs),
    });
  }
  return devices;
}

/**
 * What each disk did between two readings, the busiest first, and bytes per second over those whose rate
 * is known; `null` when it is of none. Time per operation and queue are those of `iostat -x`: await of reads
 * and writes together, and aqu-sz.
 *
 * @param names those that count: all, unless they are named.
 */
export function diskMetrics(
  before: DisksReading | null,
  after: DisksReading,
  elapsedMs: number,
  names: readonly string[] = [...after.keys()],
): Pick<DiskMetrics, "read" | "write" | "disks"> {
  const disks = names.map((name) => {
    const moving = movingPaths(before, after, name) ?? [name];
    const rates = (field: keyof DiskCounters) =>
      moving.map((path) => {
        const then = before?.get(path)?.[field];
        return ratePerSecond(then, after.get(path)![field], elapsedMs, MOST_PER_SECOND[field]);
      });
    return { name: deviceName(name, DEVICES.disk.keyLength), ...disk(rates) };
  });
  return {
    read: sum(disks.map(({ read }) => read)),
    write: sum(disks.map(({ write }) => write)),
    disks: disks.sort((a, b) => (b.busy ?? -1) - (a.busy ?? -1)),
  };
}

/** The numbers of a disk by the rates of its counters, of which there is one for each path to it. */
function disk(rates: (field: keyof DiskCounters) => readonly Metric[]) {
  const ops = sum(rates("operations"));
  const operationMs = sum(rates("operationMs"));
  const queueMs = sum(rates("queueMs"));
  const busyMs = rates("busyMs").filter((rate) => rate !== null);
  return {
    read: sum(rates("readBytes")),
    write: sum(rates("writtenBytes")),
    ops,
    // Where nothing was done, nothing took any time.
    wait: ops === null || operationMs === null || ops === 0 ? null : operationMs / ops,
    // A kernel may count a long operation when it ends, and readings are not exactly on time.
    busy: busyMs.length === 0 ? null : Math.min(100, Math.max(...busyMs) / MS_PER_PERCENT),
    queue: queueMs === null ? null : queueMs / MS_PER_SECOND,
  };
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
  const then = before?.get(name);
  const now = after.get(name)!;
  return then !== undefined && (then.readBytes.value !== now.readBytes.value ||
    then.writtenBytes.value !== now.writtenBytes.value);
}

/** What sysfs tells of a block device that is no partition. */
export interface DiskFacts {
  /** Whether there is a device behind it. */
  readonly hasHardware: boolean;
}

type Rule = readonly [RegExp, string];

const NEVER: readonly Rule[] = [
  [/^loop\d/, "file on another disk"],
  [/^(ram|zram|brd|nullb)\d/, "memory"],
  [/^(fd|sr|scd|pktcdvd)\d/, "removable medium"],
];

/** Whole disks by their names, also where sysfs shows no device behind them: some over a network have none. */
const DISK: readonly Rule[] = [
  [/^etherd\/|^scini[a-z]/, "whole disk over the network"],
  [/^(nvme\d+(c\d+)?n\d|(sd|hd|vd|xvd|ubd?|dasd)[a-z]|mmcblk\d|mtdblock\d|pmem\d)/, "whole disk"],
];

/** On top of disks; the lowest first, which counts where no disk is listed. */
const LAYERS: readonly Rule[] = [
  // Their server may be this host, and they a file on its disk.
  [/^(nbd|rbd)\d/, "served over the network, or from another disk"],
  [/^(emcpower|sddlm|vpath|hdlm|power|VxDMP)[a-z0-9]/, "paths to one disk"],
  [/^md/, "RAID of other disks"],
  [/^bcache\d/, "cache on other disks"],
  [/^dm-\d/, "volume or path on other disks"],
  [/^drbd\d/, "copy of a disk elsewhere, on another disk"],
  [/^(zd|ploop|pxd|VxVM|vx|asm|tapdev)|^td[a-z]$/, "volume on other disks"],
];

const NVME_PATH = /^(nvme\d+)c\d+(n\d+)$/;

/** How a device stands: a disk, or a layer on disks by its place from below, or never counted. */
type Standing = "disk" | "never" | number;

/** The disk to which an NVMe device is a path; `null` for what is none. */
export function headOf(name: string): string | null {
  const path = NVME_PATH.exec(name);
  return path === null ? null : path[1]! + path[2]!;
}

/** Whether its name alone tells that it is never counted: sysfs need not be asked. */
export function isNeverDisk(name: string): boolean {
  return reasonBy(NEVER, name) !== undefined;
}

/** Decides of every block device, in the order of the names. */
export function judgeDisks(
  names: readonly string[],
  facts: ReadonlyMap<string, DiskFacts> = new Map(),
): readonly Decision[] {
  const all = new Set(names);
  const findings = names.map((name) => ({ name, ...judge(name, all, facts) }));
  const standings = new Set(findings.map(({ standing }) => standing));
  const counting = standings.has("disk")
    ? "disk"
    : Math.min(...[...standings].filter((standing) => typeof standing === "number"));
  return findings.map(({ name, standing, reason }) => {
    const counts = standing === counting;
    return {
      name,
      counts,
      reason: counts && counting !== "disk" ? `${reason}; no disk is here` : reason,
    };
  });
}

function judge(
  name: string,
  all: ReadonlySet<string>,
  facts: ReadonlyMap<string, DiskFacts>,
): { standing: Standing; reason: string } {
  const never = reasonBy(NEVER, name);
  if (never !== undefined) return { standing: "never", reason: never };
  const fact = facts.get(name);
  const parent = parentOf(name, all);
  if (parent !== null && fact === undefined) {
    return { standing: "never", reason: `part of ${parent}` };
  }
  const head = headOf(name);
  if (head !== null && all.has(head)) {
    return { standing: "never", reason: `path to ${head}, which counts unless it stands still` };
  }
  if (fact?.hasHardware) return { standing: "disk", reason: "whole disk" };
  const layer = LAYERS.findIndex(([pattern]) => pattern.test(name));
  if (layer >= 0) return { standing: layer, reason: LAYERS[layer]![1] };
  const disk = reasonBy(DISK, name);
  if (fact === undefined) {
    return { standing: "disk", reason: `${disk ?? "whole disk"}, by its name` };
  }
  if (disk !== undefined) return { standing: "disk", reason: disk };
  return { standing: LAYERS.length, reason: "no device is behind it" };
}

function reasonBy(rules: readonly Rule[], name: string): string | undefined {
  return rules.find(([pattern]) => pattern.test(name))?.[1];
}

/** A partition is named after its disk: `sda1` of `sda`, `nvme0n1p1` of `nvme0n1`; without the disk it counts as one. */
function parentOf(name: string, all: ReadonlySet<string>): string | null {
  const match = /^(?:(.*\d)p|(.*\D))\d+$/.exec(name);
  const parent = match?.[1] ?? match?.[2];
  return parent !== undefined && all.has(parent) ? parent : null;
}
