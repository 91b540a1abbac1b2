/**
 * Memory from `/proc/meminfo`. Pure; no part is ever more than its whole, and an amount that cannot
 * be true, as containers are shown at times, makes nothing unknown but what follows from it.
 */
import type { MemoryMetrics, Metric } from "../message/message.ts";
import { amountOf, FailureNotes } from "./sample.ts";

const BYTES_PER_KIB = 1_024;

/**
 * How many times its whole a part may be said to be: what a container may have and what its host
 * has are not counted at once. Beyond that it is a number below zero, written as if it were none.
 */
const MAX_EXCESS = 4;

/**
 * Parses `/proc/meminfo`. Used is MemTotal − MemAvailable, so what the page cache could give back
 * is not in use; ZFS's cache (ARC) is, as the kernel does not count it as available.
 *
 * @param notes told which amounts are not known, and why.
 * @throws {SyntaxError} when the total is not listed.
 */
export function parseMemory(
  text: string,
  notes: FailureNotes = new FailureNotes(),
): MemoryMetrics {
  if (find("MemTotal", text) === null) {
    throw new SyntaxError("Cannot parse memory: MemTotal is not listed");
  }
  const total = notes.attempt("memory", () => totalIn(text));
  const free = notes.attempt("free memory", () => amount("MemFree", text, total));
  const available = notes.attempt("available memory", () => availableIn(text, total));
  const used = total === null || available === null ? null : total - available;
  return { total, used, free, available, ...swapIn(text, notes), ...cachedIn(text) };
}

/** What stands behind a name, such as `2054700 kB`; only a few of some sixty lines are needed. */
function find(name: string, text: string): string | null {
  const label = `${name}:`;
  let start = text.indexOf(label);
  while (start > 0 && text[start - 1] !== "\n") start = text.indexOf(label, start + 1);
  if (start < 0) return null;
  const end = text.indexOf("\n", start);
  return text.slice(start + label.length, end < 0 ? undefined : end).trim();
}

/** Bytes of a name, at most those of the whole. @throws {Error} when it is not listed, or cannot be true. */
function amount(name: string, text: string, whole: Metric = null): number {
  const told = find(name, text);
  if (told === null) throw new SyntaxError(`Cannot find ${name}: it is not listed`);
  const bytes = amountOf(parseInt(told) * BYTES_PER_KIB);
  if (bytes === null || (whole !== null && bytes > MAX_EXCESS * whole)) {
    throw new RangeError(`Cannot believe ${name}: it is said to be ${told}`);
  }
  return Math.min(bytes, whole ?? bytes);
}

function totalIn(text: string): number {
  const total = amount("MemTotal", text);
  if (total === 0) throw new RangeError("Cannot believe MemTotal: it is said to be 0");
  return total;
}

/**
 * Available memory. A kernel before 3.14 does not tell: there it is what is free, and those caches
 * that can be dropped. Cached includes Shmem (tmpfs), which cannot. The kernel's own number also
 * leaves out a reserve, so this one is somewhat higher.
 */
function availableIn(text: string, total: Metric): number {
  if (find("MemAvailable", text) !== null) return amount("MemAvailable", text, total);
  const size = (name: string) => find(name, text) === null ? 0 : amount(name, text, total);
  const free = amount("MemFree", text, total);
  const sum = free + size("Buffers") + size("Cached") + size("SReclaimable") - size("Shmem");
  return Math.max(0, Math.min(sum, total ?? sum));
}

/** Files and buffers, those in memory alone (tmpfs) among them; `null` for what cannot be true. */
function cachedIn(text: string): Pick<MemoryMetrics, "cached"> {
  const names = ["Cached", "Buffers"].filter((name) => find(name, text) !== null);
  if (names.length === 0) return {};
  const sizes = names.map((name) => amountOf(parseInt(find(name, text)!) * BYTES_PER_KIB));
  return { cached: sizes.reduce((all, size) => all === null || size === null ? null : all + size) };
}

function swapIn(text: string, notes: FailureNotes): Pick<MemoryMetrics, "swapTotal" | "swapUsed"> {
  if (find("SwapTotal", text) === null) return { swapTotal: null, swapUsed: null };
  const swapTotal = notes.attempt("swap", () => amount("SwapTotal", text));
  // Where there is none, it does not matter what is said to be free of it.
  const swapUsed = swapTotal &&
    notes.attempt("swap", () => swapTotal - amount("SwapFree", text, swapTotal));
  return { swapTotal, swapUsed };
}
