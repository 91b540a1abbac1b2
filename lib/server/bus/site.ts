/**
 * What a view knows of one site: how far its clock is off, told from messages that carry its time and are
 * stamped by the bus, how far it has got, and how it is set up. Pure.
 */

/** Clocks that are off by less count as equal: the way of a message is part of what is measured. */
export const SKEW_MS = 500;
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

/** All that a view keeps of one site. */
export class Site {
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

/** By how much a site's wall clock is off now; 0 where that may be the way of messages. */
export function skewOf(
  { skew, firstAheadMs, aheadMs }: Pick<Site, "skew" | "firstAheadMs" | "aheadMs">,
) {
  const skewMs = Math.round(skew.addMs + firstAheadMs - aheadMs);
  return Math.abs(skewMs) > SKEW_MS ? skewMs : 0;
}

/** A time of a site on its steady clock, when its server started, and how far its wall clock is ahead. */
export interface SiteTime {
  readonly atMs: number;
  readonly startedMs: number;
  readonly aheadMs: number;
}

/** A beat of a site: its clock as the view has settled it, how far it has got by that, and when the bus had it by its own clock. */
export interface Beat {
  readonly sentMs: number;
  readonly reachedMs: number;
  readonly storedMs: number;
  /** How many partitions it has; `null` where it does not say. */
  readonly partitions: number | null;
}

/** How a view is, besides its fleet. */
export interface FollowState {
  /** Why nothing can be read; `null` where it can. */
  readonly failure: string | null;
  /** How far its clock is behind, as what happened since may not have come. */
  readonly behindMs: number;
  /** Messages that the stream has and the view has not taken. */
  readonly pending: number;
  /** Messages that were gone from the stream before the view read them. */
  readonly missed: number;
  /** Messages that no site publishes, or not as a whole: what of them can be read is taken. */
  readonly refused: number;
  /** Datagrams whose times could not be, as they were to come, or long past: they count as of when the stream had them. */
  readonly misdated: number;
  /** Whether this view is the one that notifies; `null` where it has nobody to, or cannot know. */
  readonly notifies: boolean | null;
  readonly sites: readonly SiteState[];
  /** Sites that count as one with the last that has a place of its own among the ways of hosts. */
  readonly sharing: number;
}
