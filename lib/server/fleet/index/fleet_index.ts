/**
 * What a fleet is searched and sorted by, and counted from, in typed arrays: one look at all of
 * 100,000 hosts takes a millisecond, where following as many objects takes thirty. Each host has a
 * slot as long as it is known. It follows every change and decides nothing.
 */
import { metricOf } from "../../../catalogue.ts";
import type { SortColumn } from "../../../common/columns.ts";
import { GROUP_BITS } from "../../../message/digest.ts";
import {
  GROUP_AT,
  PLACE,
  SUMMARY_METRICS,
  type SummaryMetric,
  type SummaryNumbers,
} from "../../../message/summary.ts";
import { type Host, hostIntervalMs } from "../host/host.ts";
import type { Stores } from "../host/stores.ts";
import { compareNames, compareNaturally, searchText } from "./names.ts";
import {
  type HostStatus,
  hostStatus,
  offlineAfterMs,
  staleAfterMs,
} from "../../../common/status.js";
import { TextOrder } from "./order.ts";

type Column = Float64Array<ArrayBuffer>;

/** Slots that the columns have room for at first, and twice as many when those are taken. */
const FIRST_ROOM = 64;

/** The group of metrics that each place of a summary is of, as a bit. */
const GROUPS = GROUP_AT.map((group) => GROUP_BITS[group]);

/** The places of the metrics that hosts are sorted, compared and judged by: others would only take room. */
const INDEXED = SUMMARY_METRICS.map(metricOf).flatMap(({ sort, past, bar }, place) =>
  sort !== undefined || past !== undefined || bar ? [place] : []
);

const UPTIME = INDEXED.indexOf(PLACE.uptime);

/** Stores in which others look by slot. */
type StoreName = "accounts" | "numbers" | "refusals" | "tags";

/** The numbers of all hosts, by slot; NaN for what is not known. */
export class FleetIndex {
  lastSeenMs: Column = new Float64Array(FIRST_ROOM);
  version: Column = new Float64Array(FIRST_ROOM);
  datagramsLost: Column = new Float64Array(FIRST_ROOM);
  /** Grows with each host that enters. */
  entry: Column = new Float64Array(FIRST_ROOM);
  /** Of those that are asked for, in the order of their places. */
  readonly #metrics: Column[] = INDEXED.map(() => new Float64Array(FIRST_ROOM));
  /** The order by name and key, and by address. */
  readonly names: TextOrder;
  readonly addresses: TextOrder;
  #intervalMs: Column = new Float64Array(FIRST_ROOM);
  #left = new Uint8Array(FIRST_ROOM);
  #hosts: (Host | null)[] = [];
  /** As `searchText` has them. */
  #texts: string[] = [];
  #free: number[] = [];
  #entries = 0;
  readonly #mostHosts: number;
  /** Those of every slot. */
  readonly tags: Stores["tags"];
  readonly accounts: Stores["accounts"];
  readonly numbers: Stores["numbers"];
  readonly refusals: Stores["refusals"];

  /** Of so many hosts at the most, of which the stores keep more. */
  constructor(
    mostHosts: number,
    { tags, accounts, numbers, refusals }: Pick<Stores, StoreName>,
  ) {
    this.#mostHosts = mostHosts;
    this.tags = tags;
    this.accounts = accounts;
    this.numbers = numbers;
    this.refusals = refusals;
    this.names = new TextOrder((a, b) => compareNames(this.#hosts[a]!, this.#hosts[b]!));
    this.addresses = new TextOrder((a, b) =>
      compareNaturally(this.#hosts[a]!.address, this.#hosts[b]!.address) ||
      compareNames(this.#hosts[a]!, this.#hosts[b]!)
    );
  }

  /** One number of all hosts' newest samples, by slot. */
  metric(name: SummaryMetric): Column {
    return this.#metrics[INDEXED.indexOf(PLACE[name])]!;
  }

  /** How many slots there are, empty ones among them. */
  get slots(): number {
    return this.#hosts.length;
  }

  /** The slot that the next host gets. */
  get freeSlot(): number {
    return this.#free.at(-1) ?? this.#hosts.length;
  }

  /** The entry of the host that entered last. */
  get lastEntry(): number {
    return this.#entries;
  }

  /** Enters a new host, which has the free slot. */
  enter(host: Host): void {
    const { slot } = host;
    this.#free.pop();
    if (slot >= this.#left.length) this.#makeRoom();
    this.#hosts[slot] = host;
    this.entry[slot] = ++this.#entries;
    this.datagramsLost[slot] = NaN;
    for (const column of this.#metrics) column[slot] = NaN;
    this.rename(host);
  }

  /** A host's name or address is another. */
  rename(host: Host): void {
    const { slot } = host;
    this.#texts[slot] = searchText(host);
    this.names.change(slot);
    this.addresses.change(slot);
  }

  /** A host has changed; of `summary` those numbers are news whose groups are, as bits. Whether its uptime has fallen. */
  update(host: Host, summary: SummaryNumbers, groups: number): boolean {
    const { slot } = host;
    this.lastSeenMs[slot] = host.lastSeenMs;
    this.version[slot] = host.version;
    this.datagramsLost[slot] = host.lost;
    this.#intervalMs[slot] = hostIntervalMs(host);
    this.#left[slot] = Number(host.left);
    const columns = this.#metrics;
    const uptimeBefore = columns[UPTIME]![slot]!;
    for (let n = 0; n < columns.length; n++) {
      const place = INDEXED[n]!;
      if ((groups & GROUPS[place]!) !== 0) columns[n]![slot] = summary[place]!;
    }
    return columns[UPTIME]![slot]! < uptimeBefore;
  }

  /** A host is forgotten; its slot is for another. */
  leave({ slot }: Host): void {
    this.#hosts[slot] = null;
    this.#texts[slot] = "";
    this.#free.push(slot);
    this.names.change(slot);
    this.addresses.change(slot);
  }

  /** The host of a slot; `null` for an empty one. */
  host(slot: number): Host | null {
    return this.#hosts[slot] ?? null;
  }

  /** Every host, in the order of their slots. */
  hosts(): Host[] {
    return this.#hosts.filter((host) => host !== null);
  }

  /** What a search looks in for a slot's host, as `searchText` has it. */
  text(slot: number): string {
    return this.#texts[slot]!;
  }

  /** The slots of the hosts for which `test` holds. */
  select(test: (slot: number) => boolean): Uint32Array<ArrayBuffer> {
    const slots = new Uint32Array(this.#hosts.length);
    let count = 0;
    for (let slot = 0; slot < this.#hosts.length; slot++) {
      if (this.#hosts[slot] !== null && test(slot)) slots[count++] = slot;
    }
    return slots.subarray(0, count);
  }

  status(slot: number, nowMs: number): HostStatus {
    return hostStatus({
      ageMs: nowMs - this.lastSeenMs[slot]!,
      intervalMs: this.#intervalMs[slot]!,
      left: this.#left[slot] === 1,
    });
  }

  /** Writes a mark for each slot whose host is offline, and 0 for the others: of all at once it costs least. */
  writeOffline(into: Float64Array, mark: number, nowMs: number, from: number, to: number): void {
    const [lastSeenMs, intervalMs, left] = [this.lastSeenMs, this.#intervalMs, this.#left];
    for (let slot = from; slot < to; slot++) {
      const isLate = nowMs - lastSeenMs[slot]! > offlineAfterMs(intervalMs[slot]!);
      into[slot] = isLate && left[slot] === 0 ? mark : 0;
    }
  }

  /** How many hosts are how. */
  countByStatus(nowMs: number, from = 0, to = this.slots): Record<HostStatus, number> {
    const [lastSeenMs, intervalMs, left] = [this.lastSeenMs, this.#intervalMs, this.#left];
    let [live, stale, offline, gone] = [0, 0, 0, 0];
    for (let slot = from; slot < to; slot++) {
      if (this.#hosts[slot] === null) continue;
      const ageMs = nowMs - lastSeenMs[slot]!;
      if (left[slot] === 1) gone++;
      else if (ageMs > offlineAfterMs(intervalMs[slot]!)) offline++;
      else if (ageMs > staleAfterMs(intervalMs[slot]!)) stale++;
      else live++;
    }
    return { live, stale, offline, left: gone };
  }

  /** Puts new and changed texts in the order that a column needs, some at a time; `false` when all are. */
  sortIncrementally(column: SortColumn | null): boolean {
    // Every order needs the names, for its ties.
    const orders = column === "address" ? [this.names, this.addresses] : [this.names];
    for (const order of orders) order.sortIncrementally((slot) => this.#hosts[slot] === null);
    return !orders.every(({ isSettled }) => isSettled);
  }

  #makeRoom(): void {
    const room = Math.max(FIRST_ROOM, Math.min(2 * this.#left.length, this.#mostHosts));
    const left = new Uint8Array(room);
    left.set(this.#left);
    this.#left = left;
    const lengthen = (column: Column) => longer(column, room);
    this.lastSeenMs = lengthen(this.lastSeenMs);
    this.version = lengthen(this.version);
    this.datagramsLost = lengthen(this.datagramsLost);
    this.entry = lengthen(this.entry);
    this.#intervalMs = lengthen(this.#intervalMs);
    this.#metrics.forEach((column, place) => this.#metrics[place] = lengthen(column));
  }
}

/** What others see of it: enough to choose slots. */
export type IndexView = Pick<
  FleetIndex,
  | ("addresses" | "countByStatus" | "datagramsLost" | "entry" | "host")
  | ("lastEntry" | "lastSeenMs" | "metric" | "names" | "select" | "slots")
  | ("status" | "text" | "writeOffline" | StoreName)
>;

function longer(column: Column, room: number): Column {
  const grown = new Float64Array(room);
  grown.set(column);
  return grown;
}
