// @ts-check
/**
 * What is deleted of the store's file with time: what is too old, and what is too much. It is done in pieces,
 * each whole or not at all, so that others come in between.
 */
import { GROUP, PER_HOST, TIER_NAMES, TIERS } from "./blobs.js";

/** @typedef {import("./database.js").Database} Database */
/** @typedef {import("./blobs.js").TierName} TierName */
/** @typedef {Record<TierName, number>} Keep How long each tier is kept, in milliseconds. */

/** Pages to release at once, and how much of a file may be free: what a minute and an hour write and free again. */
const VACUUM_PAGES = 2_000;
const FREE_PAGES = 256;
const FREE_SHARE = 1 / 8;
/** Where there is too much, the minutes of the last day go last. */
const LEAST_CHUNKS = 24;

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
    const hosts = db.hostsFrom(tier.host, GROUP);
    db.transact(() => {
      for (const host of hosts) {
        db.tiers[name].dropChunks.run(host * PER_HOST, host * PER_HOST + tier.before - 1);
      }
    });
    tier.host = (hosts.at(-1) ?? 0) + 1;
    if (hosts.length === GROUP) return;
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
  db.db.prepare("delete from damage where until<?").run(ms);
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
