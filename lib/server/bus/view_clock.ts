/**
 * The clock of a view: it goes with our own while the stream is at hand, and stands still while what has
 * happened by then may not have come, as nobody may be called offline for that. Sites say each second how
 * far they have got; one that gets no further holds it up for some seconds only. By the same messages it
 * is known how far each site's clock is off. No site can say what has not happened yet: that the bus has its
 * message bounds its times. Pure.
 */
import {
  type Beat,
  Site,
  type SiteSetup,
  type SiteState,
  type SiteTime,
  Skew,
  SKEW_MS,
  skewOf,
} from "./site.ts";

/** A view may be so far behind its sites, and goes on: batches and beats take their time. */
const NEAR_MS = 3_000;
/** A site that is behind the others by more, or gets no further for longer, is silent. */
const SILENT_MS = 10_000;
/** A site may have heard a datagram so long before the bus had it, as the two may be apart; not later, but for clocks. */
const [MAX_LATE_MS, MAX_EARLY_MS] = [24 * 3_600_000, 2 * SKEW_MS] as const;
/** Sites that are known at a time; one that is silent makes room for another. */
const MAX_KNOWN_SITES = 256;
/** For so long it counts that several servers had one name. */
const SEVERAL_MS = 60_000;

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
  /** Datagrams whose times could not be: they count as of when the bus had them. */
  misdated = 0;

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

  /** When something came by a site's clock, as it is settled, on our clock; the bus had it at a time of its own. */
  arrivalMs(name: string, settledMs: number, storedMs: number): number {
    const atMs = this.#onOurs(this.#site(name), settledMs);
    const credibleMs = this.#credible(atMs, storedMs);
    if (credibleMs !== atMs) this.misdated++;
    return credibleMs;
  }

  /** Whether a site is known, or has room. */
  admits(name: string): boolean {
    if (this.#sites.has(name) || this.#sites.size < MAX_KNOWN_SITES) return true;
    const sites = [...this.#sites];
    const [silent, { movedMs }] = sites.reduce((a, b) => b[1].movedMs < a[1].movedMs ? b : a);
    if (this.#steadyMs() - movedMs <= SILENT_MS) return false;
    return this.#sites.delete(silent);
  }

  /** Takes a beat of a site. */
  beat(name: string, { sentMs, reachedMs, storedMs, partitions }: Beat): void {
    const site = this.#site(name);
    site.partitions = partitions;
    site.skew.take(sentMs, storedMs);
    const onOursMs = this.#credible(this.#onOurs(site, reachedMs), storedMs);
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

  /** A time of a site on our clock; where it cannot be, that of when the bus had it. */
  #credible(atMs: number, storedMs: number): number {
    const hadMs = Math.round(storedMs + this.#ourSkew.addMs - this.#ourAheadMs);
    const isCredible = atMs <= hadMs + MAX_EARLY_MS && atMs >= hadMs - MAX_LATE_MS;
    return isCredible ? atMs : hadMs;
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
