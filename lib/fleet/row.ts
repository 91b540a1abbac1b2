/**
 * One host as a view shows it in one line: what it last said and how it is now. Pure: derived
 * from a host and the time when a view asks, and kept by nobody.
 */
import { fullestVolume, memoryPercent, sum, totalTraffic, volumePercent } from "../metrics.ts";
import type { Message, Metric, TrafficMetrics } from "../message.ts";
import { type Host, hostIntervalMs } from "./host.ts";
import { type HostStatus, hostStatus } from "./status.ts";

/** One host in one line: percent 0 to 100, bytes, bytes per second, milliseconds; `null` is not known. */
export interface HostRow {
  /** What the fleet knows the host by. */
  readonly key: string;
  /** The host's name; for a legacy sender its address. */
  readonly name: string;
  /** `ip:port` of the last datagram. */
  readonly address: string;
  readonly status: HostStatus;
  /** Whether its last datagram was sealed, and so is its own beyond doubt. */
  readonly sealed: boolean;
  /** Where another agent under the same id sends from (a cloned machine); `null` when there is none. */
  readonly sharedWith: string | null;
  /** When its last datagram came, on the server's clock. */
  readonly lastSeenMs: number;
  /** The interval by which its status is judged. */
  readonly intervalMs: number;
  /** Time since the last datagram. */
  readonly ageMs: number;
  readonly cpuPercent: Metric;
  readonly coresPercent: readonly Metric[];
  readonly memoryUsedBytes: Metric;
  readonly memoryTotalBytes: Metric;
  readonly memoryPercent: Metric;
  /** The fullest volume: its mount point and its share in use as `df` reckons it. */
  readonly volumeMount: string | null;
  readonly volumePercent: Metric;
  readonly readBytesPerSecond: Metric;
  readonly writeBytesPerSecond: Metric;
  readonly receiveBytesPerSecond: Metric;
  readonly sendBytesPerSecond: Metric;
  /** Packets that the host's interfaces dropped or failed since they came up, both ways. */
  readonly interfaceLost: Metric;
  /** Datagrams of this host that never came; `null` where it sends no sequence. */
  readonly datagramsLost: Metric;
}

const NO_TRAFFIC: TrafficMetrics = { rx: null, tx: null, rxLost: null, txLost: null };

/** Derives a host's row at a time. */
export function hostRow(host: Host, nowMs: number): HostRow {
  const ageMs = Math.max(0, nowMs - host.lastSeenMs);
  const intervalMs = hostIntervalMs(host);
  return {
    key: host.key,
    name: host.name,
    address: host.address,
    status: hostStatus({ ageMs, intervalMs, left: host.left }),
    sealed: host.keyId !== null,
    sharedWith: host.delivery?.isShared ? host.otherAddress : null,
    lastSeenMs: host.lastSeenMs,
    intervalMs,
    ageMs,
    ...metricsOf(host.message.v === 1 ? host.message : {}),
    datagramsLost: host.delivery?.lost ?? null,
  };
}

function metricsOf(message: Pick<Message, "cpu" | "memory" | "disk" | "network">) {
  const { cpu, memory, disk, network } = message;
  const volume = fullestVolume(disk?.volumes ?? []);
  const traffic = network ? totalTraffic(network) : NO_TRAFFIC;
  return {
    cpuPercent: cpu?.mean ?? null,
    coresPercent: cpu?.cores ?? [],
    memoryUsedBytes: memory?.used ?? null,
    memoryTotalBytes: memory?.total ?? null,
    memoryPercent: memory ? memoryPercent(memory) : null,
    volumeMount: volume?.mount ?? null,
    volumePercent: volume ? volumePercent(volume) : null,
    readBytesPerSecond: disk?.read ?? null,
    writeBytesPerSecond: disk?.write ?? null,
    receiveBytesPerSecond: traffic.rx,
    sendBytesPerSecond: traffic.tx,
    interfaceLost: sum([traffic.rxLost, traffic.txLost]),
  };
}
