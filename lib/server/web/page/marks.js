// @ts-check
/** How a status and a share in use are to be seen: the same as in the terminal. Pure. */

/** A shape for each status, so that none is told by its colour alone. */
export const MARKS = { live: "●", stale: "◐", offline: "✗", left: "○" };

/** From these shares on, a bar is drawn as high and as critical. */
const HIGH_PERCENT = 70;
const CRITICAL_PERCENT = 90;

/** How much a share is in need of attention. @param {number | null} percent */
export function levelOf(percent) {
  if (percent === null || percent < HIGH_PERCENT) return "normal";
  return percent < CRITICAL_PERCENT ? "high" : "critical";
}
