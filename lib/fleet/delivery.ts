/**
 * What became of one host's datagrams, told from their sequence numbers: how many came, are
 * missing, came twice or came late, and how often the agent started anew. Pure: it never sees
 * a clock or a socket, and it never guesses: a host that sends no sequence has no `Delivery`.
 */

/** What a datagram is to those before it: `new`, `late`, or refused as `duplicate` or too `old`. */
export type Arrival = "new" | "late" | "duplicate" | "old";

/** The counts of one host since the server first heard of it, over all its sessions. */
export interface DeliveryCounts {
  /** Datagrams that came, each counted once. */
  readonly received: number;
  /** Datagrams that were sent and have not come; one that comes late is taken off again. */
  readonly lost: number;
  /** Copies of a datagram that had come before. */
  readonly duplicate: number;
  /** Datagrams that came after one with a higher number, or of a later session. */
  readonly reordered: number;
  /** Datagrams too far behind to tell whether they are copies. */
  readonly old: number;
  /** How often a new session began, or the numbers of one began anew. */
  readonly restarts: number;
}

/** How many numbers back a late datagram is still told from a copy. */
export const WINDOW = 256;
/** How many earlier sessions of a host are still known when one of their datagrams comes. */
export const EARLIER_SESSIONS = 8;
/** A jump of more is believed only when the next number follows: one forged datagram changes nothing. */
export const MAX_JUMP = 3_000;
/** A session that begins while we listen begins at 1; one that is first heard far behind that did not. */
export const MAX_FIRST = 16;
/** So many numbers too far behind, one after the other, are a count that has begun anew. */
const BACKWARD_WITNESSES = 3;
const FORWARD_WITNESSES = 2;
/** So many datagrams of an earlier session, with none of the present one between them, make it the present one. */
const RETURN_WITNESSES = 2;

/** Counts the datagrams of one host across its sessions. */
export class Delivery {
  #session: SequenceWindow;
  /** The sessions before, the latest first. */
  #earlier: readonly SequenceWindow[] = [];
  #received = 0;
  #lost = 0;
  #duplicate = 0;
  #reordered = 0;
  #old = 0;
  #restarts = 0;
  /** Datagrams of earlier sessions since the last one of the present one. */
  #returns = 0;

  /** Begins at a host's first datagram: what it sent before is not known and not counted. */
  constructor(session: string, sequence: number) {
    this.#session = new SequenceWindow(session, sequence);
  }

  /** The counts as they stand. */
  get counts(): DeliveryCounts {
    return {
      received: this.#received,
      lost: this.#lost,
      duplicate: this.#duplicate,
      reordered: this.#reordered,
      old: this.#old,
      restarts: this.#restarts,
    };
  }

  /** Datagrams sent and not come, as in `counts`. */
  get lost(): number {
    return this.#lost;
  }

  /** The present session, as the agent names it. */
  get session(): string {
    return this.#session.session;
  }

  /** The highest sequence number of the present session. */
  get sequence(): number {
    return this.#session.highest;
  }

  /** Takes one datagram into account and says what it is; only `new` and `late` are to be accepted. */
  accept(session: string, sequence: number): Arrival {
    const window = this.#windowOf(session, sequence);
    const before = window.missing;
    const restartsBefore = window.restarts;
    const arrival = window.accept(sequence);
    this.#lost += window.missing - before;
    this.#restarts += window.restarts - restartsBefore;
    const standing = window === this.#session ? arrival : this.#considerReturn(window, arrival);
    if (window === this.#session) this.#returns = 0;
    this.#count(standing);
    return standing;
  }

  /** The numbers of a session; one that is not known begins, and is the present one. */
  #windowOf(session: string, sequence: number): SequenceWindow {
    if (session === this.#session.session) return this.#session;
    const known = this.#earlier.find((window) => window.session === session);
    if (known !== undefined) return known;
    this.#restarts++;
    this.#enter(new SequenceWindow(session, sequence <= MAX_FIRST ? 1 : sequence));
    return this.#session;
  }

  #enter(window: SequenceWindow): void {
    const others = this.#earlier.filter((other) => other !== window);
    this.#earlier = [this.#session, ...others].slice(0, EARLIER_SESSIONS);
    this.#session = window;
  }

  /**
   * What a datagram of an earlier session is: a straggler, most often. When only such come, that
   * session is the present one after all, as after a forged datagram, or of two machines with one id.
   */
  #considerReturn(window: SequenceWindow, arrival: Arrival): Arrival {
    if (arrival !== "new") return arrival;
    if (++this.#returns < RETURN_WITNESSES) return "late";
    this.#enter(window);
    return "new";
  }

  #count(arrival: Arrival): void {
    if (arrival === "duplicate") this.#duplicate++;
    else if (arrival === "old") this.#old++;
    else this.#received++;
    if (arrival === "late") this.#reordered++;
  }
}

/** Numbers that do not follow those of their session, until enough of them agree. */
interface Doubt {
  readonly window: SequenceWindow;
  witnesses: number;
}

/** The last `WINDOW` sequence numbers of one session, a bit each in a ring. */
class SequenceWindow {
  readonly session: string;
  /** Numbers from the first to the highest that have not come. */
  missing = 0;
  /** How often its numbers began anew. */
  restarts = 0;
  #first: number;
  #highest: number;
  #seen = new Uint32Array(WINDOW / 32);
  #doubt: Doubt | null = null;

  constructor(session: string, first: number) {
    this.session = session;
    this.#first = first;
    this.#highest = first - 1;
  }

  get highest(): number {
    return this.#highest;
  }

  accept(sequence: number): Arrival {
    const ahead = sequence - this.#highest;
    if (ahead > MAX_JUMP || -ahead >= WINDOW) return this.#consider(sequence, ahead > 0);
    this.#doubt = null;
    if (ahead > 0) return this.#advance(sequence);
    if (this.#has(sequence)) return "duplicate";
    return this.#fill(sequence);
  }

  /** A number far from the others: `late` ahead of them and `old` behind them, until others follow it. */
  #consider(sequence: number, isAhead: boolean): Arrival {
    const highest = this.#doubt?.window.highest ?? 0;
    const follows = sequence > highest && sequence - highest < WINDOW;
    if (this.#doubt === null || !follows) {
      this.#doubt = { window: new SequenceWindow(this.session, sequence), witnesses: 0 };
    }
    const { window } = this.#doubt;
    window.accept(sequence);
    const needed = isAhead ? FORWARD_WITNESSES : BACKWARD_WITNESSES;
    if (++this.#doubt.witnesses < needed) return isAhead ? "late" : "old";
    this.#continueAs(window, isAhead);
    return "new";
  }

  #continueAs(other: SequenceWindow, isAhead: boolean): void {
    this.missing += other.missing;
    if (isAhead) {
      this.missing += other.#first - this.#highest - 1;
    } else {
      this.#first = other.#first;
      this.restarts++;
    }
    this.#highest = other.#highest;
    this.#seen = other.#seen;
    this.#doubt = null;
  }

  #advance(sequence: number): Arrival {
    const skipped = sequence - this.#highest - 1;
    if (skipped >= WINDOW) this.#seen.fill(0);
    else for (let next = this.#highest + 1; next < sequence; next++) this.#mark(next, false);
    this.missing += skipped;
    this.#highest = sequence;
    this.#mark(sequence, true);
    return "new";
  }

  #fill(sequence: number): Arrival {
    // Before the first we saw: the session is longer than it seemed, with what lies between missing.
    if (sequence < this.#first) {
      this.missing += this.#first - sequence;
      this.#first = sequence;
    }
    this.missing--;
    this.#mark(sequence, true);
    return "late";
  }

  #has(sequence: number): boolean {
    const bit = sequence % WINDOW;
    return (this.#seen[bit >>> 5]! & (1 << (bit & 31))) !== 0;
  }

  #mark(sequence: number, seen: boolean): void {
    const bit = sequence % WINDOW;
    if (seen) this.#seen[bit >>> 5]! |= 1 << (bit & 31);
    else this.#seen[bit >>> 5]! &= ~(1 << (bit & 31));
  }
}
