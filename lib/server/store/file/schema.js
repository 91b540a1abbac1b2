// @ts-check
/**
 * The tables of the store's file, in each version of it, and the statements that both tiers have alike.
 */

import { GROUP, PER_GROUP, PER_HOST, TIER_NAMES, TIERS } from "./blobs.js";

/** What this program writes, and the newest that it reads. */
export const SCHEMA = 5;

/** @typedef {import("./blobs.js").TierName} TierName */

/**
 * How the file is opened. The lock is held until the end: a second server on the same file is refused. A full
 * disk has no room for what SQLite writes beside a file that it locks later.
 */
const LOCKING = "pragma locking_mode=EXCLUSIVE";
/** What a new file is told, before anything else: it would be written into a file each time. */
const BEGINNING = "pragma auto_vacuum=INCREMENTAL";
const OPENING =
  "pragma journal_mode=WAL; pragma synchronous=NORMAL; pragma journal_size_limit=16777216; begin immediate";

/** It goes with what is written first, as a full disk has no room for it. */
export const PRESENT = `pragma user_version=${SCHEMA}`;
/** Times of which a tier had something of some hosts that was damaged, and is gone. */
const DAMAGE =
  "create table damage(tier text not null, first integer not null, last integer not null, since integer not null, until integer not null, primary key(tier, since, first, last)) without rowid";
/**
 * Slabs of which something is elsewhere already, by the first that their chunks begin with: rows of hosts before a
 * place are in chunks, and of minutes the hour is written. The sum tells whether the row is as it was written.
 */
const MOVED =
  "create table moved(tier text not null, slab integer not null, place integer not null, sum integer not null, primary key(tier, slab)) without rowid";
const SUM = "slab*1024+place";
/** What is no blob is read as one that is damaged. */
const BYTES = "coalesce(cast(b as blob), x'') b";
/** Numbers of hosts are below it. */
const MAX_HOSTS = 2 ** 27;

/** Rows that nobody has written so; what slabs and chunks hold tells by itself. */
const UNSOUND = [
  ...TIER_NAMES.flatMap((name) => [
    `${name}_slab where k not between 0 and ${MAX_HOSTS / GROUP * PER_GROUP}`,
    `${name}_chunk where k not between 0 and ${MAX_HOSTS * PER_HOST}`,
  ]),
  `host where id not between 0 and ${MAX_HOSTS}`,
  `run where id not between 0 and ${2 ** 40} or ${notNumbers("started", "beat")}`,
  `damage where ${notNumbers("first", "last", "since", "until")}`,
  `correction where ${notNumbers("host", "since", "until", "lost", "refused", "dropped")}`,
  `moved where tier not in ('minute', 'hour') or typeof(slab)<>'integer' or sum<>${SUM}`,
].map((rows) => `delete from ${rows}`);

/** Whether some of them are no numbers, or beyond all that is exact. @param {string[]} columns */
function notNumbers(...columns) {
  return columns.map((column) =>
    `typeof(${column}) not in ('integer', 'real') or abs(${column})>${Number.MAX_SAFE_INTEGER}`
  ).join(" or ");
}

const DROPPED = "alter table correction add column dropped real not null default 0";
/** Of tables that are missing. */
const TABLES = `
create table layout(id integer primary key, columns text unique not null);
create table host(id integer primary key, key text unique not null, hostname text not null, last integer not null, state text not null, body blob not null);
create table run(id integer primary key, started integer not null, beat integer not null);
create table minute_slab(k integer primary key, b blob not null);
create table minute_chunk(k integer primary key, b blob not null);
${DAMAGE};
${MOVED};
create table correction(host integer not null, since integer not null, until integer not null, lost real not null, refused real not null, dropped real not null, primary key(host, since)) without rowid;
create table hour_slab(k integer primary key, b blob not null);
create table hour_chunk(k integer primary key, b blob not null);
${PRESENT}`;

/** What makes the file of each version, or none, the present one. */
const UPGRADES = [
  TABLES,
  `${DROPPED};${DAMAGE};${MOVED};${PRESENT}`,
  `${DAMAGE};${MOVED};${PRESENT}`,
  `${MOVED};${PRESENT}`,
  "",
];

/** Hosts that were heard last, as `HostRecord`, whatever stands there. */
export const HOSTS =
  `select id, cast(key as text) key, cast(hostname as text) hostname, max(0, min(cast(last as integer), ${Number.MAX_SAFE_INTEGER})) lastMs, cast(state as text) state, cast(body as blob) body from host order by last desc limit ?`;

/** Makes a file, or a file of an earlier version, a present one, and deletes rows that are damaged: how many, of each kind. @throws {RangeError} for a newer one. @param {import("node:sqlite").DatabaseSync} db */
export function openTables(db) {
  const numberOf = (/** @type {string} */ name) =>
    Number(db.prepare(`pragma ${name}`).get()?.[name]);
  db.exec(LOCKING);
  if (numberOf("page_count") === 0) db.exec(BEGINNING);
  db.exec(OPENING);
  const version = numberOf("user_version");
  if (version > SCHEMA) {
    throw new RangeError(
      `made by a newer version (schema ${version}; this program knows ${SCHEMA})`,
    );
  }
  if (version < SCHEMA) db.exec(UPGRADES[version] ?? "");
  const dropped = UNSOUND.map((sql) => Number(db.prepare(sql).run().changes));
  db.exec("commit");
  return dropped;
}

/** The metrics of a layout; `null` where it is damaged. @param {string} text @returns {readonly import("./rows.js").Column[] | null} */
export function columnsOf(text) {
  try {
    const columns = JSON.parse(text);
    const isColumn = (/** @type {import("./rows.js").Column} */ { id, scale }) =>
      typeof id === "string" && typeof scale === "number";
    return columns.every(isColumn) ? columns : null;
  } catch {
    return null;
  }
}

/**
 * @typedef {object} Work Slabs of which an hour or chunks are being made.
 * @property {number} group
 * @property {number} chunk
 * @property {number} from the key of the first slab
 * @property {number} until that of the last one
 * @property {number} next the first that is not read yet
 * @property {number} place before which hosts are in chunks
 * @property {Map<number, Uint16Array>} rows of hosts by their places, for chunks
 * @property {Map<number, Float64Array> | null} hours sums of hosts by their places, where the hour comes first
 */
/** @typedef {{ readonly slab: number, readonly place: number }} Moved The first slab of some, and before which place hosts are in chunks. */

/** The statements of one tier. */
export class Tier {
  /** What is being made of its slabs. @type {Work | null} */
  work = null;

  /** @param {import("node:sqlite").DatabaseSync} db @param {TierName} name */
  constructor(db, name) {
    const { periodMs, perChunk } = TIERS[name];
    const place =
      `coalesce((select place from moved where tier='${name}' and slab=k-k%${PER_GROUP}%${perChunk} and sum=${SUM}), -1)`;
    this.name = name;
    this.periodMs = periodMs;
    this.perChunk = perChunk;
    this.putSlab = db.prepare(`insert or replace into ${name}_slab values(?,?)`);
    this.slab = db.prepare(`select ${BYTES} from ${name}_slab where k=?`);
    this.slabs = db.prepare(
      `select k,${BYTES} from ${name}_slab where k between ? and ? order by k`,
    );
    const left =
      `select k,${BYTES},${place} place from ${name}_slab where k between ? and ? and ${place}<=? order by k`;
    this.slabsLeft = { up: db.prepare(left), down: db.prepare(`${left} desc`) };
    this.nextSlab = db.prepare(`select min(k) k from ${name}_slab where k>=?`);
    this.dropSlabs = db.prepare(`delete from ${name}_slab where k between ? and ?`);
    this.putChunk = db.prepare(`insert or replace into ${name}_chunk values(?,?)`);
    this.chunk = db.prepare(`select ${BYTES} from ${name}_chunk where k=?`);
    const chunks = `select k,${BYTES} from ${name}_chunk where k between ? and ? order by k`;
    this.chunks = { up: db.prepare(chunks), down: db.prepare(`${chunks} desc`) };
    this.dropChunks = db.prepare(`delete from ${name}_chunk where k between ? and ?`);
    this.findMoved = db.prepare(
      `select slab, place from moved where tier='${name}' and slab between ? and ? and sum=${SUM} order by place desc, slab limit 1`,
    );
    this.putMoved = db.prepare(
      `insert or replace into moved select '${name}', slab, place, ${SUM} from (select ? slab, ? place)`,
    );
    this.dropMoved = db.prepare(`delete from moved where tier='${name}' and slab=?`);
  }

  /** Slabs from one key to another with rows of a place, or of later ones, that are not elsewhere when a tier is asked for: in chunks of their own one, or as an hour. @param {TierName} asked @param {number} place @param {readonly [first: number, last: number]} keys @param {"up" | "down"} way */
  slabsFor(asked, place, keys, way = "up") {
    return this.slabsLeft[way].all(...keys, asked === this.name ? place : -1);
  }

  /** The first of the slabs that become a chunk with another. @param {number} key */
  firstOf(key) {
    return key - key % PER_GROUP % this.perChunk;
  }

  /** What is furthest on its way into chunks of some slabs, or all; `null` where nothing is. @param {number} from @param {number} until @returns {Moved | null} */
  moved(from = 0, until = Number.MAX_SAFE_INTEGER) {
    const { slab, place } = this.findMoved.get(from, until) ?? {};
    return slab === undefined ? null : { slab: Number(slab), place: Number(place) };
  }

  /** What of a slab is on its way into chunks. @param {number} key */
  movedOf(key) {
    return this.moved(this.firstOf(key), this.firstOf(key));
  }

  /** Writes a slab: what is being made of it begins anew. @param {number} key @param {Uint8Array<ArrayBuffer>} bytes */
  put(key, bytes) {
    this.putSlab.run(key, bytes);
    if (this.work !== null && key >= this.work.from && key <= this.work.until) this.work = null;
  }
}
