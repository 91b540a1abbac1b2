// @ts-check
/**
 * Slabs and chunks as they are read: what is damaged has no rows, is counted, and is written down before it
 * is dropped, so that the time that it covered is told as damaged from then on.
 */
import {
  decodeChunk,
  decodeSlab,
  GROUP,
  isWhole,
  layoutOf,
  PER_GROUP,
  PER_HOST,
  rowLength,
  TIERS,
} from "./blobs.js";

/** @typedef {import("./blobs.js").TierName} TierName */
/** @typedef {import("./blobs.js").Slab} Slab */
/** @typedef {readonly [fromMs: number, untilMs: number]} Time */

/** The count of damaged pieces goes no further. */
const MAX_FOUND = 10_000;

/** The slabs and chunks of one file. */
export class Pieces {
  /** Those that were found to be damaged. @type {Set<string>} */
  #found = new Set();

  /** @param {import("node:sqlite").DatabaseSync} db @param {ReadonlyMap<number, readonly unknown[]>} layouts the metrics of each */
  constructor(db, layouts) {
    this.layouts = layouts;
    this.put = db.prepare("insert or ignore into damage values(?,?,?,?,?)");
    this.dropped = db.prepare(
      "select since, until from damage where (tier='minute' or tier=?) and ? between first and last and since<? and until>?",
    );
  }

  /** How many were found to be damaged since the file was opened. */
  get damaged() {
    return this.#found.size;
  }

  /**
   * Reads pieces by their keys. One whose key is damaged stands where another belongs, and SQLite reads no
   * further where that is beyond the last key: then the rest is read from the end, and what is missing
   * between both is damaged.
   *
   * @param {readonly [first: number, last: number]} keys
   * @param {{ rows: (way: "up" | "down", first: number, last: number) => Record<string, unknown>[], take: (key: number, bytes: Uint8Array) => boolean, timeOf: (key: number) => Time }} how what is read, whether one was whole, and when it was
   * @returns {Time[]} when something is damaged
   */
  scan([first, last], { rows, take, timeOf }) {
    /** @type {Time[]} */
    const damaged = [];
    /** @type {Set<number>} */
    const bad = new Set();
    let before = first - 1;
    /** @param {"up" | "down"} way @param {(key: number) => void} found */
    const read = (way, found) => {
      for (const { k, b } of rows(way, before + 1, last)) {
        if (take(Number(k), /** @type {Uint8Array} */ (b))) found(Number(k));
        else bad.add(Number(k));
      }
    };
    /** @param {number} after @param {boolean} isCut */
    const tell = (after, isCut) => {
      const areInOrder = !isCut && [...bad].every((k) => k > before && k < after);
      if (areInOrder) { for (const k of bad) damaged.push(timeOf(k)); }
      // Where none follows, the next one is missing.
      else damaged.push([timeOf(before + 1)[0], timeOf(after > last ? before + 1 : after - 1)[1]]);
      bad.clear();
    };
    read("up", (k) => {
      if (bad.size > 0) tell(k, false);
      before = Math.max(before, k);
    });
    let after = last + 1;
    read("down", (k) => after = Math.min(after, k));
    const isCut = after <= last;
    if (isCut) this.find(`order after ${before}`);
    if (isCut || bad.size > 0) tell(after, isCut);
    return damaged;
  }

  /** The rows of a chunk; `null` where it is damaged. @param {TierName} name @param {number} key @param {Uint8Array} bytes @param {Iterable<number>} [columns] */
  chunk(name, key, bytes, columns) {
    const { perChunk } = TIERS[name];
    const rows = decodeChunk(bytes, perChunk, this.#lengthOf(bytes), key, columns);
    if (rows === null) this.find(`${name} chunk ${key}`);
    return rows;
  }

  /** A slab, of which rows may be damaged; `null` where all of it is. @param {TierName} name @param {number} key @param {Uint8Array} bytes */
  slab(name, key, bytes) {
    const slab = decodeSlab(bytes, this.#lengthOf(bytes), key);
    if (slab === null) this.find(`${name} slab ${key}`);
    return slab;
  }

  /** One row of a slab, without numbers where it has none; `null` where it is damaged. @param {TierName} name @param {number} key @param {Uint8Array} bytes @param {number} place */
  row(name, key, bytes, place) {
    const slab = this.slab(name, key, bytes);
    if (slab === null) return null;
    const { layout, places, rows } = slab;
    const n = places.indexOf(place);
    if (n >= 0 && !this.isWhole(name, key, slab, n)) return null;
    const length = rows.length / places.length;
    return {
      layout,
      numbers: n < 0 ? rows.subarray(0, 0) : rows.subarray(n * length, (n + 1) * length),
    };
  }

  /** Whether a row of a slab is as it was written. @param {TierName} name @param {number} key @param {import("./blobs.js").StoredSlab} slab @param {number} n */
  isWhole(name, key, slab, n) {
    if (isWhole(slab, n)) return true;
    this.find(`${name} slab ${key}, ${slab.places[n]}`);
    return false;
  }

  /** The rows of a chunk that is dropped next; `null` where it is damaged, which is written down. @param {TierName} name @param {number} key @param {Uint8Array} bytes */
  takeChunk(name, key, bytes) {
    const rows = this.chunk(name, key, bytes);
    const host = Math.floor(key / PER_HOST);
    if (rows === null) this.#note(name, [host, host], chunkTime(name, key % PER_HOST));
    return rows;
  }

  /** A slab that is dropped next, without what of it is damaged, which is written down. @param {TierName} name @param {number} key @param {Uint8Array} bytes @returns {Slab} */
  takeSlab(name, key, bytes) {
    const slab = this.slab(name, key, bytes);
    const base = Math.floor(key / PER_GROUP) * GROUP;
    const time = slabTime(name, key % PER_GROUP);
    if (slab === null) {
      this.#note(name, [base, base + GROUP - 1], time);
      return { layout: -1, places: new Uint16Array(), rows: new Uint16Array() };
    }
    const damaged = [...slab.places.keys()].filter((n) => !this.isWhole(name, key, slab, n));
    if (damaged.length === 0) return slab;
    const places = damaged.map((n) => base + (slab.places[n] ?? 0));
    this.#note(name, [Math.min(...places), Math.max(...places)], time);
    return without(slab, damaged);
  }

  /** When something of a host was found to be damaged, and dropped. @param {TierName} name @param {number} host @param {Time} time @returns {Time[]} */
  droppedOf(name, host, [fromMs, untilMs]) {
    const rows = this.dropped.all(name, host, untilMs, fromMs);
    return rows.map(({ since, until }) => [Number(since), Number(until)]);
  }

  /** @param {Uint8Array} bytes */
  #lengthOf(bytes) {
    const columns = this.layouts.get(layoutOf(bytes));
    return columns === undefined ? NaN : rowLength(columns.length);
  }

  /** Something was found to be damaged, once or several times. @param {string} piece @param {number} count */
  find(piece, count = 1) {
    for (let n = 0; n < count && this.#found.size < MAX_FOUND; n++) this.#found.add(piece + n);
  }

  /** @param {TierName} name @param {readonly [first: number, last: number]} hosts @param {Time} time */
  #note(name, hosts, time) {
    this.put.run(name, ...hosts, ...time);
  }
}

/** Which time a chunk covers. @param {TierName} name @param {number} chunk @returns {Time} */
export function chunkTime(name, chunk) {
  const { periodMs, perChunk } = TIERS[name];
  return [chunk * perChunk * periodMs, (chunk + 1) * perChunk * periodMs];
}

/** Which time a slab covers. @param {TierName} name @param {number} period @returns {Time} */
export function slabTime(name, period) {
  const { periodMs } = TIERS[name];
  return [period * periodMs, (period + 1) * periodMs];
}

/** A slab without some of its rows. @param {Slab} slab @param {readonly number[]} dropped @returns {Slab} */
export function without({ layout, places, rows }, dropped) {
  const length = rows.length / places.length;
  const kept = [...places.keys()].filter((n) => !dropped.includes(n));
  const others = new Uint16Array(kept.length * length);
  kept.forEach((n, to) => others.set(rows.subarray(n * length, (n + 1) * length), to * length));
  return { layout, places: Uint16Array.from(kept, (n) => places[n] ?? 0), rows: others };
}
