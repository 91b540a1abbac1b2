// @ts-check
/**
 * The layout of rows on disk: a slab has those of up to 1,000 hosts in one period and is written at once; a
 * chunk has those of one host in many periods, deflated, and is read at once. Both tell whether they are as
 * they were written. Pure.
 */
import { deflateSync, inflateRawSync, inflateSync } from "node:zlib";

/** Numbers of a period, at the beginning of a row and of sums. */
export const HEAD = 7;
/** Numbers of each metric, in a row and in sums: samples that knew it, their mean or sum, lowest and highest. */
export const PER_METRIC = 4;

/** How long a row of so many metrics is. @param {number} metrics */
export function rowLength(metrics) {
  return HEAD + PER_METRIC * metrics;
}

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

/** The first and last chunk of a range: after the last that a host can have are those of the next one. @param {number} from @param {number} until @param {number} perChunk @returns {[number, number]} */
export function chunksIn(from, until, perChunk) {
  return [Math.floor(from / perChunk), Math.min(PER_HOST, Math.ceil(until / perChunk)) - 1];
}

/** The first and last slab of a range, of those that a group can have. @param {number} group @param {number} from @param {number} until @returns {[number, number]} */
export function slabsIn(group, from, until) {
  return [group * PER_GROUP + from, group * PER_GROUP + Math.min(PER_GROUP, until) - 1];
}

/** Before the rows of a slab: its layout, how many rows there are, and a checksum of its key and of what is before them. */
const SLAB_HEAD = 3;
/** Beside the number of rows, where there are checksums, and where the key has a part in them; those of schema 2 have a shorter head. */
const [HAS_SUMS, HAS_KEY] = [0x8000, 0x4000];
const OLD_HEAD = 2;
/** A slab up to the place of its last row, and often more. */
export const SLAB_PLACES_BYTES = 2 * (SLAB_HEAD + GROUP);
const [LAYOUT_BYTES, KEY_BYTES] = [2, 8];
const LEVEL = 3;
/** Odd, so that no two sums become one; it is added too, so that zeros have no sum of zero. */
const FACTOR = 0x6255;
/** What a chunk begins with after its layout; those of schema 2 have no checksum, and never begin so. */
const ZLIB = 0x78;

/**
 * @typedef {object} Slab Rows of several hosts, one after another.
 * @property {number} layout which metrics they have
 * @property {Uint16Array} places of the hosts in their group
 * @property {Uint16Array} rows
 */
/** @typedef {Slab & { readonly sums: Uint16Array | null }} StoredSlab A slab as it is on disk, with a checksum of each row where it has them. */

/** @param {Slab} slab @param {number} key by which it is kept @returns {Uint8Array<ArrayBuffer>} */
export function encodeSlab({ layout, places, rows }, key) {
  const count = places.length;
  const words = new Uint16Array(SLAB_HEAD + 2 * count + rows.length);
  words.set([layout, HAS_SUMS | HAS_KEY | count]);
  words.set(places, SLAB_HEAD);
  words[OLD_HEAD] = sumOfHead(words, places, key);
  words.set(sumsOf(places, rows), SLAB_HEAD + count);
  words.set(rows, SLAB_HEAD + 2 * count);
  return new Uint8Array(words.buffer);
}

/**
 * A slab whose rows may be damaged, as `isWhole` tells of each.
 *
 * @param {Uint8Array} bytes
 * @param {number} length of a row; NaN where its layout is not known
 * @param {number} key by which it was found
 * @returns {StoredSlab | null} `null` where it is damaged before its rows, or another's
 */
export function decodeSlab(bytes, length, key) {
  const words = wordsOf(bytes);
  const { places, end, hasSums, isWhole } = headOf(words, key);
  const begin = hasSums ? end + places.length : end;
  if (!isWhole || 2 * (begin + places.length * length) !== bytes.length) return null;
  const sums = hasSums ? words.subarray(end, begin) : null;
  return { layout: words[0] ?? 0, places, rows: words.subarray(begin), sums };
}

/** What is before the checksums or rows of a slab. @param {Uint16Array} words @param {number} key */
function headOf(words, key) {
  const [, told = 0, sum = 0] = words;
  const hasSums = (told & HAS_SUMS) !== 0;
  const head = hasSums ? SLAB_HEAD : OLD_HEAD;
  const end = head + (hasSums ? told & ~(HAS_SUMS | HAS_KEY) : told);
  const places = words.subarray(head, end);
  const isWhole = told > 0 && (!hasSums || sum === sumOfHead(words, places, key));
  return { places, end, hasSums, isWhole };
}

/** The checksum of it, and of the key where that has a part in it. @param {Uint16Array} words @param {Uint16Array} places @param {number} key */
function sumOfHead(words, places, key) {
  const first = (words[1] ?? 0) & HAS_KEY ? sumOf(wordsOfKey(key)) : 1;
  return sumOf(places, sumOf(words.subarray(0, OLD_HEAD), first));
}

/** @param {number} key */
const wordsOfKey = (key) => Uint16Array.of(key, key / 2 ** 16, key / 2 ** 32, key / 2 ** 48);
/** @param {number} key */
const bytesOfKey = (key) => new Uint8Array(wordsOfKey(key).buffer);

/** Whether a row of a slab is as it was written. @param {StoredSlab} slab @param {number} n */
export function isWhole({ places, rows, sums }, n) {
  const length = rows.length / places.length;
  return sums === null || sums[n] === sumOfRow(places, rows, length, n);
}

/** The places of a slab that may be cut after them; none where it is another's, or damaged before its rows. @param {Uint8Array} bytes @param {number} key */
export function placesOf(bytes, key) {
  const { places, isWhole } = headOf(wordsOf(bytes), key);
  return isWhole ? [...places].filter((place) => place < GROUP) : [];
}

/** @param {Uint8Array} bytes */
function wordsOf(bytes) {
  const { buffer, byteOffset } = bytes.byteOffset % 2 === 0 ? bytes : bytes.slice();
  return new Uint16Array(buffer, byteOffset, bytes.length >> 1);
}

/** A checksum of 16 bits, which differs for certain where one word does. @param {Uint16Array} words @param {number} sum */
function sumOf(words, sum = 1) {
  for (let n = 0; n < words.length; n++) {
    const mixed = Math.imul(sum ^ (words[n] ?? 0), FACTOR) + FACTOR & 0xffff;
    sum = mixed ^ mixed >>> 7;
  }
  return sum;
}

/** That of a row and whose it is. @param {Uint16Array} places @param {Uint16Array} rows @param {number} length @param {number} n */
function sumOfRow(places, rows, length, n) {
  return sumOf(rows.subarray(n * length, (n + 1) * length), places[n]);
}

/** @param {Uint16Array} places @param {Uint16Array} rows */
function sumsOf(places, rows) {
  const length = rows.length / places.length;
  return places.map((_, n) => sumOfRow(places, rows, length, n));
}

/**
 * A chunk of rows of one layout. Neighbours are similar, so each number is kept as the difference from the
 * one before it (delta encoding), lowest and highest relative to the mean, and all high bytes together. Its key
 * stands before them: schema 4 had none.
 *
 * @param {number} layout
 * @param {Uint16Array} rows
 * @param {number} length of a row
 * @param {number} key by which it is kept
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function encodeChunk(layout, rows, length, key) {
  const count = rows.length / length;
  const unpacked = new Uint8Array(KEY_BYTES + 2 * rows.length);
  unpacked.set(bytesOfKey(key));
  const planes = unpacked.subarray(KEY_BYTES);
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
  const packed = deflateSync(unpacked, { level: LEVEL });
  const bytes = new Uint8Array(LAYOUT_BYTES + packed.length);
  new DataView(bytes.buffer).setUint16(0, layout, true);
  bytes.set(packed, LAYOUT_BYTES);
  return bytes;
}

/** The layout of a chunk or a slab; −1 for what is too short to have one. @param {Uint8Array} bytes */
export function layoutOf(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return bytes.length < LAYOUT_BYTES ? -1 : view.getUint16(0, true);
}

/**
 * The rows of a chunk, or some columns of them that depend on no other.
 *
 * @param {Uint8Array} bytes
 * @param {number} count of rows
 * @param {number} length of a row
 * @param {number} key by which it was found
 * @param {Iterable<number>} [columns] all where none are named
 * @returns {Uint16Array<ArrayBuffer> | null} `null` for one that is damaged, or another's
 */
export function decodeChunk(bytes, count, length, key, columns) {
  const rows = new Uint16Array(count * length);
  const planes = inflate(bytes.subarray(LAYOUT_BYTES), rows.byteLength, key);
  if (planes === null) return null;
  for (const column of columns ?? Array(length).keys()) {
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

/** Exactly so many bytes, of this key; otherwise `null`. @param {Uint8Array} packed @param {number} length @param {number} key */
function inflate(packed, length, key) {
  const unpack = packed[0] === ZLIB ? inflateSync : inflateRawSync;
  try {
    const bytes = unpack(packed, { maxOutputLength: KEY_BYTES + length });
    if (bytes.length === length) return bytes;
    const isOwn = bytesOfKey(key).every((byte, n) => byte === bytes[n]);
    return isOwn && bytes.length === KEY_BYTES + length ? bytes.subarray(KEY_BYTES) : null;
  } catch {
    return null;
  }
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
