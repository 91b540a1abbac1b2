/**
 * What ways lost in the last day, by groups of hosts: sums of five minutes for each value of each tag and each
 * site, as far as there is room. Each host is looked at once a minute, and whenever somebody asks. Pure.
 */
import { MAX_TAG_KEYS } from "../../common/limits.js";
import type { Counted } from "../../common/ways.js";
import type { Host } from "./host/host.ts";
import { tagOf } from "./index/query.ts";
import type { IndexView } from "./index/fleet_index.ts";
import { MAX_SITES, type Sites } from "./ways/sites.ts";
import type { News } from "./ways/way.ts";
import type { Ways } from "./ways/ways.ts";

/** A sum is of so long; the last day takes so many, and two are begun. */
const [STEP_MS, STEPS] = [300_000, 290] as const;
/** What is shown of a day: so many parts, each of so many sums. */
const [PARTS, STEPS_OF_PART] = [144, 2] as const;
/** Ticks within which each host is looked at. */
const ROUND_TICKS = 60;
/** Maximum of series, of 2,320 bytes each. */
const MAX_SERIES = 4_096;

/** How long a part of a day is. */
export const PART_MS = STEPS_OF_PART * STEP_MS;

/** When the day began whose last part is that of a time, both on the fleet's clock. */
export function dayBeginMs(nowMs: number): number {
  return (Math.floor(nowMs / PART_MS) + 1 - PARTS) * PART_MS;
}

/** What was lost by one way, or by all together, of a range that ends now and of a day. */
export interface Loss {
  readonly recent: Counted;
  readonly day: Counted;
  /** What was sent and lost in each part of the day. */
  readonly parts: readonly Counted[];
}

/** What was sent and lost, in stretches of time. */
class Series {
  readonly #sent = new Int32Array(STEPS);
  readonly #lost = new Int32Array(STEPS);
  newest: number;

  constructor(step: number) {
    this.newest = step;
  }

  /** What came late is taken back from the newest losses. */
  add(step: number, { sent, lost }: News): void {
    this.#moveTo(step);
    const newest = this.newest % STEPS;
    this.#sent[newest]! += sent;
    this.#lost[newest]! += Math.max(0, lost);
    let late = -lost;
    for (let back = 0; late > 0 && back < STEPS; back++) {
      const at = (this.newest - back) % STEPS;
      const taken = Math.min(late, this.#lost[at]!);
      this.#lost[at]! -= taken;
      late -= taken;
    }
  }

  /** The sum of stretches. */
  sum(from: number, to: number): Counted {
    const sum = { sent: 0, lost: 0 };
    const last = Math.min(to, this.newest);
    for (let step = Math.max(from, this.newest - STEPS + 1); step <= last; step++) {
      sum.sent += this.#sent[step % STEPS]!;
      sum.lost += this.#lost[step % STEPS]!;
    }
    return sum;
  }

  #moveTo(step: number): void {
    if (step - this.newest >= STEPS) this.newest = step - STEPS;
    while (this.newest < step) {
      this.newest++;
      this.#sent[this.newest % STEPS] = this.#lost[this.newest % STEPS] = 0;
    }
  }
}

/** The hosts that it looks at, and by which tags. */
interface Hosts {
  hosts(): readonly Host[];
  readonly index: Pick<IndexView, "tags">;
}

/** The past of all ways. */
export class WaysPast {
  /** What messages and metrics call it, as it is an observer. */
  readonly name = "ways";
  /** Since when it counts, on the fleet's clock: it does not outlive the server. */
  readonly sinceMs: number;
  readonly #ways: Pick<Ways, "takeNews" | "sites">;
  readonly #names: Pick<Sites, "nameOf">;
  readonly #fleet: Hosts;
  readonly #series = new Map<string, Series>();
  #next = 0;

  constructor(
    ways: Pick<Ways, "takeNews" | "sites">,
    sites: Pick<Sites, "nameOf">,
    fleet: Hosts,
    sinceMs: number,
  ) {
    this.sinceMs = sinceMs;
    this.#ways = ways;
    this.#names = sites;
    this.#fleet = fleet;
  }

  /** What the sites are called that were heard, where there are several; else none. */
  get sites(): readonly string[] {
    return this.#ways.sites;
  }

  /** Looks at some hosts, so that in a minute each has its turn. */
  tick(nowMs: number): void {
    if (this.sites.length === 0) return;
    const hosts = this.#fleet.hosts();
    if (this.#next >= hosts.length) {
      this.#next = 0;
      this.#forget(stepOf(nowMs) - STEPS);
    }
    const until = this.#next + Math.ceil(hosts.length / ROUND_TICKS);
    this.look(hosts.slice(this.#next, until), nowMs);
    this.#next = until;
  }

  close(): void {}

  /** Notes what has become known of hosts since they were looked at. */
  look(hosts: readonly Host[], nowMs: number): void {
    const step = stepOf(nowMs);
    const keys = [null, ...this.#fleet.index.tags.keys().slice(0, MAX_TAG_KEYS)];
    for (const host of hosts) {
      this.#ways.takeNews(host, (site, news) => {
        if (news.sent === 0 && news.lost === 0) return;
        for (const key of keys) {
          const value = key === null ? "" : tagOf(host.tags, key);
          this.#seriesOf(nameOf(key, value, site), step)?.add(step, news);
        }
      });
    }
  }

  /** What a group lost by each site, and by all together (`null`), up to now; nothing where there is no room for that. */
  of(key: string | null, value: string, nowMs: number, spanMs: number): Map<string | null, Loss> {
    const losses = new Map<string | null, Loss>();
    for (const site of [null, ...Array(MAX_SITES + 1).keys()]) {
      const series = this.#series.get(nameOf(key, value, site));
      const name = site === null ? null : this.#names.nameOf(site);
      if (series !== undefined) losses.set(name, lossOf(series, nowMs, spanMs));
    }
    return losses;
  }

  #seriesOf(name: string, step: number): Series | null {
    const known = this.#series.get(name);
    if (known !== undefined) return known;
    if (this.#series.size >= MAX_SERIES) return null;
    const series = new Series(step);
    this.#series.set(name, series);
    return series;
  }

  /** Makes room of what has had nothing since. */
  #forget(step: number): void {
    for (const [name, { newest }] of this.#series) if (newest < step) this.#series.delete(name);
  }
}

const stepOf = (nowMs: number) => Math.floor(nowMs / STEP_MS);

/** No key of a tag has a space in it. */
const nameOf = (key: string | null, value: string, site: number | null) =>
  `${key ?? ""} ${site ?? ""} ${value}`;

function lossOf(series: Series, nowMs: number, spanMs: number): Loss {
  const [step, first] = [stepOf(nowMs), dayBeginMs(nowMs) / STEP_MS];
  const parts = Array.from({ length: PARTS }, (_, n) => {
    const from = first + n * STEPS_OF_PART;
    return series.sum(from, from + STEPS_OF_PART - 1);
  });
  return {
    recent: series.sum(step - spanMs / STEP_MS, step),
    day: series.sum(first, step),
    parts,
  };
}
