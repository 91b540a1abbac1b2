/**
 * Numbers and foreign text as people read them: sizes, rates, percent, ages, counts, and the one
 * sanitizer that every text from outside passes on its way to a terminal, a log or a message.
 * Pure; an unknown number is a dash, never a zero.
 */
import type { Unit } from "../catalogue.ts";
import { type Metric, UNSAFE_CHARACTERS } from "../message/message.ts";

/** What stands for a number that is not known. */
export const UNKNOWN = "–";

const UNITS = ["", "K", "M", "G", "T", "P", "E"];

/** Bytes in powers of 1,024 and three digits, as `df -h` writes them: `0`, `999`, `1.0K`, `15.9G`. */
export function formatBytes(bytes: Metric): string {
  if (bytes === null) return UNKNOWN;
  let unit = 0;
  // 999.5 would round to 1000, which is a digit too long.
  while (bytes >= 999.5 && unit < UNITS.length - 1) {
    bytes /= 1_024;
    unit++;
  }
  const digits = unit > 0 && bytes < 9.95 ? 1 : 0;
  return bytes.toFixed(digits) + UNITS[unit];
}

/** Bytes per second: `1.0KB/s`. */
export function formatRate(bytesPerSecond: Metric): string {
  return bytesPerSecond === null ? UNKNOWN : `${formatBytes(bytesPerSecond)}B/s`;
}

/** A percentage from 0 to 100 to the nearest whole: `14%`. */
export function formatPercent(percent: Metric): string {
  return percent === null ? UNKNOWN : `${Math.round(percent)}%`;
}

/** A count with separators, so that its size is seen at once: `1,234,567`. */
export function formatCount(count: Metric): string {
  return count === null ? UNKNOWN : Math.round(count).toLocaleString("en-US");
}

/** A plain number in three digits or more: `0.52`, `12.4`, `153`. */
export function formatNumber(value: Metric): string {
  if (value === null) return UNKNOWN;
  return value.toFixed(value < 9.995 ? 2 : value < 99.95 ? 1 : 0);
}

/** A count in at most five characters: `0`, `9999`, `10k`, `1.2M`, powers of 1,000. */
export function formatShortCount(count: Metric): string {
  if (count === null) return UNKNOWN;
  if (count < 9_999.5) return String(Math.round(count));
  const units = ["", "k", "M", "G", "T", "P"];
  let unit = 0;
  while (count >= 999.5 && unit < units.length - 1) {
    count /= 1_000;
    unit++;
  }
  return count.toFixed(count < 9.95 ? 1 : 0) + units[unit];
}

/** How a number of each unit is written. */
export const FORMATS: Readonly<Record<Unit, (value: Metric) => string>> = {
  percent: formatPercent,
  bytes: formatBytes,
  bytesPerSecond: formatRate,
  packets: formatCount,
  number: formatNumber,
};

/** How long ago, in its one greatest unit: `0s`, `59s`, `3m`, `27h`, `4d`. */
export function formatAge(ageMs: Metric): string {
  if (ageMs === null) return UNKNOWN;
  const seconds = Math.max(0, Math.floor(ageMs / 1_000));
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)}m`;
  if (seconds < 48 * 3_600) return `${Math.floor(seconds / 3_600)}h`;
  return `${Math.floor(seconds / 86_400)}d`;
}

/** A duration as it is typed: `100ms`, `5s`, `15m`, `1h`. */
export function formatDuration(durationMs: number): string {
  if (durationMs % 3_600_000 === 0) return `${durationMs / 3_600_000}h`;
  if (durationMs % 60_000 === 0) return `${durationMs / 60_000}m`;
  if (durationMs % 1_000 === 0) return `${durationMs / 1_000}s`;
  return `${durationMs}ms`;
}

/** By how much the clock of a host is off ours: `in step`, `behind by 35 ms`, `ahead by 1.2 s`. */
export function formatClockOffset(behindMs: Metric): string {
  if (behindMs === null) return UNKNOWN;
  const offMs = Math.round(Math.abs(behindMs));
  if (offMs === 0) return "in step";
  const text = offMs < 1_000 ? `${offMs} ms` : `${(offMs / 1_000).toFixed(1)} s`;
  return `${behindMs < 0 ? "ahead" : "behind"} by ${text}`;
}

/** A network address; an IPv6 one without its brackets. */
export interface Address {
  readonly hostname: string;
  readonly port: number;
}

/** Where a datagram came from: an address, or without a port what else its source calls it, in clean text. */
export interface Origin {
  readonly hostname: string;
  readonly port: number | null;
}

/** An address as it is typed: `192.0.2.7:5005`, `[::1]:5005`; an origin without a port as it is. */
export function formatAddress({ hostname, port }: Origin): string {
  if (port === null) return hostname;
  return hostname.includes(":") ? `[${hostname}]:${port}` : `${hostname}:${port}`;
}

/**
 * Foreign text made harmless: each control, bidirectional, zero-width or otherwise unsafe
 * character becomes a visible escape such as `\x1b` or `\u202e`.
 */
export function cleanText(text: string): string {
  return text.replace(UNSAFE_CHARACTERS, escapeCharacter);
}

function escapeCharacter(character: string): string {
  const code = character.codePointAt(0)!;
  if (code <= 0xff) return `\\x${code.toString(16).padStart(2, "0")}`;
  if (code <= 0xffff) return `\\u${code.toString(16).padStart(4, "0")}`;
  return `\\u{${code.toString(16)}}`;
}
