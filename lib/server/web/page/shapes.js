// @ts-check
/**
 * The path data of the small drawings in a row: a line of the recent past, and a strip of cores.
 * Pure; what is not known is a gap.
 */

/** @typedef {number | null} Metric */

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
