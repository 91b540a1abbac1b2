/**
 * The four groups of metrics of one host, as its page shows them. Pure.
 */
import {
  formatAge,
  formatBytes,
  formatCount,
  formatPercent,
  formatRate,
} from "../../../common/format.ts";
import { percentOf, totalTraffic, volumePercent } from "../../../message/metrics.ts";
import type {
  CpuMetrics,
  DiskMetrics,
  InterfaceMetrics,
  MemoryMetrics,
  Metric,
  NetworkMetrics,
  VolumeMetrics,
} from "../../../message/message.ts";
import { renderCores } from "./core_grid.ts";
import type { HostDetail } from "./detail.ts";
import { type Line, span } from "./line.ts";
import { bar, lossStyle, percentStyle, sparkline, timeline, usualStep } from "./marks.ts";
import { flow, item } from "./section.ts";
import { alignLeft, alignRight, textWidth } from "./width.ts";

const MAX_BAR_WIDTH = 30;
const MAX_PAST_WIDTH = 120;
const MIN_LABEL_WIDTH = 8;
/** Cells beside a sparkline for what it is and how high it goes. */
const PAST_LABELS_WIDTH = 20;

/** A group that the agent was not told to send, or could not read. */
function absent(group: null | undefined): Line[] {
  return [[span(group === null ? "could not be read" : "not sent", "faint")]];
}

/** The mean, every core, and the recent past. */
export function renderCpu(
  cpu: CpuMetrics | null | undefined,
  detail: HostDetail,
  nowMs: number,
  width: number,
): Line[] {
  if (!cpu) return absent(cpu);
  const head = [
    share(cpu.mean, width),
    item("iowait", formatPercent(cpu.iowait)),
    item("steal", formatPercent(cpu.steal)),
    formula("busy = total − idle − iowait"),
  ];
  const past = renderPast("", detail.history.cpu, { detail, nowMs, width, most: 100 });
  return [
    ...flow(head, width),
    ...renderCores(cpu.cores, width),
    ...omittedLine(cpu.omitted ?? 0, "cores"),
    past,
  ];
}

/** Memory and swap. */
export function renderMemory(memory: MemoryMetrics | null | undefined, width: number): Line[] {
  if (!memory) return absent(memory);
  const { total, used, free, available, swapTotal, swapUsed } = memory;
  return [
    ...flow([
      share(percentOf(used, total), width),
      item("used", `${formatBytes(used)} of ${formatBytes(total)}`),
      item("available", formatBytes(available)),
      item("free", formatBytes(free)),
      formula("used = total − available"),
    ], width),
    ...swapTotal === 0 ? [item("swap", "none")] : flow([
      share(percentOf(swapUsed, swapTotal), width),
      item("swap", `${formatBytes(swapUsed)} of ${formatBytes(swapTotal)}`),
    ], width),
  ];
}

/** The rates of all disks, and each volume. */
export function renderDisk(disk: DiskMetrics | null | undefined, width: number): Line[] {
  if (!disk) return absent(disk);
  const { read, write, volumes, omitted = 0 } = disk;
  const labelWidth = widest(volumes.map(({ mount }) => mount), width);
  return [
    ...flow([
      item("read", formatRate(read)),
      item("write", formatRate(write)),
      formula("share = used / (used + free), as df"),
    ], width),
    ...volumes.flatMap((volume) => flow(volumeItems(volume, labelWidth, width), width)),
    ...omittedLine(omitted, "volumes"),
  ];
}

function volumeItems(volume: VolumeMetrics, labelWidth: number, width: number): Line[] {
  return [
    [...share(volumePercent(volume), width), span(` ${alignLeft(volume.mount, labelWidth)}`)],
    item("used", `${sizeCell(volume.used)} of ${sizeCell(volume.total)}`),
    item("free", sizeCell(volume.free)),
  ];
}

/** The traffic of all interfaces, each one, and the recent past. */
export function renderNetwork(
  network: NetworkMetrics | null | undefined,
  detail: HostDetail,
  nowMs: number,
  width: number,
): Line[] {
  if (!network) return absent(network);
  const { interfaces, omitted = 0 } = network;
  const listed = interfaces.length === 1 && omitted === 0
    ? interfaces
    : [...interfaces, { name: "all", ...totalTraffic(network) }];
  const labelWidth = widest(listed.map(({ name }) => name), width);
  const context = { detail, nowMs, width };
  return [
    ...listed.flatMap((traffic) => flow(trafficItems(traffic, labelWidth), width)),
    ...omittedLine(omitted, "interfaces"),
    renderPast("down", detail.history.receive, context),
    renderPast("up", detail.history.send, context),
  ];
}

function trafficItems(traffic: InterfaceMetrics, labelWidth: number): Line[] {
  return [
    [span(alignLeft(traffic.name, labelWidth))],
    item("down", alignRight(formatRate(traffic.rx), 7)),
    item("up", alignRight(formatRate(traffic.tx), 7)),
    item("packets lost in", formatCount(traffic.rxLost), lossStyle(traffic.rxLost)),
    item("out", formatCount(traffic.txLost), lossStyle(traffic.txLost)),
  ];
}

interface PastContext {
  readonly detail: HostDetail;
  readonly nowMs: number;
  readonly width: number;
  /** The value of a full block; none: the highest of those shown. */
  readonly most?: number;
}

/** A sparkline with what it shows and for how long; blank where nothing arrived. */
function renderPast(label: string, values: readonly Metric[], context: PastContext): Line {
  const { detail: { times, intervalMs }, nowMs, width, most } = context;
  const blocks = Math.max(1, Math.min(MAX_PAST_WIDTH, width - PAST_LABELS_WIDTH));
  const stepMs = usualStep(times, intervalMs);
  const past = timeline({ times, values }, nowMs, blocks, stepMs);
  const peak = most ?? Math.max(0, ...past.map((value) => value ?? 0));
  const scale = most === undefined
    ? `max ${formatRate(peak)}`
    : `last ${formatAge(blocks * stepMs)}`;
  return [
    ...(label === "" ? [] : [span(alignLeft(label, 5), "faint")]),
    span(sparkline(past, peak), "accent"),
    span(` ${scale}`, "faint"),
  ];
}

/** A percentage with its bar. */
function share(percent: Metric, width: number): Line {
  const barWidth = Math.max(5, Math.min(MAX_BAR_WIDTH, Math.floor(width / 4)));
  const written = span(alignRight(formatPercent(percent), 4), percentStyle(percent));
  return [written, span(" "), ...bar(percent, barWidth)];
}

function formula(text: string): Line {
  return [span(text, "faint")];
}

function sizeCell(bytes: Metric): string {
  return alignRight(formatBytes(bytes), 4);
}

/** The width of the longest label, or what a line can spare. */
function widest(labels: readonly string[], width: number): number {
  const spare = Math.max(MIN_LABEL_WIDTH, Math.floor(width / 5));
  return Math.min(spare, Math.max(0, ...labels.map(textWidth)));
}

function omittedLine(omitted: number, what: string): Line[] {
  return omitted === 0
    ? []
    : [[span(`and ${formatCount(omitted)} ${what} that the agent left out`, "faint")]];
}
