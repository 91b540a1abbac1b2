/**
 * Memory from `/proc/meminfo`. Pure; no part is ever more than its whole.
 */
import type { MemoryMetrics, Metric } from "../message.ts";
import { amountOf } from "./sample.ts";

const BYTES_PER_KIB = 1_024;

/**
 * Parses `/proc/meminfo`. Used is MemTotal − MemAvailable, so what the page cache could give back
 * is not in use; ZFS's cache (ARC) is, as the kernel does not count it as available.
 *
 * @throws {SyntaxError} when the total or the free memory is not listed.
 */
export function parseMemory(text: string): MemoryMetrics {
  const total = bytesOf("MemTotal", text);
  const free = bytesOf("MemFree", text);
  if (total === null || free === null) {
    throw new SyntaxError("Cannot parse memory: MemTotal or MemFree is not listed");
  }
  const available = clamp(bytesOf("MemAvailable", text) ?? estimateAvailable(text, free), total);
  return { total, used: total - available, free: clamp(free, total), available, ...swap(text) };
}

/** The size on the line of that name; only a few of some sixty lines are needed. */
function bytesOf(name: string, text: string): Metric {
  const label = `\n${name}:`;
  const start = `\n${text}`.indexOf(label);
  if (start < 0) return null;
  return amountOf(parseInt(text.slice(start + label.length - 1)) * BYTES_PER_KIB);
}

/**
 * Available memory for a kernel before 3.14, which does not tell: what is free, and those caches
 * that can be dropped. Cached includes Shmem (tmpfs), which cannot. The kernel's own number also
 * leaves out a reserve, so this one is somewhat higher.
 */
function estimateAvailable(text: string, free: number): number {
  const size = (name: string) => bytesOf(name, text) ?? 0;
  return free + size("Buffers") + size("Cached") + size("SReclaimable") - size("Shmem");
}

function swap(text: string): Pick<MemoryMetrics, "swapTotal" | "swapUsed"> {
  const total = bytesOf("SwapTotal", text);
  const free = bytesOf("SwapFree", text);
  if (total === null || free === null) return { swapTotal: null, swapUsed: null };
  return { swapTotal: total, swapUsed: total - clamp(free, total) };
}

function clamp(size: number, most: number): number {
  return Math.min(Math.max(0, size), most);
}
