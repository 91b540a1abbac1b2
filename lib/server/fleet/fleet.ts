/**
 * All that the server knows, in memory: the hosts, and the account of every datagram. Pure: it is
 * handed bytes with their sender and time, and asked for rows; it opens, writes and schedules nothing.
 */
import { ALL_GROUPS, type Decoded } from "../../message/digest.ts";
import { type SummaryNumbers, unknownNumbers } from "../../message/summary.ts";
import { DatagramError } from "../../message/message.ts";
import { formatAddress, isWithin, type Origin } from "../../common/address.ts";
import { TextMap } from "../../common/hash.ts";
import { EvictionQueue, Removals } from "./admission/eviction.ts";
import { Host } from "./host/host.ts";
import { hostSummary, keepNews } from "./host/host_message.ts";
import { type HostRecord, restoreHost } from "./host/record.ts";
import { FleetIndex, type IndexView } from "./index/fleet_index.ts";
import { AdmissionBudgets, hostKey } from "./admission/admission.ts";
import type { HostOrder, HostQuery, UnusualOf } from "./index/listed.ts";
import { orderHosts } from "./index/query.ts";
import type { FleetOptions, FleetTotals, Receipt } from "./receipt.ts";
import { Accepted, Counts, PlainDecoder, RateMeter } from "./receipt.ts";
import { type HostRow, hostRow } from "./host/row.ts";
import { Stores } from "./host/stores.ts";
import { Sites } from "./ways/sites.ts";
import { WaysPast } from "./ways_past.ts";

/** The hosts, and what became of every datagram. */
export class Fleet {
  readonly #options: FleetOptions;
  readonly #sites = new Sites();
  #decoder!: NonNullable<FleetOptions["decoder"]>;
  #hosts!: TextMap<Host>;
  #index!: FleetIndex;
  #stores!: Stores;
  #budgets!: AdmissionBudgets;
  #evictions!: EvictionQueue;
  #removals!: Removals;
  #meter!: RateMeter;
  #counts!: Counts;
  #ways!: WaysPast;
  #version = 0;

  constructor(options: FleetOptions) {
    this.#options = options;
    this.restart(options.nowMs);
  }

  /** Starts over with nothing at a time, which may be an earlier one. Versions go on. */
  restart(nowMs: number): void {
    const { maxHosts, historyMs, decoder, resumed } = this.#options;
    this.#decoder = decoder ?? new PlainDecoder(maxHosts);
    if (this.#version > 0) this.#version++;
    this.#hosts = new TextMap();
    this.#stores = new Stores(historyMs, this.#sites, resumed);
    this.#index = new FleetIndex(maxHosts, this.#stores);
    this.#budgets = new AdmissionBudgets(maxHosts);
    this.#evictions = new EvictionQueue(maxHosts, this.#index);
    this.#removals = new Removals(this.#version);
    this.#meter = new RateMeter(nowMs);
    this.#counts = new Counts();
    this.#ways = new WaysPast(this.#stores.ways, this.#sites, this, nowMs);
  }

  /** The number of a site, which is registered with it; without room, that of the last. */
  siteOf(name: string): number {
    return this.#sites.numberOf(name);
  }

  /** The sites by which datagrams come, where there are several, and what was lost on the way to each. */
  get ways(): WaysPast {
    return this.#ways;
  }

  /** Takes one datagram: decodes it, accounts for it, keeps what it says. Site 0 is this server. Never throws. */
  receive(bytes: Uint8Array, sender: Origin, nowMs: number, site = 0): Receipt {
    this.#counts.receive(bytes.length);
    this.#meter.mark(nowMs);
    try {
      const { allow = [] } = this.#options;
      if (allow.length > 0 && !isWithin(allow, sender.hostname)) return this.#counts.drop("source");
      const decoded = this.#decoder.decode(bytes, sender, nowMs);
      return this.#take(decoded, bytes.length, sender, nowMs, site);
    } catch (error) {
      if (error instanceof DatagramError) return this.#refuse(error, nowMs);
      return this.#counts.drop("internal", error as Error);
    }
  }

  /** Restores a host that was saved before this start, where there is room; else `null`. */
  restore(record: HostRecord, startedMs: number): Host | null {
    if (this.#hosts.size >= this.#options.maxHosts) return null;
    const host = this.#enter(record.key, record.hostname, 0, startedMs) as Host;
    restoreHost(host, record, this.#stores, startedMs);
    this.#index.rename(host);
    this.#change(host, hostSummary(host), ALL_GROUPS);
    this.#evictions.hear(host);
    return host;
  }

  /** Forgets a host, which frees its place. */
  forget(leaver: Host): void {
    this.#evictions.leave(leaver);
    this.#hosts.delete(leaver.key);
    this.#index.leave(leaver);
    leaver.leave();
    this.#removals.add(leaver.key, ++this.#version);
  }

  /** The host known by a key. */
  host(key: string): Host | undefined {
    return this.#hosts.get(key);
  }

  /** Every host, in the order in which they were first heard but for those that took another's place. */
  hosts(): readonly Host[] {
    return this.#index.hosts();
  }

  get size(): number {
    return this.#hosts.size;
  }

  /** Grows with every change of a host: a datagram accepted, a host forgotten. */
  get version(): number {
    return this.#version;
  }

  /** Keys of the hosts forgotten after a version; `null` when not all of them are remembered. */
  removedSince(version: number): readonly string[] | null {
    return this.#removals.since(version);
  }

  /** Every host in one line each, in the order of `hosts`. */
  rows(nowMs: number): HostRow[] {
    return this.hosts().map((host) => hostRow(host, nowMs));
  }

  /** The slots of hosts in an order. New names may be the last of it until `sortIncrementally` has had its time. */
  order(query: HostQuery, nowMs: number, unusualOf: UnusualOf = () => []): HostOrder {
    return orderHosts(this.#index, query, nowMs, unusualOf);
  }

  /** The hosts of some slots of an order, without those that have been forgotten since. */
  hostsAt(slots: Uint32Array): Host[] {
    return Array.from(slots, (slot) => this.#index.host(slot)).filter((host) => host !== null);
  }

  /** What slots are chosen by. */
  get index(): IndexView {
    return this.#index;
  }

  /** The hosts that changed after a version. */
  changedSince(version: number): Host[] {
    return this.hostsAt(this.#index.select((slot) => this.#index.version[slot]! > version));
  }

  /** Puts some new texts in the order that a column needs, for a few milliseconds; whether there are more. */
  sortIncrementally(column: HostQuery["sort"]): boolean {
    return this.#index.sortIncrementally(column);
  }

  /** The fleet in numbers. */
  totals(nowMs: number): FleetTotals {
    return {
      hosts: this.#hosts.size,
      byStatus: this.#index.countByStatus(nowMs),
      datagramsPerSecond: this.#meter.perSecond(nowMs),
      ...this.#counts,
      dropped: new Map(this.#counts.dropped),
      kernelDropped: this.#options.kernelDropped?.(nowMs) ?? null,
      lost: this.#stores.accounts.lost,
      keyUses: new Map(this.#counts.keyUses),
    };
  }

  #take(decoded: Decoded, bytes: number, sender: Origin, nowMs: number, site: number): Receipt {
    const { digest, keyId, replay } = decoded;
    const key = hostKey(digest, sender);
    const known = this.#hosts.get(key);
    if (known && this.#options.resumed?.hasTaken(known)) return this.#counts.copy();
    if (replay !== null) {
      known?.refuse(replay, site);
      return this.#counts.drop(replay, undefined, known);
    }
    const host = known ?? this.#admit(key, sender, nowMs, keyId !== null || site > 0);
    if (typeof host === "string") return this.#counts.drop(host);
    const arrival = host.account(digest, nowMs, decoded.isAnew, site);
    if (arrival === "copy") return this.#counts.copy();
    if (arrival === "duplicate" || arrival === "old") {
      host.version = ++this.#version;
      return this.#counts.drop(arrival, undefined, host);
    }
    host.count(bytes);
    if (arrival === "new" && host.keepSender(digest, sender)) this.#index.rename(host);
    const news = arrival === "new" ? keepNews(host, decoded, nowMs) : 0;
    if (arrival === "late") {
      host.keepLate(digest);
      host.otherAddress = formatAddress(sender);
    }
    this.#change(host, digest.summary, news);
    this.#evictions.hear(host);
    if (keyId !== null) this.#counts.keyUses.set(keyId, nowMs);
    this.#counts.accepted++;
    return new Accepted(host, sender, decoded);
  }

  #refuse(error: DatagramError, nowMs: number): Receipt {
    const host = error.agent === null ? undefined : this.#hosts.get(error.agent);
    host?.turnAway(error.reason, nowMs);
    if (host !== undefined) this.#change(host, unknownNumbers(), 0);
    return this.#counts.drop(error.reason, error);
  }

  #change(host: Host, summary: SummaryNumbers, news: number): void {
    host.version = ++this.#version;
    if (this.#index.update(host, summary, news)) this.#stores.noteReboot(host);
  }

  /** Enters a new host: within the rate limit, unless it has authenticated or a site has let it in. */
  #admit(
    key: string,
    sender: Origin,
    nowMs: number,
    isLetIn: boolean,
  ): Host | "budget" | "capacity" {
    if (isLetIn) return this.#enter(key, sender.hostname, 0, nowMs);
    const places = this.#evictions.placesOf(sender.hostname);
    const enter = () => this.#enter(key, sender.hostname, places, nowMs);
    return this.#budgets.admit(sender.hostname, places, nowMs, enter);
  }

  /** Enters a new host; others make room for it as for the first of a network when `places` is 0. */
  #enter(key: string, hostname: string, places: number, nowMs: number) {
    if (this.size >= this.#options.maxHosts) {
      const leaver = this.#evictions.next(places, nowMs);
      if (leaver === null) return "capacity";
      this.forget(leaver);
      this.#counts.forgotten++;
    }
    const host = new Host(key, this.#index.freeSlot, nowMs, this.#stores);
    this.#hosts.set(host);
    this.#index.enter(host);
    this.#evictions.enter(host, hostname);
    return host;
  }
}
