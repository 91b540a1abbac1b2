/**
 * The account of one way, from a host to a site: which of its datagrams came by it, how often and when. What
 * was sent besides is known to the account of all ways together. Pure.
 */
import type { Repeat } from "../../../message/digest.ts";
import type { Metric } from "../../../message/message.ts";
import type { Row } from "../memory/rows.ts";
import { Delivery } from "../accounts/delivery.ts";
import { NO_SESSIONS, type Sessions } from "../accounts/sessions.ts";
import type { CountsBefore, Sent } from "../accounts/accounts.ts";
import type { Verdict } from "../accounts/sequence_window.ts";
import { GAIN, MAX_DELAY_MS, Timing } from "../accounts/timing.ts";

/** One way of a host, since it was first heard by it. */
export interface Way {
  /** What the site that it leads to is called. */
  readonly site: string;
  /** Datagrams that came by it, each counted once, and further copies of them by the same way. */
  readonly received: number;
  readonly duplicate: number;
  /** Datagrams that did not come by it; the newest is not missed before the next. */
  readonly lost: number;
  /**
   * Mean milliseconds by which it takes longer than the shortest transit of this host by any way: the packet
   * delay variation of RFC 5481, section 4.2, D(i) − D(min), smoothed as jitter is. The host's clock cancels out;
   * clocks of sites that are apart do not. `null` without the sender's time.
   */
  readonly delayMs: Metric;
  /** Interarrival jitter by this way alone, RFC 3550 section 6.4.1; `null` before the second. */
  readonly jitterMs: Metric;
  /** When the last datagram came by it, on the fleet's clock. */
  readonly lastMs: number;
  /** Of the last 15 to 30 minutes: datagrams that were sent, and how many of them did not come by it. */
  readonly recent: { readonly sent: number; readonly lost: number };
}

/** The ways of one host. */
export interface HostWays {
  /** In the order in which their sites were registered. */
  readonly sites: readonly Way[];
  /** Of the last 15 to 30 minutes: datagrams that were sent, and how many came by no way. */
  readonly recent: { readonly sent: number; readonly lost: number };
}

/**
 * Where its numbers stand in a row: `base` was known to be sent when it began, `received` had come at two marks
 * in time, so much of what its delivery counts was before this start, by ways that nobody knows, and of so much
 * its past knows.
 */
const AT = {
  ...{ base: 0, restarts: 1, delayMs: 2, lastMs: 3, received: 4, nextReceived: 5 },
  ...{ receivedBefore: 6, duplicateBefore: 7, toldKnown: 8, toldReceived: 9 },
  ...{ delivery: 10, timing: 10 + Delivery.NUMBERS },
} as const;

/** What became known of a way: of so many datagrams so many were lost, fewer than none where some came late. */
export interface News {
  readonly sent: number;
  readonly lost: number;
}

/** One way while it is looked at: its row, and what its delivery remembers besides. */
export class WayAccount {
  /** How long its row is. */
  static readonly NUMBERS = AT.timing + Timing.NUMBERS;
  readonly #row: Row;
  readonly #sessions: Sessions;

  constructor(row: Row, sessions: Sessions) {
    this.#row = row;
    this.#sessions = sessions;
  }

  /** What came by it alone. */
  get delivery(): Delivery {
    const delivery = new Delivery("", 1);
    delivery.load(this.#part(AT.delivery), this.#sessions);
    return delivery;
  }

  /** When its datagrams came. */
  get timing(): Timing {
    return Timing.of(this.#part(AT.timing), this.#sessions.present);
  }

  /** By how much its host's clock is behind its site's, with the shortest transit in it; NaN where that is not known. */
  get clockOffsetMs(): number {
    return Timing.clockOffsetIn(this.#part(AT.timing));
  }

  /** When the last new one came by it. */
  get lastMs(): number {
    return this.#get("lastMs");
  }

  /** Nothing has come yet; its host has started over so often. */
  begin(restarts: number): void {
    this.#row.numbers.fill(0, this.#row.at, this.#row.at + WayAccount.NUMBERS);
    Object.assign(this.#sessions, NO_SESSIONS);
    this.#set("restarts", restarts);
    this.#set("delayMs", NaN);
    this.#set("lastMs", -Infinity);
  }

  /** All that came since this start did so by this way; its past begins now. */
  adopt(delivery: Delivery, timing: Timing, before: CountsBefore): void {
    delivery.save(this.#part(AT.delivery), this.#sessions);
    timing.save(this.#part(AT.timing));
    this.#set("lastMs", timing.arrivalMs);
    this.#set("base", before.received + before.lost);
    this.#set("receivedBefore", before.received);
    this.#set("duplicateBefore", before.duplicate);
    this.#set("received", this.#counts.received);
    this.#set("nextReceived", this.#counts.received);
    this.#set("toldKnown", delivery.known);
    this.#set("toldReceived", this.#counts.received);
  }

  /**
   * So much had been sent when it began, so much now, and so much was known at the mark, and of so much its past
   * knows: its first datagram may have been counted there.
   */
  setBase(base: number, known: number, marked: number, told: number): void {
    this.#set("base", base);
    this.#set("received", Number(known === marked));
    this.#set("nextReceived", Number(known === marked));
    this.#set("toldKnown", Math.max(base, told));
    this.#set("toldReceived", Number(known === told));
  }

  /** Counts that its agent starts over, and says how often it has. */
  restart(): number {
    this.#set("restarts", this.#get("restarts") + 1);
    return this.#get("restarts");
  }

  /** Takes a datagram, and says what it is to those that came by this way before. */
  take(sent: Sent): Verdict {
    const { session, sequence, sentMs, arrivalMs, isAnew = false } = sent;
    const { present } = this.#sessions;
    const isFirst = present === NO_SESSIONS.present;
    const delivery = isFirst ? new Delivery(session, sequence) : this.delivery;
    const arrived = delivery.accept(session, sequence, sentMs, { isAnew, missable: 0 });
    delivery.save(this.#part(AT.delivery), this.#sessions);
    if (arrived === "new" || arrived === "late") {
      this.#set("lastMs", Math.max(this.lastMs, arrivalMs));
    }
    if (arrived === "new") this.#time(sent, isFirst ? null : present);
    return arrived;
  }

  /** Counts a datagram that its site found not to be new. */
  refuse(repeat: Repeat): void {
    const { delivery } = this;
    delivery.refuse(repeat);
    delivery.save(this.#part(AT.delivery), this.#sessions);
  }

  /** Its newest datagram took so much longer than the shortest transit. */
  followDelay(delayMs: number): void {
    if (!(delayMs < MAX_DELAY_MS)) return;
    const beforeMs = this.#get("delayMs");
    this.#set("delayMs", Number.isNaN(beforeMs) ? delayMs : beforeMs + (delayMs - beforeMs) * GAIN);
  }

  /** Notes how much has come; `recent` is what came since the mark before. */
  mark(): void {
    this.#set("received", this.#get("nextReceived"));
    this.#set("nextReceived", this.#counts.received);
  }

  /** What has become known since it was asked last. */
  takeNews(union: Delivery): News {
    const { delivery } = this;
    const known = Math.max(knownBy(delivery, union), this.#get("toldKnown"));
    const sent = known - this.#get("toldKnown");
    const { received } = this.#countsOf(delivery);
    const lost = sent - (received - this.#get("toldReceived"));
    this.#set("toldKnown", known);
    this.#set("toldReceived", received);
    return { sent, lost };
  }

  /** How it stands, beside the account of all ways, which knew of so many sent at the mark before. */
  state(site: string, union: Delivery, knownThen: number): Way {
    const { delivery } = this;
    const { received, duplicate } = this.#countsOf(delivery);
    const known = knownBy(delivery, union);
    const base = this.#get("base");
    const sent = Math.max(0, known - Math.max(base, knownThen));
    const delayMs = this.#get("delayMs");
    return {
      site,
      received,
      duplicate,
      lost: Math.max(0, known - base - received),
      delayMs: Number.isNaN(delayMs) ? null : delayMs,
      jitterMs: this.timing.jitterMs,
      lastMs: this.lastMs,
      recent: { sent, lost: Math.max(0, sent - (received - this.#get("received"))) },
    };
  }

  get #counts() {
    return this.#countsOf(this.delivery);
  }

  #countsOf({ counts: { received, duplicate } }: Delivery) {
    return {
      received: received - this.#get("receivedBefore"),
      duplicate: duplicate - this.#get("duplicateBefore"),
    };
  }

  #time(sent: Sent, before: string | null): void {
    const row = this.#part(AT.timing);
    const timing = before === null ? new Timing(sent) : Timing.of(row, before);
    if (before !== null) timing.accept(sent);
    timing.save(row);
  }

  #part(at: number): Row {
    return { ...this.#row, at: this.#row.at + at };
  }

  #get(name: keyof typeof AT): number {
    return this.#row.numbers[this.#row.at + AT[name]]!;
  }

  #set(name: keyof typeof AT, number: number): void {
    this.#row.numbers[this.#row.at + AT[name]] = number;
  }
}

/** What is known to have been sent by one way: the newest is not missed by it before the next. */
function knownBy({ session, sequence }: Delivery, union: Delivery): number {
  const hasNewest = session === union.session && sequence >= union.sequence;
  return hasNewest ? union.known : union.known - 1;
}
