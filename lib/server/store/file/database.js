// @ts-check
/**
 * The file that the past and the registry lie in, by SQLite: its tables and its lock, and what is written
 * each minute. Its one job is that file; `thread.js` runs it.
 */
import { backup, DatabaseSync } from "node:sqlite";
import { decodeSlab, encodeSlab, PER_GROUP, TIERS } from "./blobs.js";
import { addRow, rowLength, writeRow } from "./rows.js";

/** What this program writes, and the newest that it reads. */
export const SCHEMA = 1;

/** @typedef {import("./rows.js").Column} Column */
/** @typedef {import("./blobs.js").TierName} TierName */
/** @typedef {import("../../fleet/host/record.ts").HostRecord & { readonly id: number }} HostRecord A host of the registry, with its number. */
/** @typedef {Pick<HostRecord, "id" | "key">} HostId */
/** @typedef {{ readonly host: number, readonly fromMs: number, readonly untilMs: number, readonly lost: number, readonly refused: number }} Correction A silence that proved to be something else: shares of it. */
/** @typedef {{ readonly group: number, readonly places: Uint16Array, readonly sums: Float64Array }} Part The sums of some hosts of one group. */

/** Of tables that are missing. */
const TABLES = `
create table layout(id integer primary key, columns text unique not null);
create table host(id integer primary key, key text unique not null, hostname text not null, last integer not null, state text not null, body blob not null);
create table run(id integer primary key, started integer not null, beat integer not null);
create table minute_slab(k integer primary key, b blob not null);
create table minute_chunk(k integer primary key, b blob not null);
create table correction(host integer not null, since integer not null, until integer not null, lost real not null, refused real not null, primary key(host, since)) without rowid;
create table hour_slab(k integer primary key, b blob not null);
create table hour_chunk(k integer primary key, b blob not null);
pragma user_version=${SCHEMA}`;

/** The statements of one tier. */
class Tier {
  /** @param {DatabaseSync} db @param {TierName} name */
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
}

/** One open file. */
export class Database {
  /**
   * Opens a file, or makes it. @throws {Error} of SQLite, or a `RangeError` where it is a newer one.
   *
   * @param {string} path
   * @param {readonly Column[]} columns the metrics that are kept from now on
   */
  constructor(path, columns) {
    this.db = new DatabaseSync(path);
    this.columns = columns;
    try {
      // The lock is held until the end: a second server on the same file is refused.
      this.db.exec(`pragma auto_vacuum=INCREMENTAL; pragma locking_mode=EXCLUSIVE;
        pragma journal_mode=WAL; pragma synchronous=NORMAL; pragma journal_size_limit=16777216;
        begin immediate`);
      const version = this.numberOf("pragma user_version", "user_version");
      if (version > SCHEMA) {
        throw new RangeError(
          `made by a newer version (schema ${version}; this program knows ${SCHEMA})`,
        );
      }
      if (version === 0) this.db.exec(TABLES);
      this.db.exec("commit");
      this.tiers = { minute: new Tier(this.db, "minute"), hour: new Tier(this.db, "hour") };
      this.putHost = this.db.prepare(
        "insert into host values(?,?,?,?,?,?) on conflict(id) do update set hostname=excluded.hostname, last=excluded.last, state=excluded.state, body=excluded.body",
      );
      this.setBeat = this.db.prepare("update run set beat=? where id=?");
      this.correct = this.db.prepare("insert or replace into correction values(?,?,?,?,?)");
      this.corrections = this.db.prepare(
        "select since fromMs, until untilMs, lost, refused from correction where host=? and since<? and until>?",
      );
      this.run = 0;
      /** @type {Map<number, readonly Column[]>} */
      this.layouts = new Map();
      this.layout = this.layoutIdOf(columns);
    } catch (error) {
      this.db.close();
      throw error;
    }
  }

  /** @param {string} sql @param {string} name @param {string[]} given */
  numberOf(sql, name, ...given) {
    return Number(this.db.prepare(sql).get(...given)?.[name]);
  }

  /** The id of a list of metrics. @param {readonly Column[]} columns */
  layoutIdOf(columns) {
    const text = JSON.stringify(columns.map(({ id, scale }) => ({ id, scale })));
    this.db.prepare("insert or ignore into layout(columns) values(?)").run(text);
    for (const { id, columns } of this.db.prepare("select * from layout").all()) {
      this.layouts.set(Number(id), JSON.parse(String(columns)));
    }
    return this.numberOf("select id from layout where columns=?", "id", text);
  }

  /** The metrics of a layout, with the places that they have among others; −1 for none. @param {number} layout @param {readonly Pick<Column, "id">[]} among */
  placed(layout, among) {
    return (this.layouts.get(layout) ?? []).map((column) => ({
      ...column,
      place: among.findIndex(({ id }) => id === column.id),
    }));
  }

  /** Does something whole or not at all. @param {() => void} act */
  transact(act) {
    this.db.exec("begin immediate");
    try {
      act();
      this.db.exec("commit");
    } catch (error) {
      try {
        this.db.exec("rollback");
      } catch {
        // SQLite has rolled it back already, as it does when the disk is full.
      }
      throw error;
    }
  }

  /** A run of the server begins; all runs before, oldest first. @param {number} nowMs */
  begin(nowMs) {
    const runs = this.db.prepare("select started, beat from run order by id").all()
      .map(({ started, beat }) => [Number(started), Number(beat)]);
    const { lastInsertRowid } = this.db.prepare("insert into run(started, beat) values(?,?)").run(
      nowMs,
      nowMs,
    );
    this.run = Number(lastInsertRowid);
    return runs;
  }

  /** Who every host of the registry is. @returns {HostId[]} */
  hostIds() {
    return /** @type {HostId[]} */ (/** @type {unknown} */ (
      this.db.prepare("select id, key from host").all()
    ));
  }

  /** The hosts of the registry that were heard last, the last one first. @param {number} most @returns {HostRecord[]} */
  hosts(most) {
    return /** @type {HostRecord[]} */ (/** @type {unknown} */ (this.db.prepare(
      "select id, key, hostname, last lastMs, state, body from host order by last desc limit ?",
    ).all(most)));
  }

  /** Saves hosts, and that the server runs. @param {readonly HostRecord[]} hosts @param {number} nowMs */
  save(hosts, nowMs) {
    this.transact(() => this.saveNow(hosts, nowMs));
  }

  /** @param {readonly HostRecord[]} hosts @param {number} nowMs */
  saveNow(hosts, nowMs) {
    for (const { id, key, hostname, lastMs, state, body } of hosts) {
      this.putHost.run(id, key, hostname, lastMs, state, body);
    }
    this.setBeat.run(nowMs, this.run);
  }

  /**
   * Saves a minute, with the hosts that are new in it.
   *
   * @param {{ readonly minute: number, readonly parts: readonly Part[], readonly corrections: readonly Correction[], readonly hosts: readonly HostRecord[], readonly nowMs: number }} minute
   */
  put({ minute, parts, corrections, hosts, nowMs }) {
    this.transact(() => {
      this.saveNow(hosts, nowMs);
      for (const { host, fromMs, untilMs, lost, refused } of corrections) {
        this.correct.run(host, Math.round(fromMs), Math.round(untilMs), lost, refused);
      }
      for (const { group, places, sums } of parts) {
        this.putRows("minute", group, minute, places, sums);
      }
    });
  }

  /** Writes rows of one period, beside those that are there of it. @param {TierName} name @param {number} group @param {number} period @param {Uint16Array} places @param {Float64Array} sums */
  putRows(name, group, period, places, sums) {
    const { [name]: tier } = this.tiers;
    const length = rowLength(this.columns.length);
    const key = group * PER_GROUP + period;
    const before = tier.slab.get(key);
    const [all, allSums] = before === undefined
      ? [places, sums]
      : this.merge(decodeSlab(/** @type {Uint8Array} */ (before.b)), places, sums, tier.periodMs);
    const rows = new Uint16Array(all.length * length);
    for (let n = 0; n < all.length; n++) {
      writeRow(allSums, n * length, rows, n * length, this.columns, tier.periodMs);
    }
    tier.putSlab.run(key, encodeSlab({ layout: this.layout, places: all, rows }));
  }

  /** @param {import("./blobs.js").Slab} slab @param {Uint16Array} places @param {Float64Array} sums @param {number} periodMs @returns {[Uint16Array, Float64Array]} */
  merge(slab, places, sums, periodMs) {
    const length = rowLength(this.columns.length);
    const all = Uint16Array.from(new Set([...places, ...slab.places]));
    const merged = new Float64Array(all.length * length);
    merged.set(sums);
    const placed = this.placed(slab.layout, this.columns);
    slab.places.forEach((place, n) => {
      const at = all.indexOf(place) * length;
      const status = merged[at] ?? 0;
      addRow(slab.rows, n * rowLength(placed.length), merged, at, placed, periodMs);
      if (all.indexOf(place) < places.length) merged[at] = status;
    });
    return [all, merged];
  }

  /** Pages of the file, and how many of them hold nothing. */
  get pages() {
    return this.numberOf("pragma page_count", "page_count");
  }

  get freePages() {
    return this.numberOf("pragma freelist_count", "freelist_count");
  }

  /** What is kept, in bytes. */
  get bytes() {
    return (this.pages - this.freePages) * this.numberOf("pragma page_size", "page_size");
  }

  /** The number of the last host that ever was. */
  get lastHost() {
    return this.numberOf("select coalesce(max(id), -1) id from host", "id");
  }

  /** Writes all of it into another file, while the rest goes on. @param {string} path */
  backUp(path) {
    return backup(this.db, path);
  }

  close() {
    this.db.close();
  }
}
