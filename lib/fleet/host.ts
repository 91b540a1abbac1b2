/**
 * One host as the fleet remembers it: its last message, where it came from, and its accounts.
 * Only the fleet changes it; everybody else reads.
 */
import { type Address, formatAddress } from "../format.ts";
import type { Digest } from "../digest/digest.ts";
import { DEFAULT_INTERVAL_MS } from "../message.ts";
import { type Account, Accounts, type Passage } from "./accounts.ts";
import type { Delivery } from "./delivery.ts";
import { History, MAX_POINTS, pointCount } from "./history.ts";
import { ByteStore } from "./byte_store.ts";
import { StoredText } from "./stored_text.ts";
import type { Arrival } from "./sequence_window.ts";
import type { Timing } from "./timing.ts";

/** What the fleet knows of one host. */
export class Host {
  /** The agent's id; else `ip/host` for a sender without one, and `ip` for a legacy sender. */
  readonly key: string;
  name: string;
  /** Its place in the fleet's index. */
  slot = 0;
  /** Of the last datagram; as a text it would take three times the memory. */
  hostname = "";
  port = 0;
  /** That of the last one that came late; of another agent where several share one id. */
  otherAddress: string | null = null;
  /** The newest message as it came, or what of it is not known besides; a late one never takes its place. */
  readonly text: StoredText;
  /** Whether `text` begins behind who sent it and its place, which are known. */
  isCut = false;
  /** Whether that is one of the original course system. */
  legacy = true;
  /** Milliseconds between two samples, as it says; `null` where it says none. */
  intervalMs: number | null = null;
  /** When it was sent on the sender's clock; NaN where it says nothing. */
  sentMs = NaN;
  readonly firstSeenMs: number;
  lastSeenMs: number;
  /** The fleet's version when this host last changed. */
  version = 0;
  /** Datagrams accepted, and their payload bytes. */
  datagrams = 0;
  bytes = 0;
  /** Whether the newest message was a good-bye. */
  left = false;
  /** Id of the key that its last datagram was sealed with; `null` when that was plain. */
  keyId: number | null = null;
  /** `null` for a legacy sender, whose numbers have no known meaning. */
  history: History | null = null;
  #account: Account | null = null;
  /** What it was when the fleet forgot it. */
  #parting: Pick<Host, "delivery" | "timing"> | null = null;
  readonly #accounts: Accounts;

  /** A host as it is before its first datagram is kept; the stores are the fleet's. */
  constructor(key: string, nowMs: number, store = new ByteStore(), accounts = new Accounts()) {
    this.key = key;
    this.name = key;
    this.text = new StoredText(store);
    this.firstSeenMs = nowMs;
    this.lastSeenMs = nowMs;
    this.#accounts = accounts;
  }

  /** `ip:port` of the last datagram. */
  get address(): string {
    return formatAddress(this);
  }

  /** `null` while the host sends no session and sequence: then its loss is not known. */
  get delivery(): Delivery | null {
    if (this.#parting !== null) return this.#parting.delivery;
    return this.#account && this.#accounts.delivery(this.#account);
  }

  /** `null` as long as `delivery` is. */
  get timing(): Timing | null {
    if (this.#parting !== null) return this.#parting.timing;
    return this.#account && this.#accounts.timing(this.#account);
  }

  /** Datagrams that never came; NaN as long as `delivery` is `null`. */
  get lost(): number {
    return this.#account?.lost ?? NaN;
  }

  /** Its present session; `null` as long as `delivery` is. */
  get session(): string | null {
    return this.#account?.present ?? null;
  }

  /** Takes a datagram into account, and says what it is. */
  accept(passage: Passage): Arrival {
    if (this.#account !== null) return this.#accounts.accept(this.#account, passage);
    this.#account = this.#accounts.open(passage);
    return "new";
  }

  /** The fleet forgets it: its room is for others, and those who still look at it see what it was. */
  leave(): void {
    this.text.leave();
    this.history?.leave();
    if (this.#account === null) return;
    const { delivery, timing } = this;
    this.#parting = { delivery, timing };
    this.#accounts.close(this.#account);
  }
}

/** What a host is known by: no id holds a dot, colon or slash, and every other key does. */
export function hostKey({ legacy, id, host }: Digest, { hostname }: Address): string {
  return legacy ? hostname : id ?? `${hostname}/${host}`;
}

/** The interval by which a host is judged: the one that it declares, or the default. */
export function hostIntervalMs(host: Pick<Host, "intervalMs">): number {
  return host.intervalMs ?? DEFAULT_INTERVAL_MS;
}

/** Enters a sample that came late into the past: as long before the newest as it was made. */
export function keepLate(host: Host, { session, timeMs, hasMetrics, summary }: Digest): void {
  if (host.legacy || !hasMetrics || session !== host.session) return;
  const agoMs = host.sentMs - timeMs;
  if (agoMs > 0) host.history?.insert(host.lastSeenMs - agoMs, summary);
}

/**
 * The host's history, or a larger or smaller one with the same points when its interval is another;
 * but not more often than a history has points, as it means to copy them all.
 */
export function fittingHistory(
  host: Host,
  historyMs: number,
  nowMs: number,
  store: ByteStore,
): History {
  const intervalMs = hostIntervalMs(host);
  const { history: present } = host;
  if (present?.capacity === pointCount(historyMs, intervalMs)) return present;
  if (present && nowMs - present.lastMs < historyMs / MAX_POINTS / 2) return present;
  const history = new History(historyMs, intervalMs, store);
  if (present !== null) {
    history.adopt(present);
    present.leave();
  }
  return history;
}
