/**
 * Which of the last 256 numbers of one session have come, and what one agent has said in all sessions that
 * this run of the server accepted: they tell new datagrams from replays. Pure. They only see datagrams with
 * a valid tag, so nobody without the key can move them.
 */
import { SeenNumbers, WINDOW } from "../common/seen_numbers.ts";
import type { Repeat } from "../message/digest.ts";
import type { Header } from "./envelope.ts";

/** Number in a row that proves it, so that two agents with one id do not take turns. */
const WITNESSES = 3;

/** The last datagram that said a later time than all that were taken. */
interface Witness {
  readonly session: string;
  readonly seq: number;
  /** How many there are in a row. */
  readonly count: number;
}

/**
 * The past of one agent. A session that began later than all before is a new one. Any other session,
 * and any number that was used, may be a copy, and is none only when the datagram says a later `time`
 * than every one that was taken: a machine that was set back, or whose clock was set after its agent
 * began, says so. What starts over by that proof is accepted only while it says later times than those
 * before, so that nothing is taken twice.
 */
export class Past {
  /** When the sessions that were taken began, on the agent's clock. */
  #firstStartMs = Infinity;
  #lastStartMs = -Infinity;
  /** The latest time that a datagram said which was taken. */
  #latestMs = -Infinity;
  #witness: Witness | null = null;

  get latestMs(): number {
    return this.#latestMs;
  }

  /** A session was taken. */
  begin(startMs: number): void {
    this.#firstStartMs = Math.min(this.#firstStartMs, startMs);
    this.#lastStartMs = Math.max(this.#lastStartMs, startMs);
    this.#witness = null;
  }

  /** A datagram was taken. */
  note(timeMs: number): void {
    if (timeMs > this.#latestMs) this.#latestMs = timeMs;
  }

  /** The session goes on, which breaks a row of witnesses of another one. */
  goOn(): void {
    this.#witness = null;
  }

  /**
   * Whether no session that was taken began then. Those before the first one are believed only when our
   * own clock was set back since, as `latestStartMs`, the latest that it allows, then shows.
   */
  isNew(startMs: number, latestStartMs: number): boolean {
    if (startMs > this.#lastStartMs) return true;
    return this.#lastStartMs > latestStartMs && startMs < this.#firstStartMs;
  }

  /** Notes an authentic datagram; whether enough of one session, in a row, say later times than all accepted before. */
  witness({ session, seq }: Header, timeMs: number): boolean {
    if (!(timeMs > this.#latestMs)) return false;
    const last = this.#witness;
    // A copy of the last one proves nothing, and ends no row.
    if (last?.session === session && last.seq === seq) return last.count >= WITNESSES;
    const isNext = last?.session === session && seq > last.seq;
    const count = isNext ? last.count + 1 : 1;
    this.#witness = { session, seq, count };
    return count >= WITNESSES;
  }
}

/** The window of one session. */
export class ReplayWindow {
  /** The lowest number that has come. */
  #lowest: number;
  #highest: number;
  readonly #seen = new SeenNumbers();
  /** What the agent said before. */
  readonly past: Past;
  /** Only what says a later time is of this session, and nothing else may be; −Infinity where anything is. */
  readonly #afterMs: number;

  /** Begins at a number; where the session may have been taken before, with what says a time after `afterMs`. */
  constructor(first: number, past = new Past(), afterMs = -Infinity) {
    this.#lowest = first;
    this.#highest = first - 1;
    this.past = past;
    this.#afterMs = afterMs;
  }

  get highest(): number {
    return this.#highest;
  }

  /** Whether a number is below all that have come: then nothing here tells whether it came to a server before. */
  isBelow(sequence: number): boolean {
    return sequence < this.#lowest;
  }

  /** Enters a number, with the time of its datagram; `null` when it is new. */
  accept(sequence: number, timeMs = NaN): Repeat | null {
    // It may have been taken before this window began.
    if (this.#afterMs !== -Infinity && !(timeMs > this.#afterMs)) return "old";
    if (sequence > this.#highest) this.#advance(sequence);
    else if (this.#highest - sequence >= WINDOW) return "old";
    else if (this.#seen.has(sequence)) return "duplicate";
    this.#lowest = Math.min(this.#lowest, sequence);
    this.#seen.add(sequence);
    this.past.note(timeMs);
    return null;
  }

  #advance(sequence: number): void {
    this.#seen.advance(this.#highest, sequence);
    this.#highest = sequence;
    this.past.goOn();
  }
}
