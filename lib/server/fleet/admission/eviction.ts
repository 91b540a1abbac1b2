/**
 * Which host makes room when the fleet is full. First the one that has been silent longest; while none
 * is silent, the network with the most places gives way, by its hosts that were heard once and then by
 * those that were heard for less than ten intervals. Others never do, nor sealed ones. Pure.
 */
import { DEFAULT_INTERVAL_MS, MIN_INTERVAL_MS } from "../../../message/message.ts";
import { sourceSite } from "../../../common/address.ts";
import type { FleetIndex } from "../index/fleet_index.ts";
import { type Host, hostIntervalMs } from "../host/host.ts";
import { hostStatus } from "../../../common/status.js";

/** A survey looks at every host: at most one in this time, so that a flood costs little. */
const SURVEY_INTERVAL_MS = 1_000;
/** A survey is also due when this share of all places was taken since, as it then costs each of those little. */
const ENTERED_SHARE = 4;
/** A host that has been heard for this many intervals stays as long as it is heard. */
const ESTABLISHED_INTERVALS = 10;
/** The share of them that suffices, as datagrams come a little early, and some are lost. */
const ENOUGH = 0.95;
const ESTABLISHED_DATAGRAMS = 8;

/** How long a host has been heard. */
const [ONCE, OFTEN, ESTABLISHED] = [1, 2, 3] as const;
/** Is added to it while those are looked for that are not silent. */
const SILENT = 4;
/** More than a fleet ever has; times the number of hosts that ever entered it is exact. */
const MAX_SLOTS = 2 ** 24;

/** Keeps count of the places of each network, and names who makes room. */
export class EvictionQueue {
  readonly #index: FleetIndex;
  /** By slot. */
  readonly #sites: Int32Array;
  readonly #standings: Uint8Array;
  /** By the number of a network. */
  readonly #places = new Map<number, number>();
  #surveyedMs = -Infinity;
  /** Slots of silent hosts, the longest silent last, so that taking one is cheap. */
  #silent: number[] = [];
  /** Slots of others that may go, the first one last; with the places that its network has when it does. */
  #crowding: number[] = [];
  #ranks: number[] = [];
  /** The newest entry that the last look has seen, and the slots of those that entered since. */
  #surveyedEntry = 0;
  #entered: number[] = [];
  /** Most places that a network of one of those has: no more than that. */
  #mostEntered = 0;

  /** For a fleet of so many hosts, which `index` knows. */
  constructor(maxHosts: number, index: FleetIndex) {
    this.#index = index;
    this.#sites = new Int32Array(maxHosts);
    this.#standings = new Uint8Array(maxHosts);
  }

  /** How many hosts of an address's network there are. */
  placesOf(address: string): number {
    return this.#places.get(siteOf(address)) ?? 0;
  }

  /** A host has entered, from an address. */
  enter({ slot }: Host, address: string): void {
    const site = siteOf(address);
    this.#sites[slot] = site;
    const places = (this.#places.get(site) ?? 0) + 1;
    this.#places.set(site, places);
    this.#standings[slot] = ONCE;
    this.#entered.push(slot);
    this.#mostEntered = Math.max(this.#mostEntered, places);
  }

  /** A host was heard. */
  hear(host: Host): void {
    if (this.#standings[host.slot] !== ESTABLISHED) this.#standings[host.slot] = standingOf(host);
  }

  /** A host is forgotten. */
  leave({ slot }: Host): void {
    const site = this.#sites[slot]!;
    const left = this.#places.get(site)! - 1;
    if (left > 0) this.#places.set(site, left);
    else this.#places.delete(site);
  }

  /** The next host to forget for a new one of a network that has `places`; `null` when nobody gives way. */
  next(places: number, nowMs: number): Host | null {
    // Many new hosts pay for a survey.
    if (this.#entered.length > this.#sites.length / ENTERED_SHARE) this.#survey(nowMs);
    const known = this.#take(places, nowMs);
    if (known !== null || nowMs - this.#surveyedMs < SURVEY_INTERVAL_MS) return known;
    this.#survey(nowMs);
    return this.#take(places, nowMs);
  }

  #take(places: number, nowMs: number): Host | null {
    return this.#takeSilent(nowMs) ?? this.#takeCrowding(places);
  }

  #takeSilent(nowMs: number): Host | null {
    for (let slot = this.#silent.pop(); slot !== undefined; slot = this.#silent.pop()) {
      const host = this.#hostOfSurvey(slot);
      // It may have been heard again since.
      if (host !== null && isSilent(host, nowMs)) return host;
    }
    return null;
  }

  #takeCrowding(places: number): Host | null {
    // It gives way to one that has none, and else only when it still has more afterwards.
    const needed = places === 0 ? 1 : places + 2;
    for (let slot = this.#crowding.at(-1); slot !== undefined; slot = this.#crowding.at(-1)) {
      const rank = this.#ranks.at(-1)!;
      const entered = this.#takeEntered(Math.max(needed, rank + 1));
      if (entered !== null) return entered;
      if (rank < needed) return null;
      this.#crowding.pop();
      this.#ranks.pop();
      const host = this.#hostOfSurvey(slot);
      if (host !== null && this.#standings[slot]! < ESTABLISHED) return host;
    }
    return this.#takeEntered(needed);
  }

  /** Of those that entered since the last look, one of the network with the most places, if it has so many. */
  #takeEntered(needed: number): Host | null {
    if (this.#mostEntered < needed) return null;
    let [found, most] = [-1, 0];
    for (const slot of this.#entered) {
      const places = this.#places.get(this.#sites[slot]!) ?? 0;
      const isThere = this.#index.entry[slot]! > this.#surveyedEntry &&
        this.#index.host(slot) !== null;
      if (isThere && places > most && this.#standings[slot]! < ESTABLISHED) {
        [found, most] = [slot, places];
      }
    }
    this.#mostEntered = most;
    return most < needed ? null : this.#index.host(found);
  }

  /** The host of a slot, unless it has entered since the last look. */
  #hostOfSurvey(slot: number): Host | null {
    return this.#index.entry[slot]! <= this.#surveyedEntry ? this.#index.host(slot) : null;
  }

  #survey(nowMs: number): void {
    const index = this.#index;
    this.#surveyedMs = nowMs;
    this.#surveyedEntry = index.lastEntry;
    this.#entered = [];
    this.#mostEntered = 0;
    const { lastSeenMs } = index;
    const mayBeSilent = (slot: number) => nowMs - lastSeenMs[slot]! > MIN_INTERVAL_MS;
    const silent = index.select((slot) => mayBeSilent(slot) && isSilent(index.host(slot)!, nowMs));
    this.#silent = Array.from(silent).sort((a, b) => lastSeenMs[b]! - lastSeenMs[a]!);
    for (const slot of silent) this.#standings[slot]! |= SILENT;
    const crowding = [...this.#byEntry(ONCE), ...this.#byEntry(OFTEN)];
    for (const slot of silent) this.#standings[slot]! &= ~SILENT;
    this.#orderCrowding(crowding);
  }

  /** The slots of a standing, the first that entered first. */
  #byEntry(standing: number): number[] {
    const slots = this.#index.select((slot) => this.#standings[slot] === standing);
    return sortedBy(slots, (slot) => this.#index.entry[slot]!);
  }

  /** Puts those who may go in the order in which they do: each time one of the network that has the most then. */
  #orderCrowding(slots: readonly number[]): void {
    const places = new Map(this.#places);
    const ranks = slots.map((slot) => {
      const site = this.#sites[slot]!;
      const rank = places.get(site)!;
      places.set(site, rank - 1);
      return rank;
    });
    const last = slots.length - 1;
    const order = sortedBy(slots.keys().map((n) => last - n), (n) => ranks[last - n]!);
    this.#crowding = order.map((n) => slots[last - n]!);
    this.#ranks = order.map((n) => ranks[last - n]!);
  }
}

function siteOf(address: string): number {
  return sourceSite(address) ?? 0;
}

/** Small whole numbers in the order of greater ones: without a function to compare, which takes ten times as long. */
function sortedBy(numbers: Iterable<number>, valueOf: (number: number) => number): number[] {
  const keys = Float64Array.from(numbers, (number) => valueOf(number) * MAX_SLOTS + number).sort();
  return Array.from(keys, (key) => key % MAX_SLOTS);
}

function standingOf(host: Host): number {
  if (host.keyId !== null) return ESTABLISHED;
  const { datagrams } = host;
  const heardMs = host.lastSeenMs - host.firstSeenMs;
  const enoughMs = ENOUGH * ESTABLISHED_INTERVALS * hostIntervalMs(host);
  if (datagrams >= ESTABLISHED_DATAGRAMS && heardMs >= enoughMs) return ESTABLISHED;
  return datagrams > 1 ? OFTEN : ONCE;
}

/** Whether a host is offline or left, by the interval that it has kept and not only declared. */
function isSilent(host: Host, nowMs: number): boolean {
  const declaredMs = hostIntervalMs(host);
  const isKept = host.lastSeenMs - host.firstSeenMs >= declaredMs / 2;
  const intervalMs = isKept ? declaredMs : Math.min(declaredMs, DEFAULT_INTERVAL_MS);
  const status = hostStatus({ ageMs: nowMs - host.lastSeenMs, intervalMs, left: host.left });
  return status === "offline" || status === "left";
}

/** How many forgotten hosts are remembered. */
export const MAX_REMOVALS = 1_000;

/** The last hosts that were forgotten, by the version at which they were. */
export class Removals {
  readonly #keys: string[] = [];
  readonly #versions: number[] = [];
  /** The newest version that is itself no longer remembered. */
  #lostVersion: number;

  /** Of what was before a version nothing is remembered. */
  constructor(version = 0) {
    this.#lostVersion = version;
  }

  /** Notes that a host was forgotten; versions grow. */
  add(key: string, version: number): void {
    this.#keys.push(key);
    this.#versions.push(version);
    if (this.#keys.length <= MAX_REMOVALS) return;
    this.#keys.shift();
    this.#lostVersion = this.#versions.shift()!;
  }

  /** The keys forgotten after a version, oldest first; `null` when not all of them are remembered. */
  since(version: number): readonly string[] | null {
    if (version < this.#lostVersion) return null;
    const first = this.#versions.findIndex((removed) => removed > version);
    return first < 0 ? [] : this.#keys.slice(first);
  }
}
