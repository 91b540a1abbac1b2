/**
 * The newest message of a host: kept as bytes, without what the fleet knows of the host besides, and
 * read anew when somebody asks. Pure.
 */
import type { Digest } from "../digest/digest.ts";
import { decodeMessage, type LegacyMessage, type Message, parseMessage } from "../message.ts";
import type { Host } from "./host.ts";

const encoder = new TextEncoder();

/** What the newest message of a host says: it costs a few microseconds. */
export function hostMessage(host: Host): Message | LegacyMessage {
  if (host.isCut) return parseMessage(headOf(host) + host.text);
  const message = parseMessage(host.text);
  // The envelope of a sealed one said who sent it, not the text.
  return host.keyId === null ? message : Object.assign(message, placeOf(host));
}

/** The beginning of a message that was cut, as it was. */
function headOf(host: Host): string {
  const { name, sentMs, intervalMs } = host;
  const time = Number.isNaN(sentMs) ? undefined : sentMs;
  const interval = intervalMs ?? undefined;
  const head = { v: 1, host: name, ...placeOf(host), time, interval };
  return JSON.stringify(head).slice(0, -1);
}

function placeOf({ key, delivery }: Host) {
  return delivery && { id: key, session: delivery.session, seq: delivery.sequence };
}

/** Keeps a message as the host's newest; what a good-bye leaves out, most often all metrics, stays as it was. */
export function keepMessage(host: Host, digest: Digest, body: Uint8Array): void {
  const last = digest.bye && host.text !== "" ? hostMessage(host) : null;
  host.isCut = false;
  if (last?.v === 1) {
    const kept = { ...last, ...decodeMessage(body) } as Message;
    host.keepText(encoder.encode(JSON.stringify(kept)));
    host.intervalMs = kept.interval ?? null;
    host.sentMs = kept.time ?? NaN;
  } else {
    host.isCut = canCut(digest);
    host.keepText(host.isCut ? body.subarray(digest.metricsAt) : body);
    host.intervalMs = Number.isNaN(digest.intervalMs) ? null : digest.intervalMs;
    host.sentMs = digest.timeMs;
  }
  host.legacy = digest.legacy;
  host.left = digest.bye;
}

/** Whether all before the metrics is known of the host: its key is its id, and its delivery knows the place. */
function canCut({ metricsAt, id, session, seq }: Digest): boolean {
  return metricsAt > 0 && id !== null && session !== null && seq > 0;
}
