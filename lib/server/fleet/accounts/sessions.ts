/**
 * What is known of a host's sessions besides numbers: which there were, how one begins, and whether
 * several take turns. Agents that share an id do: a weight grows with each turn, and shrinks while one
 * session goes on. Pure.
 */
import type { Probation, SequenceWindow } from "./sequence_window.ts";

/** What a delivery remembers besides numbers. */
export interface Sessions {
  /** Empty before the first. */
  present: string;
  /** The sessions before, the latest first. */
  earlier: readonly SequenceWindow[];
  probation: Probation | null;
}

/** None yet. */
export const NO_SESSIONS: Readonly<Sessions> = { present: "", earlier: [], probation: null };

/** How a datagram stands on the way by which it came, where there are several. */
export interface OnWay {
  /** Whether it has not come by this way before: then one that is known is a copy by another. */
  readonly isNew: boolean;
  /** Whether a newer one came to its site before: it fills a gap, and nothing begins with it. */
  readonly isBehind: boolean;
}

/** What is known about the start of a session or of its numbers. */
export interface Beginning {
  /** Whether its agent is known to start over. */
  readonly isAnew: boolean;
  /** How many datagrams before the first that is heard could have come since the host was first heard. */
  readonly missable: number;
  readonly way?: OnWay | undefined;
}

/** That of a datagram which is simply the next of its session. */
export const USUAL: Beginning = { isAnew: false, missable: Infinity };

/** Weight of turns that proves it, more than stragglers make; at most twice as much is remembered. */
const WITNESSES = 5;
/** What a datagram without a turn subtracts: after a thousand or so, the id no longer counts as shared. */
const FORGOTTEN = 1 / 256;

/** The weight after a turn. */
export function addTurn(weight: number): number {
  return Math.min(weight + 1, 2 * WITNESSES);
}

/** The weight after a datagram of the session that goes on. */
export function forgetTurns(weight: number): number {
  return Math.max(0, weight - FORGOTTEN);
}

/** Whether a weight says that the id is shared. */
export function tellsShared(weight: number): boolean {
  return weight > WITNESSES - 1;
}
