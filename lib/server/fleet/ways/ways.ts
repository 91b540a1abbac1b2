/**
 * The ways of all hosts, where datagrams come by several sites: each has an account of its own, beside the
 * one of all together. A way lost what is known to have been sent, because some site had it or nobody
 * did, and did not come by it. Pure.
 */
import type { Repeat } from "../../../message/digest.ts";
import { DEFAULT_INTERVAL_MS } from "../../../message/message.ts";
import { Rows } from "../memory/rows.ts";
import { MAX_FIRST } from "../accounts/delivery.ts";
import type { Accounts, Holder, Sent } from "../accounts/accounts.ts";
import { NO_SESSIONS, type Sessions } from "../accounts/sessions.ts";
import { type Arrived, SequenceWindow } from "../accounts/sequence_window.ts";
import { leastOf } from "../accounts/timing.ts";
import type { Sites } from "./sites.ts";
import { type HostWays, type News, WayAccount } from "./way.ts";

/** No site. */
const NONE = -1;
/** More than there are sites, this server included. */
const SITES = 32;
/** A host's timing is that of one of its ways, until that is silent for so many intervals. */
const SILENT_INTERVALS = 3;
/** What is recent began one to two such spans ago. */
const RECENT_MS = 900_000;

/**
 * Where numbers of a host stand: when its newest datagram came and its session began, how often its agent
 * started over, by which site its timing is, what was known to be sent, and lost, at two marks in time and when
 * the past was told.
 */
const AT = {
  ...{ isOpen: 0, newestMs: 1, sessionMs: 2, restarts: 3, home: 4 },
  ...{ markMs: 5, known: 6, lost: 7, nextMarkMs: 8, nextKnown: 9, nextLost: 10 },
  ...{ toldKnown: 11, toldLost: 12 },
} as const;

/** All ways of all hosts. */
export class Ways {
  readonly #accounts: Accounts;
  readonly #sites: Sites;
  /** The only site that was heard so far, or was before there were several. */
  #first = NONE;
  #isSeveral = false;
  /** When each site was first heard. */
  readonly #heardMs = new Map<number, number>();
  readonly #hosts = new Rows(Object.keys(AT).length);
  readonly #rows = new Rows(WayAccount.NUMBERS);
  /** Which row a way has, by its slot and site; what its delivery remembers; and rows that none has. */
  readonly #places = new Map<number, number>();
  readonly #sessions: Sessions[] = [];
  readonly #free: number[] = [];

  /** Ways to account for beside all together. */
  constructor(accounts: Accounts, sites: Sites) {
    this.#accounts = accounts;
    this.#sites = sites;
  }

  /** What the sites are called that were heard, where there are several; else none. */
  get sites(): readonly string[] {
    if (!this.#isSeveral) return [];
    const heard = [...this.#heardMs.keys()].sort((a, b) => a - b);
    return heard.map((site) => this.#sites.nameOf(site));
  }

  /** Takes a datagram that came by a site into account, and says what it is. */
  accept(holder: Holder, sent: Sent, site: number): Arrived {
    if (site !== this.#first) this.#hear(site);
    const isOne = !this.#isSeveral || this.#accounts.isCopy(holder.slot, sent);
    return isOne ? this.#accounts.accept(holder, sent) : this.#acceptBy(holder, sent, site);
  }

  /** From the second site on each way has an account. */
  #hear(site: number): void {
    this.#isSeveral ||= this.#first !== NONE;
    if (this.#isSeveral) return;
    this.#first = site;
    this.#heardMs.set(site, -Infinity);
  }

  #acceptBy(holder: Holder, sent: Sent, site: number): Arrived {
    const { slot, present } = holder;
    this.#heardMs.set(site, Math.min(this.#heardMs.get(site) ?? Infinity, sent.arrivalMs));
    const { numbers, at } = this.#hosts.row(slot);
    if (numbers[at + AT.isOpen] === 0) this.#open(holder);
    const known = this.#way(slot, site);
    const way = known ?? this.#begin(slot, site, sent.isAnew);
    const onWay = way.take(sent);
    const isNew = onWay === "new" || onWay === "late";
    const isBehind = sent.arrivalMs < numbers[at + AT.newestMs]!;
    const isAnew = sent.isAnew === true && this.#isFirstToRestart(slot, way);
    const verdict = this.#accounts.accept(holder, { ...sent, isAnew, way: { isNew, isBehind } });
    if (holder.present !== present) numbers[at + AT.sessionMs] = sent.arrivalMs;
    if (known === null) {
      const { known } = this.#accounts.delivery(holder);
      const [marked, told] = [numbers[at + AT.known]!, numbers[at + AT.toldKnown]!];
      way.setBase(this.#base(holder, sent, site), known, marked, told);
    }
    if (verdict === "new") {
      numbers[at + AT.newestMs] = Math.max(numbers[at + AT.newestMs]!, sent.arrivalMs);
    }
    if (onWay === "new") this.#time(slot, way, sent, site);
    if (sent.arrivalMs - numbers[at + AT.nextMarkMs]! >= RECENT_MS) {
      this.#mark(holder, sent.arrivalMs);
    }
    return isNew && verdict === "duplicate" ? "copy" : verdict;
  }

  /** Counts a datagram that its site found not to be new. */
  refuse(holder: Holder, repeat: Repeat, site: number): void {
    this.#accounts.refuse(holder, repeat);
    this.#way(holder.slot, site)?.refuse(repeat);
  }

  /** The ways of a host as they stand; `null` where it was not heard since there are several. */
  of(holder: Holder): HostWays | null {
    if (!this.#isSeveral) return null;
    const { numbers, at } = this.#hosts.row(holder.slot);
    if (numbers[at + AT.isOpen] === 0) return null;
    const union = this.#accounts.delivery(holder);
    const knownThen = numbers[at + AT.known]!;
    const lost = Math.max(0, union.lost - numbers[at + AT.lost]!);
    const sites = this.#waysOf(holder.slot).map(([site, way]) =>
      way.state(this.#sites.nameOf(site), union, knownThen)
    );
    return {
      // In the order of names: in which they were heard first differs from view to view.
      sites: sites.sort((a, b) => a.site < b.site ? -1 : 1),
      recent: { sent: union.known - knownThen, lost },
    };
  }

  /** Hands on what has become known of a host since the last time: by all ways together (`null`), and by each. */
  takeNews(holder: Holder, take: (site: number | null, news: News) => void): void {
    if (!this.#isSeveral) return;
    const { numbers, at } = this.#hosts.row(holder.slot);
    if (numbers[at + AT.isOpen] === 0) return;
    const union = this.#accounts.delivery(holder);
    const { known, lost } = union;
    const [sent, gone] = [known - numbers[at + AT.toldKnown]!, lost - numbers[at + AT.toldLost]!];
    numbers.set([known, lost], at + AT.toldKnown);
    take(null, { sent, lost: gone });
    for (const [site, way] of this.#waysOf(holder.slot)) take(site, way.takeNews(union));
  }

  /** The next host of a slot has no ways yet. */
  clear(slot: number): void {
    if (!this.#isSeveral) return;
    this.#hosts.row(slot);
    this.#hosts.clear(slot);
    for (const site of this.#heardMs.keys()) {
      const place = this.#places.get(slot * SITES + site);
      if (place === undefined) continue;
      this.#places.delete(slot * SITES + site);
      this.#free.push(place);
    }
  }

  #way(slot: number, site: number): WayAccount | null {
    const place = this.#places.get(slot * SITES + site);
    if (place === undefined) return null;
    return new WayAccount(this.#rows.row(place), this.#sessions[place]!);
  }

  #waysOf(slot: number): (readonly [site: number, WayAccount])[] {
    const ways: [number, WayAccount][] = [];
    for (const site of this.#heardMs.keys()) {
      const way = this.#way(slot, site);
      if (way !== null) ways.push([site, way]);
    }
    return ways;
  }

  /** A way of which the first datagram may be one with which its agent starts over, as others have told or will. */
  #begin(slot: number, site: number, isAnew = false): WayAccount {
    const place = this.#free.pop() ?? this.#sessions.push({ ...NO_SESSIONS }) - 1;
    this.#places.set(slot * SITES + site, place);
    const way = this.#way(slot, site)!;
    const { numbers, at } = this.#hosts.row(slot);
    way.begin(numbers[at + AT.restarts]! - Number(isAnew));
    return way;
  }

  /**
   * A host is heard for the first time since there are several sites: what came before came by the first, but
   * for what came before this start.
   */
  #open(holder: Holder): void {
    const { slot, present, earlier, firstSeenMs } = holder;
    const { numbers, at } = this.#hosts.row(slot);
    numbers.set([1, -Infinity, firstSeenMs], at + AT.isOpen);
    numbers[at + AT.home] = NaN;
    if (present === NO_SESSIONS.present) return;
    const closed = earlier.map(({ session, highest }) => SequenceWindow.closed(session, highest));
    const alone = { slot, firstSeenMs, present, earlier: closed, probation: null };
    const before = this.#accounts.delivery(alone);
    numbers[at + AT.known] = numbers[at + AT.nextKnown] = before.known;
    numbers[at + AT.lost] = numbers[at + AT.nextLost] = before.lost;
    numbers.set([before.known, before.lost], at + AT.toldKnown);
    const beforeStart = this.#accounts.countsBefore(slot);
    if (before.counts.received === beforeStart.received) return;
    this.#begin(slot, this.#first).adopt(before, this.#accounts.timing(holder), beforeStart);
    numbers[at + AT.home] = this.#first;
  }

  /**
   * What is known to have been sent before a way began: all before the session, where the site was there when
   * that began; else all before the first datagram.
   */
  #base(holder: Holder, { session, sequence }: Sent, site: number): number {
    const { known, first, sequence: highest } = this.#accounts.delivery(holder);
    if (session !== holder.present) return known - 1;
    const { numbers, at } = this.#hosts.row(holder.slot);
    const wasThere = this.#heardMs.get(site)! <= numbers[at + AT.sessionMs]! ||
      (first <= MAX_FIRST && sequence - first < MAX_FIRST);
    return known - 1 - Math.max(0, highest - (wasThere ? first : sequence));
  }

  /** Whether no other way has told of it that an agent starts over. */
  #isFirstToRestart(slot: number, way: WayAccount): boolean {
    const { numbers, at } = this.#hosts.row(slot);
    const restarts = way.restart();
    if (restarts <= numbers[at + AT.restarts]!) return false;
    numbers[at + AT.restarts] = restarts;
    return true;
  }

  /** Follows when datagrams come by a way; the host's timing is that of one of them. */
  #time(slot: number, way: WayAccount, sent: Sent, site: number): void {
    const { sentMs, arrivalMs, intervalMs } = sent;
    const offsets = this.#waysOf(slot).map(([, { clockOffsetMs }]) => clockOffsetMs);
    way.followDelay(arrivalMs - sentMs - offsets.reduce(leastOf, NaN));
    const { numbers, at } = this.#hosts.row(slot);
    const home = numbers[at + AT.home]!;
    const homeMs = this.#way(slot, home)?.lastMs ?? -Infinity;
    const isSilent = arrivalMs - homeMs > SILENT_INTERVALS * (intervalMs || DEFAULT_INTERVAL_MS);
    if (site !== home && !isSilent) return;
    numbers[at + AT.home] = site;
    this.#accounts.setTiming(slot, way.timing);
  }

  /** Notes how much was sent and came, so that what is recent is told from what was. */
  #mark(holder: Holder, nowMs: number): void {
    const { numbers, at } = this.#hosts.row(holder.slot);
    const { known, lost } = this.#accounts.delivery(holder);
    numbers.copyWithin(at + AT.markMs, at + AT.nextMarkMs, at + AT.nextMarkMs + 3);
    numbers.set([nowMs, known, lost], at + AT.nextMarkMs);
    for (const [, way] of this.#waysOf(holder.slot)) way.mark();
  }
}
