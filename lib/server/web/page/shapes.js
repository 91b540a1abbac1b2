// @ts-check
/**
 * The small drawings of a host: a line of the recent past and a strip of cores as path data, and cores as
 * bars. Pure; what is not known is a gap.
 */
import { formatCountOf, formatPercent } from "../../../common/format.js";

/** @typedef {number | null} Metric */

/** Up to so many cores have a bar each; of more, several share one. */
const MOST_BARS = 32;
/** A core is busy from here on, which is no fault. */
export const BUSY_PERCENT = 98;

/**
 * A line of percents over a width, in a box of 100 high that grows downwards.
 *
 * @param {readonly Metric[]} values oldest first
 * @param {number} slots how many values fill the width
 * @param {number} width
 */
export function linePath(values, slots, width) {
  const step = width / (slots - 1);
  const offset = slots - values.length;
  let path = "";
  let isDrawing = false;
  for (let index = 0; index < values.length; index++) {
    const value = values[index];
    if (value === null || value === undefined) {
      isDrawing = false;
      continue;
    }
    const x = ((offset + index) * step).toFixed(1);
    // A point between two gaps is drawn as well: a line of no length with round ends.
    path += isDrawing ? `L${x} ${(100 - value).toFixed(0)}` : `M${x} ${(100 - value).toFixed(0)}h0`;
    isDrawing = true;
  }
  return path;
}

/**
 * A column for each core that is as busy, in a box of 100 by 100.
 *
 * @param {readonly Metric[]} cores
 * @param {number} [from] percent
 */
export function stripPath(cores, from = 0) {
  const width = 100 / cores.length;
  // A little air between the columns as long as there is room for it.
  const column = cores.length > 32 ? width : width * 0.8;
  let path = "";
  cores.forEach((core, index) => {
    if (core === null || core < from) return;
    // An idle core is there as well.
    const height = Math.max(4, core);
    path += `M${(index * width).toFixed(2)} 100v-${height.toFixed(0)}h${column.toFixed(2)}V100z`;
  });
  return path;
}

/** Cores as bars: how busy they are together, and as busy as the busiest of them. @param {readonly Metric[]} cores @returns {readonly { mean: Metric, isBusy: boolean }[]} */
export function groupsOf(cores) {
  const size = Math.max(1, Math.ceil(cores.length / MOST_BARS));
  return Array.from({ length: Math.ceil(cores.length / size) }, (_, n) => {
    const known = cores.slice(n * size, (n + 1) * size).filter((core) => core !== null);
    const sum = known.reduce((sum, core) => sum + core, 0);
    return {
      mean: known.length === 0 ? null : sum / known.length,
      isBusy: known.some((core) => Math.round(core) >= BUSY_PERCENT),
    };
  });
}

/** The number of cores, and which is the busiest. @param {readonly Metric[]} cores */
export function coresText(cores) {
  const most = cores.reduce((/** @type {number} */ most, core) => Math.max(most, core ?? -1), -1);
  const busiest = most < 0 || cores.length < 2
    ? ""
    : `, core ${cores.indexOf(most)} at ${formatPercent(most)}`;
  return `${formatCountOf(cores.length, "core")}${busiest}`;
}
