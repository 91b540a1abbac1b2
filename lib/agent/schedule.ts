/**
 * When the next sample is due: on a grid that starts once and never drifts. Pure: time is an
 * argument, on a clock that is never set back.
 */

/**
 * The next moment on the grid `startMs + n · intervalMs` that is at least half an interval away:
 * after a suspend the missed moments are skipped, and no two samples come so close that their
 * rates would be noise.
 */
export function nextDueMs(startMs: number, intervalMs: number, nowMs: number): number {
  const steps = Math.ceil((nowMs + intervalMs / 2 - startMs) / intervalMs);
  return startMs + steps * intervalMs;
}
