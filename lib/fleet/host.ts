/**
 * One host as the fleet remembers it: its last message, where it came from, and its accounts.
 * Only the fleet changes it; everybody else reads.
 */
import type { Address } from "../format.ts";
import {
  DEFAULT_INTERVAL_MS,
  type LegacyMessage,
  type Message,
  METRIC_GROUPS,
} from "../message.ts";
import type { Delivery } from "./delivery.ts";
import { History, historyPoint, MAX_POINTS, pointCount } from "./history.ts";
import type { Timing } from "./timing.ts";

/** What the fleet knows of one host. */
export interface Host {
  /** The agent's id; else `ip/host` for a sender without one, and `ip` for a legacy sender. */
  readonly key: string;
  name: string;
  /** `ip:port` of the last datagram. */
  address: string;
  /** That of the last one that came late; of another agent where several share one id. */
  otherAddress: string | null;
  /** The newest message; a late one never takes its place. */
  message: Message | LegacyMessage;
  readonly firstSeenMs: number;
  lastSeenMs: number;
  /** The fleet's version when this host last changed. */
  version: number;
  /** Datagrams accepted, and their payload bytes. */
  datagrams: number;
  bytes: number;
  /** Whether the newest message was a good-bye. */
  left: boolean;
  /** Id of the key that its last datagram was sealed with; `null` when that was plain. */
  keyId: number | null;
  /** `null` while the host sends no session and sequence: then its loss is not known. */
  delivery: Delivery | null;
  /** `null` as long as `delivery` is. */
  timing: Timing | null;
  /** `null` for a legacy sender, whose numbers have no known meaning. */
  history: History | null;
}

/** What a host is known by: no id holds a dot, colon or slash, and every other key does. */
export function hostKey(message: Message | LegacyMessage, sender: Address): string {
  if (message.v !== 1) return sender.hostname;
  return message.id ?? `${sender.hostname}/${message.host}`;
}

/** Whether a message says more than who sent it: a good-bye may not. */
export function carriesMetrics(message: Message): boolean {
  return METRIC_GROUPS.some((group) => message[group] !== undefined);
}

/** A host as it is before its first datagram is kept. */
export function newHost(key: string, message: Message | LegacyMessage, nowMs: number): Host {
  return {
    key,
    name: key,
    address: "",
    otherAddress: null,
    message,
    firstSeenMs: nowMs,
    lastSeenMs: nowMs,
    version: 0,
    datagrams: 0,
    bytes: 0,
    left: false,
    keyId: null,
    delivery: null,
    timing: null,
    history: null,
  };
}

/** The interval by which a host is judged: the one that it declares, or the default. */
export function hostIntervalMs(host: Pick<Host, "message">): number {
  return (host.message.v === 1 ? host.message.interval : undefined) ?? DEFAULT_INTERVAL_MS;
}

/** Enters a sample that came late into the past: as long before the newest as it was made. */
export function keepLate(host: Host, message: Message | LegacyMessage): void {
  if (message.v !== 1 || host.message.v !== 1 || !carriesMetrics(message)) return;
  const { time } = host.message;
  if (message.session !== host.message.session || time === undefined) return;
  const agoMs = time - (message.time ?? NaN);
  if (agoMs > 0) host.history?.insert(host.lastSeenMs - agoMs, historyPoint(message));
}

/** What is kept of a host's messages when another one comes. */
export function newestMessage(
  last: Message | LegacyMessage,
  message: Message | LegacyMessage,
): Message | LegacyMessage {
  return message.v === 1 ? afterGoodbye(last, message) : asText(message);
}

/** What a good-bye leaves out, most often all metrics, stays as it was. */
function afterGoodbye(last: Message | LegacyMessage, message: Message): Message {
  return message.bye === true && last.v === 1 ? { ...last, ...message } : message;
}

/** Keeps a legacy message as text: 8 KB of the worst JSON are twenty times as much as objects. */
function asText({ body }: LegacyMessage): LegacyMessage {
  const text = JSON.stringify(body);
  return {
    v: 0,
    get body() {
      return JSON.parse(text);
    },
  };
}

/**
 * The host's history, or a larger or smaller one with the same points when its interval is another;
 * but not more often than a history has points, as it means to copy them all.
 */
export function fittingHistory(host: Host, historyMs: number, nowMs: number): History {
  const intervalMs = host.message.v === 1 ? hostIntervalMs(host) : DEFAULT_INTERVAL_MS;
  const { history: present } = host;
  if (present?.capacity === pointCount(historyMs, intervalMs)) return present;
  if (present && nowMs - present.lastMs < historyMs / MAX_POINTS / 2) return present;
  const history = new History(historyMs, intervalMs);
  if (host.history !== null) history.adopt(host.history);
  return history;
}
