/**
 * The clock of a view: it goes with our own while the stream is at hand, and stands still while what has
 * happened by then may not have come, as nobody may be called offline for that. Sites say each second how
 * far they have got; one that gets no further holds it up for some seconds only. By the same messages it
 * is known how far each site's clock is off. Pure.
 */

/** A view may be so far behind its sites, and goes on: batches and beats take their time. */
const NEAR_MS = 3_000;
/** A site that is behind the others by more, or gets no further for longer, is silent. */
const SILENT_MS = 10_000;
/** Clocks that are off by less count as equal: the way of a message is part of what is measured. */
const SKEW_MS = 500;
/** For so long it counts that several servers had one name. */
const SEVERAL_MS = 60_000;
/** A clock is off, and not a message late, when so many in a row say so. */
const SKEW_BEATS = 5;

/** How far clocks are apart, told from messages that carry the time of one and are stamped by another. */
export class Skew {
  readonly #seen: number[] = [];
  /** Milliseconds to add to a time of the one, to have it on the other. */
  addMs = 0;

  /** Takes the times of both clocks at one message. */
  take(oneMs: number, otherMs: number): void {
    const seen = this.#seen;
    seen.push(otherMs - oneMs);
    if (seen.length > SKEW_BEATS) seen.shift();
    const leastMs = Math.min(...seen);
    const isSteady = seen.length === SKEW_BEATS && Math.max(...seen) - leastMs <= SKEW_MS;
    if (isSteady && Math.abs(leastMs - this.addMs) > SKEW_MS) {
      this.addMs = Math.abs(leastMs) > SKEW_MS ? leastMs : 0;
    }
  }
}

/** What a view knows of one site. */
export interface SiteState {
  readonly site: string;
  /** By how much its clock is behind the bus's, or ahead where negative; 0 where that may be the way of messages. */
  readonly skewMs: number;
  /** For how long it has not got any further; `null` while it does. */
  readonly silentMs: number | null;
  /** Datagrams that it dropped, as the bus did not take them. */
  readonly omitted: number;
}

/** How a site is set up. */
export interface SiteSetup {
  /** Whether several servers have published by its name lately. */
  readonly isSeveral: boolean;
  /** How many partitions it has; `null` where it does not say. */
  readonly partitions: number | null;
}

class Site {
  readonly skew = new Skew();
  /** When its server started, and how far its wall clock was ahead of its steady one when that was heard first, and is now. */
  startedMs = NaN;
  firstAheadMs = 0;
  aheadMs = 0;
  partitions: number | null = null;
  /** By which runs of a server it was heard last, and when one came back after another, by the bus's clock. */
  run = "";
  runBefore = "";
  heardMs = -Infinity;
  backMs = -Infinity;
  /** Everything of it before has come; on our clock, as is when that was said first. */
  reachedMs = -Infinity;
  movedMs: number;
  omitted = 0;

  constructor(nowMs: number) {
    this.movedMs = nowMs;
  }
}

/** A time of a site on its steady clock, when its server started, and how far its wall clock is ahead. */
export interface SiteTime {
  readonly atMs: number;
  readonly startedMs: number;
  readonly aheadMs: number;
}

/** A beat of a site: its clock as {@link ViewClock.settled} has it, how far it has got by that, and when the bus had it by its own clock. */
export interface Beat {
  readonly sentMs: number;
  readonly reachedMs: number;
  readonly storedMs: number;
  /** How many partitions it has; `null` where it does not say. */
  readonly partitions: number | null;
}

/** The clock of a view, and what it knows of the sites. */
export class ViewClock {
  readonly #steadyMs: () => number;
  readonly #aheadMs: () => number;
  readonly #sites = new Map<string, Site>();
  readonly #ourSkew = new Skew();
  /** How far our wall clock was ahead when the two were compared. */
  #ourAheadMs: number;
  #shownMs: number;
  /** Since when the stream is at hand and all of it has been read, on our clock; `null` while not. */
  #currentMs: number | null = null;

  /** Begins at a time of our steady clock, which our wall clock is ahead of. */
  constructor(startMs: number, steadyMs: () => number, aheadMs: () => number) {
    this.#shownMs = startMs;
    this.#steadyMs = steadyMs;
    this.#aheadMs = aheadMs;
    this.#ourAheadMs = aheadMs();
  }

  /** Shows a time, which may be an earlier one, until something has come. */
  begin(nowMs: number): void {
    this.#shownMs = nowMs;
  }

  /** The time, which never goes back from there. */
  nowMs(): number {
    return this.#shownMs = Math.max(this.#shownMs, this.#targetMs());
  }

  /** What is added to its times to show them. */
  aheadMs(): number {
    return this.#aheadMs();
  }

  /** How far it is behind our own clock. */
  get behindMs(): number {
    return Math.max(0, Math.round(this.#steadyMs() - this.nowMs()));
  }

  get sites(): readonly SiteState[] {
    const [nowMs, latestMs] = [this.#steadyMs(), this.#latestMs()];
    return Array.from(this.#sites, ([site, { movedMs, reachedMs, omitted, ...clock }]) => {
      // One that is heard for the first time has a moment to say how far it has got.
      const isNew = reachedMs === -Infinity && nowMs - movedMs <= SILENT_MS;
      const isSilent = !isNew && this.#isSilent({ movedMs, reachedMs }, nowMs, latestMs);
      const silentMs = isSilent ? Math.round(nowMs - movedMs) : null;
      return { site, skewMs: skewOf(clock), silentMs, omitted };
    });
  }

  /** Whether the stream is at hand, and all of it has been read. */
  follow(isCurrent: boolean): void {
    if (!isCurrent) this.#currentMs = null;
    else this.#currentMs ??= this.#steadyMs();
  }

  /** What the clocks of the bus and ours said at one moment. */
  compare(busMs: number, ourWallMs: number): void {
    this.#ourAheadMs = this.#aheadMs();
    this.#ourSkew.addMs = Math.abs(ourWallMs - busMs) > SKEW_MS ? ourWallMs - busMs : 0;
  }

  /** A time of a site by its wall clock as that was when its server was heard first: that it is set moves nothing. */
  settled(name: string, { atMs, startedMs, aheadMs }: SiteTime): number {
    const site = this.#site(name);
    if (site.startedMs !== startedMs) {
      site.startedMs = startedMs;
      site.firstAheadMs = aheadMs;
    }
    site.aheadMs = aheadMs;
    return atMs + site.firstAheadMs;
  }

  /** When something came by a site's clock, as it is settled, on our clock. */
  arrivalMs(site: string, settledMs: number): number {
    return this.#onOurs(this.#site(site), settledMs);
  }

  /** Takes a beat of a site. */
  beat(name: string, { sentMs, reachedMs, storedMs, partitions }: Beat): void {
    const site = this.#site(name);
    site.partitions = partitions;
    site.skew.take(sentMs, storedMs);
    const onOursMs = this.#onOurs(site, reachedMs);
    if (onOursMs <= site.reachedMs) return;
    site.reachedMs = onOursMs;
    site.movedMs = this.#steadyMs();
  }

  /** Takes it that a run of a site's server was heard: one comes after the other, where there is one server. */
  hear(name: string, run: string, storedMs: number): void {
    const site = this.#site(name);
    site.heardMs = storedMs;
    if (run === site.run) return;
    if (run === site.runBefore) site.backMs = storedMs;
    [site.runBefore, site.run] = [site.run, run];
  }

  /** How a site is set up. */
  setupOf(name: string): SiteSetup {
    const { heardMs, backMs, partitions } = this.#site(name);
    return { isSeveral: heardMs - backMs < SEVERAL_MS, partitions };
  }

  /** Counts datagrams that a site dropped. */
  omit(site: string, count: number): void {
    this.#site(site).omitted += count;
  }

  #onOurs({ skew }: Site, settledMs: number): number {
    return Math.round(settledMs + skew.addMs + this.#ourSkew.addMs - this.#ourAheadMs);
  }

  #site(name: string): Site {
    const known = this.#sites.get(name);
    if (known !== undefined) return known;
    const site = new Site(this.#steadyMs());
    this.#sites.set(name, site);
    return site;
  }

  #targetMs(): number {
    const nowMs = this.#steadyMs();
    const latestMs = this.#latestMs();
    let reachedMs = Infinity;
    for (const site of this.#sites.values()) {
      if (!this.#isSilent(site, nowMs, latestMs)) reachedMs = Math.min(reachedMs, site.reachedMs);
    }
    if (this.#currentMs !== null && nowMs - reachedMs <= NEAR_MS) return nowMs;
    return reachedMs === Infinity ? -Infinity : Math.min(nowMs, reachedMs);
  }

  #latestMs(): number {
    let latestMs = -Infinity;
    for (const { reachedMs } of this.#sites.values()) latestMs = Math.max(latestMs, reachedMs);
    return latestMs;
  }

  #isSilent(
    { movedMs, reachedMs }: Pick<Site, "movedMs" | "reachedMs">,
    nowMs: number,
    latestMs: number,
  ): boolean {
    if (latestMs - reachedMs > SILENT_MS) return true;
    return this.#currentMs !== null && nowMs - Math.max(movedMs, this.#currentMs) > SILENT_MS;
  }
}

/** By how much a site's wall clock is off now; 0 where that may be the way of messages. */
function skewOf({ skew, firstAheadMs, aheadMs }: Pick<Site, "skew" | "firstAheadMs" | "aheadMs">) {
  const skewMs = Math.round(skew.addMs + firstAheadMs - aheadMs);
  return Math.abs(skewMs) > SKEW_MS ? skewMs : 0;
}
