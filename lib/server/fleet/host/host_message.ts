/**
 * The newest message of a host: kept as bytes, without what the fleet knows of the host besides, and
 * decoded again on request. Pure.
 */
import { ALL_GROUPS, type Decoded, type Digest } from "../../../message/digest.ts";
import { parseMessage } from "../../../message/decode.ts";
import type { LegacyMessage, Message, Metrics } from "../../../message/message.ts";
import { putSummary, type SummaryNumbers, unknownNumbers } from "../../../message/summary.ts";
import type { Host } from "./host.ts";
import { NO_TEXTS } from "./stores.ts";

/** Between a sample and the good-bye that came after it with metrics of its own; no JSON text holds it. */
const SEPARATOR = "\0";

/** What the newest message of a host says: it costs a few microseconds. */
export function hostMessage(host: Host): Message | LegacyMessage {
  const [text, byeText] = host.text.split(SEPARATOR) as [string, string?];
  const message = parseMessage(host.isCut ? headOf(host) + text : text);
  if (message.v !== 1) return message;
  const farewell = byeText === undefined ? {} : parseMessage(byeText);
  // The envelope of a sealed one said who sent it, not the text; and a good-bye is not in it.
  const { texts: _said, ...others } = { ...message, ...farewell };
  if (host.left) return { ...others, ...headFields(host), bye: true } as Message;
  return { ...others, ...(host.keyId !== null && placeOf(host)), ...factsOf(host) };
}

/** The beginning of a message of which only the metrics are looked at. */
const ANY_HEAD = '{"v":1,"host":"any"';

/** Its metrics alone, which takes half as long; `null` of a legacy one. */
export function hostMetrics(host: Host): Pick<Message, "extra"> & Metrics | null {
  const [text, byeText] = host.text.split(SEPARATOR) as [string, string?];
  const message = parseMessage(host.isCut ? ANY_HEAD + text : text);
  if (message.v !== 1) return null;
  return byeText === undefined ? message : { ...message, ...parseMessage(byeText) };
}

/** The summary of it. */
export function hostSummary(host: Host): SummaryNumbers {
  const message = hostMessage(host);
  const summary = unknownNumbers();
  if (message.v === 1) putSummary(message, summary);
  return summary;
}

/** The beginning of a message that was cut, as it was. */
function headOf(host: Host): string {
  return JSON.stringify({ v: 1, ...headFields(host) }).slice(0, -1);
}

function headFields(host: Host): Partial<Message> {
  const { name, sentMs, intervalMs } = host;
  return {
    host: name,
    ...placeOf(host),
    ...(!Number.isNaN(sentMs) && { time: sentMs }),
    ...(intervalMs !== null && { interval: intervalMs }),
    ...factsOf(host),
  };
}

/** What it says of itself, all at once. */
function factsOf({ tags, texts }: Host): Pick<Message, "tags" | "texts"> {
  return {
    ...(Object.keys(tags).length > 0 && { tags }),
    ...(texts !== NO_TEXTS && { texts }),
  };
}

function placeOf({ key, delivery }: Host) {
  return {
    // No id holds one of them, and every address does.
    ...(!/[.:/]/.test(key) && { id: key }),
    ...(delivery && { session: delivery.session, seq: delivery.sequence }),
  };
}

/**
 * Keeps a message as the host's newest. What a good-bye leaves out, most often all metrics, stays as the
 * sample before it has it. Whether it does: then only the digest's own groups of metrics are new.
 */
export function keepMessage(host: Host, digest: Digest, body: Uint8Array): boolean {
  const isBeside = digest.bye && !host.legacy && (digest.groups === 0 || !host.left);
  if (!isBeside) {
    host.isCut = canCut(digest);
    host.keepText(host.isCut ? body.subarray(digest.metricsAt) : body);
  } else if (digest.groups !== 0) host.addText(SEPARATOR, body);
  if (!(isBeside && Number.isNaN(digest.intervalMs))) host.intervalMs = orNull(digest.intervalMs);
  if (!(isBeside && Number.isNaN(digest.timeMs))) host.sentMs = digest.timeMs;
  host.legacy = digest.legacy;
  host.left = digest.bye;
  return isBeside;
}

/** Keeps what a new datagram says, also in the past; the groups of metrics that are new, as bits. */
export function keepNews(host: Host, { digest, body, keyId }: Decoded, nowMs: number): number {
  const isBeside = keepMessage(host, digest, body);
  host.keyId = keyId;
  // Clocks of sites differ by a little.
  host.lastSeenMs = Math.max(host.lastSeenMs, nowMs);
  if (!digest.legacy && !(digest.bye && digest.groups === 0)) {
    host.keepPoint(host.lastSeenMs, digest.summary);
  }
  return isBeside ? digest.groups : ALL_GROUPS;
}

function orNull(number: number): number | null {
  return Number.isNaN(number) ? null : number;
}

/** Whether all before the metrics is known of the host: its key is its id, and its delivery knows the place. */
function canCut({ metricsAt, id, session, seq }: Digest): boolean {
  return metricsAt > 0 && id !== null && session !== null && seq > 0;
}
