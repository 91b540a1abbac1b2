/**
 * The delivery and the timing of all hosts, kept as rows of numbers: those of one host are put
 * together when a datagram of it comes or somebody asks. Pure.
 */
import type { Repeat } from "../../../message/digest.ts";
import { DEFAULT_INTERVAL_MS, type Metric } from "../../../message/message.ts";
import { Delivery, type DeliveryCounts, type StoredDelivery } from "./delivery.ts";
import { type Row, Rows } from "../memory/rows.ts";
import { SequenceWindow, type Verdict } from "./sequence_window.ts";
import { type Beginning, NO_SESSIONS, type OnWay, type Sessions } from "./sessions.ts";
import { type Arrival, NO_ARRIVAL, Timing } from "./timing.ts";

/** Whose account it is: its place, and what its delivery remembers. */
export interface Holder extends Sessions {
  readonly slot: number;
  /** When it was first heard, on the clock of the arrivals. */
  readonly firstSeenMs: number;
}

/** A datagram that is taken into account. */
export interface Sent extends Arrival {
  /** Time from one datagram of its sender to the next, in milliseconds; NaN or absent where it says none. */
  readonly intervalMs?: number;
  /** Whether its agent is known to start over with it. */
  readonly isAnew?: boolean;
  /** Whether datagrams of its agent were refused since the last one: those came, and are not lost. */
  readonly isRefused?: boolean;
  /** Absent where there is one way. */
  readonly way?: OnWay;
}

/** An account as it is restored after a restart of the server. */
export interface StoredAccount {
  readonly delivery: StoredDelivery;
  /** The sessions before, the latest first, each with its highest number. */
  readonly earlier: readonly (readonly [session: string, sequence: number])[];
  /** When its newest message was sent, on the sender's clock, and how far that is behind; NaN is not known. */
  readonly sentMs: number;
  readonly clockOffsetMs: number;
  /** All numbers of its delivery; absent where what came between is not known. */
  readonly numbers?: Float64Array | undefined;
}

/** Time after a start within which copies from before it may come; a clock that was set back looks the same. */
const COPIES_MS = 300_000;
/** Counts of before a start. */
export type CountsBefore = Pick<DeliveryCounts, "received" | "lost" | "duplicate">;

/** Where it stands in a row when what is accepted must have been sent, when the server was started, whether it was heard since, and what was counted before. */
const RESUMED = {
  ...{ afterMs: 0, startedMs: 1, isHeard: 2, received: 3, lost: 4, duplicate: 5 },
} as const;
const NOT_RESUMED = { numbers: new Float64Array(Object.keys(RESUMED).length), at: 0 };

/** Whether all datagrams since a restart come, or have come. */
export interface Whole {
  readonly isWhole: boolean;
}

/** All accounts, by slot. */
export class Accounts {
  readonly #deliveries = new Rows(Delivery.NUMBERS);
  readonly #timings = new Rows(Timing.NUMBERS);
  /** All zeros but for accounts that were restored. */
  readonly #resumed = new Rows(Object.keys(RESUMED).length);
  /** Most servers keep nothing over a start, and need no rows for it. */
  #hasResumed = false;
  /** These are one host's while a datagram of it is taken. */
  readonly #delivery = new Delivery("", 1);
  readonly #timing = new Timing(NO_ARRIVAL);
  #lost: Metric = null;
  readonly #resumedBy: Whole | undefined;

  constructor(resumedBy?: Whole) {
    this.#resumedBy = resumedBy;
  }

  /** Datagrams that all hosts lost, those that are forgotten too; `null` before the first account. */
  get lost(): Metric {
    return this.#lost;
  }

  /** Takes a datagram into account, and says what it is; the first one opens the account. */
  accept(holder: Holder, sent: Sent): Verdict {
    const { slot, present } = holder;
    if (present === NO_SESSIONS.present) return this.#open(holder, sent);
    const delivery = this.#delivery;
    const row = this.#deliveries.row(slot);
    delivery.load(row, holder);
    if (this.#hasResumed && this.isCopy(slot, sent)) {
      delivery.refuse("old");
      delivery.save(row, holder);
      return "old";
    }
    if (this.#hasResumed && this.#isResuming(slot)) this.#resume(slot, sent);
    const lostBefore = delivery.lost;
    const { session, sequence, sentMs, way } = sent;
    const isUsual = session === present && !sent.isAnew && way === undefined;
    const beginning = isUsual ? undefined : beginningOf(sent, this.#listeningSince(holder));
    const arrival = delivery.accept(session, sequence, sentMs, beginning);
    if (arrival === "new" && way === undefined) this.#follow(slot, present, sent);
    delivery.save(row, holder);
    this.#lost! += delivery.lost - lostBefore;
    return arrival;
  }

  #follow(slot: number, session: string, sent: Sent): void {
    const row = this.#timings.row(slot);
    this.#timing.load(row, session);
    this.#timing.accept(sent);
    this.#timing.save(row);
  }

  /** Counts a datagram that is not new, whatever its number; without an account there is nothing to count. */
  refuse(holder: Holder, repeat: Repeat): void {
    if (holder.present === NO_SESSIONS.present) return;
    const delivery = this.#delivery;
    delivery.load(this.#deliveries.row(holder.slot), holder);
    delivery.refuse(repeat);
    delivery.save(this.#deliveries.row(holder.slot), holder);
  }

  /** The delivery of a host as it stands. */
  delivery(holder: Holder): Delivery {
    const delivery = new Delivery("", 1);
    delivery.load(this.#deliveries.row(holder.slot), holder);
    return delivery;
  }

  /** The same, to be read at once, as looks at all hosts do: the next one is in the same object. */
  glimpse(holder: Holder): Pick<Delivery, "counts" | "isShared"> | null {
    if (holder.present === NO_SESSIONS.present) return null;
    this.#delivery.load(this.#deliveries.row(holder.slot), holder);
    return this.#delivery;
  }

  /** The timing of a host as it stands. */
  timing({ slot, present }: Holder): Timing {
    return Timing.of(this.#timings.row(slot), present);
  }

  /** A host's timing is that of one of its ways. */
  setTiming(slot: number, timing: Timing): void {
    timing.save(this.#timings.row(slot));
  }

  /** Datagrams that the host of a slot lost. */
  lostOf(slot: number): number {
    return Delivery.lostIn(this.#deliveries.row(slot));
  }

  /** Whether several agents send under the id of a slot's host. */
  isShared(slot: number): boolean {
    return Delivery.isSharedIn(this.#deliveries.row(slot));
  }

  /** By how much the clock of a slot's host is behind; NaN where that is not known. */
  clockOffsetOf(slot: number): number {
    return Timing.clockOffsetIn(this.#timings.row(slot));
  }

  /** An account of an earlier start goes on: what was lost while no server ran is not the network's. */
  restore(holder: Holder, stored: StoredAccount, startedMs: number): void {
    const { delivery, earlier, numbers: all, ...last } = stored;
    const { session, sequence } = delivery;
    const windows = earlier.map(([name, highest]) => SequenceWindow.closed(name, highest));
    const restored = Delivery.restored(delivery, windows);
    const row = this.#deliveries.row(holder.slot);
    restored.save(row, holder);
    if (all?.length === Delivery.NUMBERS) row.numbers.set(all, row.at);
    const arrivalMs = last.sentMs + last.clockOffsetMs;
    const arrival = { session, sequence, sentMs: last.sentMs, arrivalMs, bye: false };
    new Timing(arrival).save(this.#timings.row(holder.slot));
    this.#hasResumed = true;
    const { numbers, at } = this.#resumed.row(holder.slot);
    numbers[at + RESUMED.afterMs] = startedMs - last.clockOffsetMs;
    numbers[at + RESUMED.startedMs] = startedMs;
    for (const name of ["received", "lost", "duplicate"] as const) {
      numbers[at + RESUMED[name]] = delivery[name];
    }
    this.#lost = (this.#lost ?? 0) + restored.lost;
  }

  /** The next account of a slot is none that was restored. */
  clear(slot: number): void {
    if (this.#hasResumed) this.#resumed.clear(slot);
  }

  /** How much of what is counted of a slot's host was before this start. */
  countsBefore(slot: number): CountsBefore {
    const { numbers, at } = this.#resumedRow(slot);
    const of = (name: keyof CountsBefore) => numbers[at + RESUMED[name]]!;
    return { received: of("received"), lost: of("lost"), duplicate: of("duplicate") };
  }

  /** The same as all zeros where nothing was missed meanwhile. */
  #missedRow(slot: number): Pick<Row, "numbers" | "at"> {
    return this.#resumedBy?.isWhole ? NOT_RESUMED : this.#resumedRow(slot);
  }

  #resumedRow(slot: number): Pick<Row, "numbers" | "at"> {
    return this.#hasResumed ? this.#resumed.row(slot) : NOT_RESUMED;
  }

  /** Whether it was sent before this start, and so may have come before: not known without a time. */
  isCopy(slot: number, { sentMs, arrivalMs }: Sent): boolean {
    const { numbers, at } = this.#missedRow(slot);
    if (!(sentMs <= numbers[at + RESUMED.afterMs]!)) return false;
    if (numbers[at + RESUMED.startedMs] === 0) return false;
    return numbers[at + RESUMED.isHeard] === 1 ||
      arrivalMs - numbers[at + RESUMED.startedMs]! <= COPIES_MS;
  }

  #isResuming(slot: number): boolean {
    const { numbers, at } = this.#missedRow(slot);
    return numbers[at + RESUMED.startedMs] !== 0 && numbers[at + RESUMED.isHeard] === 0;
  }

  #resume(slot: number, { session, sequence, sentMs }: Sent): void {
    const delivery = this.#delivery;
    const isPresent = session === delivery.session;
    if (isPresent && sequence <= delivery.sequence) return;
    if (isPresent) delivery.resume(sequence, !Number.isNaN(sentMs));
    const { numbers, at } = this.#resumedRow(slot);
    numbers[at + RESUMED.isHeard] = 1;
    if (sentMs <= numbers[at + RESUMED.afterMs]!) numbers[at + RESUMED.afterMs] = -Infinity;
  }

  #open(holder: Holder, sent: Sent): Verdict {
    const { session, sequence, sentMs } = sent;
    const delivery = new Delivery(session, sequence);
    const arrival = delivery.accept(session, sequence, sentMs);
    delivery.save(this.#deliveries.row(holder.slot), holder);
    new Timing(sent).save(this.#timings.row(holder.slot));
    this.#lost ??= 0;
    return arrival;
  }

  #listeningSince({ slot, firstSeenMs }: Holder): number {
    const { numbers, at } = this.#missedRow(slot);
    return Math.max(firstSeenMs, numbers[at + RESUMED.startedMs]!);
  }
}

/** What it means that a datagram is not simply the next of its session; its host was listened to since a time. */
function beginningOf(sent: Sent, sinceMs: number): Beginning {
  const { arrivalMs, intervalMs, isAnew = false, isRefused, way } = sent;
  const sentSince = Math.floor((arrivalMs - sinceMs) / (intervalMs || DEFAULT_INTERVAL_MS));
  return { isAnew, missable: isRefused ? 0 : sentSince, way };
}
