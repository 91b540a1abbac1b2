/**
 * The two clocks of a program: a steady (monotonic) one, on which every time is kept and compared, and the
 * wall clock, which may be set at any time and is only for display. Its one job is to read both.
 */

/** The wall clock counts as set when it is this far from where it should be. */
const TOLERANCE_MS = 50;

/** Where the time comes from. */
export interface ClockSources {
  /** The wall clock, in whole milliseconds since 1970. */
  readonly wallMs: () => number;
  /** Milliseconds on a clock that is never set, equal to the wall clock's at the start. */
  readonly steadyMs: () => number;
}

const SYSTEM: ClockSources = {
  wallMs: Date.now,
  steadyMs: () => performance.timeOrigin + performance.now(),
};

/**
 * A steady clock, and how far the wall clock is ahead of it. The steady clock may stop while the machine
 * sleeps, which then looks as if the wall clock had been set ahead.
 */
export class Clock {
  readonly #sources: ClockSources;
  #aheadMs = 0;

  constructor(sources = SYSTEM) {
    this.#sources = sources;
  }

  /** Milliseconds on the steady clock: every time that is kept or compared is one of it. */
  nowMs(): number {
    return this.#sources.steadyMs();
  }

  /** What the wall clock says now. */
  wallMs(): number {
    return this.#sources.wallMs();
  }

  /**
   * Whole milliseconds to add to a time of the steady clock to show it: as the wall clock has it now.
   * They change only when the wall clock is set.
   */
  aheadMs(): number {
    const before = this.nowMs();
    const wallMs = this.#sources.wallMs();
    // Time that passed between the two readings, as in a pause of the program, is not a step.
    const expectedMs = Math.min(Math.max(wallMs - this.#aheadMs, before), this.nowMs());
    const offMs = wallMs - this.#aheadMs - expectedMs;
    if (Math.abs(offMs) > TOLERANCE_MS) this.#aheadMs += Math.round(offMs);
    return this.#aheadMs;
  }
}
