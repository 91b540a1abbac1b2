/**
 * How many events a second there were of late, in constant memory. Pure: time is an argument.
 */

const SPAN_SECONDS = 5;

/** Counts events in whole seconds and reports their mean over the last five that are complete. */
export class RateMeter {
  readonly #counts = new Float64Array(SPAN_SECONDS + 1);
  readonly #startSecond: number;
  #second: number;

  constructor(nowMs: number) {
    this.#startSecond = this.#second = Math.floor(nowMs / 1_000);
  }

  /** Counts one event. */
  mark(nowMs: number): void {
    this.#advance(nowMs);
    this.#counts[this.#second % this.#counts.length]! += 1;
  }

  /** Events per second; `null` in the first second, when there is nothing to tell from. */
  perSecond(nowMs: number): number | null {
    this.#advance(nowMs);
    const complete = Math.min(SPAN_SECONDS, this.#second - this.#startSecond);
    if (complete === 0) return null;
    let events = 0;
    for (let back = 1; back <= complete; back++) {
      events += this.#counts[(this.#second - back) % this.#counts.length]!;
    }
    return events / complete;
  }

  #advance(nowMs: number): void {
    const second = Math.floor(nowMs / 1_000);
    // A clock that was set back would leave counts of the future behind: stay where we are.
    if (second <= this.#second) return;
    const steps = Math.min(second - this.#second, this.#counts.length);
    for (let step = 0; step < steps; step++) {
      this.#counts[(second - step) % this.#counts.length] = 0;
    }
    this.#second = second;
  }
}
