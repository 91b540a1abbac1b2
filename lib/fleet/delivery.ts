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
  /** Datagrams that came after one with a higher number. */
  readonly reordered: number;
  /** Datagrams too far behind to tell whether they are copies. */
  readonly old: number;
  /** How often a new session began. */
  readonly restarts: number;
}

/** How many numbers back a late datagram is still told from a copy. */
export const WINDOW = 256;
/** How many earlier sessions of a host are still known when one of their datagrams comes. */
export const EARLIER_SESSIONS = 8;

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
    if (session !== this.#session.session && !this.#enter(session, sequence)) {
      this.#old++;
      return "old";
    }
    const before = this.#session.missing;
    const arrival = this.#session.accept(sequence);
    this.#lost += this.#session.missing - before;
    this.#count(arrival);
    return arrival;
  }

  /**
   * Moves to another session; false for a straggler of one before. Machines with one id (cloned
   * images) come back to their sessions with a higher number, and may: their restarts soar.
   */
  #enter(session: string, sequence: number): boolean {
    const returning = this.#earlier.find((window) => window.session === session);
    if (returning !== undefined && sequence <= returning.highest) return false;
    const others = this.#earlier.filter((window) => window !== returning);
    this.#earlier = [this.#session, ...others].slice(0, EARLIER_SESSIONS);
    // A session that begins while we listen begins at 1: what is missing from there on is lost.
    this.#session = returning ?? new SequenceWindow(session, 1);
    this.#restarts++;
    return true;
  }

  #count(arrival: Arrival): void {
    if (arrival === "duplicate") this.#duplicate++;
    else if (arrival === "old") this.#old++;
    else this.#received++;
    if (arrival === "late") this.#reordered++;
  }
}

/** The last `WINDOW` sequence numbers of one session, a bit each in a ring. */
class SequenceWindow {
  readonly session: string;
  /** Numbers from the first to the highest that have not come. */
  missing = 0;
  #first: number;
  #highest: number;
  readonly #seen = new Uint32Array(WINDOW / 32);

  constructor(session: string, first: number) {
    this.session = session;
    this.#first = first;
    this.#highest = first - 1;
  }

  get highest(): number {
    return this.#highest;
  }

  accept(sequence: number): Arrival {
    if (sequence > this.#highest) return this.#advance(sequence);
    if (this.#highest - sequence >= WINDOW) return "old";
    if (this.#has(sequence)) return "duplicate";
    return this.#fill(sequence);
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
