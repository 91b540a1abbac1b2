// @ts-check
/**
 * The tables of the store's file, in each version of it, and the statements that both tiers have alike.
 */

import { TIERS } from "./blobs.js";

/** What this program writes, and the newest that it reads. */
export const SCHEMA = 3;

/** @typedef {import("./blobs.js").TierName} TierName */

/**
 * How the file is opened. The lock is held until the end: a second server on the same file is refused. A full
 * disk has no room for what SQLite writes beside a file that it locks later.
 */
export const LOCKING = "pragma locking_mode=EXCLUSIVE";
/** What a new file is told, before anything else: it would be written into a file each time. */
export const BEGINNING = "pragma auto_vacuum=INCREMENTAL";
export const OPENING =
  "pragma journal_mode=WAL; pragma synchronous=NORMAL; pragma journal_size_limit=16777216; begin immediate";

const PRESENT = `pragma user_version=${SCHEMA}`;
/** Times of which a tier had something of some hosts that was damaged, and is gone. */
const DAMAGE =
  "create table damage(tier text not null, first integer not null, last integer not null, since integer not null, until integer not null, primary key(tier, since, first, last)) without rowid";
const DROPPED = "alter table correction add column dropped real not null default 0";
/** Of tables that are missing. */
const TABLES = `
create table layout(id integer primary key, columns text unique not null);
create table host(id integer primary key, key text unique not null, hostname text not null, last integer not null, state text not null, body blob not null);
create table run(id integer primary key, started integer not null, beat integer not null);
create table minute_slab(k integer primary key, b blob not null);
create table minute_chunk(k integer primary key, b blob not null);
${DAMAGE};
create table correction(host integer not null, since integer not null, until integer not null, lost real not null, refused real not null, dropped real not null, primary key(host, since)) without rowid;
create table hour_slab(k integer primary key, b blob not null);
create table hour_chunk(k integer primary key, b blob not null);
${PRESENT}`;

/** What makes the file of each version, or none, the present one. */
export const UPGRADES = [TABLES, `${DROPPED};${DAMAGE};${PRESENT}`, `${DAMAGE};${PRESENT}`];

/**
 * @typedef {object} Work Slabs of which chunks are being made.
 * @property {number} group
 * @property {number} chunk
 * @property {number} from the key of the first slab
 * @property {number} until that of the last one
 * @property {number} next the first that is not read yet
 * @property {Map<number, Uint16Array>} waiting the rows of hosts of which there is none yet, by their places
 * @property {{ place: number, bytes: Uint8Array<ArrayBuffer>, hour: Float64Array | null }[]} made
 */

/** The statements of one tier. */
export class Tier {
  /** What is being made of its slabs, and is not written yet. @type {Work | null} */
  work = null;

  /** @param {import("node:sqlite").DatabaseSync} db @param {TierName} name */
  constructor(db, name) {
    const { periodMs, perChunk } = TIERS[name];
    this.periodMs = periodMs;
    this.perChunk = perChunk;
    this.putSlab = db.prepare(`insert or replace into ${name}_slab values(?,?)`);
    this.slab = db.prepare(`select b from ${name}_slab where k=?`);
    this.slabs = db.prepare(`select k,b from ${name}_slab where k between ? and ? order by k`);
    this.nextSlab = db.prepare(`select min(k) k from ${name}_slab where k>=?`);
    this.dropSlabs = db.prepare(`delete from ${name}_slab where k between ? and ?`);
    this.putChunk = db.prepare(`insert or replace into ${name}_chunk values(?,?)`);
    this.chunk = db.prepare(`select b from ${name}_chunk where k=?`);
    this.chunks = db.prepare(`select k,b from ${name}_chunk where k between ? and ? order by k`);
    this.dropChunks = db.prepare(`delete from ${name}_chunk where k between ? and ?`);
  }

  /** Writes a slab: what is being made of it begins anew. @param {number} key @param {Uint8Array<ArrayBuffer>} bytes */
  put(key, bytes) {
    this.putSlab.run(key, bytes);
    if (this.work !== null && key >= this.work.from && key <= this.work.until) this.work = null;
  }
}
