/**
 * When the swarm sends: every host once each interval, the hosts evenly spread over it, and never
 * many datagrams at once, as a server's socket holds back only about ninety. Also which datagrams
 * are lost on purpose. Pure: time is an argument in milliseconds, chance comes from a seed.
 */

/** Most datagrams between two turns of the event loop. */
export const MAX_BURST = 16;
/** So many may gather before they are sent together, within the time below: to sleep and wake costs as much as to send. */
const MAX_GATHERED = MAX_BURST / 2;
const MAX_GATHER_MS = 0.5;
/** How much faster than its pace it sends after a pause: at full speed a server would lose some. */
const CATCH_UP = 2;
/** What decides which datagrams are lost, so that every run loses the same ones. */
export const LOSS_SEED = 1;

/** Draws a whole number from 0 to 2^32 − 1. */
export type Random = () => number;

/** A generator of its own sequence for every seed: xorshift32 of Marsaglia, "Xorshift RNGs" (2003). */
export function randomFrom(seed: number): Random {
  // 0 would stay 0; the factor spreads seeds that are close.
  let state = Math.imul(seed, 0x9e37_79b1) | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}

/** Whether the next datagram is lost: a share of them, in percent, drawn independently. */
export function lossOf(percent: number, random: Random): () => boolean {
  const threshold = percent / 100 * 2 ** 32;
  return () => random() < threshold;
}

/** The grid that datagrams are due on: number n, from 0, at n · stepMs after the start. */
export class Pace {
  /** How long the next datagram may wait for those that are due soon after it, in milliseconds. */
  readonly gatherMs: number;
  readonly #stepMs: number;
  #made = 0;
  /** How many may be taken now, as far as speed goes. */
  #credit = MAX_BURST;
  #lastMs = 0;

  /** @param stepMs milliseconds between two datagrams: the interval by the number of hosts. */
  constructor(stepMs: number) {
    this.#stepMs = stepMs;
    this.gatherMs = stepMs * Math.min(MAX_GATHERED, Math.floor(MAX_GATHER_MS / stepMs));
  }

  /** How many datagrams were taken. */
  get made(): number {
    return this.#made;
  }

  /** Takes those that are due so long after the start, as many as may go at once; the rest stay due. */
  take(elapsedMs: number): number {
    const earned = (elapsedMs - this.#lastMs) / this.#stepMs * CATCH_UP;
    this.#credit = Math.min(MAX_BURST, this.#credit + earned);
    this.#lastMs = elapsedMs;
    const dueCount = Math.floor(elapsedMs / this.#stepMs) + 1 - this.#made;
    const count = Math.max(0, Math.min(dueCount, Math.floor(this.#credit)));
    this.#made += count;
    this.#credit -= count;
    return count;
  }

  /** Milliseconds until the next one is due; negative for how late it is. */
  waitMs(elapsedMs: number): number {
    return this.#made * this.#stepMs - elapsedMs;
  }
}
