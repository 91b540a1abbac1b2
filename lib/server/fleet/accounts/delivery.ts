/**
 * What became of one host's datagrams, told from their sequence numbers: how many came, are
 * missing, came twice or came late, and how often the agent started anew. Pure: it never sees
 * a clock or a socket, and it never guesses: a host that sends no sequence has no `Delivery`.
 */
import type { Repeat } from "../../../message/digest.ts";
import type { Row } from "../memory/rows.ts";
import { addTurn, forgetTurns, tellsShared } from "./shared_id.ts";
import { type Probation, SequenceWindow, type Verdict } from "./sequence_window.ts";

/** The counts of one host since the server first heard of it, over all its sessions. */
export interface DeliveryCounts {
  /** Datagrams that came, each counted once. */
  readonly received: number;
  /** Datagrams that were sent and have not come; one that comes late is taken off again. */
  readonly lost: number;
  /** Datagrams that had been lost and came late after all: together with `lost`, all that ever were. */
  readonly recovered: number;
  /** Of those lost, how many are so recent that they may still come. */
  readonly pending: number;
  /** Numbers before the first datagram that was heard: sent before this server listened, or lost. */
  readonly beforeFirst: number;
  /** Copies of a datagram that had come before. */
  readonly duplicate: number;
  /** Datagrams that came after one with a higher number, or of a later session. */
  readonly reordered: number;
  /** Datagrams too far behind to tell whether they are copies. */
  readonly old: number;
  /** How often a new session began, or the numbers of one began anew. */
  readonly restarts: number;
}

/** How many earlier sessions of a host are still known when one of their datagrams comes. */
export const EARLIER_SESSIONS = 8;
/** A session that begins while we listen begins at 1; one that is first heard far behind that did not. */
export const MAX_FIRST = 16;
/** So many datagrams of an earlier session, with none of the present one between them, make it the present one. */
const RETURN_WITNESSES = 2;

/** What a delivery remembers besides numbers. */
export interface Sessions {
  /** Empty before the first. */
  present: string;
  /** The sessions before, the latest first. */
  earlier: readonly SequenceWindow[];
  probation: Probation | null;
}

/** What is known of how a session or its numbers begin. */
export interface Beginning {
  /** Whether it is known that its agent begins anew. */
  readonly isAnew: boolean;
  /** How many datagrams before the first that is heard could have come since the host was first heard. */
  readonly missable: number;
}

const USUAL: Beginning = { isAnew: false, missable: Infinity };

/** None yet. */
export const NO_SESSIONS: Readonly<Sessions> = { present: "", earlier: [], probation: null };

/** Where its numbers stand in a row, and where those of its present session begin. */
const AT = {
  ...{ lost: 0, recovered: 1, received: 2, duplicate: 3, reordered: 4, old: 5, restarts: 6 },
  ...{ returns: 7, turns: 8, beforeFirst: 9, window: 10 },
} as const;

/** Counts the datagrams of one host across its sessions. */
export class Delivery {
  /** How long its row is. */
  static readonly NUMBERS = AT.window + SequenceWindow.NUMBERS;
  #session: SequenceWindow;
  /** The sessions before, the latest first. */
  #earlier = NO_SESSIONS.earlier;
  #received = 0;
  #lost = 0;
  #recovered = 0;
  #duplicate = 0;
  #reordered = 0;
  #old = 0;
  #restarts = 0;
  /** Datagrams of earlier sessions since the last one of the present one. */
  #returns = 0;
  /** The weight of the turns that sessions took. */
  #turns = 0;
  #beforeFirst: number;

  /** Begins at a host's first datagram: what it sent before is not known and not counted. */
  constructor(session: string, sequence: number) {
    this.#session = new SequenceWindow(session, sequence);
    this.#session.isFirstHeard = true;
    this.#beforeFirst = sequence - 1;
  }

  /** Writes all its numbers, and what it remembers besides. */
  save(row: Row, sessions: Sessions): void {
    const { numbers, at } = row;
    sessions.present = this.#session.session;
    sessions.earlier = this.#earlier;
    sessions.probation = this.#session.probation;
    numbers[at + AT.lost] = this.#lost;
    numbers[at + AT.recovered] = this.#recovered;
    numbers[at + AT.received] = this.#received;
    numbers[at + AT.duplicate] = this.#duplicate;
    numbers[at + AT.reordered] = this.#reordered;
    numbers[at + AT.old] = this.#old;
    numbers[at + AT.restarts] = this.#restarts;
    numbers[at + AT.returns] = this.#returns;
    numbers[at + AT.turns] = this.#turns;
    numbers[at + AT.beforeFirst] = this.#beforeFirst;
    this.#session.save(row, at + AT.window);
  }

  /** Becomes the one that was saved. */
  load(row: Row, { present, earlier, probation }: Sessions): void {
    const { numbers, at } = row;
    this.#earlier = earlier;
    this.#lost = numbers[at + AT.lost]!;
    this.#recovered = numbers[at + AT.recovered]!;
    this.#received = numbers[at + AT.received]!;
    this.#duplicate = numbers[at + AT.duplicate]!;
    this.#reordered = numbers[at + AT.reordered]!;
    this.#old = numbers[at + AT.old]!;
    this.#restarts = numbers[at + AT.restarts]!;
    this.#returns = numbers[at + AT.returns]!;
    this.#turns = numbers[at + AT.turns]!;
    this.#beforeFirst = numbers[at + AT.beforeFirst]!;
    this.#session.load(row, at + AT.window, present, probation);
  }

  /** `lost` of the one that was saved. */
  static lostIn({ numbers, at }: Row): number {
    return numbers[at + AT.lost]!;
  }

  /** The counts as they stand. */
  get counts(): DeliveryCounts {
    return {
      received: this.#received,
      lost: this.#lost,
      recovered: this.#recovered,
      duplicate: this.#duplicate,
      reordered: this.#reordered,
      old: this.#old,
      restarts: this.#restarts,
      pending: this.#session.pending,
      beforeFirst: this.#beforeFirst,
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

  /** Whether several agents send under this id: an earlier session goes on beside the present one. */
  get isShared(): boolean {
    return tellsShared(this.#turns);
  }

  /** The highest sequence number of the present session. */
  get sequence(): number {
    return this.#session.highest;
  }

  /** Takes one datagram into account, with the time that it says, and says what it is; only `new` and `late` are to be accepted. */
  accept(session: string, sequence: number, sentMs = NaN, beginning = USUAL): Verdict {
    const window = this.#windowOf(session, sequence, beginning);
    const before = window.missing;
    const restartsBefore = window.restarts;
    const arrival = this.#place(window, sequence, sentMs, beginning.isAnew);
    const newlyLost = window.missing - before;
    this.#lost += newlyLost;
    if (newlyLost < 0) this.#recovered -= newlyLost;
    this.#restarts += window.restarts - restartsBefore;
    if (window.isFirstHeard) this.#beforeFirst = window.first - 1;
    const standing = window === this.#session ? arrival : this.#considerReturn(window, arrival);
    if (window === this.#session) {
      this.#returns = 0;
      this.#turns = forgetTurns(this.#turns);
    }
    this.#count(standing);
    // A number that is doubted is ahead of all others, so that nothing overtook it.
    if (standing === "late" && sequence <= window.highest) this.#reordered++;
    return standing;
  }

  /** Counts a datagram that somebody else has found to be no news. */
  refuse(repeat: Repeat): void {
    this.#count(repeat);
  }

  #place(window: SequenceWindow, sequence: number, sentMs: number, isAnew: boolean): Verdict {
    if (!isAnew || sequence > window.highest) return window.accept(sequence, sentMs);
    window.restart(sequence, sentMs);
    return "new";
  }

  /**
   * The numbers of a session; one that is not known begins, and is the present one. Of one that began
   * before we listened nobody knows what was lost; else it is another agent's where it is not at its
   * beginning, or its first ones are lost.
   */
  #windowOf(
    session: string,
    sequence: number,
    { isAnew, missable }: Beginning,
  ): SequenceWindow {
    if (session === this.#session.session) return this.#session;
    const known = this.#earlier.find((window) => window.session === session);
    if (known !== undefined && isAnew) this.#enter(known);
    if (known !== undefined) return known;
    const isMissed = !isAnew && sequence > 1 && sequence - 1 <= missable;
    if (isMissed) this.#turns = addTurn(this.#turns);
    this.#restarts++;
    const isLost = isMissed && sequence <= MAX_FIRST && !this.isShared;
    this.#enter(new SequenceWindow(session, isLost ? 1 : sequence));
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
  #considerReturn(window: SequenceWindow, arrival: Verdict): Verdict {
    if (arrival !== "new") return arrival;
    this.#turns = addTurn(this.#turns);
    if (++this.#returns < RETURN_WITNESSES) return "late";
    this.#enter(window);
    return "new";
  }

  #count(arrival: Verdict): void {
    if (arrival === "duplicate") this.#duplicate++;
    else if (arrival === "old") this.#old++;
    else this.#received++;
  }
}
