// @ts-check
/**
 * What is kept of one host over one period, a minute or an hour: its row of numbers of 16 bits, and the
 * sums that such rows are made of and added up in. Pure; the program and the store's thread use it.
 *
 * A row and its sums begin with what became of the period, all in milliseconds in the sums and in
 * shares of 1/60,000 in a row; then stand four numbers for each metric.
 */

import { HEAD, PER_METRIC, rowLength } from "./blobs.js";

export { HEAD, PER_METRIC, rowLength } from "./blobs.js";

/** Where the numbers of a period stand, in a row and in sums. `span` is what the server was running of it. */
export const AT = { status: 0, samples: 1, span: 2, lost: 3, refused: 4, silent: 5, left: 6 };
/** The times among them: what a period is made of besides what is known. */
const TIMES = [AT.lost, AT.refused, AT.silent, AT.left];
/** Shares of a period. */
const WHOLE = 60_000;

/** Whole numbers below it are exact; above, there are `STEPS` steps between two powers of two. */
const EXACT = 16_384;
const EXACT_BITS = 14;
const STEPS = 1_024;
/** The highest code of a number from 0 on; those above it stand for negative ones. */
const MOST = EXACT + STEPS * 46;
const LEAST_NEGATIVE = MOST - 0xffff;

/**
 * A number as 16 bits, wrong by 0.05 % at most; 0 stands for what is not known. Negative ones down to
 * −2,047 are whole.
 *
 * @param {number} value NaN where it is not known
 */
export function encode(value) {
  if (Number.isNaN(value)) return 0;
  const whole = Math.min(2 ** 60, Math.round(value));
  if (whole < 0) return MOST - Math.max(LEAST_NEGATIVE, whole);
  if (whole < EXACT) return whole + 1;
  const octave = Math.floor(Math.log2(whole)) - EXACT_BITS;
  const step = Math.round((whole / 2 ** (octave + EXACT_BITS) - 1) * STEPS);
  return Math.min(MOST, EXACT + 1 + STEPS * octave + step);
}

/** What each code stands for. */
const VALUES = Float64Array.from({ length: 0x1_0000 }, (_, code) => {
  if (code === 0) return NaN;
  if (code > MOST) return MOST - code;
  if (code <= EXACT) return code - 1;
  const steps = code - EXACT - 1;
  return 2 ** (EXACT_BITS + Math.floor(steps / STEPS)) * (1 + steps % STEPS / STEPS);
});

/** The number that a code stands for; NaN for what is not known. @param {number} code */
export function decode(code) {
  return VALUES[code] ?? NaN;
}

/** @typedef {{ readonly id: string, readonly scale: number }} Column A metric, and what its numbers are multiplied by to be kept. */

/** A column beside the metrics: for how many milliseconds the kernel dropped what was lost, where that is known. @type {Column} */
export const KERNEL_DROPPED = { id: "kernelDropped", scale: 1 };

/**
 * Adds a sample to the sums of one metric.
 *
 * @param {Float64Array} sums
 * @param {number} at where those of the metric begin
 * @param {number} value
 */
export function addValue(sums, at, value) {
  const count = /** @type {number} */ (sums[at]);
  sums[at] = count + 1;
  sums[at + 1] = /** @type {number} */ (sums[at + 1]) + value;
  if (count === 0 || value < /** @type {number} */ (sums[at + 2])) sums[at + 2] = value;
  if (count === 0 || value > /** @type {number} */ (sums[at + 3])) sums[at + 3] = value;
}

/**
 * Writes the sums of one period of `periodMs` as a row.
 *
 * @param {Float64Array} sums
 * @param {number} from
 * @param {Uint16Array} row
 * @param {number} to
 * @param {readonly Column[]} columns
 * @param {number} periodMs
 */
export function writeRow(sums, from, row, to, columns, periodMs) {
  const sumOf = (/** @type {number} */ at) => sums[from + at] ?? 0;
  row[to + AT.status] = sumOf(AT.status);
  row[to + AT.samples] = Math.min(0xffff, sumOf(AT.samples));
  const spanMs = Math.min(periodMs, sumOf(AT.span));
  row[to + AT.span] = Math.round(spanMs / periodMs * WHOLE);
  // What is missing is never more than the time for which anything could come.
  let restMs = spanMs;
  for (const at of TIMES) {
    const ms = Math.max(0, Math.min(restMs, sumOf(at)));
    row[to + at] = Math.round(ms / periodMs * WHOLE);
    restMs -= ms;
  }
  columns.forEach(({ scale }, metric) => {
    const at = HEAD + PER_METRIC * metric;
    const count = sumOf(at);
    row[to + at] = Math.min(0xffff, count);
    row[to + at + 1] = count === 0 ? 0 : encode(sumOf(at + 1) / count * scale);
    row[to + at + 2] = count === 0 ? 0 : encode(sumOf(at + 2) * scale);
    row[to + at + 3] = count === 0 ? 0 : encode(sumOf(at + 3) * scale);
  });
}

/**
 * Adds rows of a slab to sums of the same period: the places of both, and their sums. Who is in both keeps the status
 * of the sums, which are later.
 *
 * @param {import("./blobs.js").Slab} slab
 * @param {readonly (Column & { readonly place: number })[]} placed the metrics of the slab, by their places in the sums
 * @param {Uint16Array} places
 * @param {Float64Array} sums
 * @param {{ readonly length: number, readonly periodMs: number }} each of sums
 * @returns {[Uint16Array, Float64Array]}
 */
export function mergeRows(slab, placed, places, sums, { length, periodMs }) {
  const all = Uint16Array.from(new Set([...places, ...slab.places]));
  const merged = new Float64Array(all.length * length);
  merged.set(sums);
  slab.places.forEach((place, n) => {
    const at = all.indexOf(place) * length;
    const status = merged[at] ?? 0;
    addRow(slab.rows, n * rowLength(placed.length), merged, at, placed, periodMs);
    if (all.indexOf(place) < places.length) merged[at] = status;
  });
  return [all, merged];
}

/**
 * Adds a row of a period of `periodMs` to sums, by the places that its metrics have there.
 *
 * @param {Uint16Array} row
 * @param {number} from
 * @param {Float64Array} sums
 * @param {number} to
 * @param {readonly (Column & { readonly place: number })[]} columns those of the row; a place is −1 where it is not asked for
 * @param {number} periodMs
 */
export function addRow(row, from, sums, to, columns, periodMs) {
  if ((row[from + AT.span] ?? 0) === 0) return;
  sums[to + AT.status] = row[from + AT.status] ?? 0;
  sums[to + AT.samples] = (sums[to + AT.samples] ?? 0) + (row[from + AT.samples] ?? 0);
  for (let at = AT.span; at < HEAD; at++) {
    sums[to + at] = (sums[to + at] ?? 0) + (row[from + at] ?? 0) / WHOLE * periodMs;
  }
  let at = from + HEAD;
  for (const { scale, place } of columns) {
    const count = row[at] ?? 0;
    if (place >= 0 && count > 0) {
      addKnown(sums, to + HEAD + PER_METRIC * place, count, row, at, scale);
    }
    at += PER_METRIC;
  }
}

/**
 * @param {Float64Array} sums
 * @param {number} to
 * @param {number} count
 * @param {Uint16Array} row
 * @param {number} at
 * @param {number} scale
 */
function addKnown(sums, to, count, row, at, scale) {
  const before = sums[to] ?? 0;
  const lowest = decode(row[at + 2] ?? 0) / scale;
  const highest = decode(row[at + 3] ?? 0) / scale;
  sums[to] = before + count;
  sums[to + 1] = (sums[to + 1] ?? 0) + decode(row[at + 1] ?? 0) / scale * count;
  if (before === 0 || lowest < (sums[to + 2] ?? 0)) sums[to + 2] = lowest;
  if (before === 0 || highest > (sums[to + 3] ?? 0)) sums[to + 3] = highest;
}
