/**
 * What is missing between two samples of a host, and why: numbers that were skipped and datagrams that were
 * refused tell more than silence. Pure.
 */
import { missingIn } from "../../common/gaps.js";
import { hostStatus, isHeard } from "../../common/status.js";
import type { Metric } from "../../message/message.ts";
import { type Host, hostIntervalMs } from "../fleet/host/host.ts";
import type { Correction, HostRecord } from "./file/database.js";

/** A host may have been heard for this long after it was saved. */
const UNSAVED_MS = 60_000;

/**
 * Which share of the datagrams that were found to be lost in a minute the kernel of this machine dropped.
 * It counts, and does not say whose they were: each loss is one of them by that share.
 */
export class KernelShare {
  #countedBefore = 0;
  /** What was dropped in the minute before, and has not been missed yet: a loss shows with the next datagram. */
  #open = 0;

  /** The share in a minute that is not over, of so many lost; `null` where the count is not known. */
  present(counted: Metric, lost: number): Metric {
    if (counted === null) return null;
    return lost > 0 ? Math.min(1, this.#pool(counted) / lost) : 0;
  }

  /** The same of a minute that ends. */
  end(counted: Metric, lost: number): Metric {
    const share = this.present(counted, lost);
    if (counted === null) return null;
    const dropped = Math.max(0, counted - this.#countedBefore);
    this.#open = Math.min(dropped, Math.max(0, this.#pool(counted) - lost));
    this.#countedBefore = counted;
    return share;
  }

  #pool(counted: number): number {
    return this.#open + Math.max(0, counted - this.#countedBefore);
  }
}

/** One host in a minute. */
export interface Entry {
  readonly host: Host;
  /** Since when it is followed. */
  readonly enteredMs: number;
  /** When it was heard last. */
  heardMs: number;
  /** Since when it is silent, where minutes that are over already say so; else NaN. */
  silentMs: number;
  /** Whether it had said good-bye then. */
  left: boolean;
  lost: number;
  refused: number;
}

/** What is missing, of the present minute; what minutes before it say is corrected. */
interface Gap {
  /** How many datagrams are lost; fewer than none where some came late after all. */
  readonly lostCount: number;
  readonly lostMs: number;
  readonly refusedMs: number;
  readonly silentMs: number;
  readonly correction: Omit<Correction, "host" | "dropped"> | null;
}

/** A host that is heard, or was restored, and is silent then where it was before. */
export function entryOf(host: Host, nowMs: number, isSilent: boolean): Entry {
  const { left, lost } = host;
  const refused = host.refusal?.count ?? 0;
  const silentMs = isSilent ? nowMs : NaN;
  return { host, enteredMs: nowMs, heardMs: nowMs, silentMs, left, lost, refused };
}

/** Whether a host was silent when the server was last known to run. */
export function wasSilent(
  host: Host,
  { lastMs }: Pick<HostRecord, "lastMs">,
  beatMs: number,
): boolean {
  const ageMs = beatMs - lastMs - UNSAVED_MS;
  return !isHeard(hostStatus({ ageMs, intervalMs: hostIntervalMs(host), left: host.left }));
}

/** A host was heard. */
export function hear(entry: Entry, nowMs: number): void {
  const { host } = entry;
  entry.heardMs = nowMs;
  entry.silentMs = NaN;
  entry.left = host.left;
  entry.lost = host.lost;
  entry.refused = host.refusal?.count ?? 0;
}

/** What is missing between the sample before and one that comes now, in a minute that began then; `null`: nothing. */
export function gapOf(entry: Entry, nowMs: number, beginMs: number): Gap | null {
  const { host, heardMs, silentMs } = entry;
  const intervalMs = hostIntervalMs(host);
  const skipped = Number.isNaN(host.lost) ? 0 : host.lost - (entry.lost || 0);
  const isShort = Number.isNaN(silentMs) && missingIn(nowMs - heardMs, intervalMs) === 0;
  const fromMs = Number.isNaN(silentMs) ? heardMs + (entry.left ? 0 : intervalMs) : silentMs;
  const silent = Math.round((nowMs - fromMs) / intervalMs);
  const units = Math.max(isShort ? 0 : 1, silent, skipped);
  if (units === 0 && skipped === 0) return null;
  // Those that were refused came: they are no more than what is missing, and none of them is lost.
  const refused = Math.min(units, (host.refusal?.count ?? 0) - entry.refused);
  const lost = skipped < 0 ? skipped : Math.max(0, skipped - refused);
  const counts = { lost, refused, units };
  return isShort
    ? shortGap(counts, lost < 0 ? intervalMs : (nowMs - heardMs) / (1 + lost + refused))
    : longGap(counts, entry, { fromMs, beginMs, nowMs });
}

interface Counts {
  readonly lost: number;
  readonly refused: number;
  /** What is missing in all. */
  readonly units: number;
}

/** Too short to be told as silence. One that came late after all is subtracted again. */
function shortGap({ lost, refused }: Counts, unitMs: number): Gap {
  const [lostMs, refusedMs] = [lost * unitMs, refused * unitMs];
  return { lostCount: lost, lostMs, refusedMs, silentMs: 0, correction: null };
}

function longGap(
  { lost: lostCount, refused: refusedCount, units }: Counts,
  { silentMs }: Entry,
  { fromMs, beginMs, nowMs }: Record<"fromMs" | "beginMs" | "nowMs", number>,
): Gap {
  const isTold = !Number.isNaN(silentMs);
  const [lost, refused] = [Math.max(0, lostCount) / units, refusedCount / units];
  const ms = Math.max(0, nowMs - (isTold ? Math.max(fromMs, beginMs) : fromMs));
  const isCorrected = isTold && fromMs < beginMs && lost + refused > 0;
  return {
    ...{ lostCount, lostMs: lost * ms, refusedMs: refused * ms },
    silentMs: (1 - lost - refused) * ms,
    correction: isCorrected ? { fromMs, untilMs: beginMs, lost, refused } : null,
  };
}
