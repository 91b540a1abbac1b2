// @ts-check
/**
 * What becomes of slabs with time: a chunk for each host and hour, and a row of an hour; of those a chunk
 * for each host and day. Slabs are read some at a time and chunks made of some hosts at a time, so that who asks
 * meanwhile need not wait for all, and written when they all are, whole or not at all.
 */
import {
  encodeChunk,
  encodeSlab,
  GROUP,
  layoutOf,
  PER_GROUP,
  PER_HOST,
  TIER_NAMES,
  TIERS,
} from "./blobs.js";
import { without } from "./pieces.js";
import { addRow, rowLength, writeRow } from "./rows.js";

/** @typedef {import("./database.js").Database} Database */
/** @typedef {import("./blobs.js").TierName} TierName */
/** @typedef {import("./schema.js").Tier} Tier */
/** @typedef {import("./schema.js").Work} Work */

/** Slabs that are read at once, and hosts of which chunks are made at once: each a few milliseconds. */
const SLABS_AT_ONCE = 5;
const HOSTS_AT_ONCE = 10;

/** One piece of the work on a group and a time that is over; whether there was anything to do. @param {Database} db @param {number} nowMs */
export function compact(db, nowMs) {
  return TIER_NAMES.some((name) => compactTier(db, name, nowMs));
}

/** @param {Database} db @param {TierName} name @param {number} nowMs */
function compactTier(db, name, nowMs) {
  const tier = db.tiers[name];
  if (tier.work === null) {
    tier.work = nextWork(tier, nowMs);
    return tier.work !== null;
  }
  const { work } = tier;
  if (work.next <= work.until) {
    gather(db, name, work);
    return true;
  }
  if (work.waiting.size > 0) {
    for (const [place, rows] of work.waiting.entries().take(HOSTS_AT_ONCE)) {
      make(db, name, work, place, rows);
      work.waiting.delete(place);
    }
    return true;
  }
  db.transact(() => write(db, name, work));
  tier.work = null;
  return true;
}

/** What is over and no chunk yet; `null` where there is nothing. @param {Tier} tier @param {number} nowMs @returns {Work | null} */
function nextWork(tier, nowMs) {
  const { nextSlab, periodMs, perChunk } = tier;
  const present = Math.floor(nowMs / periodMs / perChunk);
  for (let group = 0;; group++) {
    const key = nextSlab.get(group * PER_GROUP)?.k ?? null;
    if (key === null) return null;
    group = Math.floor(Number(key) / PER_GROUP);
    const chunk = Math.floor(Number(key) % PER_GROUP / perChunk);
    if (chunk >= present) continue;
    const from = group * PER_GROUP + chunk * perChunk;
    const until = from + perChunk - 1;
    return { group, chunk, from, until, next: from, waiting: new Map(), made: [] };
  }
}

/** Makes the chunk of one host, and the row of its hour. @param {Database} db @param {TierName} name @param {Work} work @param {number} place @param {Uint16Array} rows */
function make(db, name, { group, chunk, made }, place, rows) {
  const host = group * GROUP + place;
  if (!db.has(host)) return;
  const hour = name === "minute" ? hourOf(db, rows) : null;
  addChunk(db, name, host * PER_HOST + chunk, rows);
  const bytes = encodeChunk(db.layout, rows, rowLength(db.columns.length));
  made.push({ place, bytes, hour });
}

/** Puts chunks in the place of slabs, but for those of hosts that were deleted meanwhile. @param {Database} db @param {TierName} name @param {Work} work */
function write(db, name, { group, chunk, from, until, made }) {
  const tier = db.tiers[name];
  const kept = made.filter(({ place }) => db.has(group * GROUP + place));
  for (const { place, bytes } of kept) {
    tier.putChunk.run((group * GROUP + place) * PER_HOST + chunk, bytes);
  }
  if (name === "minute") putHour(db, group, chunk, kept);
  tier.dropSlabs.run(from, until);
}

/** Adds the next slabs to the rows of each host of a group, in the present layout. @param {Database} db @param {TierName} name @param {Work} work */
function gather(db, name, work) {
  const { slabs, perChunk, periodMs } = db.tiers[name];
  const length = rowLength(db.columns.length);
  const { from, next, until, waiting } = work;
  work.next = Math.min(until + 1, next + SLABS_AT_ONCE);
  for (const { k, b } of slabs.all(next, work.next - 1)) {
    const slab = db.pieces.takeSlab(name, Number(k), /** @type {Uint8Array} */ (b));
    const rows = inPresentLayout(db, slab.rows, slab.layout, periodMs);
    const at = (Number(k) - from) * length;
    slab.places.forEach((place, n) => {
      const all = waiting.get(place) ?? new Uint16Array(perChunk * length);
      waiting.set(place, all);
      all.set(rows.subarray(n * length, (n + 1) * length), at);
    });
  }
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

/** Merges a chunk that is there of the same time, as after the clock was set back. @param {Database} db @param {TierName} name @param {number} key @param {Uint16Array} rows */
function addChunk(db, name, key, rows) {
  const { chunk, periodMs } = db.tiers[name];
  const bytes = /** @type {Uint8Array | undefined} */ (chunk.get(key)?.b);
  const old = bytes && db.pieces.takeChunk(name, key, bytes);
  if (!bytes || !old) return;
  const before = inPresentLayout(db, old, layoutOf(bytes), periodMs);
  const placed = db.placed(db.layout, db.columns);
  const length = rowLength(placed.length);
  const sums = new Float64Array(length);
  for (let at = 0; at < rows.length; at += length) {
    addRow(before, at, sums.fill(0), 0, placed, periodMs);
    addRow(rows, at, sums, 0, placed, periodMs);
    writeRow(sums, 0, rows, at, db.columns, periodMs);
  }
}

/** The sums of an hour of minutes. @param {Database} db @param {Uint16Array} rows */
function hourOf(db, rows) {
  const placed = db.placed(db.layout, db.columns);
  const length = rowLength(placed.length);
  const sums = new Float64Array(length);
  for (let at = 0; at < rows.length; at += length) {
    addRow(rows, at, sums, 0, placed, TIERS.minute.periodMs);
  }
  return sums;
}

/** The hour that minutes make. @param {Database} db @param {number} group @param {number} hour @param {Work["made"]} made */
function putHour(db, group, hour, made) {
  const length = rowLength(db.columns.length);
  const sums = new Float64Array(made.length * length);
  made.forEach(({ hour }, n) => sums.set(hour ?? [], n * length));
  db.putRows("hour", group, hour, Uint16Array.from(made, ({ place }) => place), sums);
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
        const slab = db.pieces.takeSlab(name, Number(k), /** @type {Uint8Array} */ (b));
        const n = slab.places.indexOf(place);
        if (n >= 0) tier.put(Number(k), encodeSlab(without(slab, [n])));
      }
    }
  });
}
