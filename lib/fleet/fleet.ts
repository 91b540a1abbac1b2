/**
 * All that the server knows, in memory: the hosts, and the account of every datagram. Pure: it is
 * handed bytes with their sender and time, and asked for rows; it opens, writes and schedules nothing.
 */
import {
  DatagramError,
  decodeMessage,
  type LegacyMessage,
  type Message,
  type Metric,
} from "../message.ts";
import { Budget } from "../budget.ts";
import { type Address, formatAddress } from "../format.ts";
import { isWithin, type Network } from "../network.ts";
import { Departures } from "./capacity.ts";
import { Delivery } from "./delivery.ts";
import { historyPoint } from "./history.ts";
import {
  carriesMetrics,
  fittingHistory,
  type Host,
  hostKey,
  keepLate,
  newestMessage,
  newHost,
} from "./host.ts";
import { newcomerAllowances } from "./newcomers.ts";
import { RateMeter } from "./rate_meter.ts";
import { Removals } from "./removals.ts";
import { type HostRow, hostRow } from "./row.ts";
import type { Arrival } from "./sequence_window.ts";
import { countByStatus, type DropReason, type FleetTotals, sumLost } from "./totals.ts";
import { Timing } from "./timing.ts";

/** A datagram that was accepted, with the host that it changed. */
export interface Accepted {
  readonly accepted: true;
  readonly host: Host;
  readonly message: Message | LegacyMessage;
}

/** A datagram that was not accepted, and why; with the error where there was one. */
export interface Dropped {
  readonly accepted: false;
  readonly reason: DropReason;
  readonly error?: Error;
}

/** What became of one datagram. */
export type Receipt = Accepted | Dropped;

type Refusal = "budget" | "capacity";

/** A datagram that was decoded, and what is known of it besides. */
export interface Decoded {
  readonly message: Message | LegacyMessage;
  /** The id of the key that it was sealed with; `null` for a plain one. */
  readonly keyId: number | null;
  /** Why a sealed one is no news, even if the host was forgotten; `null` when it is, or nobody knows. */
  readonly replay: "duplicate" | "old" | null;
}

/** How much a fleet keeps, and how it reads. */
export interface FleetOptions {
  /** Reads a datagram; throws a `DatagramError` for one that is not to be accepted. Plain ones only when absent. */
  readonly decode?: (bytes: Uint8Array, sender: Address) => Decoded;
  /** Networks that may send; everybody when absent or empty. */
  readonly allow?: readonly Network[];
  /** Datagrams that the kernel dropped at our socket; unknown when absent. */
  readonly kernelDropped?: (nowMs: number) => Metric;
  readonly maxHosts: number;
  readonly historyMs: number;
  readonly nowMs: number;
}

/** The hosts, and what became of every datagram. */
export class Fleet {
  readonly #decode: (bytes: Uint8Array, sender: Address) => Decoded;
  readonly #allow: readonly Network[];
  readonly #kernelDropped: (nowMs: number) => Metric;
  readonly #maxHosts: number;
  readonly #historyMs: number;
  readonly #hosts = new Map<string, Host>();
  readonly #newcomers: Budget;
  readonly #departures = new Departures();
  readonly #removals = new Removals();
  readonly #meter: RateMeter;
  readonly #dropped = new Map<DropReason, number>();
  readonly #keyUses = new Map<number, number>();
  #received = 0;
  #receivedBytes = 0;
  #accepted = 0;
  #forgotten = 0;
  /** Datagrams that hosts had lost which are forgotten: the sum never goes back for that. */
  #lostOfForgotten: Metric = null;
  #version = 0;

  constructor(options: FleetOptions) {
    this.#decode = options.decode ??
      ((bytes) => ({ message: decodeMessage(bytes), keyId: null, replay: null }));
    this.#allow = options.allow ?? [];
    this.#kernelDropped = options.kernelDropped ?? (() => null);
    this.#maxHosts = options.maxHosts;
    this.#newcomers = new Budget(newcomerAllowances(options.maxHosts));
    this.#historyMs = options.historyMs;
    this.#meter = new RateMeter(options.nowMs);
  }

  /** Takes one datagram: decodes it, accounts for it, and keeps what it says. Never throws. */
  receive(bytes: Uint8Array, sender: Address, nowMs: number): Receipt {
    this.#received++;
    this.#receivedBytes += bytes.length;
    this.#meter.mark(nowMs);
    try {
      if (!this.#isAllowed(sender)) return this.#drop("source");
      return this.#take(this.#decode(bytes, sender), bytes.length, sender, nowMs);
    } catch (error) {
      if (error instanceof DatagramError) return this.#drop(error.reason, error);
      return this.#drop("internal", error as Error);
    }
  }

  /** The host known by a key. */
  host(key: string): Host | undefined {
    return this.#hosts.get(key);
  }

  /** Every host, in the order in which they were first heard. */
  hosts(): Iterable<Host> {
    return this.#hosts.values();
  }

  /** Grows with every change of a host: a datagram accepted, a host forgotten. */
  get version(): number {
    return this.#version;
  }

  /** Keys of the hosts forgotten after a version; `null` when that is too long ago to tell. */
  removedSince(version: number): readonly string[] | null {
    return this.#removals.since(version);
  }

  /** Every host in one line each, in the order in which they were first heard. */
  rows(nowMs: number): HostRow[] {
    return Array.from(this.#hosts.values(), (host) => hostRow(host, nowMs));
  }

  /** The fleet in numbers. */
  totals(nowMs: number): FleetTotals {
    return {
      hosts: this.#hosts.size,
      byStatus: countByStatus(this.#hosts.values(), nowMs),
      datagramsPerSecond: this.#meter.perSecond(nowMs),
      received: this.#received,
      receivedBytes: this.#receivedBytes,
      accepted: this.#accepted,
      dropped: new Map(this.#dropped),
      kernelDropped: this.#kernelDropped(nowMs),
      lost: sumLost(this.#hosts.values(), this.#lostOfForgotten),
      keyUses: new Map(this.#keyUses),
      forgotten: this.#forgotten,
    };
  }

  #take(
    { message, keyId, replay }: Decoded,
    bytes: number,
    sender: Address,
    nowMs: number,
  ): Receipt {
    if (replay !== null && !this.#hosts.has(hostKey(message, sender))) return this.#drop(replay);
    const host = this.#hosts.get(hostKey(message, sender)) ??
      (keyId === null ? this.#admit(message, sender, nowMs) : this.#enter(message, sender, nowMs));
    if (typeof host === "string") return this.#drop(host);
    const arrival = account(host, message, nowMs);
    if (arrival === "duplicate" || arrival === "old") return this.#drop(arrival);
    if (arrival === "new") this.#keep(host, message, sender, nowMs);
    else {
      keepLate(host, message);
      host.otherAddress = formatAddress(sender);
    }
    host.version = ++this.#version;
    host.datagrams++;
    host.bytes += bytes;
    host.keyId = keyId;
    if (keyId !== null) this.#keyUses.set(keyId, nowMs);
    this.#accepted++;
    return { accepted: true, host, message };
  }

  #isAllowed({ hostname }: Address): boolean {
    return this.#allow.length === 0 || isWithin(this.#allow, hostname);
  }

  #drop(reason: DropReason, error?: Error): Receipt {
    this.#dropped.set(reason, (this.#dropped.get(reason) ?? 0) + 1);
    return { accepted: false, reason, ...(error && { error }) };
  }

  /** Enters a new host that has proven nothing: only so many of them at once. */
  #admit(message: Message | LegacyMessage, sender: Address, nowMs: number): Host | Refusal {
    if (!this.#newcomers.take(sender.hostname, nowMs)) return "budget";
    const host = this.#enter(message, sender, nowMs);
    if (host === "capacity") this.#newcomers.giveBack(sender.hostname);
    return host;
  }

  #enter(message: Message | LegacyMessage, sender: Address, nowMs: number): Host | "capacity" {
    if (this.#hosts.size >= this.#maxHosts && !this.#makeRoom(nowMs)) return "capacity";
    const key = hostKey(message, sender);
    const host = newHost(key, message, nowMs);
    this.#hosts.set(key, host);
    return host;
  }

  #makeRoom(nowMs: number): boolean {
    const leaver = this.#departures.next(this.#hosts.values(), nowMs);
    if (leaver === null) return false;
    this.#hosts.delete(leaver.key);
    this.#removals.add(leaver.key, ++this.#version);
    this.#forgotten++;
    if (leaver.delivery !== null) {
      this.#lostOfForgotten = (this.#lostOfForgotten ?? 0) + leaver.delivery.lost;
    }
    return true;
  }

  #keep(host: Host, message: Message | LegacyMessage, sender: Address, nowMs: number): void {
    host.message = newestMessage(host.message, message);
    host.name = message.v === 1 ? message.host : sender.hostname;
    host.address = formatAddress(sender);
    host.lastSeenMs = nowMs;
    host.left = message.v === 1 && message.bye === true;
    if (message.v !== 1 || (host.left && !carriesMetrics(message))) return;
    host.history = fittingHistory(host, this.#historyMs, nowMs);
    host.history.push(nowMs, historyPoint(message));
  }
}

/** Enters a datagram into its host's delivery; without a session and a sequence each one is news. */
function account(host: Host, message: Message | LegacyMessage, nowMs: number): Arrival {
  if (message.v !== 1 || message.session === undefined || message.seq === undefined) return "new";
  const { session, seq, time: sentMs = NaN } = message;
  host.delivery ??= new Delivery(session, seq);
  const arrival = host.delivery.accept(session, seq);
  if (host.timing === null) host.timing = new Timing(session, seq, sentMs, nowMs);
  else if (arrival === "new") host.timing.accept(session, seq, sentMs, nowMs);
  return arrival;
}
