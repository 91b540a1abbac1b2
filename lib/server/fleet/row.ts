/**
 * One host as a view shows it in one line: what it last said and how it is now. Pure: derived
 * from a host and the time when a view asks, and kept by nobody.
 */
import { summarize } from "../../message/summary.ts";
import { fullestVolume } from "../../message/metrics.ts";
import type { LegacyMessage, Message, Metric } from "../../message/message.ts";
import { type Host, hostIntervalMs } from "./host.ts";
import { hostMessage } from "./host_message.ts";
import { type HostStatus, hostStatus, isHeard, offlineAfterMs } from "./status.ts";
import type { Refusal } from "./memory/stores.ts";

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
  /** Where another agent under the same id sends from (a cloned machine); `null` when there is none, or none is heard. */
  readonly sharedWith: string | null;
  /**
   * Datagrams sealed as its own that were refused: `null` where there was none since its last one, nor
   * within the time after which it is offline.
   */
  readonly refused: Refusal | null;
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

/** Derives a host's row at a time, from its newest message or another one. */
export function hostRow(
  host: Host,
  nowMs: number,
  message: Message | LegacyMessage = hostMessage(host),
): HostRow {
  const ageMs = Math.max(0, nowMs - host.lastSeenMs);
  const intervalMs = hostIntervalMs(host);
  const status = hostStatus({ ageMs, intervalMs, left: host.left });
  return {
    key: host.key,
    name: host.name,
    address: host.address,
    status,
    sealed: host.keyId !== null,
    sharedWith: isHeard(status) && host.delivery?.isShared ? host.otherAddress : null,
    refused: presentRefusal(host, nowMs),
    lastSeenMs: host.lastSeenMs,
    intervalMs,
    ageMs,
    ...metricsOf(message.v === 1 ? message : {}),
    datagramsLost: Number.isNaN(host.lost) ? null : host.lost,
  };
}

/** What of a host's refused datagrams is news: those since its last one, and those of just now. */
export function presentRefusal(host: Host, nowMs: number): Refusal | null {
  const { refusal, lastSeenMs } = host;
  const isPresent = refusal !== null && (refusal.lastMs >= lastSeenMs ||
    nowMs - refusal.lastMs <= offlineAfterMs(hostIntervalMs(host)));
  return isPresent ? refusal : null;
}

function metricsOf(message: Pick<Message, "cpu" | "memory" | "disk" | "network">) {
  const summary = summarize(message);
  const { cpu, memory, disk } = message;
  return {
    cpuPercent: summary.cpu,
    coresPercent: cpu?.cores ?? [],
    memoryUsedBytes: memory?.used ?? null,
    memoryTotalBytes: memory?.total ?? null,
    memoryPercent: summary.memory,
    volumeMount: fullestVolume(disk?.volumes ?? [])?.mount ?? null,
    volumePercent: summary.volume,
    readBytesPerSecond: summary.read,
    writeBytesPerSecond: summary.write,
    receiveBytesPerSecond: summary.rx,
    sendBytesPerSecond: summary.tx,
    interfaceLost: summary.interfaceLost,
  };
}
