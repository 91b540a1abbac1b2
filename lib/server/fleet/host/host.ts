/**
 * One host as the fleet remembers it: its last message, where it came from, and its accounts.
 * Only the fleet changes it; everybody else reads.
 */
import { formatAddress, type Origin } from "../../../common/address.ts";
import type { Digest, Repeat } from "../../../message/digest.ts";
import type { SummaryNumbers } from "../../../message/summary.ts";
import { DEFAULT_INTERVAL_MS, type Tags, type Texts } from "../../../message/message.ts";
import type { Delivery } from "../accounts/delivery.ts";
import { NO_SESSIONS } from "../accounts/sessions.ts";
import type { HostWays } from "../ways/way.ts";
import type { History } from "../past/history.ts";
import { HOST_NUMBERS, HOST_PLACE, NO_TEXTS, type Refusal, type Stores } from "./stores.ts";
import type { Arrived, Probation } from "../accounts/sequence_window.ts";
import type { Timing } from "../accounts/timing.ts";
import type { DropReason } from "../../../common/status.js";

/** What a host was when the fleet forgot it. */
type Parting = { readonly numbers: Float64Array } & Pick<Host, Parts>;
type Parts = "text" | "tags" | "history" | "delivery" | "timing" | "lost" | "ways";

/** What the fleet knows of one host. */
export class Host {
  /** The agent's id; else `ip/host` for a sender without one, and `ip` for a legacy sender. */
  readonly key: string;
  name: string;
  /** Its place in the fleet's index and stores. */
  readonly slot: number;
  /** Of the last datagram; as a text it would take three times the memory. */
  hostname = "";
  port: number | null = 0;
  /** That of the last one that came late; of another agent where several share one id. */
  otherAddress: string | null = null;
  /** Whether `text` begins after the head of the message, whose fields are kept apart. */
  isCut = false;
  /** Whether that is one of the original course system. */
  legacy = true;
  /** Milliseconds between two samples, as it says; `null` where it says none. */
  intervalMs: number | null = null;
  /** All that was said of its texts so far. */
  texts: Texts = NO_TEXTS;
  /** Whether the newest message was a good-bye. */
  left = false;
  /** Id of the key that its last datagram was sealed with; `null` when that was plain. */
  keyId: number | null = null;
  /** Its sessions; for its account alone, and none while it sends no session and sequence. */
  present = NO_SESSIONS.present;
  earlier = NO_SESSIONS.earlier;
  probation: Probation | null = null;
  readonly #stores: Stores;
  #parting: Parting | null = null;

  /** A host before its first datagram is kept; its slot of the stores is cleared. */
  constructor(key: string, slot: number, nowMs: number, stores: Stores) {
    this.key = this.name = key;
    this.slot = slot;
    this.#stores = stores;
    stores.clear(slot);
    this.#put(HOST_PLACE.firstSeenMs, nowMs);
    this.lastSeenMs = nowMs;
    this.sentMs = NaN;
  }

  get firstSeenMs(): number {
    return this.#number(HOST_PLACE.firstSeenMs);
  }

  get lastSeenMs(): number {
    return this.#number(HOST_PLACE.lastSeenMs);
  }

  set lastSeenMs(ms: number) {
    this.#put(HOST_PLACE.lastSeenMs, ms);
  }

  /** When the newest message was sent, by its sender; NaN where it says nothing. */
  get sentMs(): number {
    return this.#number(HOST_PLACE.sentMs);
  }

  set sentMs(ms: number) {
    this.#put(HOST_PLACE.sentMs, ms);
  }

  /** When it was first heard after a reboot, as its uptime had fallen; `null` where that was not seen. */
  get rebootedMs(): number | null {
    return this.#number(HOST_PLACE.rebootedMs) || null;
  }

  /** The fleet's version when this host last changed. */
  get version(): number {
    return this.#number(HOST_PLACE.version);
  }

  set version(version: number) {
    this.#put(HOST_PLACE.version, version);
  }

  /** Datagrams accepted, and below their payload bytes. */
  get datagrams(): number {
    return this.#number(HOST_PLACE.datagrams);
  }

  get bytes(): number {
    return this.#number(HOST_PLACE.bytes);
  }

  /** Counts a datagram that was accepted, of so many bytes. */
  count(bytes: number): void {
    this.#put(HOST_PLACE.datagrams, this.datagrams + 1);
    this.#put(HOST_PLACE.bytes, this.bytes + bytes);
  }

  get address(): string {
    return formatAddress(this);
  }

  /** The newest message as it came, or what of it is not known besides; a late one never takes its place. */
  get text(): string {
    return this.#parting?.text ?? this.#stores.texts.read(this.slot);
  }

  get tags(): Tags {
    return this.#parting?.tags ?? this.#stores.tags.of(this.slot);
  }

  /** As it stands; `null` before the first sample, and for a legacy sender, whose numbers have no known meaning. */
  get history(): History | null {
    return this.#parting === null ? this.#stores.histories.of(this.slot) : this.#parting.history;
  }

  /** `null` while the host sends no session and sequence: then its loss is not known. A glimpse is to be read at once. */
  get delivery(): Delivery | null {
    if (this.#parting !== null) return this.#parting.delivery;
    return this.session === null ? null : this.#stores.accounts.delivery(this);
  }

  get glimpse(): Pick<Delivery, "counts" | "isShared"> | null {
    return this.#parting?.delivery ?? this.#stores.accounts.glimpse(this);
  }

  /** `null` as long as `delivery` is. */
  get timing(): Timing | null {
    if (this.#parting !== null) return this.#parting.timing;
    return this.session === null ? null : this.#stores.accounts.timing(this);
  }

  /** Datagrams that never came; NaN as long as `delivery` is `null`. */
  get lost(): number {
    if (this.#parting !== null) return this.#parting.lost;
    return this.session === null ? NaN : this.#stores.accounts.lostOf(this.slot);
  }

  /** Its ways to several sites; `null` where there is one. */
  get ways(): HostWays | null {
    return this.#parting === null ? this.#stores.ways.of(this) : this.#parting.ways;
  }

  /** Its present session; `null` as long as `delivery` is. */
  get session(): string | null {
    return this.present || null;
  }

  get refusal(): Refusal | null {
    return this.#parting === null ? this.#stores.refusals.get(this.slot) ?? null : null;
  }

  /** Takes a datagram into account, and says what it is; without a session and a number each one is new. */
  account(digest: Digest, arrivalMs: number, isAnew = false, site = 0): Arrived {
    const { session, seq: sequence, timeMs: sentMs, intervalMs, bye } = digest;
    if (session === null || sequence === 0) return "new";
    const isRefused = this.refusal !== null && this.refusal.lastMs >= this.lastSeenMs;
    const sent = { session, sequence, sentMs, arrivalMs, intervalMs, bye, isAnew, isRefused };
    return this.#stores.ways.accept(this, sent, site);
  }

  /** Notes a datagram with a valid tag of its agent that was refused. */
  turnAway(reason: DropReason, nowMs: number): void {
    const count = 1 + (this.refusal?.count ?? 0);
    this.#stores.refusals.set(this.slot, { reason, count, lastMs: nowMs });
  }

  /** Keeps the host's name, address, tags and texts; whether name or address have changed. */
  keepSender(digest: Digest, { hostname, port }: Origin): boolean {
    const { legacy, host, bye, tags, texts } = digest;
    const name = legacy ? hostname : host;
    if (!bye || tags !== "") this.#stores.tags.put(this.slot, tags);
    if (texts !== "") this.texts = this.#stores.facts.merge(this.texts, texts);
    const isThere = port === this.port && hostname === this.hostname;
    if (isThere && name === this.name) return false;
    // Where agents share its id, the one before was another's.
    if (!isThere && this.delivery?.isShared) this.otherAddress = this.address;
    this.name = name;
    this.hostname = hostname;
    this.port = port;
    return true;
  }

  /** Counts a datagram that is not new, and changes nothing else. */
  refuse(repeat: Repeat, site: number): void {
    this.#stores.ways.refuse(this, repeat, site);
  }

  /** Keeps a message, or a part of one, as the newest; the bytes are in UTF-8. */
  keepText(bytes: Uint8Array): void {
    this.#stores.texts.write(this.slot, bytes);
  }

  /** Adds to the newest message what came beside it. */
  addText(separator: string, bytes: Uint8Array): void {
    this.#stores.texts.append(this.slot, separator, bytes);
  }

  /** Enters a sample into the past. */
  keepPoint(nowMs: number, summary: SummaryNumbers): void {
    this.#stores.histories.push(this.slot, hostIntervalMs(this), nowMs, summary);
  }

  /** Enters a sample that came late into the past: as long before the newest as it was made. */
  keepLate({ session, timeMs, groups, summary }: Digest): void {
    if (this.legacy || groups === 0 || session !== this.session) return;
    const agoMs = this.sentMs - timeMs;
    if (agoMs > 0) this.#stores.histories.insert(this.slot, this.lastSeenMs - agoMs, summary);
  }

  /** The fleet forgets it: its room is for others, and those who still look at it see what it was. */
  leave(): void {
    const { text, tags, delivery, timing, lost, ways, slot } = this;
    const { numbers: rows, at } = this.#stores.numbers.row(slot);
    const numbers = rows.slice(at, at + HOST_NUMBERS);
    const history = this.#stores.histories.leave(slot);
    this.#parting = { text, tags, history, delivery, timing, lost, ways, numbers };
    this.#stores.texts.leave(slot);
    this.#stores.tags.put(slot, "");
    this.#stores.refusals.delete(slot);
  }

  #number(place: number): number {
    return this.#parting?.numbers[place] ?? this.#stores.numbers.get(this.slot, place);
  }

  #put(place: number, number: number): void {
    this.#stores.numbers.set(this.slot, place, number);
  }
}

/** The interval by which a host is judged: the one that it declares, or the default. */
export function hostIntervalMs(host: Pick<Host, "intervalMs">): number {
  return host.intervalMs ?? DEFAULT_INTERVAL_MS;
}
