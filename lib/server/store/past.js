// @ts-check
/**
 * Reads the past of hosts: the sums of even stretches of time, of the metrics that are asked for, from
 * minutes or from hours. Pure but for the file that it is handed.
 */
import { decodeChunk, decodeSlab, GROUP, layoutOf, PER_GROUP, PER_HOST } from "./blobs.js";
import { addRow, HEAD, PER_METRIC, rowLength } from "./rows.js";

/** @typedef {import("./database.js").Database} Database */

/**
 * @typedef {object} Range Even stretches of time.
 * @property {import("./blobs.js").TierName} tier
 * @property {number} from the first period of the tier
 * @property {number} until the period after the last one
 * @property {number} step periods in each stretch
 * @property {readonly string[]} metrics their ids
 */

/** The sums of each stretch, one after the other. @param {Database} db @param {number} host @param {Range} range */
export function readPast(db, host, range) {
  const { chunks, perChunk } = db.tiers[range.tier];
  const placedOf = placing(db, range.metrics);
  const sums = new Float64Array(stretchesIn(range) * rowLength(range.metrics.length));
  const key = host * PER_HOST;
  const [first, last] = [
    Math.floor(range.from / perChunk),
    Math.floor((range.until - 1) / perChunk),
  ];
  for (const { k, b } of chunks.all(key + first, key + last)) {
    const bytes = /** @type {Uint8Array} */ (b);
    const placed = placedOf(layoutOf(bytes));
    const length = rowLength(placed.length);
    const rows = decodeChunk(bytes, length);
    const begin = (Number(k) - key) * perChunk;
    for (let n = 0; n < perChunk; n++) add(rows, n * length, begin + n, placed);
  }
  addSlabs(db, host, range, placedOf, add);
  return sums;

  /** @param {Uint16Array} rows @param {number} at @param {number} period @param {ReturnType<typeof placedOf>} placed */
  function add(rows, at, period, placed) {
    if (period < range.from || period >= range.until) return;
    const stretch = Math.floor((period - range.from) / range.step);
    const to = stretch * rowLength(range.metrics.length);
    addRow(rows, at, sums, to, placed, db.tiers[range.tier].periodMs);
  }
}

/** @param {Range} range */
function stretchesIn({ from, until, step }) {
  return Math.ceil((until - from) / step);
}

/** @param {Database} db @param {readonly string[]} metrics */
function placing(db, metrics) {
  const among = metrics.map((id) => ({ id }));
  /** @type {Map<number, ReturnType<Database["placed"]>>} */
  const known = new Map();
  return (/** @type {number} */ layout) => {
    const placed = known.get(layout) ?? db.placed(layout, among);
    known.set(layout, placed);
    return placed;
  };
}

/**
 * @param {Database} db @param {number} host @param {Range} range
 * @param {ReturnType<typeof placing>} placedOf
 * @param {(rows: Uint16Array, at: number, period: number, placed: ReturnType<Database["placed"]>) => void} add
 */
function addSlabs(db, host, { tier, from, until }, placedOf, add) {
  const [group, place] = [Math.floor(host / GROUP), host % GROUP];
  const key = group * PER_GROUP;
  for (const { k, b } of db.tiers[tier].slabs.all(key + from, key + until - 1)) {
    const slab = decodeSlab(/** @type {Uint8Array} */ (b));
    const at = slab.places.indexOf(place);
    const placed = placedOf(slab.layout);
    if (at >= 0) add(slab.rows, at * rowLength(placed.length), Number(k) - key, placed);
  }
}

/** The mean of one metric over a range, for each host of the registry that has any. @param {Database} db @param {readonly number[]} hosts @param {Range} range @returns {[number, number][]} */
export function meansOf(db, hosts, range) {
  const whole = { ...range, step: range.until - range.from };
  return hosts.flatMap((host) => {
    const sums = readPast(db, host, whole);
    const [count = 0, sum = 0] = sums.subarray(HEAD, HEAD + PER_METRIC);
    return count === 0 ? [] : [/** @type {[number, number]} */ ([host, sum / count])];
  });
}
