// @ts-check
/**
 * What becomes of slabs with time: a chunk for each host and hour, and a row of an hour; of those a chunk
 * for each host and day. It is done in short pieces, so that who asks meanwhile need not wait for all. The
 * file says how far it has come: a row is in a slab or in a chunk at each moment, and never counted twice.
 */
import {
  encodeChunk,
  encodeSlab,
  GROUP,
  layoutOf,
  PER_GROUP,
  PER_HOST,
  TIER_NAMES,
} from "./blobs.js";
import { without } from "./pieces.js";
import { addRow, rowLength, writeRow } from "./rows.js";

/** @typedef {import("./database.js").Database} Database */
/** @typedef {import("./blobs.js").TierName} TierName */
/** @typedef {import("./schema.js").Tier} Tier */
/** @typedef {import("./schema.js").Work} Work */

/** Slabs that are read or dropped at once, and hosts of which chunks are made at once: each a few milliseconds. */
const SLABS_AT_ONCE = 5;
const HOSTS_AT_ONCE = 10;

/** One piece of the work on a group and a time that is over; whether there was anything to do. @param {Database} db @param {number} nowMs */
export function compact(db, nowMs) {
  // The hour of minutes that are over may belong to slabs that are partly chunks: those are ended first.
  const begun = db.tiers.hour.moved() !== null;
  return (begun ? TIER_NAMES.toReversed() : TIER_NAMES).some((name) => {
    const { [name]: tier } = db.tiers;
    tier.work ??= nextWork(db, name, nowMs);
    return tier.work !== null && advance(db, name, tier.work);
  });
}

/** Ends what is begun of the slabs that a minute comes to. @param {Database} db @param {Parameters<Database["put"]>[0]} minute */
export function makeRoom(db, { minute, parts }) {
  for (const { group } of parts) makeRoomAt(db, "minute", group * PER_GROUP + minute);
}

/** @param {Database} db @param {TierName} name @param {number} key */
function makeRoomAt(db, name, key) {
  const tier = db.tiers[name];
  for (let moved = tier.movedOf(key); moved !== null; moved = tier.movedOf(key)) {
    if (tier.work?.from !== moved.slab) tier.work = workOn(tier, moved);
    advance(db, name, tier.work);
  }
}

/** What is to be dropped; then hours, so that who asks for them need not read their minutes; then chunks. @param {Database} db @param {TierName} name @param {number} nowMs @returns {Work | null} */
function nextWork(db, name, nowMs) {
  const tier = db.tiers[name];
  const moved = tier.moved();
  const over = moved?.place === GROUP ? null : nextOver(tier, nowMs);
  if (over === null) return moved && workOn(tier, moved);
  const work = workOn(tier, { slab: over, place: 0 });
  return name === "minute" ? { ...work, hours: new Map() } : moved ? workOn(tier, moved) : work;
}

/** The first slab of those that are over, and of which nothing is elsewhere yet. @param {Tier} tier @param {number} nowMs */
function nextOver(tier, nowMs) {
  const present = Math.floor(nowMs / tier.periodMs / tier.perChunk) * tier.perChunk;
  for (let from = 0;;) {
    const key = tier.nextSlab.get(from)?.k ?? null;
    if (key === null) return null;
    const first = tier.firstOf(Number(key));
    if (first % PER_GROUP >= present) from = (Math.floor(first / PER_GROUP) + 1) * PER_GROUP;
    else if (tier.movedOf(first) !== null) from = first + tier.perChunk;
    else return first;
  }
}

/** @param {Tier} tier @param {import("./schema.js").Moved} moved @returns {Work} */
function workOn({ perChunk }, { slab, place }) {
  const group = Math.floor(slab / PER_GROUP);
  const chunk = slab % PER_GROUP / perChunk;
  const until = slab + perChunk - 1;
  return { group, chunk, from: slab, until, next: slab, place, rows: new Map(), hours: null };
}

/** One piece of it, of which nothing is taken for done before it is written. @param {Database} db @param {TierName} name @param {Work} work */
function advance(db, name, work) {
  if (db.layout < 0) db.transact(() => {});
  const tier = db.tiers[name];
  if (work.place < GROUP && work.next <= work.until) {
    gather(db, name, work);
    return true;
  }
  tier.work = null;
  if (work.place === GROUP) db.transact(() => drop(tier, work));
  else if (work.hours) putHour(db, work, work.hours);
  else moveSome(db, name, work);
  return true;
}

/** Makes chunks of the next hosts. @param {Database} db @param {TierName} name @param {Work} work */
function moveSome(db, name, work) {
  const tier = db.tiers[name];
  const { group, chunk, from, rows } = work;
  const places = [...rows.keys()].filter((place) => place >= work.place).sort((a, b) => a - b);
  const next = places[HOSTS_AT_ONCE] ?? GROUP;
  db.transact(() => {
    for (const place of places.slice(0, HOSTS_AT_ONCE)) {
      const host = group * GROUP + place;
      const own = rows.get(place);
      if (own && db.has(host)) putChunk(db, name, host * PER_HOST + chunk, own);
    }
    tier.putMoved.run(from, next);
  });
  tier.work = { ...work, place: next };
}

/** Drops the next slabs of which all is in chunks. @param {Tier} tier @param {Work} work */
function drop(tier, { from, until }) {
  const next = Number(tier.nextSlab.get(from)?.k ?? Infinity);
  if (next > until) {
    tier.dropMoved.run(from);
    return;
  }
  const { changes } = tier.dropSlabs.run(next, Math.min(until, next + SLABS_AT_ONCE - 1));
  // A key that is damaged is found in a scan, and not by itself: to go on would never end.
  if (Number(changes) === 0) throw new Error("slabs are out of order, as a key is damaged on disk");
}

/** Adds the next slabs to the rows or hours of each host of a group, in the present layout. @param {Database} db @param {TierName} name @param {Work} work */
function gather(db, name, work) {
  const { slabs, perChunk, periodMs } = db.tiers[name];
  const placed = db.placed(db.layout, db.columns);
  const length = rowLength(placed.length);
  const { from, next, until, hours } = work;
  work.next = Math.min(until + 1, next + SLABS_AT_ONCE);
  for (const { k, b } of slabs.all(next, work.next - 1)) {
    const slab = db.pieces.takeSlab(name, Number(k), /** @type {Uint8Array} */ (b));
    const rows = inPresentLayout(db, slab.rows, slab.layout, periodMs);
    const at = (Number(k) - from) * length;
    slab.places.forEach((place, n) => {
      if (hours) return addRow(rows, n * length, own(hours, place), 0, placed, periodMs);
      if (place < work.place) return;
      const all = work.rows.get(place) ?? new Uint16Array(perChunk * length);
      work.rows.set(place, all);
      all.set(rows.subarray(n * length, (n + 1) * length), at);
    });
  }

  /** @param {Map<number, Float64Array>} hours @param {number} place */
  function own(hours, place) {
    const sums = hours.get(place) ?? new Float64Array(length);
    hours.set(place, sums);
    return sums;
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

/** Writes a chunk, with what is there of the same time, as after the clock was set back. @param {Database} db @param {TierName} name @param {number} key @param {Uint16Array} rows */
function putChunk(db, name, key, rows) {
  const { chunk, putChunk, periodMs } = db.tiers[name];
  const length = rowLength(db.columns.length);
  const bytes = /** @type {Uint8Array | undefined} */ (chunk.get(key)?.b);
  const old = bytes && db.pieces.takeChunk(name, key, bytes);
  if (old) addRows(db, rows, inPresentLayout(db, old, layoutOf(bytes), periodMs), periodMs);
  putChunk.run(key, encodeChunk(db.layout, rows, length, key));
}

/** @param {Database} db @param {Uint16Array} rows @param {Uint16Array} before @param {number} periodMs */
function addRows(db, rows, before, periodMs) {
  const placed = db.placed(db.layout, db.columns);
  const length = rowLength(placed.length);
  const sums = new Float64Array(length);
  for (let at = 0; at < rows.length; at += length) {
    addRow(before, at, sums.fill(0), 0, placed, periodMs);
    addRow(rows, at, sums, 0, placed, periodMs);
    writeRow(sums, 0, rows, at, db.columns, periodMs);
  }
}

/** Writes the hour that minutes make, of hosts that are there still. @param {Database} db @param {Work} work @param {Map<number, Float64Array>} hours */
function putHour(db, { group, chunk, from }, hours) {
  const length = rowLength(db.columns.length);
  const places = [...hours.keys()].filter((place) => db.has(group * GROUP + place));
  const sums = new Float64Array(places.length * length);
  places.forEach((place, n) => sums.set(hours.get(place) ?? [], n * length));
  makeRoomAt(db, "hour", group * PER_GROUP + chunk);
  db.transact(() => {
    db.putRows("hour", group, chunk, Uint16Array.from(places), sums);
    db.tiers.minute.putMoved.run(from, 0);
  });
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
        if (n >= 0) tier.put(Number(k), encodeSlab(without(slab, [n]), Number(k)));
      }
    }
  });
}
