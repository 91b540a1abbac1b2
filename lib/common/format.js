// @ts-check
/**
 * Numbers as people read them: sizes, rates, percent, ages, counts, the same for every view and the
 * page, which loads this file as it is. Pure; a number that is not known is a dash, never a zero.
 */

/** @typedef {number | null | undefined} Metric */

/** What stands for a number that is not known. */
export const UNKNOWN = "–";

const BYTE_UNITS = ["", "K", "M", "G", "T", "P", "E"];

/** Bytes in powers of 1,024 and three digits, as `df -h` writes them: `0`, `999`, `1.0K`, `15.9G`. @param {Metric} bytes */
export function formatBytes(bytes) {
  if (bytes === null || bytes === undefined) return UNKNOWN;
  let unit = 0;
  // 999.5 would round to 1000, which is a digit too long.
  while (bytes >= 999.5 && unit < BYTE_UNITS.length - 1) {
    bytes /= 1024;
    unit++;
  }
  return bytes.toFixed(unit > 0 && bytes < 9.95 ? 1 : 0) + BYTE_UNITS[unit];
}

/** Bytes per second: `1.0KB/s`. @param {Metric} rate */
export function formatRate(rate) {
  return rate === null || rate === undefined ? UNKNOWN : `${formatBytes(rate)}B/s`;
}

/** A percentage to the nearest whole: `14%`. @param {Metric} percent */
export function formatPercent(percent) {
  return percent === null || percent === undefined ? UNKNOWN : `${Math.round(percent)}%`;
}

/** A count with separators: `1,234,567`. @param {Metric} count */
export function formatCount(count) {
  // The language's own way takes 30 ms when it is first used.
  return count === null || count === undefined
    ? UNKNOWN
    : String(Math.round(count)).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** A plain number in three digits or more: `0.52`, `12.4`. @param {Metric} value */
function formatNumber(value) {
  if (value === null || value === undefined) return UNKNOWN;
  return value.toFixed(value < 9.995 ? 2 : value < 99.95 ? 1 : 0);
}

/** What a link can carry: `100 Mbit/s`, `2.5 Gbit/s`. @param {Metric} megabits */
function formatSpeed(megabits) {
  if (megabits === null || megabits === undefined) return UNKNOWN;
  return megabits < 1_000 ? `${megabits} Mbit/s` : `${megabits / 1_000} Gbit/s`;
}

/** A temperature: `45 °C`. @param {Metric} degrees */
function formatCelsius(degrees) {
  return degrees === null || degrees === undefined ? UNKNOWN : `${Math.round(degrees)} °C`;
}

/** Whether something is so: `yes`, `no`. @param {Metric} flag */
function formatFlag(flag) {
  return flag === null || flag === undefined ? UNKNOWN : flag > 0 ? "yes" : "no";
}

/** A time in seconds, in the one greatest unit. @param {Metric} seconds */
function formatSeconds(seconds) {
  return seconds === null || seconds === undefined ? UNKNOWN : formatAge(1_000 * seconds);
}

/** How a number of each unit is written. @type {Readonly<Record<import("../catalogue.ts").Unit, (value: Metric) => string>>} */
export const FORMATS = {
  percent: formatPercent,
  bytes: formatBytes,
  bytesPerSecond: formatRate,
  megabits: formatSpeed,
  packets: formatCount,
  number: formatNumber,
  count: formatCount,
  perSecond: formatNumber,
  seconds: formatSeconds,
  milliseconds: formatMs,
  celsius: formatCelsius,
  flag: formatFlag,
};

/** A count in at most five characters: `0`, `9999`, `10k`, `1.2M`, powers of 1,000. @param {Metric} count */
export function formatShortCount(count) {
  if (count === null || count === undefined) return UNKNOWN;
  if (count < 9_999.5) return String(Math.round(count));
  const units = ["", "k", "M", "G", "T", "P"];
  let unit = 0;
  while (count >= 999.5 && unit < units.length - 1) {
    count /= 1_000;
    unit++;
  }
  return count.toFixed(count < 9.95 ? 1 : 0) + units[unit];
}

/** So many of something: `1 host`, `1,234 hosts`. @param {number} count @param {string} one what a single one is called */
export function formatCountOf(count, one) {
  return `${formatCount(count)} ${one}${count === 1 ? "" : "s"}`;
}

/** How long ago, in the one greatest unit: `59s`, `3m`, `27h`, `4d`. @param {Metric} ageMs */
export function formatAge(ageMs) {
  if (ageMs === null || ageMs === undefined) return UNKNOWN;
  const seconds = Math.max(0, Math.floor(ageMs / 1000));
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m`;
  if (seconds < 48 * 3600) return `${Math.floor(seconds / 3600)}h`;
  return `${Math.floor(seconds / 86400)}d`;
}

/** A duration as it is typed: `100ms`, `5s`, `15m`, `1h`. @param {number} durationMs */
export function formatDuration(durationMs) {
  if (durationMs % 3_600_000 === 0) return `${durationMs / 3_600_000}h`;
  if (durationMs % 60_000 === 0) return `${durationMs / 60_000}m`;
  if (durationMs % 1_000 === 0) return `${durationMs / 1_000}s`;
  return `${durationMs}ms`;
}

/** Milliseconds with at most three digits: `0.4 ms`, `12 ms`, `5.0 s`. @param {Metric} ms */
export function formatMs(ms) {
  if (ms === null || ms === undefined) return UNKNOWN;
  if (ms >= 999.5) return `${(ms / 1000).toFixed(1)} s`;
  return `${ms.toFixed(ms < 9.95 ? 1 : 0)} ms`;
}

/** By how much the clock of a host is off the server's: `in step`, `behind by 35 ms`. @param {Metric} behindMs */
export function formatClockOffset(behindMs) {
  if (behindMs === null || behindMs === undefined) return UNKNOWN;
  const offMs = Math.round(Math.abs(behindMs));
  if (offMs === 0) return "in step";
  const text = offMs < 1000
    ? `${offMs} ms`
    : offMs < 999_950
    ? `${(offMs / 1000).toFixed(1)} s`
    : formatAge(offMs);
  return `${behindMs < 0 ? "ahead" : "behind"} by ${text}`;
}

/** A moment on this computer's clock and in its time zone: `26 Nov 2026, 09:05:07`. @param {Metric} timeMs */
export function formatTime(timeMs) {
  if (timeMs === null || timeMs === undefined) return UNKNOWN;
  const [, month, day, year, time] = new Date(timeMs).toString().split(" ");
  return `${Number(day)} ${month} ${year}, ${time}`;
}

/** A part of the past on this computer's clock: `13:32–14:32`, with days where it is more than one, and how far that is from UTC on a day on which that changes. @param {number} fromMs @param {number} toMs */
export function formatSpan(fromMs, toMs) {
  const parts = [fromMs, toMs].map((ms) => new Date(ms).toString().split(" "));
  const [from, to] = parts.map(([, month, day, year, time = "", zone]) => ({
    zone,
    day: `${Number(day)} ${month}`,
    year: year ?? "",
    time: time.slice(0, 5),
  }));
  if (from === undefined || to === undefined) return UNKNOWN;
  if (from.year !== to.year) return `${from.day} ${from.year} – ${to.day} ${to.year}`;
  if (from.day === to.day && from.zone !== to.zone) {
    return `${from.time} ${from.zone} – ${to.time} ${to.zone}`;
  }
  if (from.day === to.day) return `${from.time}–${to.time}`;
  return `${from.day} ${from.time} – ${to.day} ${to.time}`;
}

/** A number of which nothing is known, in whole or to four digits: `1,234`, `9.2`, `-0.05`. @param {number} value */
export function formatAny(value) {
  return Number.isInteger(value) ? formatCount(value) : String(Number(value.toPrecision(4)));
}

/** Tags as they are given to an agent: `role=db site=fra`. @param {Readonly<Record<string, string>>} tags */
export function tagsText(tags) {
  return Object.entries(tags).map(([key, value]) => `${key}=${value}`).join(" ");
}
