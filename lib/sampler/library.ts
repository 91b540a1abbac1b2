/**
 * What is used of the package systeminformation, for hosts that have no /proc, and its answers as
 * metrics, unknown where it says null, nothing or less than nothing. Pure.
 */
import type { Systeminformation } from "systeminformation";
import {
  type CpuMetrics,
  type DiskMetrics,
  MAX_CORES,
  MAX_INTERFACE_LENGTH,
  MAX_MOUNT_LENGTH,
  type MemoryMetrics,
  type Metric,
  type NetworkMetrics,
  type Texts,
  type VolumeMetrics,
} from "../message/message.ts";
import { sum } from "../message/metrics.ts";
import { amountOf, cleanTexts, deviceName } from "./sample.ts";
import type { Platform } from "./interface_names.ts";
import { meanCharge, type SensorMetrics } from "./sensors.ts";
import { judgeVolumes } from "./volumes.ts";

/** What is used of the package. */
export interface Library {
  currentLoad(): Promise<Systeminformation.CurrentLoadData>;
  mem(): Promise<Systeminformation.MemData>;
  fsSize(): Promise<Systeminformation.FsSizeData[]>;
  /** `null` on Windows. */
  fsStats(): Promise<Systeminformation.FsStatsData | null>;
  networkStats(interfaces: string): Promise<Systeminformation.NetworkStatsData[]>;
  networkInterfaces(): Promise<Systeminformation.NetworkInterfacesData[]>;
  /** `null` on Windows. */
  fsOpenFiles(): Promise<Systeminformation.FsOpenFilesData | null>;
  /** On macOS it knows none without a native module, on Windows only what an administrator may ask. */
  cpuTemperature(): Promise<Systeminformation.CpuTemperatureData>;
  battery(): Promise<Systeminformation.BatteryData>;
  uuid(): Promise<Systeminformation.UuidData>;
  osInfo(): Promise<Pick<Systeminformation.OsData, "distro" | "release" | "kernel">>;
  cpu(): Promise<Pick<Systeminformation.CpuData, "manufacturer" | "brand">>;
}

/** What it tells of a host in words. @throws {Error} what it throws. */
export async function textsFrom(library: Library): Promise<Texts> {
  const [{ distro, release, kernel }, { manufacturer, brand }] = await Promise.all([
    library.osInfo(),
    library.cpu(),
  ]);
  return cleanTexts({ os: `${distro} ${release}`, kernel, cpu: `${manufacturer} ${brand}` });
}

/** CPU load; the package knows no iowait, and steal only where it counts it twice. */
export function cpuFrom(load: Systeminformation.CurrentLoadData): CpuMetrics {
  return {
    mean: percentFrom(load.currentLoad),
    cores: load.cpus.slice(0, MAX_CORES).map(({ load }) => percentFrom(load)),
    iowait: null,
    steal: null,
    ...modesFrom(load),
  };
}

function modesFrom(load: Systeminformation.CurrentLoadData): Partial<CpuMetrics> {
  const told = {
    user: load.currentLoadUser,
    nice: load.currentLoadNice,
    system: load.currentLoadSystem,
    irq: load.currentLoadIrq,
  };
  const known = Object.entries(told).filter(([, percent]) => typeof percent === "number");
  return Object.fromEntries(known.map(([name, percent]) => [name, percentFrom(percent)]));
}

function percentFrom(percent: number | null): Metric {
  const amount = amountOf(percent);
  return amount === null ? null : Math.min(100, amount);
}

/** Memory; used is total − available, as everywhere in Pulso, and not the package's own `used`. */
export function memoryFrom(memory: Systeminformation.MemData): MemoryMetrics {
  const total = amountOf(memory.total);
  const available = partFrom(memory.available, total);
  const swapTotal = amountOf(memory.swaptotal);
  return {
    total,
    used: total === null || available === null ? null : total - available,
    free: partFrom(memory.free, total),
    available,
    swapTotal,
    swapUsed: partFrom(memory.swapused, swapTotal),
    ...cachedFrom(memory),
  };
}

/** Files and buffers in memory; on macOS only what is not in use otherwise is told, on Windows nothing. */
function cachedFrom({ cached, buffers, buffcache }: Systeminformation.MemData) {
  const bytes = cached + buffers || buffcache;
  return bytes > 0 ? { cached: amountOf(bytes) } : {};
}

function partFrom(part: number | null, whole: Metric): Metric {
  const amount = amountOf(part);
  return amount === null || whole === null ? amount : Math.min(amount, whole);
}

/** Disk rates and the local volumes, each device once. */
export function diskFrom(
  stats: Systeminformation.FsStatsData | null,
  sizes: readonly Systeminformation.FsSizeData[],
  platform: Platform = "linux",
): DiskMetrics {
  const decisions = judgeVolumes(sizes);
  return {
    read: amountOf(stats?.rx_sec),
    write: amountOf(stats?.wx_sec),
    volumes: sizes.filter((_, place) => decisions[place]!.counts).map((size) => ({
      ...volumeFrom(size),
      ...(platform !== "linux" && readOnlyFrom(size)),
    })),
  };
}

function volumeFrom(size: Systeminformation.FsSizeData): VolumeMetrics {
  const total = amountOf(size.size);
  return {
    mount: deviceName(size.mount, MAX_MOUNT_LENGTH),
    total,
    used: partFrom(size.used, total),
    free: partFrom(size.available, total),
  };
}

/** Whether it cannot be written: told of devices alone. The root of macOS is sealed, and no fault. */
function readOnlyFrom({ fs, mount, rw }: Systeminformation.FsSizeData) {
  const isTold = typeof rw === "boolean" && /^(\/dev\/|[A-Za-z]:)/.test(fs);
  return isTold && (rw || mount !== "/") ? { ro: Number(!rw) } : {};
}

/** Traffic of those of the interfaces that count. */
export function networkFrom(
  stats: readonly Systeminformation.NetworkStatsData[],
  names: readonly string[],
  speeds: ReadonlyMap<string, number> = new Map(),
): NetworkMetrics {
  return {
    interfaces: stats.filter(({ iface }) => names.includes(iface)).map((traffic) => ({
      name: deviceName(traffic.iface, MAX_INTERFACE_LENGTH),
      rx: amountOf(traffic.rx_sec),
      tx: amountOf(traffic.tx_sec),
      rxLost: sum([amountOf(traffic.rx_dropped), amountOf(traffic.rx_errors)]),
      txLost: sum([amountOf(traffic.tx_dropped), amountOf(traffic.tx_errors)]),
      rxBytes: amountOf(traffic.rx_bytes),
      txBytes: amountOf(traffic.tx_bytes),
      ...(/^(up|down)$/.test(traffic.operstate) && { up: Number(traffic.operstate === "up") }),
      ...(speeds.has(traffic.iface) && { speed: speeds.get(traffic.iface)! }),
    })),
  };
}

/** Temperatures of the processor and the chips around it, and the charge of batteries; `undefined` where neither is told. */
export function sensorsFrom(
  { main, chipset }: Systeminformation.CpuTemperatureData,
  { additionalBatteries = [], ...battery }: Systeminformation.BatteryData,
): SensorMetrics | undefined {
  const told = [["CPU", main], ["Chipset", chipset]] as const;
  const temps = told.flatMap(([name, celsius]) =>
    typeof celsius === "number" ? [{ name, celsius }] : []
  );
  const batteries = [battery, ...additionalBatteries].filter(({ hasBattery }) => hasBattery);
  if (temps.length + batteries.length === 0) return undefined;
  const charges = batteries.map(({ percent, maxCapacity }) => (
    { percent: percent ?? NaN, full: maxCapacity }
  ));
  return {
    ...(temps.length > 0 && { temps }),
    ...(batteries.length > 0 && { battery: meanCharge(charges) }),
  };
}
