// @ts-check
/**
 * The layout of rows on disk: a slab has those of up to 1,000 hosts in one period and is written at once; a
 * chunk has those of one host in many periods, deflated, and is read at once. Pure.
 */
import { deflateRawSync, inflateRawSync } from "node:zlib";
import { HEAD, PER_METRIC } from "./rows.js";

/** Hosts of a slab. */
export const GROUP = 1_000;
/** A chunk is known by its host times this and its own number, a slab by its group times that and its period. */
export const PER_HOST = 2 ** 24;
export const PER_GROUP = 2 ** 32;

/** The two tiers: how long their periods are, and how many of them a chunk holds. */
export const TIERS = /** @type {const} */ ({
  minute: { periodMs: 60_000, perChunk: 60 },
  hour: { periodMs: 3_600_000, perChunk: 24 },
});

/** @typedef {keyof typeof TIERS} TierName */
export const TIER_NAMES = /** @type {const} */ (["minute", "hour"]);

/** Before the rows of a slab: its layout and how many rows there are; then the place of each. */
const SLAB_HEAD = 2;
/** A slab up to the place of its last row, and often more. */
export const SLAB_PLACES_BYTES = 2 * (SLAB_HEAD + GROUP);
const LAYOUT_BYTES = 2;
const LEVEL = 3;

/**
 * @typedef {object} Slab Rows of several hosts, one after another.
 * @property {number} layout which metrics they have
 * @property {Uint16Array} places of the hosts in their group
 * @property {Uint16Array} rows
 */

/** @param {Slab} slab @returns {Uint8Array<ArrayBuffer>} */
export function encodeSlab({ layout, places, rows }) {
  const words = new Uint16Array(SLAB_HEAD + places.length + rows.length);
  words.set([layout, places.length]);
  words.set(places, SLAB_HEAD);
  words.set(rows, SLAB_HEAD + places.length);
  return new Uint8Array(words.buffer);
}

/** @param {Uint8Array} bytes @returns {Slab} */
export function decodeSlab(bytes) {
  const { buffer, byteOffset } = bytes.byteOffset % 2 === 0 ? bytes : bytes.slice();
  const words = new Uint16Array(buffer, byteOffset, bytes.length >> 1);
  const [layout = 0, count = 0] = words;
  const places = words.subarray(SLAB_HEAD, SLAB_HEAD + count);
  return { layout, places, rows: words.subarray(SLAB_HEAD + count) };
}

/**
 * A chunk of rows of one layout. Neighbours are similar, so each number is kept as the difference from the
 * one before it (delta encoding), lowest and highest relative to the mean, and all high bytes together.
 *
 * @param {number} layout
 * @param {Uint16Array} rows
 * @param {number} length of a row
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function encodeChunk(layout, rows, length) {
  const count = rows.length / length;
  const planes = new Uint8Array(2 * rows.length);
  for (let column = 0; column < length; column++) {
    const base = baseOf(column);
    let before = 0;
    for (let n = 0; n < count; n++) {
      const at = n * length + column;
      const number = (rows[at] ?? 0) - (base < 0 ? 0 : rows[n * length + base] ?? 0);
      const word = zigzag(number - before);
      before = number;
      planes[column * count + n] = word & 0xff;
      planes[rows.length + column * count + n] = word >>> 8;
    }
  }
  const packed = deflateRawSync(planes, { level: LEVEL });
  const bytes = new Uint8Array(LAYOUT_BYTES + packed.length);
  new DataView(bytes.buffer).setUint16(0, layout, true);
  bytes.set(packed, LAYOUT_BYTES);
  return bytes;
}

/** The layout of a chunk. @param {Uint8Array} bytes */
export function layoutOf(bytes) {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint16(0, true);
}

/**
 * The rows of a chunk, or some columns of them that depend on no other.
 *
 * @param {Uint8Array} bytes
 * @param {number} length of a row
 * @param {Iterable<number>} columns
 * @returns {Uint16Array<ArrayBuffer>}
 */
export function decodeChunk(bytes, length, columns = Array(length).keys()) {
  const planes = inflateRawSync(bytes.subarray(LAYOUT_BYTES));
  const rows = new Uint16Array(planes.length / 2);
  const count = rows.length / length;
  for (const column of columns) {
    const base = baseOf(column);
    let number = 0;
    for (let n = 0; n < count; n++) {
      const place = column * count + n;
      number += unzigzag((planes[place] ?? 0) | (planes[rows.length + place] ?? 0) << 8);
      rows[n * length + column] = number + (base < 0 ? 0 : rows[n * length + base] ?? 0);
    }
  }
  return rows;
}

/** The column from which one is kept as the difference, a lowest or highest from its mean; −1 for none. @param {number} column */
function baseOf(column) {
  const place = (column - HEAD) % PER_METRIC;
  return column >= HEAD && place >= 2 ? column - place + 1 : -1;
}

/** Small differences of either sign as small words; all of it modulo 2^16. @param {number} difference */
function zigzag(difference) {
  const short = difference << 16 >> 16;
  return (short << 1 ^ short >> 15) & 0xffff;
}

/** @param {number} word */
function unzigzag(word) {
  return word >>> 1 ^ -(word & 1);
}
