/**
 * What became of one host's datagrams, told from their sequence numbers: how many came, are missing, came
 * twice or late, and how often the agent restarted. Pure, and never a guess: without numbers there is none.
 */
import type { Repeat } from "../../../message/digest.ts";
import type { Row } from "../memory/rows.ts";
import { SequenceWindow, type Verdict } from "./sequence_window.ts";
import {
  addTurn,
  type Beginning,
  forgetTurns,
  NO_SESSIONS,
  type Sessions,
  tellsShared,
  USUAL,
} from "./sessions.ts";

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
  /** How often a new session began, or the numbers of one started over. */
  readonly restarts: number;
}

/** How many earlier sessions of a host are still known when one of their datagrams comes. */
export const EARLIER_SESSIONS = 8;
/** A session that starts while we listen starts at 1; one first heard at a higher number than this did not. */
export const MAX_FIRST = 16;
/** Number of datagrams in a row of an earlier session that make it the present one again. */
const RETURN_WITNESSES = 2;

/** Where its numbers stand in a row, and where those of its present session begin. */
const AT = {
  ...{ lost: 0, recovered: 1, received: 2, duplicate: 3, reordered: 4, old: 5, restarts: 6 },
  /** Datagrams of earlier sessions since the last one of the present one, and the weight of the turns that sessions took. */
  ...{ returns: 7, turns: 8, beforeFirst: 9, window: 10 },
} as const;

/** What of it is a count. */
const COUNTS = [
  ...["received", "lost", "recovered", "duplicate", "reordered", "old", "restarts", "beforeFirst"],
] as const satisfies readonly (keyof typeof AT)[];

/** The counts that are restored after a restart, and up to which number of which session they go. */
export type StoredDelivery =
  & Omit<DeliveryCounts, "pending">
  & Pick<Delivery, "session" | "sequence">;

/** Counts the datagrams of one host across its sessions. */
export class Delivery {
  /** How long its row is. */
  static readonly NUMBERS = AT.window + SequenceWindow.NUMBERS;
  #session: SequenceWindow;
  /** The sessions before, the latest first. */
  #earlier = NO_SESSIONS.earlier;
  /** By `AT`. */
  readonly #numbers = new Float64Array(AT.window);

  /** Begins at a host's first datagram: what it sent before is not known and not counted. */
  constructor(session: string, sequence: number) {
    this.#session = new SequenceWindow(session, sequence);
    this.#session.isFirstHeard = true;
    this.#numbers[AT.beforeFirst] = sequence - 1;
  }

  /** Goes on from stored counts: no number up to the highest is new. */
  static restored(
    { session, sequence, ...counts }: StoredDelivery,
    earlier: readonly SequenceWindow[],
  ): Delivery {
    const delivery = new Delivery(session, sequence + 1);
    delivery.#session.close();
    delivery.#earlier = earlier;
    for (const name of COUNTS) delivery.#numbers[AT[name]] = counts[name];
    return delivery;
  }

  /**
   * The first datagram of the present session since it was restored has a number: those between were sent
   * while the server did not run, and are not lost. Without a time nothing tells a late one from a copy.
   */
  resume(sequence: number, isTimed: boolean): void {
    const { session, highest } = this.#session;
    this.#numbers[AT.beforeFirst]! += sequence - 1 - highest;
    this.#session = new SequenceWindow(session, sequence);
    if (isTimed) this.#session.isFirstHeard = true;
    else this.#session.close();
  }

  /** Writes all its numbers, and what it remembers besides. */
  save(row: Row, sessions: Sessions): void {
    sessions.present = this.#session.session;
    sessions.earlier = this.#earlier;
    sessions.probation = this.#session.probation;
    row.numbers.set(this.#numbers, row.at);
    this.#session.save(row, row.at + AT.window);
  }

  /** Becomes the one that was saved. */
  load(row: Row, { present, earlier, probation }: Sessions): void {
    this.#earlier = earlier;
    for (let n = 0; n < AT.window; n++) this.#numbers[n] = row.numbers[row.at + n]!;
    this.#session.load(row, row.at + AT.window, present, probation);
  }

  /** `lost` of the one that was saved. */
  static lostIn({ numbers, at }: Row): number {
    return numbers[at + AT.lost]!;
  }

  /** `isShared` of the one that was saved. */
  static isSharedIn({ numbers, at }: Row): boolean {
    return tellsShared(numbers[at + AT.turns]!);
  }

  /** The counts as they stand. */
  get counts(): DeliveryCounts {
    const counts: Partial<Record<(typeof COUNTS)[number], number>> = {};
    for (const name of COUNTS) counts[name] = this.#numbers[AT[name]]!;
    return { ...counts, pending: this.#session.pending } as DeliveryCounts;
  }

  /** Datagrams sent and not come, as in `counts`, and below all that are known to have been sent. */
  get lost(): number {
    return this.#numbers[AT.lost]!;
  }

  get known(): number {
    return this.#numbers[AT.received]! + this.#numbers[AT.lost]!;
  }

  /** The present session, as the agent names it. */
  get session(): string {
    return this.#session.session;
  }

  /** Whether several agents send under this id: an earlier session goes on beside the present one. */
  get isShared(): boolean {
    return tellsShared(this.#numbers[AT.turns]!);
  }

  /** The highest sequence number of the present session, and below the lowest. */
  get sequence(): number {
    return this.#session.highest;
  }

  get first(): number {
    return this.#session.first;
  }

  /** Takes one datagram into account, with the time that it says, and says what it is; only `new` and `late` are to be accepted. */
  accept(session: string, sequence: number, sentMs = NaN, beginning = USUAL): Verdict {
    const window = this.#windowOf(session, sequence, beginning);
    const { missing: before, first: firstBefore, restarts: restartsBefore } = window;
    const arrival = this.#place(window, sequence, sentMs, beginning);
    const newlyLost = window.missing - before;
    this.#numbers[AT.lost]! += newlyLost;
    if (newlyLost < 0) this.#numbers[AT.recovered]! -= newlyLost;
    this.#numbers[AT.restarts]! += window.restarts - restartsBefore;
    if (window.isFirstHeard) this.#numbers[AT.beforeFirst]! += window.first - firstBefore;
    const standing = this.#considerReturn(window, arrival, beginning);
    if (window === this.#session) {
      this.#numbers[AT.returns] = 0;
      this.#numbers[AT.turns] = forgetTurns(this.#numbers[AT.turns]!);
    }
    if (standing !== "duplicate" || !beginning.way?.isNew) this.#count(standing);
    // A number on probation is ahead of all others: it was not overtaken.
    if (standing === "late" && sequence <= window.highest) this.#numbers[AT.reordered]!++;
    return standing;
  }

  /** Counts a datagram that others have found not to be new. */
  refuse(repeat: Repeat): void {
    this.#count(repeat);
  }

  #place(window: SequenceWindow, sequence: number, sentMs: number, about: Beginning): Verdict {
    const { isAnew, way } = about;
    if (!isAnew || sequence > window.highest) {
      return window.accept(sequence, sentMs, way?.isBehind);
    }
    window.restart(sequence, sentMs);
    return "new";
  }

  /**
   * The numbers of a session; one that is not known begins, and is the present one. Of one that began
   * before we listened nobody knows what was lost; else it is another agent's where it is not at its
   * beginning, or its first ones are lost.
   */
  #windowOf(session: string, sequence: number, about: Beginning): SequenceWindow {
    const { isAnew, missable, way } = about;
    if (session === this.#session.session) return this.#session;
    const known = this.#earlier.find((window) => window.session === session);
    if (known !== undefined && isAnew) this.#enter(known);
    if (known !== undefined) return known;
    const isMissed = !isAnew && sequence > 1 && sequence - 1 <= missable;
    if (isMissed) this.#numbers[AT.turns] = addTurn(this.#numbers[AT.turns]!);
    this.#numbers[AT.restarts]!++;
    const isLost = isMissed && sequence <= MAX_FIRST && !this.isShared;
    const window = new SequenceWindow(session, isLost ? 1 : sequence);
    if (way?.isBehind) this.#keepEarlier(window, this.#earlier);
    else this.#enter(window);
    return window;
  }

  #enter(window: SequenceWindow): void {
    const others = this.#earlier.filter((other) => other !== window);
    this.#keepEarlier(this.#session, others);
    this.#session = window;
  }

  #keepEarlier(window: SequenceWindow, others: readonly SequenceWindow[]): void {
    this.#earlier = [window, ...others].slice(0, EARLIER_SESSIONS);
  }

  /**
   * A datagram of an earlier session is most often a straggler. When nothing else comes, that session is
   * the present one after all, as after a forged datagram or with two machines under one id.
   */
  #considerReturn(window: SequenceWindow, arrival: Verdict, { way }: Beginning): Verdict {
    if (window === this.#session || arrival !== "new") return arrival;
    if (way?.isBehind) return "late";
    this.#numbers[AT.turns] = addTurn(this.#numbers[AT.turns]!);
    if (++this.#numbers[AT.returns]! < RETURN_WITNESSES) return "late";
    this.#enter(window);
    return "new";
  }

  #count(arrival: Verdict): void {
    if (arrival === "duplicate") this.#numbers[AT.duplicate]!++;
    else if (arrival === "old") this.#numbers[AT.old]!++;
    else this.#numbers[AT.received]!++;
  }
}
