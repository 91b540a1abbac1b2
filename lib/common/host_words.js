// @ts-check
/**
 * What is said of a host in words, the same in the terminal and on the page, which loads this file as it is:
 * what it is, when it was heard, what is to be known of it beside its status, and what became of its
 * datagrams; and of a group of hosts. Pure.
 */
import { ALERT_SIGNS } from "./alerts.js";
import {
  formatAge,
  formatClockOffset,
  formatCount,
  formatCountOf,
  formatMs,
  formatTime,
} from "./format.js";
import { formatShare } from "./gaps.js";
import { isHeard, NOTE_SIGNS, STATUS_SIGNS } from "./status.js";
import { cleanText } from "./text.js";

/** @typedef {number | null} Metric */
/** @typedef {import("./status.js").HostStatus} HostStatus */
/** @typedef {import("./alerts.js").Severity} Severity */

/** Within it a time of day says when something was. */
const HALF_DAY_MS = 12 * 3_600_000;

/** How long ago it was heard, and of one that is late also when: with the day where that may be another. @param {HostStatus} status @param {number} ageMs @param {number} lastSeenMs on the wall clock */
export function heardText(status, ageMs, lastSeenMs) {
  const ago = `${formatAge(ageMs)} ago`;
  if (status === "live") return ago;
  const when = formatTime(lastSeenMs);
  return `${ago}, last heard ${ageMs < HALF_DAY_MS ? when.split(", ")[1] : when}`;
}

/** @typedef {{ readonly reason: string, readonly count: number, readonly lastMs: number }} Refusal */

/**
 * What is to be known of a host beside its status, the worst first, each with its sign.
 *
 * @param {{ readonly refused: Refusal | null, readonly sharedWith: string | null, readonly status: HostStatus }} row
 * @param {number} nowMs on the clock of the row
 */
export function notesOf({ refused, sharedWith, status }, nowMs) {
  /** @type {{ note: keyof typeof NOTE_SIGNS, sign: string, text: string }[]} */
  const notes = [];
  if (refused) {
    const { reason, count, lastMs } = refused;
    const said = `${formatCount(count)}, the last ${formatAge(nowMs - lastMs)} ago`;
    const text = `refused (${reason}): ${said}`;
    notes.push({ note: "refused", sign: NOTE_SIGNS.refused, text });
  }
  if (sharedWith && isHeard(status)) {
    const text = `shares its id with ${sharedWith}: see --id`;
    notes.push({ note: "shared", sign: NOTE_SIGNS.shared, text });
  }
  return notes;
}

/** @typedef {{ readonly os?: string, readonly kernel?: string, readonly arch?: string, readonly cpu?: string, readonly agent?: string }} Texts */

/**
 * What a host is, in a few words; only what it says.
 *
 * @param {{ readonly coresPercent: readonly unknown[], readonly uptimeSeconds: Metric }} row
 * @param {Texts} texts of its message
 * @returns {string[]}
 */
export function factsOf({ coresPercent: { length: cores }, uptimeSeconds }, texts) {
  const { os, kernel, arch, cpu, agent } = texts;
  return [
    ...[os, kernel, arch, cpu && (cores > 0 ? `${cores} × ${cpu}` : cpu)],
    ...[uptimeSeconds !== null && `up ${formatAge(1_000 * uptimeSeconds)}`],
    ...[agent && `agent ${agent}`],
  ].map((text) => cleanText(text || "")).filter((text) => text !== "");
}

/**
 * What became of a host's datagrams, in one sentence; loss that cannot be known is said to be unknown.
 *
 * @param {{ readonly received: number, readonly lost: number, readonly pending: number } | null} counts `null` where it sends no sequence numbers
 * @param {{ readonly datagrams: number, readonly jitterMs: Metric, readonly clockOffsetMs: Metric }} more
 */
export function deliverySentence(counts, { datagrams, jitterMs, clockOffsetMs }) {
  if (counts === null) {
    return `${formatCountOf(datagrams, "datagram")} received; loss unknown: no sequence numbers.`;
  }
  const { received, lost, pending } = counts;
  const share = lost === 0 ? "" : ` (${formatShare(lost / (received + lost))})`;
  return [
    `${formatCount(lost)} of ${formatCountOf(received + lost, "datagram")} lost${share}`,
    ...(pending > 0 ? [`${formatCount(pending)} of them may still come`] : []),
    ...(jitterMs === null ? [] : [`jitter ${formatMs(jitterMs)}`]),
    ...(clockOffsetMs === null ? [] : [`clock ${formatClockOffset(clockOffsetMs)}`]),
  ].join(", ") + ".";
}

/** What the hosts of a group share. @param {string} tag @param {string} value */
export function groupTitle(tag, value) {
  return value === "" ? `no ${tag}` : cleanText(`${tag}=${value}`);
}

/** What is said of the hosts of a folded group that are not listed: `77 more, nothing unusual`. @param {{ readonly rest: number, readonly unusual: number }} group `unusual` of them are */
export function restTitle({ rest, unusual }) {
  const some = unusual === rest ? "all" : `${formatCount(unusual)} of them`;
  return `${formatCount(rest)} more, ${unusual === 0 ? "nothing" : some} unusual`;
}

/** @typedef {{ readonly byStatus: Readonly<Record<HostStatus, number>>, readonly alerts: Readonly<Record<Severity, number>> }} CountedGroup */

/** What is counted of a group, the worst first; those who are live are not. @type {readonly { name: Exclude<HostStatus, "live"> | Severity, sign: string, of: (group: CountedGroup) => number }[]} */
export const GROUP_COUNTS = [
  { name: "offline", sign: STATUS_SIGNS.offline, of: ({ byStatus }) => byStatus.offline },
  { name: "critical", sign: ALERT_SIGNS.critical, of: ({ alerts }) => alerts.critical },
  { name: "warning", sign: ALERT_SIGNS.warning, of: ({ alerts }) => alerts.warning },
  { name: "stale", sign: STATUS_SIGNS.stale, of: ({ byStatus }) => byStatus.stale },
  { name: "left", sign: STATUS_SIGNS.left, of: ({ byStatus }) => byStatus.left },
];

/** What is unusual of a group, the worst first. @param {CountedGroup} group */
export function groupCounts(group) {
  return GROUP_COUNTS.map((one) => ({ ...one, count: one.of(group) }))
    .filter(({ count }) => count > 0);
}
