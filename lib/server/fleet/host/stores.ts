/**
 * Where the fleet keeps what every host has, by its slot: the text of its newest message, its past, its
 * accounts, and the numbers for which the engine would make objects. Pure.
 */
import { Arena, sizeClass } from "../memory/arena.ts";
import { Rows } from "../memory/rows.ts";
import { TEXTS, type Texts } from "../../../message/message.ts";
import type { SummaryNumbers } from "../../../message/summary.ts";
import { History } from "../past/history.ts";
import { MAX_POINTS, pointCount } from "../past/points.ts";
import { Accounts, type Whole } from "../accounts/accounts.ts";
import { Sites } from "../ways/sites.ts";
import { Ways } from "../ways/ways.ts";
import { TagSets } from "../memory/tag_sets.ts";
import type { DropReason } from "../../../common/status.js";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A row has four words: where the text is, how much room it has in steps, and how long it is. */
const ROW_NUMBERS = 2;
const [PLACE, STEPS, LENGTH] = [0, 1, 2];

/** The newest messages of all hosts. */
export class MessageTexts {
  readonly #store: Arena;
  readonly #rows = new Rows(ROW_NUMBERS);

  constructor(store: Arena) {
    this.#store = store;
  }

  /** Keeps the text that these bytes are in UTF-8. */
  write(slot: number, bytes: Uint8Array): void {
    const { words, at } = this.#rows.row(slot);
    const first = 2 * at;
    const [needed, present] = [sizeClass(bytes.length), words[first + STEPS]!];
    // A shorter one stays where there is room for it, unless that is more than twice as much.
    if (needed > present || 2 * needed < present) {
      if (present > 0) this.#store.giveBack(words[first + PLACE]!, present);
      words[first + PLACE] = this.#store.take(needed);
      words[first + STEPS] = needed;
    }
    words[first + LENGTH] = bytes.length;
    this.#store.bytes(words[first + PLACE]!, bytes.length).set(bytes);
  }

  /** Adds to the text, which is not empty, what these bytes are in UTF-8. */
  append(slot: number, separator: string, bytes: Uint8Array): void {
    const { words, at } = this.#rows.row(slot);
    const before = this.#store.bytes(words[2 * at + PLACE]!, words[2 * at + LENGTH]!);
    const whole = new Uint8Array(before.length + separator.length + bytes.length);
    whole.set(before);
    encoder.encodeInto(separator, whole.subarray(before.length));
    whole.set(bytes, before.length + separator.length);
    this.write(slot, whole);
  }

  /** The text as it was last written; empty before. */
  read(slot: number): string {
    const { words, at } = this.#rows.row(slot);
    const first = 2 * at;
    if (words[first + STEPS] === 0) return "";
    return decoder.decode(this.#store.bytes(words[first + PLACE]!, words[first + LENGTH]!));
  }

  /** The text is gone, and its room is for others. */
  leave(slot: number): void {
    const { words, at } = this.#rows.row(slot);
    const first = 2 * at;
    if (words[first + STEPS]! > 0) {
      this.#store.giveBack(words[first + PLACE]!, words[first + STEPS]!);
    }
    this.#rows.clear(slot);
  }
}

/** All histories, of the same span and by slot. */
export class Histories {
  readonly #spanMs: number;
  readonly #store: Arena;
  readonly #rows = new Rows(History.NUMBERS);
  /** These are one host's while a sample of it is taken: the second where the first gets another size. */
  readonly #working: History;
  readonly #resized: History;

  constructor(spanMs: number, store: Arena) {
    this.#spanMs = spanMs;
    this.#store = store;
    this.#working = new History(spanMs, spanMs, store);
    this.#resized = new History(spanMs, spanMs, store);
  }

  /** The past of a host as it stands, until the next sample of it; `null` where there was none yet. */
  of(slot: number): History | null {
    return this.#load(slot, new History(this.#spanMs, this.#spanMs, this.#store));
  }

  /** Adds a sample of a host that makes one every `intervalMs`. */
  push(slot: number, intervalMs: number, timeMs: number, point: SummaryNumbers): void {
    const history = this.#fitting(slot, intervalMs, timeMs);
    history.push(timeMs, point);
    history.save(this.#rows.row(slot));
  }

  /** Puts a sample that came late where it belongs. */
  insert(slot: number, timeMs: number, point: SummaryNumbers): void {
    const history = this.#load(slot, this.#working);
    history?.insert(timeMs, point);
    history?.save(this.#rows.row(slot));
  }

  /** The past is gone from here, and its room is for others: those who still look at it have it whole. */
  leave(slot: number): History | null {
    const history = this.of(slot);
    history?.leave();
    this.#rows.clear(slot);
    return history;
  }

  #load(slot: number, history: History): History | null {
    const row = this.#rows.row(slot);
    return history.load(row) ? history : null;
  }

  /**
   * The host's history, or a larger or smaller one with the same points when its interval is another;
   * but not for each datagram, as it means to copy them all.
   */
  #fitting(slot: number, intervalMs: number, timeMs: number): History {
    const present = this.#load(slot, this.#working);
    if (present?.capacity === pointCount(this.#spanMs, intervalMs)) return present;
    if (present && timeMs - present.lastMs < this.#spanMs / MAX_POINTS / 2) return present;
    if (present?.isResizable === false) return present;
    const history = this.#resized;
    history.begin(intervalMs);
    if (present !== null) history.adopt(present);
    return history;
  }
}

/** Datagrams with a valid tag of an agent that were refused all the same. */
export interface Refusal {
  /** Why the last one was. */
  readonly reason: DropReason;
  /** How many there were since the host is known. */
  readonly count: number;
  /** When the last one came, on the fleet's clock. */
  readonly lastMs: number;
}

/** Nothing said so far. */
export const NO_TEXTS: Texts = Object.freeze({});
/** Maximum numbers of different sets of texts that are shared, and of cached steps from one to another. */
const MAX_SETS = 10_000;
const MAX_STEPS = 32;

/** Texts of hosts: one set stands for all that are equal, as most hosts of a fleet are built alike. */
class SharedTexts {
  readonly #sets = new Map<string, Texts>();
  /** For each set those that follow from it, by what was said then. */
  readonly #steps = new WeakMap<Texts, Map<string, Texts>>();

  /** What is known after some texts were said, as JSON; an empty one is gone. */
  merge(before: Texts, said: string): Texts {
    const steps = this.#steps.get(before) ?? new Map<string, Texts>();
    const known = steps.get(said);
    if (known !== undefined) return known;
    const next = this.#share({ ...before, ...JSON.parse(said) });
    if (steps.size === MAX_STEPS) steps.clear();
    this.#steps.set(before, steps.set(said, next));
    return next;
  }

  #share(texts: Texts): Texts {
    const present = TEXTS.filter((name) => texts[name]).map((name) => [name, texts[name]!]);
    const set: Texts = Object.freeze(Object.fromEntries(present));
    if (present.length === 0) return NO_TEXTS;
    const json = JSON.stringify(set);
    if (this.#sets.size === MAX_SETS) this.#sets.clear();
    const shared = this.#sets.get(json) ?? set;
    this.#sets.set(json, shared);
    return shared;
  }
}

/** What is looked at of a host whose uptime has fallen. */
interface Rebooted {
  readonly slot: number;
  readonly lastSeenMs: number;
  readonly delivery: { readonly isShared: boolean } | null;
}

/** The stores of one fleet. */
export class Stores {
  readonly texts: MessageTexts;
  readonly histories: Histories;
  readonly accounts: Accounts;
  readonly ways: Ways;
  readonly numbers = new Rows(HOST_NUMBERS);
  readonly tags = new TagSets();
  readonly facts = new SharedTexts();
  /** Of few hosts. */
  readonly refusals = new Map<number, Refusal>();

  /** With histories of `historyMs`. */
  constructor(historyMs: number, sites = new Sites(), resumed?: Whole) {
    this.accounts = new Accounts(resumed);
    this.ways = new Ways(this.accounts, sites);
    const bytes = new Arena();
    this.texts = new MessageTexts(bytes);
    this.histories = new Histories(historyMs, bytes);
  }

  /** A slot is another host's: its numbers begin anew. */
  clear(slot: number): void {
    this.numbers.clear(slot);
    this.accounts.clear(slot);
    this.ways.clear(slot);
  }

  /** The uptime of a host has fallen: it was rebooted, unless several share its id and each says its own. */
  noteReboot({ slot, lastSeenMs, delivery }: Rebooted): void {
    if (!delivery?.isShared) this.numbers.set(slot, HOST_PLACE.rebootedMs, lastSeenMs);
  }
}

/** Where numbers of a host stand in its row: those for which the engine would make objects, as they are large or have a fraction. */
export const HOST_PLACE = {
  firstSeenMs: 0,
  lastSeenMs: 1,
  sentMs: 2,
  version: 3,
  datagrams: 4,
  bytes: 5,
  /** 0 for never. */
  rebootedMs: 6,
} as const;

/** How long that row is. */
export const HOST_NUMBERS = Object.keys(HOST_PLACE).length;
