// @ts-check
/**
 * The SQLite file with history and registry: its tables and its lock, and what is written each minute. Its
 * one job is that file; `thread.js` runs it.
 */
import { DatabaseSync } from "node:sqlite";
import { encodeSlab, GROUP, PER_GROUP, PER_HOST, placesOf, SLAB_PLACES_BYTES } from "./blobs.js";
import { Pieces } from "./pieces.js";
import { mergeRows, rowLength, writeRow } from "./rows.js";
import { columnsOf, HOSTS, openTables, PRESENT, SCHEMA, Tier } from "./schema.js";

/** @typedef {import("./rows.js").Column} Column */
/** @typedef {import("./blobs.js").TierName} TierName */
/** @typedef {import("../../fleet/host/record.ts").HostRecord & { readonly id: number }} HostRecord A host of the registry, with its number. */
/** @typedef {{ readonly ids: readonly Pick<HostRecord, "id" | "key">[], readonly hosts: readonly HostRecord[], readonly nextId: number }} StoredHosts Every host of the file, the one that was heard last as the last; those that were heard last whole; and the first number that was never used. */
/** @typedef {{ readonly host: number, readonly fromMs: number, readonly untilMs: number, readonly lost: number, readonly refused: number, readonly dropped: number }} Correction A silence that proved to be something else: shares of it; the kernel dropped a part of what was lost. */
/** @typedef {{ readonly group: number, readonly places: Uint16Array, readonly sums: Float64Array }} Part The sums of some hosts of one group. */

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
    this.layoutText = JSON.stringify(columns.map(({ id, scale }) => ({ id, scale })));
    try {
      const unsound = openTables(this.db);
      this.tiers = { minute: new Tier(this.db, "minute"), hour: new Tier(this.db, "hour") };
      this.putHost = this.db.prepare(
        "insert into host values(?,?,?,?,?,?) on conflict(id) do update set hostname=excluded.hostname, last=excluded.last, state=excluded.state, body=excluded.body",
      );
      this.findHost = this.db.prepare("select id from host where id=?");
      this.someHosts = this.db.prepare("select id from host where id>=? order by id limit ?");
      this.dropHostRows = ["host where id", "correction where host"]
        .map((which) => this.db.prepare(`delete from ${which}=?`));
      this.setBeat = this.db.prepare(
        "insert into run values(?,?,?) on conflict(id) do update set beat=excluded.beat",
      );
      this.correct = this.db.prepare("insert or replace into correction values(?,?,?,?,?,?)");
      this.corrections = this.db.prepare(
        "select since fromMs, until untilMs, lost, refused, dropped from correction where host=? and since<? and until>?",
      );
      this.run = 0;
      /** @type {Map<number, readonly Column[]>} */
      this.layouts = new Map();
      this.pieces = new Pieces(this.db, this.layouts);
      unsound.forEach((count, n) => this.pieces.find(`unsound row ${n}`, count));
      this.isOlder = this.numberOf("pragma user_version", "user_version") < SCHEMA;
      this.layout = this.findLayout();
    } catch (error) {
      this.db.close();
      throw error;
    }
  }

  /** @param {string} sql @param {string} name @param {string[]} given */
  numberOf(sql, name, ...given) {
    return Number(this.db.prepare(sql).get(...given)?.[name]);
  }

  /** Reads all layouts: the id of this program's; −1 where it is not there yet. */
  findLayout() {
    for (const { id, columns } of this.db.prepare("select * from layout").all()) {
      const read = columnsOf(String(columns));
      if (read === null) this.pieces.find(`layout ${id}`);
      else this.layouts.set(Number(id), read);
    }
    const sql = "select coalesce(max(id), -1) id from layout where columns=?";
    return this.numberOf(sql, "id", this.layoutText);
  }

  /** Writes what this program is known by before anything else is. */
  enter() {
    if (this.isOlder) this.db.exec(PRESENT);
    if (this.layout >= 0) return;
    this.db.prepare("insert into layout(columns) values(?)").run(this.layoutText);
    this.layout = this.findLayout();
  }

  /** The metrics of a layout, with the places that they have among others; −1 for none. @param {number} layout @param {readonly Pick<Column, "id">[]} among */
  placed(layout, among) {
    return (this.layouts.get(layout) ?? []).map((column) => ({
      ...column,
      place: among.findIndex(({ id }) => id === column.id),
    }));
  }

  /** Runs something in a transaction. @param {() => void} act */
  transact(act) {
    this.db.exec("begin immediate");
    const { layout } = this;
    try {
      this.enter();
      act();
      this.db.exec("commit");
      this.isOlder = false;
    } catch (error) {
      this.layout = layout;
      try {
        this.db.exec("rollback");
      } catch {
        // SQLite has rolled back already, as it does when the disk is full.
      }
      throw error;
    }
  }

  /** A run of the server begins, and is in the file once something is saved, as the disk may be full; all runs before, oldest first. @param {number} nowMs */
  begin(nowMs) {
    const runs = this.db.prepare("select id, started, beat from run order by id").all();
    this.run = 1 + Number(runs.at(-1)?.id ?? 0);
    this.beganMs = nowMs;
    return runs.map(({ started, beat }) => [Number(started), Number(beat)]);
  }

  /** The hosts of the registry, and as many as are asked for whole. @param {number} most @returns {StoredHosts} */
  hosts(most) {
    const rows = (
      /** @type {string} */ sql,
      /** @type {number[]} */ ...given
    ) => /** @type {HostRecord[]} */ (/** @type {unknown} */ (this.db.prepare(sql).all(...given)));
    return {
      ids: rows("select id, cast(key as text) key from host order by last"),
      hosts: rows(HOSTS, most),
      nextId: 1 + Math.max(this.lastHost, this.lastPlace("minute"), this.lastPlace("hour")),
    };
  }

  /** The highest number of which there is a row in a slab; those that are damaged, or another's, have none. @param {TierName} name */
  lastPlace(name) {
    let last = -1;
    const slabs = this.db.prepare(`select k, substr(b, 1, ?) b from ${name}_slab order by k desc`);
    for (const { k, b } of slabs.iterate(SLAB_PLACES_BYTES)) {
      const first = Math.floor(Number(k) / PER_GROUP) * GROUP;
      if (last >= first + GROUP) break;
      const places = placesOf(/** @type {Uint8Array} */ (b), Number(k));
      for (const place of places) last = Math.max(last, first + place);
    }
    return last;
  }

  /** Saves hosts, and that the server runs; others are deleted. @param {readonly HostRecord[]} hosts @param {readonly number[]} deleted @param {number} nowMs */
  save(hosts, deleted, nowMs) {
    this.transact(() => this.saveNow(hosts, deleted, nowMs));
  }

  /** @param {readonly HostRecord[]} hosts @param {readonly number[]} deleted @param {number} nowMs */
  saveNow(hosts, deleted, nowMs) {
    // One that is deleted may be back, by another number.
    for (const host of deleted) this.dropHost(host);
    for (const { id, key, hostname, lastMs, state, body } of hosts) {
      this.putHost.run(id, key, hostname, lastMs, state, body);
    }
    if (this.run > 0) this.setBeat.run(this.run, this.beganMs ?? nowMs, nowMs);
  }

  /** Deletes a host and its chunks; what is of it in slabs goes when they are compacted. @param {number} host */
  dropHost(host) {
    for (const drop of this.dropHostRows) drop.run(host);
    for (const { dropChunks } of Object.values(this.tiers)) {
      dropChunks.run(host * PER_HOST, (host + 1) * PER_HOST - 1);
    }
  }

  /**
   * Saves a minute, with the hosts that are new in it.
   *
   * @param {{ readonly minute: number, readonly parts: readonly Part[], readonly corrections: readonly Correction[], readonly hosts: readonly HostRecord[], readonly deleted: readonly number[], readonly nowMs: number }} minute
   */
  put({ minute, parts, corrections, hosts, deleted, nowMs }) {
    this.transact(() => {
      this.saveNow(hosts, deleted, nowMs);
      for (const { host, fromMs, untilMs, lost, refused, dropped } of corrections) {
        this.correct.run(host, Math.round(fromMs), Math.round(untilMs), lost, refused, dropped);
      }
      for (const { group, places, sums } of parts) {
        this.putRows("minute", group, minute, places, sums);
      }
    });
  }

  /** Writes rows of one period, beside those that are there of it. @param {TierName} name @param {number} group @param {number} period @param {Uint16Array} places @param {Float64Array} sums */
  putRows(name, group, period, places, sums) {
    const [tier, length] = [this.tiers[name], rowLength(this.columns.length)];
    const { periodMs } = tier;
    const key = group * PER_GROUP + period;
    if (tier.movedOf(key)) throw new Error("Cannot add to a slab that becomes chunks now");
    const before = tier.slab.get(key);
    const slab = before && this.pieces.takeSlab(name, key, /** @type {Uint8Array} */ (before.b));
    const [all, allSums] = slab
      ? mergeRows(slab, this.placed(slab.layout, this.columns), places, sums, { length, periodMs })
      : [places, sums];
    const rows = new Uint16Array(all.length * length);
    for (let n = 0; n < all.length; n++) {
      writeRow(allSums, n * length, rows, n * length, this.columns, periodMs);
    }
    tier.put(key, encodeSlab({ layout: this.layout, places: all, rows }, key));
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

  /** Whether the file knows a host. @param {number} host */
  has(host) {
    return this.findHost.get(host) !== undefined;
  }

  /** Numbers of hosts from one on, as many as are asked for; all where that is negative. @param {number} first @param {number} most */
  hostsFrom(first, most) {
    return this.someHosts.all(first, most).map(({ id }) => Number(id));
  }

  /** The highest number of a host. */
  get lastHost() {
    return this.numberOf("select coalesce(max(id), -1) id from host", "id");
  }

  /** Moves all that was written into the file itself, and leaves that as it is until `goOn()`: what is written meanwhile stands beside it. */
  holdStill() {
    this.db.exec("pragma wal_autocheckpoint=0");
    const { busy, log } = this.db.prepare("pragma wal_checkpoint(truncate)").get() ?? {};
    // −1 is said of a file that has no log.
    if (busy !== 0 || log !== 0) throw new Error("the file is in use");
  }

  /** Writes into the file itself again. */
  goOn() {
    this.db.exec("pragma wal_autocheckpoint=1000");
  }

  close() {
    this.db.close();
  }
}
