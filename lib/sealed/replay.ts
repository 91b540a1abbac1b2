/**
 * Which numbers of one session have come: the last 256, a bit each in a ring. Pure. It is asked
 * only about datagrams whose tag is good, so nobody without the key can move it.
 */
import { Past } from "./past.ts";

/** How many numbers back a late datagram is still told from a copy; the fleet's delivery has the same. */
export const REPLAY_WINDOW = 256;

/** Why a number is no news. */
export type Replay = "duplicate" | "old";

/** The window of one session. */
export class ReplayWindow {
  /** The lowest number that has come. */
  #lowest: number;
  #highest: number;
  readonly #seen: number[] = new Array(REPLAY_WINDOW / 32).fill(0);
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

  /** Enters a number, with the time that its datagram says; `null` when it is news. */
  accept(sequence: number, timeMs = NaN): Replay | null {
    // It may have been taken before this window began.
    if (this.#afterMs !== -Infinity && !(timeMs > this.#afterMs)) return "old";
    if (sequence > this.#highest) this.#advance(sequence);
    else if (this.#highest - sequence >= REPLAY_WINDOW) return "old";
    else if (this.#has(sequence)) return "duplicate";
    this.#lowest = Math.min(this.#lowest, sequence);
    this.#seen[wordOf(sequence)]! |= bitOf(sequence);
    this.past.note(timeMs);
    return null;
  }

  #advance(sequence: number): void {
    if (sequence - this.#highest >= REPLAY_WINDOW) this.#seen.fill(0);
    else {
      for (let next = this.#highest + 1; next <= sequence; next++) {
        this.#seen[wordOf(next)]! &= ~bitOf(next);
      }
    }
    this.#highest = sequence;
    this.past.goOn();
  }

  #has(sequence: number): boolean {
    return (this.#seen[wordOf(sequence)]! & bitOf(sequence)) !== 0;
  }
}

function wordOf(sequence: number): number {
  return (sequence % REPLAY_WINDOW) >>> 5;
}

function bitOf(sequence: number): number {
  return 1 << (sequence & 31);
}
