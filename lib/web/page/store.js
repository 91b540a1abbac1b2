// @ts-check
/**
 * The fleet as this page knows it: a row for each host, the totals, and the server's clock. Pure:
 * it takes events and the time of this computer, and touches neither the network nor the page.
 */
import { statusOf } from "./status.js";

/** @typedef {import("./status.js").Status} Status */
/** @typedef {number | null} Metric */
/**
 * @typedef {object} Row one host in one line, as docs/API.md describes it
 * @property {string} id
 * @property {string} name
 * @property {string} address
 * @property {Status} status
 * @property {number} lastSeenMs
 * @property {number} intervalMs
 * @property {Metric} cpuPercent
 * @property {Metric[]} coresPercent
 * @property {Metric} memoryUsedBytes
 * @property {Metric} memoryTotalBytes
 * @property {Metric} memoryPercent
 * @property {string | null} volumeMount
 * @property {Metric} volumePercent
 * @property {Metric} readBytesPerSecond
 * @property {Metric} writeBytesPerSecond
 * @property {Metric} receiveBytesPerSecond
 * @property {Metric} sendBytesPerSecond
 * @property {Metric} interfaceLost
 * @property {Metric} datagramsLost
 * @property {Metric[]} [cpuRecent]
 */

/** How many points of the CPU's past a row keeps. */
export const RECENT_POINTS = 30;

/** The fleet. */
export class Store {
  /** @type {Map<string, Row>} */
  rows = new Map();
  /** @type {any} the totals of the last event; `null` before the first */
  totals = null;
  /** Grows when a host comes, goes or is renamed. */
  membership = 0;
  /** @type {Map<string, Row> | null} */
  #incoming = null;
  #offsetMs = 0;

  /** The server's clock. @param {number} localMs milliseconds of this computer */
  nowMs(localMs) {
    return localMs + this.#offsetMs;
  }

  /** Takes a part of the whole fleet; the rows change when the last part is there. @param {any} data @param {number} localMs */
  takeSnapshot(data, localMs) {
    this.#takeHead(data, localMs);
    if (data.first) this.#incoming = new Map();
    const incoming = this.#incoming ?? new Map();
    for (const row of data.rows) incoming.set(row.id, row);
    if (!data.last) return;
    this.rows = incoming;
    this.#incoming = null;
    this.membership++;
  }

  /** Takes what has changed. @param {any} data @param {number} localMs */
  takeChanges(data, localMs) {
    this.#takeHead(data, localMs);
    for (const id of data.removed) if (this.rows.delete(id)) this.membership++;
    for (const row of data.rows) this.#takeRow(row);
  }

  /** @param {any} data @param {number} localMs */
  #takeHead({ nowMs, totals }, localMs) {
    this.#offsetMs = nowMs - localMs;
    this.totals = totals;
  }

  /** A known host keeps its row, which changes in place: lists of rows stay true. @param {Row} row */
  #takeRow(row) {
    const known = this.rows.get(row.id);
    if (known === undefined || known.name !== row.name) this.membership++;
    if (known === undefined) {
      this.rows.set(row.id, { ...row, cpuRecent: [row.cpuPercent] });
      return;
    }
    const isNews = known.lastSeenMs !== row.lastSeenMs;
    Object.assign(known, row);
    if (isNews) remember(known);
  }

  /** Brings the status of every row up to now. @param {number} localMs */
  settle(localMs) {
    const nowMs = this.nowMs(localMs);
    for (const row of this.rows.values()) row.status = statusOf(row, nowMs);
  }
}

/** Adds the present CPU use to the recent past. @param {Row} row */
function remember(row) {
  row.cpuRecent ??= [];
  row.cpuRecent.push(row.cpuPercent);
  if (row.cpuRecent.length > RECENT_POINTS) row.cpuRecent.shift();
}
