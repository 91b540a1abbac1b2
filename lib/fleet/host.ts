/**
 * One host as the fleet remembers it: its last message, where it came from, and its accounts.
 * Only the fleet changes it; everybody else reads.
 */
import { DEFAULT_INTERVAL_MS, type LegacyMessage, type Message } from "../message.ts";
import type { Delivery } from "./delivery.ts";
import type { History } from "./history.ts";
import type { Timing } from "./timing.ts";

/** What the fleet knows of one host. */
export interface Host {
  /** The agent's id; else `ip/host` for a sender without one, and `ip` for a legacy sender. */
  readonly key: string;
  name: string;
  /** `ip:port` of the last datagram. */
  address: string;
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
  /** `null` while the host sends no session and sequence: then its loss is not known. */
  delivery: Delivery | null;
  /** `null` as long as `delivery` is. */
  timing: Timing | null;
  /** `null` for a legacy sender, whose numbers have no known meaning. */
  history: History | null;
}

/** A host as it is before its first datagram is kept. */
export function newHost(key: string, message: Message | LegacyMessage, nowMs: number): Host {
  return {
    key,
    name: key,
    address: "",
    message,
    firstSeenMs: nowMs,
    lastSeenMs: nowMs,
    version: 0,
    datagrams: 0,
    bytes: 0,
    left: false,
    delivery: null,
    timing: null,
    history: null,
  };
}

/** The interval by which a host is judged: the one that it declares, or the default. */
export function hostIntervalMs(host: Pick<Host, "message">): number {
  return (host.message.v === 1 ? host.message.interval : undefined) ?? DEFAULT_INTERVAL_MS;
}
