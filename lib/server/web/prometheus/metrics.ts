/**
 * The families of what hosts measure: CPU, memory, disk and network, in the base units of Prometheus,
 * where a share is 0 to 1. Pure; a host that is not there has no line in any of these.
 */
import { type HostFamily, ofCore, ofHost, ofInterface, ofVolume, ratio } from "./family.ts";

const gauge = ofHost("gauge");
const interfaceGauge = ofInterface("gauge");
const interfaceCounter = ofInterface("counter");

/** CPU: the formulas are those of the agent, over the time since its last sample. */
export const CPU_FAMILIES: readonly HostFamily[] = [
  gauge(
    "pulso_cpu_usage_ratio",
    "Busy share of all cores: (total - idle - iowait) / total.",
    ({ metrics }) => ratio(metrics.cpu?.mean),
  ),
  gauge(
    "pulso_cpu_iowait_ratio",
    "Share of time idle while a disk was waited for.",
    ({ metrics }) => ratio(metrics.cpu?.iowait),
  ),
  gauge(
    "pulso_cpu_steal_ratio",
    "Share of time that other machines on the same hardware took.",
    ({ metrics }) => ratio(metrics.cpu?.steal),
  ),
  ofCore("pulso_cpu_core_usage_ratio", "Busy share of one core.", ratio),
];

/** Memory and swap. */
export const MEMORY_FAMILIES: readonly HostFamily[] = [
  gauge("pulso_memory_total_bytes", "Memory of the host.", ({ metrics }) => metrics.memory?.total),
  gauge(
    "pulso_memory_used_bytes",
    "Memory in use: total - available.",
    ({ metrics }) => metrics.memory?.used,
  ),
  gauge(
    "pulso_memory_free_bytes",
    "Memory that holds nothing at all.",
    ({ metrics }) => metrics.memory?.free,
  ),
  gauge(
    "pulso_memory_available_bytes",
    "Memory that programs could still get without swapping.",
    ({ metrics }) => metrics.memory?.available,
  ),
  gauge(
    "pulso_swap_total_bytes",
    "Swap space of the host.",
    ({ metrics }) => metrics.memory?.swapTotal,
  ),
  gauge("pulso_swap_used_bytes", "Swap space in use.", ({ metrics }) => metrics.memory?.swapUsed),
];

/** Disks together, and each volume. */
export const DISK_FAMILIES: readonly HostFamily[] = [
  gauge(
    "pulso_disk_read_bytes_per_second",
    "Rate of reading over all whole disks.",
    ({ metrics }) => metrics.disk?.read,
  ),
  gauge(
    "pulso_disk_write_bytes_per_second",
    "Rate of writing over all whole disks.",
    ({ metrics }) => metrics.disk?.write,
  ),
  ofVolume("pulso_volume_size_bytes", "Size of a mounted filesystem.", ({ total }) => total),
  ofVolume("pulso_volume_used_bytes", "Space in use on a mounted filesystem.", ({ used }) => used),
  ofVolume(
    "pulso_volume_free_bytes",
    "Space on a mounted filesystem that an ordinary user may still write.",
    ({ free }) => free,
  ),
];

/** Each network interface. */
export const NETWORK_FAMILIES: readonly HostFamily[] = [
  interfaceGauge(
    "pulso_network_receive_bytes_per_second",
    "Rate of receiving on an interface.",
    ({ rx }) => rx,
  ),
  interfaceGauge(
    "pulso_network_transmit_bytes_per_second",
    "Rate of sending on an interface.",
    ({ tx }) => tx,
  ),
  interfaceCounter(
    "pulso_network_receive_lost_packets_total",
    "Packets dropped or failed on the way in since the interface came up.",
    ({ rxLost }) => rxLost,
  ),
  interfaceCounter(
    "pulso_network_transmit_lost_packets_total",
    "Packets dropped or failed on the way out since the interface came up.",
    ({ txLost }) => txLost,
  ),
];
