// @ts-check
/**
 * A part of a whole in percent, and from where on so much in use needs attention: the same for every
 * view and the page, which loads this file as it is. Pure.
 */

/** @typedef {number | null} Metric */

/** From here on a share in use is a warning, and critical, in percent. */
export const WARNING_PERCENT = 70;
/** The other of the two. */
export const CRITICAL_PERCENT = 90;

/** How much a share needs attention; what is not known needs none. @param {Metric} percent */
export function levelOf(percent) {
  if (percent === null || percent < WARNING_PERCENT) return "normal";
  return percent < CRITICAL_PERCENT ? "warning" : "critical";
}

/** `part` of `whole` in percent; of nothing, nothing is known. @param {Metric} part @param {Metric} whole @returns {Metric} */
export function percentOf(part, whole) {
  return part === null || whole === null || whole <= 0 ? null : part / whole * 100;
}
