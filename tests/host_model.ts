/**
 * What a server must know of one host, over starts and ends of one that keeps its data: sets of numbers, made
 * from what was sent to it and nothing else. Pure.
 */

/** One datagram as it was sent. */
export interface Sample {
  readonly session: string;
  readonly seq: number;
  /** When its agent made it. */
  readonly time: number;
  readonly value: number;
  readonly bye: boolean;
}

/** The counts that are held against the server's. */
export const COUNTED = [
  ...["received", "lost", "duplicate", "reordered", "old", "restarts", "beforeFirst"],
] as const;
export type Counts = Record<(typeof COUNTED)[number], number>;

/** What was known after a datagram. */
export interface Snapshot {
  readonly atMs: number;
  readonly counts: Counts;
  readonly session: string;
  readonly highest: number;
  /** Whether it had said good-bye. */
  readonly left: boolean;
}

interface Numbers {
  /** The highest one of an earlier life of the server. */
  readonly floor: number | null;
  readonly seen: Set<number>;
  /** From which one on those that are missing are lost. */
  first: number;
  highest: number;
}

/** Those of a host that said nothing. */
export const NONE = Object.fromEntries(COUNTED.map((name) => [name, 0])) as Counts;

/** One host, as one life of the server sees it. */
export class HostModel {
  /** What an earlier life of the server knew. */
  readonly stored: Snapshot | null;
  readonly #startMs: number;
  readonly #sessions = new Map<string, Numbers>();
  readonly #counts = { ...NONE };
  #present: string;
  #left: boolean;
  /** After each datagram of this life. */
  readonly snapshots: Snapshot[] = [];
  /** What was accepted, in the order in which it came. */
  readonly accepted: { readonly atMs: number; readonly value: number }[] = [];

  /** Goes on from what was stored; `null` for a host that the server does not know. */
  constructor(stored: Snapshot | null, startMs: number) {
    this.stored = stored;
    this.#startMs = startMs;
    this.#present = stored?.session ?? "";
    this.#left = stored?.left ?? false;
    if (stored !== null) Object.assign(this.#counts, stored.counts);
  }

  /** Takes what comes to the server. A session that began before it listened is told as such. */
  deliver({ session, seq, time, value, bye }: Sample, atMs: number, isBegunBefore: boolean): void {
    if (this.stored !== null && time < this.#startMs) this.#counts.old++;
    else if (this.#accept(session, seq, isBegunBefore)) {
      this.accepted.push({ atMs, value });
      this.#left ||= bye;
    }
    this.snapshots.push(this.#snapshot(atMs));
  }

  /** What it is now, and before the first datagram of this life. */
  get last(): Snapshot | null {
    return this.snapshots.at(-1) ?? this.stored;
  }

  #accept(session: string, seq: number, isBegunBefore: boolean): boolean {
    const numbers = this.#sessions.get(session) ?? this.#begin(session, isBegunBefore);
    if (numbers.seen.has(seq)) {
      this.#counts.duplicate++;
      return false;
    }
    this.#counts.received++;
    if (seq < numbers.highest) this.#counts.reordered++;
    numbers.seen.add(seq);
    numbers.first = Math.min(numbers.first, seq);
    numbers.highest = Math.max(numbers.highest, seq);
    return true;
  }

  #begin(session: string, isBegunBefore: boolean): Numbers {
    const stored = this.stored;
    const isKnown = session === stored?.session;
    const isFirst = stored === null && this.#sessions.size === 0;
    if (!isKnown && !isFirst) this.#counts.restarts++;
    const floor = isKnown ? stored.highest : isFirst ? 0 : null;
    const first = floor !== null || isBegunBefore ? Infinity : 1;
    const numbers = { floor, seen: new Set<number>(), first, highest: 0 };
    this.#sessions.set(session, numbers);
    this.#present = session;
    return numbers;
  }

  #snapshot(atMs: number): Snapshot {
    const counts = { ...this.#counts };
    for (const { floor, seen, first, highest } of this.#sessions.values()) {
      counts.lost += highest - first + 1 - seen.size;
      if (floor !== null) counts.beforeFirst += first - 1 - floor;
    }
    const highest = this.#sessions.get(this.#present)?.highest ?? this.stored?.highest ?? 0;
    return { atMs, counts, session: this.#present, left: this.#left, highest };
  }
}
