/**
 * What the log tells of a view and its sites: once what is wrong, and once that it no longer is. However many
 * sites there are, and whatever they say, lines are few. Pure.
 */
import { formatAge, formatClockOffset, formatCountOf } from "../../common/format.js";
import { Failures, type Log } from "../../common/log.ts";
import { BEHIND_MS } from "../../common/ways.js";
import type { Partitions } from "../bus_options.ts";
import { MAX_SITES } from "../fleet/ways/sites.ts";
import type { Observer } from "../parts.ts";
import type { FollowState, SiteSetup, SiteState } from "./site.ts";

/** Of how a site is set up the log tells no more for so many seconds. */
const SETUP_TICKS = 60;
/** Up to so many sites have a line each. */
const MAX_LINES = 3;

/** How a site is set up, as it was told, and when. */
interface Setup {
  readonly failures: Failures;
  toldTicks: number;
}

/** A view as it follows. */
interface Watched {
  readonly state: Omit<FollowState, "notifies">;
  readonly clock: { setupOf(site: string): SiteSetup };
}

/** Looks each second at a view and its sites. */
export class ViewWatch implements Observer {
  readonly name = "bus watch";
  readonly #source: Watched;
  readonly #partitions: Partitions;
  readonly #log: Pick<Log, "info" | "warn">;
  readonly #failures = new Failures();
  readonly #silent = new Failures();
  /** By the names of sites. */
  #setups = new Map<string, Setup>();
  #ticks = 0;
  readonly #parts: { readonly tick: () => void; readonly close: () => Promise<void> };

  constructor(
    source: Watched,
    partitions: Partitions,
    log: Pick<Log, "info" | "warn">,
    parts: { readonly tick: () => void; readonly close: () => Promise<void> },
  ) {
    this.#source = source;
    this.#partitions = partitions;
    this.#log = log;
    this.#parts = parts;
  }

  async close(): Promise<void> {
    await this.#parts.close();
  }

  tick(): void {
    this.#ticks++;
    this.#parts.tick();
    const { failure, behindMs, pending, sites, sharing } = this.#source.state;
    // Why it cannot be read is told as it is tried.
    const change = this.#failures.note("!", failure !== null);
    if (change === "recovered") this.#log.info("Receiving by bus");
    const behind = `${formatAge(behindMs)} behind: ${formatCountOf(pending, "message")} to read`;
    this.#note("", behindMs > BEHIND_MS, `The view is ${behind}`, "The view is up to date");
    const places = `More than ${MAX_SITES} sites: further ones count as one with the last`;
    // A site keeps its place: there is no way back.
    this.#note("*", sharing > 0, `${places} among the ways of hosts`, "");
    const names = new Set(sites.map(({ site }) => site));
    const silent = sites.filter(({ silentMs }) => silentMs !== null);
    const { failed, recovered } = this.#silent.noteAll(silent.map(({ site }) => site));
    for (const line of linesOf(failed, "silent")) this.#log.warn(line);
    // One that has made room for another is not heard again.
    const heard = recovered.filter((site) => names.has(site));
    for (const line of linesOf(heard, "heard again")) this.#log.info(line);
    const setups = this.#setups;
    this.#setups = new Map();
    for (const state of sites) {
      const setup = setups.get(state.site) ?? { failures: new Failures(), toldTicks: -Infinity };
      this.#setups.set(state.site, setup);
      if (this.#ticks - setup.toldTicks >= SETUP_TICKS) this.#noteSetup(state, setup);
    }
  }

  /** A site that changes all the time has a line a minute. */
  #noteSetup({ site, skewMs }: SiteState, setup: Setup): void {
    const { isSeveral, partitions } = this.#source.clock.setupOf(site);
    const { first, last, count } = this.#partitions;
    const isPart = first > 0 || last < count - 1;
    const own = `Site ${site} has ${partitions} partitions`;
    const clock = `The clock of site ${site} is ${formatClockOffset(skewMs)}`;
    const notes = [
      this.#note("clock", skewMs !== 0, `${clock}; its times are corrected`, clock, setup.failures),
      this.#note(
        ...["name", isSeveral] as const,
        `Several servers publish as site ${site}: give each a --site of its own`,
        `One server publishes as site ${site} again`,
        setup.failures,
      ),
      this.#note(
        ...["partitions", isPart && partitions !== null && partitions !== count] as const,
        `${own}, this view has a part of ${count}: hosts are missing`,
        own,
        setup.failures,
      ),
    ];
    if (notes.includes(true)) setup.toldTicks = this.#ticks;
  }

  /** Tells a change; whether there is one. */
  #note(
    thing: string,
    fails: boolean,
    failing: string,
    fine: string,
    failures = this.#failures,
  ): boolean {
    const change = failures.note(thing, fails);
    if (change === "failed") this.#log.warn(failing);
    if (change === "recovered") this.#log.info(fine);
    return change !== null;
  }
}

function linesOf(sites: readonly string[], state: string): string[] {
  if (sites.length <= MAX_LINES) return sites.map((site) => `Site ${site} is ${state}`);
  const names = sites.slice(0, MAX_LINES).join(", ");
  return [`${sites.length} sites are ${state}: ${names} and ${sites.length - MAX_LINES} more`];
}
