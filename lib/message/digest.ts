/**
 * What the server needs of one datagram: who sent it, its place in its session, and its summary.
 * One digest is written over by the next, so that a datagram leaves nothing to collect. Pure.
 */
import { type LegacyMessage, type Message, METRIC_GROUPS, type MetricGroup } from "./message.ts";
import { putSummary, unknownNumbers } from "./summary.ts";

/** A bit for each group of metrics. */
export const GROUP_BITS: Readonly<Record<MetricGroup, number>> = {
  cpu: 1,
  memory: 2,
  disk: 4,
  network: 8,
};

/** Every group. */
export const ALL_GROUPS = 15;

/** One datagram in short; `null`, 0 or NaN stands for what it does not say. */
export class Digest {
  /** Whether it is of the original course system: then nothing else is known. */
  legacy = false;
  host = "";
  id: string | null = null;
  session: string | null = null;
  seq = 0;
  /** The sender's wall clock, in milliseconds since 1970. */
  timeMs = NaN;
  intervalMs = NaN;
  bye = false;
  /** Which groups of metrics it has, those included that could not be sampled: a good-bye may have none. */
  groups = 0;
  /** Where in the datagram the metrics begin, with all else before them; 0 where it is not in that form. */
  metricsAt = 0;
  readonly summary = unknownNumbers();

  /** Begins anew: nothing is known. */
  clear(): void {
    this.legacy = false;
    this.host = "";
    this.id = null;
    this.session = null;
    this.seq = 0;
    this.timeMs = NaN;
    this.intervalMs = NaN;
    this.bye = false;
    this.groups = 0;
    this.metricsAt = 0;
    this.summary.fill(NaN);
  }
}

/** Digests a message that has been decoded. */
export function digestMessage(message: Message | LegacyMessage, to: Digest): void {
  to.clear();
  if (message.v !== 1) {
    to.legacy = true;
    return;
  }
  to.host = message.host;
  to.id = message.id ?? null;
  to.session = message.session ?? null;
  to.seq = message.seq ?? 0;
  to.timeMs = message.time ?? NaN;
  to.intervalMs = message.interval ?? NaN;
  to.bye = message.bye ?? false;
  for (const group of METRIC_GROUPS) {
    if (message[group] !== undefined) to.groups |= GROUP_BITS[group];
  }
  putSummary(message, to.summary);
}
