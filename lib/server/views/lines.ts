/**
 * The fleet as lines on stdout, one for each datagram that was accepted: for people to read, or as
 * JSON for programs. Pure. No control character of a sender may pass; a line ends without "\n".
 */
import { type Host, hostIntervalMs } from "../fleet/host/host.ts";
import { type HostRow, hostRow } from "../fleet/host/row.ts";
import { hostStatus } from "../../common/status.js";
import { cleanText, UNSAFE_CHARACTERS } from "../../common/text.js";
import { formatAddress, type Origin } from "../../common/address.ts";
import {
  formatBytes,
  formatPercent,
  formatRate,
  formatShortCount,
  UNKNOWN,
} from "../../common/format.js";
import { type LegacyMessage, type Message, METRIC_GROUPS } from "../../message/message.ts";

/** One datagram that was accepted, as a line tells of it. */
export interface LineContext {
  /** The host as it is after the datagram. */
  readonly host: Host;
  /** What the datagram said; a late one is not the host's newest. */
  readonly message: Message | LegacyMessage;
  /** Who sent it. */
  readonly sender: Origin;
  /** When it came, on the fleet's clock, in milliseconds. */
  readonly nowMs: number;
  /** When it came, on the wall clock, in milliseconds since 1970. */
  readonly receivedAtMs: number;
}

/** A line to read: time in UTC, name, sender, and the sample in short; `lost` counts datagrams. */
export function renderLine({ host, message, sender, nowMs, receivedAtMs }: LineContext): string {
  const time = new Date(receivedAtMs).toISOString();
  const name = message.v === 1 ? message.host : sender.hostname;
  return `${time} ${name} (${formatAddress(sender)}) ${describe(host, message, nowMs)}`;
}

function describe(host: Host, message: Message | LegacyMessage, nowMs: number): string {
  if (message.v !== 1) return `legacy ${cleanText(JSON.stringify(message.body))}`;
  const sample = describeSample(hostRow(host, nowMs, message));
  if (!message.bye) return sample;
  return METRIC_GROUPS.some((group) => message[group] !== undefined) ? `${sample}  bye` : "bye";
}

function describeSample(row: HostRow): string {
  return [
    `cpu ${formatPercent(row.cpuPercent)}`,
    `memory ${formatBytes(row.memoryUsedBytes)}/${formatBytes(row.memoryTotalBytes)}`,
    `volume ${row.volumeMount ?? UNKNOWN} ${formatPercent(row.volumePercent)}`,
    `read ${formatRate(row.readBytesPerSecond)}`,
    `write ${formatRate(row.writeBytesPerSecond)}`,
    `receive ${formatRate(row.receiveBytesPerSecond)}`,
    `send ${formatRate(row.sendBytesPerSecond)}`,
    `lost ${formatShortCount(row.datagramsLost)}`,
  ].join("  ");
}

/**
 * A line for programs: `{"receivedAt":ms,"address":"ip:port","status":"live","delivery":{…}|null,
 * "message":{…}}`, stable. A legacy message is its body; cores are always numbers.
 */
export function renderJsonLine(
  { host, message, sender, nowMs, receivedAtMs }: LineContext,
): string {
  const ageMs = nowMs - host.lastSeenMs;
  const line = JSON.stringify({
    receivedAt: receivedAtMs,
    address: formatAddress(sender),
    status: hostStatus({ ageMs, intervalMs: hostIntervalMs(host), left: host.left }),
    delivery: host.delivery?.counts ?? null,
    message: message.v === 1 ? message : message.body,
  });
  return line.replace(UNSAFE_CHARACTERS, escapeForJson);
}

/** The same character to a JSON parser, and harmless to a terminal. */
function escapeForJson(character: string): string {
  return character.split("").map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)
    .join("");
}
