/**
 * What becomes of each minute: of every host the mean, lowest and highest of each metric that is kept,
 * and how much of the minute nobody knows, and why. Pure; what it sums up is written by others.
 */
import { metricOf, UNITS } from "../../catalogue.ts";
import { missingIn } from "../../common/gaps.js";
import { HOST_STATUSES, hostStatus } from "../../common/status.js";
import { SUMMARY_METRICS, type SummaryNumbers } from "../../message/metrics.ts";
import { type Host, hostIntervalMs } from "../fleet/host/host.ts";
import type { Correction, Part } from "./file/database.js";
import { GROUP, TIERS } from "./file/blobs.js";
import type { Plan } from "./stretches.ts";
import {
  addRow,
  addValue,
  AT,
  type Column,
  HEAD,
  PER_METRIC,
  rowLength,
  writeRow,
} from "./file/rows.js";

/** Every metric that the catalogue keeps on disk, with its place in a summary. */
const ROWS = SUMMARY_METRICS.map((id, place) => ({ ...metricOf(id), place }))
  .filter(({ store }) => store);

/** Those metrics, and what their numbers are multiplied by to be kept. */
export const KEPT: readonly Column[] = ROWS.map(({ id, unit }) => ({
  id,
  scale: unit === "percent" ? 100 : 10 ** UNITS[unit].decimals,
}));

/** The place of each in a summary. */
const PLACES = Int32Array.from(ROWS, ({ place }) => place);

const LENGTH = rowLength(KEPT.length);
const MINUTE_MS = TIERS.minute.periodMs;

/** A minute that is over, with times on the fleet's clock. */
export interface Minute {
  readonly endMs: number;
  readonly parts: readonly Part[];
  readonly corrections: readonly Correction[];
}

/** One host in a minute. */
interface Entry {
  readonly host: Host;
  /** From when on it is reckoned with. */
  readonly enteredMs: number;
  /** When it was heard last. */
  heardMs: number;
  /** Since when it is silent, where minutes that are over say so; NaN elsewhere. */
  silentMs: number;
  /** Whether it had said good-bye then. */
  left: boolean;
  lost: number;
  refused: number;
}

/** The sums of up to 1,000 hosts, and the hosts by their places. */
interface Group {
  readonly sums: Float64Array<ArrayBuffer>;
  readonly entries: (Entry | undefined)[];
}

/** Sums up one minute after the other. */
export class Minutes {
  /** By number: those with a host that is reckoned with. */
  readonly #groups: (Group | undefined)[] = [];
  #corrections: Correction[] = [];
  /** When the present minute began; later where the server was started in it. */
  #beginMs: number;

  /** Begins in the middle of a minute. */
  constructor(startedMs: number) {
    this.#beginMs = startedMs;
  }

  /** Reckons with a host from now on; one that was restored has been silent where it was before. */
  enter(id: number, host: Host, nowMs: number, isSilent = false): void {
    const { left, lost } = host;
    const refused = host.refusal?.count ?? 0;
    const silentMs = isSilent ? nowMs : NaN;
    const entry = { host, enteredMs: nowMs, heardMs: nowMs, silentMs, left, lost, refused };
    this.#group(id).entries[id % GROUP] = entry;
  }

  /** Takes a sample of a host that was entered. */
  accept(id: number, summary: SummaryNumbers, nowMs: number): void {
    const { sums, entries } = this.#group(id);
    const at = id % GROUP * LENGTH;
    sums[at + AT.samples]!++;
    let place = at + HEAD;
    for (let metric = 0; metric < PLACES.length; metric++, place += PER_METRIC) {
      const value = summary[PLACES[metric]!]!;
      if (!Number.isNaN(value)) addValue(sums, place, value);
    }
    this.#explain(id, entries[id % GROUP]!, sums, at, nowMs);
  }

  /** What is known of the time since a host was heard last: numbers that are missing tell more than silence. */
  #explain(id: number, entry: Entry, sums: Float64Array, at: number, nowMs: number): void {
    const { host, heardMs, silentMs } = entry;
    const intervalMs = hostIntervalMs(host);
    const refused = (host.refusal?.count ?? 0) - entry.refused;
    const lost = Number.isNaN(host.lost) ? 0 : host.lost - (entry.lost || 0);
    const sinceMs = nowMs - heardMs;
    const missing = Number.isNaN(silentMs) ? missingIn(sinceMs, intervalMs) : Infinity;
    if (missing > 0) this.#explainGap(id, entry, sums, at, nowMs, { lost, refused });
    else if (lost !== 0 || refused > 0) {
      // One that came late after all is taken off again.
      const unitMs = lost < 0 ? intervalMs : sinceMs / (1 + lost + refused);
      sums[at + AT.lost]! += lost * unitMs;
      sums[at + AT.refused]! += refused * unitMs;
    }
    entry.heardMs = nowMs;
    entry.silentMs = NaN;
    entry.left = host.left;
    entry.lost = host.lost;
    entry.refused += refused;
  }

  #explainGap(
    id: number,
    entry: Entry,
    sums: Float64Array,
    at: number,
    nowMs: number,
    numbers: { readonly lost: number; readonly refused: number },
  ): void {
    const intervalMs = hostIntervalMs(entry.host);
    const isTold = !Number.isNaN(entry.silentMs);
    const fromMs = isTold ? entry.silentMs : entry.heardMs + (entry.left ? 0 : intervalMs);
    const units = Math.max(
      1,
      Math.round((nowMs - fromMs) / intervalMs),
      numbers.lost + numbers.refused,
    );
    const [lost, refused] = [Math.max(0, numbers.lost) / units, numbers.refused / units];
    const hereMs = Math.max(0, nowMs - (isTold ? Math.max(fromMs, this.#beginMs) : fromMs));
    sums[at + AT.lost]! += lost * hereMs;
    sums[at + AT.refused]! += refused * hereMs;
    sums[at + (entry.left ? AT.left : AT.silent)]! += (1 - lost - refused) * hereMs;
    if (!isTold || fromMs >= this.#beginMs || lost + refused === 0) return;
    this.#corrections.push({ host: id, fromMs, untilMs: this.#beginMs, lost, refused });
  }

  /** Reckons with a host no more: its present minute is nothing. */
  leave(id: number): void {
    const { sums, entries } = this.#group(id);
    entries[id % GROUP] = undefined;
    sums.fill(0, id % GROUP * LENGTH, (id % GROUP + 1) * LENGTH);
  }

  /** Ends the present minute, and begins the next; hosts that are gone leave with it. */
  end(endMs: number, isGone: (host: Host) => boolean): Minute {
    const parts = this.#groups.flatMap((group, number) =>
      group === undefined ? [] : this.#part(group, number, endMs, isGone)
    );
    const corrections = this.#corrections;
    this.#corrections = [];
    this.#beginMs = endMs;
    return { endMs, parts, corrections };
  }

  #part(group: Group, number: number, endMs: number, isGone: (host: Host) => boolean): Part[] {
    const { sums, entries } = group;
    const places = Uint16Array.from(entries.keys().filter((place) => entries[place] !== undefined));
    if (places.length === 0) {
      this.#groups[number] = undefined;
      return [];
    }
    const all = new Float64Array(places.length * LENGTH);
    places.forEach((place, n) => {
      const entry = entries[place]!;
      const at = place * LENGTH;
      this.#finish(entry, sums, at, endMs);
      all.set(sums.subarray(at, at + LENGTH), n * LENGTH);
      if (isGone(entry.host)) entries[place] = undefined;
    });
    sums.fill(0);
    return [{ group: number, places, sums: all }];
  }

  /** What a host's minute is when it is over: its status, and the silence that goes on. */
  #finish(entry: Entry, sums: Float64Array, at: number, endMs: number): void {
    const { host, heardMs, left, enteredMs } = entry;
    const intervalMs = hostIntervalMs(host);
    const ageMs = endMs - host.lastSeenMs;
    sums[at + AT.status] = HOST_STATUSES.indexOf(hostStatus({ ageMs, intervalMs, left }));
    sums[at + AT.span] = endMs - Math.max(enteredMs, this.#beginMs);
    const isTold = !Number.isNaN(entry.silentMs);
    if (!isTold && !left && missingIn(endMs - heardMs, intervalMs) === 0) return;
    if (!isTold) entry.silentMs = heardMs + (left ? 0 : intervalMs);
    const fromMs = isTold ? Math.max(entry.silentMs, this.#beginMs) : entry.silentMs;
    sums[at + (left ? AT.left : AT.silent)]! += endMs - fromMs;
  }

  #group(id: number): Group {
    return this.#groups[Math.floor(id / GROUP)] ??= {
      sums: new Float64Array(GROUP * LENGTH),
      entries: [],
    };
  }

  /** The present minute of a host as it stands; `null` where there is none. */
  present(id: number, nowMs: number): Float64Array | null {
    const group = this.#groups[Math.floor(id / GROUP)];
    const entry = group?.entries[id % GROUP];
    if (group === undefined || entry === undefined) return null;
    const sums = group.sums.slice(id % GROUP * LENGTH, (id % GROUP + 1) * LENGTH);
    this.#finish({ ...entry }, sums, 0, nowMs);
    return sums;
  }
}

/** Adds the sums of a minute to those of the stretch of a plan that it is in. */
export function addMinute(
  plan: Plan,
  sums: Float64Array,
  minute: Float64Array,
  wallMs: number,
): void {
  const stretch = Math.floor((wallMs - plan.fromMs) / plan.stepMs);
  if (stretch < 0 || stretch >= plan.count) return;
  const row = new Uint16Array(LENGTH);
  writeRow(minute, 0, row, 0, KEPT, MINUTE_MS);
  const placed = KEPT.map((column) => ({ ...column, place: plan.metrics.indexOf(column.id) }));
  addRow(row, 0, sums, stretch * rowLength(plan.metrics.length), placed, MINUTE_MS);
}

/** The minute that a time of the wall clock is in. */
export function minuteOf(wallMs: number): number {
  return Math.floor(wallMs / MINUTE_MS);
}
