/**
 * Whether several agents send under one id, told from the sessions that take turns: a weight grows with
 * each turn, and shrinks while one session goes on. Pure.
 */

/** A turn that is no straggler's: so many make it sure, and no more than twice as many are remembered. */
const WITNESSES = 5;
/** What a datagram without a turn takes off: after a thousand or so, the id is shared no more. */
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
