/**
 * Whether several agents send under one id, told from the sessions that take turns: a weight grows with
 * each turn, and shrinks while one session goes on. Pure.
 */

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
