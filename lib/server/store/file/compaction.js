// @ts-check
/**
 * What becomes of slabs with time: a chunk for each host and hour, and a row of an hour; of those a chunk
 * for each host and day. What is too old, too much or of nobody is deleted. All of it in pieces, each done
 * whole or not at all.
 */
import {
  decodeChunk,
  decodeSlab,
  encodeChunk,
  encodeSlab,
  GROUP,
  layoutOf,
  PER_GROUP,
  PER_HOST,
  TIERS,
} from "./blobs.js";
import { addRow, rowLength, writeRow } from "./rows.js";

/** @typedef {import("./database.js").Database} Database */
/** @typedef {import("./blobs.js").TierName} TierName */
/** @typedef {Record<TierName, number>} Keep How long each tier is kept, in milliseconds. */

const TIER_NAMES = /** @type {const} */ (["minute", "hour"]);
/** Pages to release at once, and how much of a file may be free: what a minute and an hour write and free again. */
const VACUUM_PAGES = 2_000;
const FREE_PAGES = 256;
const FREE_SHARE = 1 / 8;
/** Where there is too much, the minutes of the last day go last. */
const LEAST_CHUNKS = 24;

/** Makes chunks of the slabs of one group and a time that is over: whether there were any. @param {Database} db @param {number} nowMs */
export function compact(db, nowMs) {
  return TIER_NAMES.some((name) => compactTier(db, name, nowMs));
}

/** @param {Database} db @param {TierName} name @param {number} nowMs */
function compactTier(db, name, nowMs) {
  const { nextSlab, periodMs, perChunk } = db.tiers[name];
  const present = Math.floor(nowMs / periodMs / perChunk);
  for (let group = 0;; group++) {
    const key = nextSlab.get(group * PER_GROUP)?.k ?? null;
    if (key === null) return false;
    group = Math.floor(Number(key) / PER_GROUP);
    const chunk = Math.floor(Number(key) % PER_GROUP / perChunk);
    if (chunk >= present) continue;
    db.transact(() => compactGroup(db, name, group, chunk));
    return true;
  }
}

/** @param {Database} db @param {TierName} name @param {number} group @param {number} chunk */
function compactGroup(db, name, group, chunk) {
  const tier = db.tiers[name];
  const from = group * PER_GROUP + chunk * tier.perChunk;
  const until = from + tier.perChunk - 1;
  const hosts = rowsByPlace(db, tier, from, until);
  for (const place of hosts.keys()) if (!db.has(group * GROUP + place)) hosts.delete(place);
  for (const [place, rows] of hosts) putChunk(db, tier, group * GROUP + place, chunk, rows);
  if (name === "minute") putHour(db, group, chunk, hosts);
  tier.dropSlabs.run(from, until);
}

/**
 * The rows of each host of a group, in the present layout, from one slab to another.
 *
 * @param {Database} db @param {Database["tiers"]["minute"]} tier @param {number} from @param {number} until
 */
function rowsByPlace(db, { slabs, perChunk, periodMs }, from, until) {
  const length = rowLength(db.columns.length);
  /** @type {Map<number, Uint16Array>} */
  const hosts = new Map();
  for (const { k, b } of slabs.all(from, until)) {
    const slab = decodeSlab(/** @type {Uint8Array} */ (b));
    const rows = inPresentLayout(db, slab.rows, slab.layout, periodMs);
    const at = (Number(k) - from) * length;
    slab.places.forEach((place, n) => {
      const all = hosts.get(place) ?? new Uint16Array(perChunk * length);
      hosts.set(place, all);
      all.set(rows.subarray(n * length, (n + 1) * length), at);
    });
  }
  return hosts;
}

/** @param {Database} db @param {Uint16Array} rows @param {number} layout @param {number} periodMs */
function inPresentLayout(db, rows, layout, periodMs) {
  if (layout === db.layout) return rows;
  const placed = db.placed(layout, db.columns);
  const [before, length] = [rowLength(placed.length), rowLength(db.columns.length)];
  const made = new Uint16Array(rows.length / before * length);
  const sums = new Float64Array(length);
  for (let n = 0; n * before < rows.length; n++) {
    addRow(rows, n * before, sums.fill(0), 0, placed, periodMs);
    writeRow(sums, 0, made, n * length, db.columns, periodMs);
  }
  return made;
}

/** @param {Database} db @param {Database["tiers"]["minute"]} tier @param {number} host @param {number} chunk @param {Uint16Array} rows */
function putChunk(db, tier, host, chunk, rows) {
  const key = host * PER_HOST + chunk;
  const before = tier.chunk.get(key)?.b;
  if (before !== undefined) addChunk(db, rows, /** @type {Uint8Array} */ (before), tier.periodMs);
  tier.putChunk.run(key, encodeChunk(db.layout, rows, rowLength(db.columns.length)));
}

/** Merges a chunk of the same time, as after the clock was set back. @param {Database} db @param {Uint16Array} rows @param {Uint8Array} bytes @param {number} periodMs */
function addChunk(db, rows, bytes, periodMs) {
  const layout = layoutOf(bytes);
  const old = decodeChunk(bytes, rowLength(db.layouts.get(layout)?.length ?? 0));
  const before = inPresentLayout(db, old, layout, periodMs);
  const placed = db.placed(db.layout, db.columns);
  const length = rowLength(placed.length);
  const sums = new Float64Array(length);
  for (let at = 0; at < rows.length; at += length) {
    addRow(before, at, sums.fill(0), 0, placed, periodMs);
    addRow(rows, at, sums, 0, placed, periodMs);
    writeRow(sums, 0, rows, at, db.columns, periodMs);
  }
}

/** The hour that minutes make. @param {Database} db @param {number} group @param {number} hour @param {Map<number, Uint16Array>} hosts */
function putHour(db, group, hour, hosts) {
  const placed = db.placed(db.layout, db.columns);
  const length = rowLength(placed.length);
  const sums = new Float64Array(hosts.size * length);
  let to = 0;
  for (const rows of hosts.values()) {
    for (let at = 0; at < rows.length; at += length) {
      addRow(rows, at, sums, to, placed, TIERS.minute.periodMs);
    }
    to += length;
  }
  db.putRows("hour", group, hour, Uint16Array.from(hosts.keys()), sums);
}

/** Deletes all of one host at once. @param {Database} db @param {number} host */
export function forget(db, host) {
  const [group, place] = [Math.floor(host / GROUP), host % GROUP];
  db.transact(() => {
    db.dropHost(host);
    for (const name of TIER_NAMES) {
      const tier = db.tiers[name];
      const key = group * PER_GROUP;
      for (const { k, b } of tier.slabs.all(key, key + PER_GROUP - 1)) {
        const slab = decodeSlab(/** @type {Uint8Array} */ (b));
        tier.putSlab.run(Number(k), encodeSlab(without(slab, place)));
      }
    }
  });
}

/** A slab without the row of one place. @param {import("./blobs.js").Slab} slab @param {number} place @returns {import("./blobs.js").Slab} */
function without({ layout, places, rows }, place) {
  const length = rows.length / places.length;
  const others = [...places.keys()].filter((n) => places[n] !== place);
  const kept = others.flatMap((n) => [...rows.subarray(n * length, (n + 1) * length)]);
  return {
    layout,
    places: places.filter((other) => other !== place),
    rows: Uint16Array.from(kept),
  };
}

/** Deletes what is too old, and then what is too much, some hosts at a time. */
export class Retention {
  /** The chunks that are next to go, and the host from which on they are there. @type {Record<TierName, { before: number, done: number, host: number }>} */
  #tiers = { minute: { before: 0, done: 0, host: 0 }, hour: { before: 0, done: 0, host: 0 } };

  /** @param {Keep} keepMs @param {number} keepBytes @param {number} firstMs before it nothing was kept */
  constructor(keepMs, keepBytes, firstMs) {
    this.keepMs = keepMs;
    this.keepBytes = keepBytes;
    for (const name of TIER_NAMES) this.#tiers[name].done = chunkAt(name, firstMs);
  }

  /**
   * One piece: whether there is more to do. What is too old is so by `ageMs`.
   *
   * @param {Database} db @param {number} nowMs @param {number} ageMs
   */
  step(db, nowMs, ageMs = nowMs) {
    for (const name of TIER_NAMES) {
      const tier = this.#tiers[name];
      tier.before = Math.max(tier.before, tier.done, chunkAt(name, ageMs - this.keepMs[name]));
    }
    const due = TIER_NAMES.find((name) => this.#tiers[name].before > this.#tiers[name].done);
    if (due !== undefined) this.#drop(db, due);
    else if (!vacuum(db) && db.bytes > this.keepBytes) return this.#cutOff(nowMs);
    else return db.freePages > mayBeFree(db);
    return true;
  }

  /** @param {Database} db @param {TierName} name */
  #drop(db, name) {
    const tier = this.#tiers[name];
    const last = db.lastHost;
    const until = Math.min(last, tier.host + GROUP);
    db.transact(() => {
      for (let host = tier.host; host <= until; host++) {
        db.tiers[name].dropChunks.run(host * PER_HOST, host * PER_HOST + tier.before - 1);
      }
    });
    tier.host = until + 1;
    if (until < last) return;
    if (name === "hour") dropHosts(db, this.#beginMs(name));
    tier.done = tier.before;
    tier.host = 0;
  }

  /** Before it nothing is kept. @param {TierName} name */
  #beginMs(name) {
    return this.#tiers[name].before * TIERS[name].perChunk * TIERS[name].periodMs;
  }

  /** The oldest of what there is too much of: minutes first, but for those of the last day. @param {number} nowMs */
  #cutOff(nowMs) {
    const { minute, hour } = this.#tiers;
    const name = minute.done < chunkAt("minute", nowMs) - LEAST_CHUNKS ? "minute" : "hour";
    const tier = name === "minute" ? minute : hour;
    if (tier.done >= chunkAt(name, nowMs)) return false;
    tier.before = tier.done + 1;
    return true;
  }
}

/** Hosts of whom nothing is kept any more. @param {Database} db @param {number} ms */
function dropHosts(db, ms) {
  db.db.prepare("delete from host where last<?").run(ms);
  db.db.prepare("delete from correction where until<?").run(ms);
}

/** @param {TierName} name @param {number} ms */
function chunkAt(name, ms) {
  return Math.floor(ms / TIERS[name].periodMs / TIERS[name].perChunk);
}

/** @param {Database} db */
function mayBeFree(db) {
  return FREE_PAGES + FREE_SHARE * db.pages;
}

/** Gives some pages back to the system: whether there were too many free ones. @param {Database} db */
function vacuum(db) {
  if (db.freePages <= mayBeFree(db)) return false;
  db.db.exec(`pragma incremental_vacuum(${VACUUM_PAGES})`);
  return true;
}
