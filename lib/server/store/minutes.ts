/**
 * Sums up each minute: for every host the mean, lowest and highest of each metric that is kept, and how
 * much of the minute is unknown, and why. Pure; others write it down.
 */
import { missingIn } from "../../common/gaps.js";
import { HOST_STATUSES, hostStatus } from "../../common/status.js";
import type { Metric } from "../../message/message.ts";
import type { SummaryNumbers } from "../../message/summary.ts";
import { type Host, hostIntervalMs } from "../fleet/host/host.ts";
import type { SavedMinute } from "../fleet/host/record.ts";
import { COLUMNS, KEPT, PLACES } from "./columns.ts";
import { type Entry, entryOf, gapOf, hear, KernelShare } from "./gaps.ts";
import { GROUP } from "./file/blobs.js";
import type { Correction, Part } from "./file/database.js";
import { addValue, AT, HEAD, PER_METRIC, rowLength } from "./file/rows.js";

const LENGTH = rowLength(COLUMNS.length);
const KERNEL_DROPPED_AT = rowLength(KEPT.length);

/** A minute that is over, with times on the fleet's clock; what the kernel dropped is not told yet. */
export interface Minute {
  readonly endMs: number;
  readonly parts: readonly Part[];
  readonly corrections: readonly Omit<Correction, "dropped">[];
  /** How many datagrams were found to be lost in it. */
  readonly lost: number;
}

/** The sums of up to 1,000 hosts, and the hosts by their places. */
interface Group {
  readonly sums: Float64Array<ArrayBuffer>;
  readonly entries: (Entry | undefined)[];
  /** How many entries there are. */
  size: number;
}

/** Sums up one minute after the other. */
export class Minutes {
  /** By number: those with a host that is followed. */
  readonly #groups: (Group | undefined)[] = [];
  /** By the numbers of their hosts: a host is silent when a minute begins at most once in it. */
  #corrections = new Map<number, Omit<Correction, "dropped">>();
  #lost = 0;
  readonly #kernel = new KernelShare();
  /** When the present minute began; later where the server was started in it. */
  #beginMs: number;

  /** Begins in the middle of a minute. */
  constructor(startedMs: number) {
    this.#beginMs = startedMs;
  }

  /** Follows a host from now on; a restored one is silent if it was before. */
  enter(id: number, host: Host, nowMs: number, isSilent = false): void {
    const group = this.#group(id);
    if (group.entries[id % GROUP] === undefined) group.size++;
    group.entries[id % GROUP] = entryOf(host, nowMs, isSilent);
  }

  /** When the present minute began. */
  get beginMs(): number {
    return this.#beginMs;
  }

  /** What is known of a host in the present minute, for {@link resume}; the wall clock is ahead by so much. */
  save(id: number, aheadMs: number): SavedMinute | null {
    const group = this.#groups[Math.floor(id / GROUP)];
    const entry = group?.entries[id % GROUP];
    if (group === undefined || entry === undefined) return null;
    const { enteredMs, heardMs, silentMs, left, lost, refused } = entry;
    const at = id % GROUP * LENGTH;
    return {
      times: [enteredMs, heardMs, silentMs].map((ms) => ms + aheadMs),
      ...{ left, lost, refused, correction: this.#corrections.get(id) ?? null },
      sums: [...group.sums.subarray(at, at + LENGTH)],
    };
  }

  /** Goes on with a host as it was saved, in the present minute or, as that was over since, in one before. */
  resume(id: number, host: Host, saved: SavedMinute, isPresent: boolean, aheadMs: number): void {
    this.enter(id, host, this.#beginMs);
    const { times, left, lost, refused, correction, sums } = saved;
    const [enteredMs, heardMs, silentMs] = times.map((ms) => (ms ?? NaN) - aheadMs);
    const all = this.#group(id);
    const entry = all.entries[id % GROUP] = {
      ...{ host, enteredMs: enteredMs!, heardMs: heardMs!, silentMs: silentMs! },
      ...{ left, lost: lost ?? NaN, refused },
    };
    if (!isPresent && Number.isNaN(entry.silentMs)) this.#silence(entry);
    if (!isPresent) return;
    all.sums.set(sums, id % GROUP * LENGTH);
    if (correction !== null) this.#corrections.set(id, { ...correction, host: id });
  }

  /** Takes it that a host was heard in a minute that is written. */
  pass(id: number, nowMs: number): void {
    const entry = this.#group(id).entries[id % GROUP]!;
    hear(entry, nowMs);
    this.#silence(entry);
  }

  /** Whoever was silent when the present minute began was told as that. */
  #silence(entry: Entry): void {
    const { host, heardMs, left } = entry;
    const intervalMs = hostIntervalMs(host);
    const isSilent = left || missingIn(this.#beginMs - heardMs, intervalMs) > 0;
    if (isSilent) entry.silentMs = heardMs + (left ? 0 : intervalMs);
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

  /** Adds what is missing since a host was heard last, and begins anew. */
  #explain(id: number, entry: Entry, sums: Float64Array, at: number, nowMs: number): void {
    const gap = gapOf(entry, nowMs, this.#beginMs);
    if (gap !== null) {
      this.#lost += gap.lostCount;
      sums[at + AT.lost]! += gap.lostMs;
      sums[at + AT.refused]! += gap.refusedMs;
      sums[at + (entry.left ? AT.left : AT.silent)]! += gap.silentMs;
      if (gap.correction !== null) this.#corrections.set(id, { host: id, ...gap.correction });
    }
    hear(entry, nowMs);
  }

  /** Follows a host no more, and clears its present minute. */
  leave(id: number): void {
    const number = Math.floor(id / GROUP);
    const group = this.#groups[number];
    if (group?.entries[id % GROUP] === undefined) return;
    group.entries[id % GROUP] = undefined;
    group.sums.fill(0, id % GROUP * LENGTH, (id % GROUP + 1) * LENGTH);
    if (--group.size === 0) this.#groups[number] = undefined;
  }

  /** Ends the present minute, and begins the next; hosts that are gone leave with it. */
  end(endMs: number, isGone: (host: Host) => boolean): Minute {
    const parts = this.#groups.flatMap((group, number) =>
      group === undefined ? [] : this.#part(group, number, endMs, isGone)
    );
    const [corrections, lost] = [[...this.#corrections.values()], this.#lost];
    this.#corrections = new Map();
    this.#lost = 0;
    this.#beginMs = endMs;
    return { endMs, parts, corrections, lost };
  }

  /**
   * Adds to a minute how much of what was lost in it the kernel dropped, and gives its corrections with that.
   * The kernel has dropped so many datagrams since the start, as read after the minute's end; `null` where
   * nobody knows. Minutes are settled in their order.
   */
  settle({ parts, corrections, lost }: Minute, dropped: Metric): readonly Correction[] {
    const share = this.#kernel.end(dropped, lost);
    if (share !== null) {
      for (const { sums } of parts) {
        for (let at = 0; at < sums.length; at += LENGTH) addDropped(sums, at, share);
      }
    }
    return corrections.map((correction) => ({
      ...correction,
      dropped: correction.lost * (share ?? 0),
    }));
  }

  #part(group: Group, number: number, endMs: number, isGone: (host: Host) => boolean): Part[] {
    const { sums, entries } = group;
    const places = Uint16Array.from(entries.keys().filter((place) => entries[place] !== undefined));
    const all = new Float64Array(places.length * LENGTH);
    places.forEach((place, n) => {
      const entry = entries[place]!;
      const at = place * LENGTH;
      this.#finish(entry, sums, at, endMs);
      all.set(sums.subarray(at, at + LENGTH), n * LENGTH);
      if (isGone(entry.host)) this.leave(number * GROUP + place);
    });
    sums.fill(0);
    return [{ group: number, places, sums: all }];
  }

  /** Completes a host's minute when it is over: its status, and a silence that still goes on. */
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
      size: 0,
    };
  }

  /** The present minute of a host as it stands; `null` where there is none. */
  present(id: number, endMs: number, dropped: Metric): Float64Array | null {
    const group = this.#groups[Math.floor(id / GROUP)];
    const entry = group?.entries[id % GROUP];
    if (group === undefined || entry === undefined) return null;
    const sums = group.sums.slice(id % GROUP * LENGTH, (id % GROUP + 1) * LENGTH);
    const share = this.#kernel.present(dropped, this.#lost);
    this.#finish({ ...entry }, sums, 0, endMs);
    if (share !== null) addDropped(sums, 0, share);
    return sums;
  }
}

/** A share of what a host lost in a minute was dropped by the kernel. */
function addDropped(sums: Float64Array, at: number, share: number): void {
  addValue(sums, at + KERNEL_DROPPED_AT, share * Math.max(0, sums[at + AT.lost]!));
}
