/**
 * Memory from `/proc/meminfo`. Pure; no part is ever more than its whole.
 */
import type { MemoryMetrics } from "../message.ts";

const BYTES_PER_KIB = 1_024;

/**
 * Parses `/proc/meminfo`. Used is MemTotal − MemAvailable, so what the page cache could give back
 * is not in use; ZFS's cache (ARC) is, as the kernel does not count it as available.
 *
 * @throws {SyntaxError} when the total or the free memory is not listed.
 */
export function parseMemory(text: string): MemoryMetrics {
  const sizes = new Map<string, number>();
  for (const [, name, kib] of text.matchAll(/^(\w+): +(\d{1,13}) kB$/gm)) {
    sizes.set(name!, Number(kib) * BYTES_PER_KIB);
  }
  const total = sizes.get("MemTotal");
  const free = sizes.get("MemFree");
  if (total === undefined || free === undefined) {
    throw new SyntaxError("Cannot parse memory: MemTotal or MemFree is not listed");
  }
  const available = clamp(sizes.get("MemAvailable") ?? estimateAvailable(sizes, free), total);
  return { total, used: total - available, free: clamp(free, total), available, ...swap(sizes) };
}

/**
 * Available memory for a kernel before 3.14, which does not tell: what is free, and those caches
 * that can be dropped. Cached includes Shmem (tmpfs), which cannot. The kernel's own number also
 * leaves out a reserve, so this one is somewhat higher.
 */
function estimateAvailable(sizes: ReadonlyMap<string, number>, free: number): number {
  const size = (name: string) => sizes.get(name) ?? 0;
  return free + size("Buffers") + size("Cached") + size("SReclaimable") - size("Shmem");
}

function swap(sizes: ReadonlyMap<string, number>): Pick<MemoryMetrics, "swapTotal" | "swapUsed"> {
  const total = sizes.get("SwapTotal");
  const free = sizes.get("SwapFree");
  if (total === undefined || free === undefined) return { swapTotal: null, swapUsed: null };
  return { swapTotal: total, swapUsed: total - clamp(free, total) };
}

function clamp(size: number, most: number): number {
  return Math.min(Math.max(0, size), most);
}
