/**
 * One host as the fleet remembers it: its last message, where it came from, and its accounts.
 * Only the fleet changes it; everybody else reads.
 */
import type { Address } from "../format.ts";
import type { Digest } from "../digest/digest.ts";
import {
  decodeMessage,
  DEFAULT_INTERVAL_MS,
  type LegacyMessage,
  type Message,
  parseMessage,
} from "../message.ts";
import type { Delivery } from "./delivery.ts";
import { History, MAX_POINTS, pointCount } from "./history.ts";
import { StoredText, TextStore } from "./text_store.ts";
import type { Timing } from "./timing.ts";

const encoder = new TextEncoder();

/** What the fleet knows of one host. */
export interface Host {
  /** The agent's id; else `ip/host` for a sender without one, and `ip` for a legacy sender. */
  readonly key: string;
  name: string;
  /** Its place in the fleet's index. */
  slot: number;
  /** `ip:port` of the last datagram. */
  address: string;
  /** That of the last one that came late; of another agent where several share one id. */
  otherAddress: string | null;
  /** The newest message as it came, which takes a quarter of the memory; a late one never takes its place. */
  readonly text: StoredText;
  /** Whether that is one of the original course system. */
  legacy: boolean;
  /** Milliseconds between two samples, as it says; `null` where it says none. */
  intervalMs: number | null;
  /** When it was sent on the sender's clock; NaN where it says nothing. */
  sentMs: number;
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
export function hostKey({ legacy, id, host }: Digest, { hostname }: Address): string {
  return legacy ? hostname : id ?? `${hostname}/${host}`;
}

/** A host as it is before its first datagram is kept. */
export function newHost(key: string, nowMs: number, texts = new TextStore()): Host {
  return {
    key,
    name: key,
    slot: 0,
    address: "",
    otherAddress: null,
    text: new StoredText(texts),
    legacy: true,
    intervalMs: null,
    sentMs: NaN,
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

/** What the newest message of a host says: read anew, which costs a few microseconds. */
export function hostMessage({ key, text, keyId, delivery }: Host): Message | LegacyMessage {
  const message = parseMessage(text.read());
  if (keyId === null || delivery === null) return message;
  // The envelope of a sealed one said who sent it, not the text.
  return Object.assign(message, { id: key, session: delivery.session, seq: delivery.sequence });
}

/** The interval by which a host is judged: the one that it declares, or the default. */
export function hostIntervalMs(host: Pick<Host, "intervalMs">): number {
  return host.intervalMs ?? DEFAULT_INTERVAL_MS;
}

/** Keeps a message as the host's newest; what a good-bye leaves out, most often all metrics, stays as it was. */
export function keepMessage(host: Host, digest: Digest, body: Uint8Array): void {
  const last = digest.bye && !host.text.isEmpty ? hostMessage(host) : null;
  if (last?.v === 1) {
    const kept = { ...last, ...decodeMessage(body) } as Message;
    host.text.write(encoder.encode(JSON.stringify(kept)));
    host.intervalMs = kept.interval ?? null;
    host.sentMs = kept.time ?? NaN;
  } else {
    host.text.write(body);
    host.intervalMs = Number.isNaN(digest.intervalMs) ? null : digest.intervalMs;
    host.sentMs = digest.timeMs;
  }
  host.legacy = digest.legacy;
  host.left = digest.bye;
}

/** Enters a sample that came late into the past: as long before the newest as it was made. */
export function keepLate(host: Host, { session, timeMs, hasMetrics, summary }: Digest): void {
  if (host.legacy || !hasMetrics || session !== host.delivery?.session) return;
  const agoMs = host.sentMs - timeMs;
  if (agoMs > 0) host.history?.insert(host.lastSeenMs - agoMs, summary);
}

/**
 * The host's history, or a larger or smaller one with the same points when its interval is another;
 * but not more often than a history has points, as it means to copy them all.
 */
export function fittingHistory(host: Host, historyMs: number, nowMs: number): History {
  const intervalMs = hostIntervalMs(host);
  const { history: present } = host;
  if (present?.capacity === pointCount(historyMs, intervalMs)) return present;
  if (present && nowMs - present.lastMs < historyMs / MAX_POINTS / 2) return present;
  const history = new History(historyMs, intervalMs);
  if (host.history !== null) history.adopt(host.history);
  return history;
}
