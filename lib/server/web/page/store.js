// @ts-check
/**
 * The part of the fleet that this page shows: its rows, the totals, and the server's clock. Pure:
 * it takes events, and touches neither the network nor the page.
 */
import { hostStatus } from "../../../common/status.js";
import { missing, RECENT_POINTS } from "../../../common/gaps.js";
import { CATALOGUE } from "./catalogue.js";
import { worstByHost } from "../../../common/troubles.js";

/** @typedef {import("../../../common/status.js").HostStatus} HostStatus */
/** @typedef {number | null} Metric */
/** @typedef {import("../../fleet/host/row.ts").HostRow} HostRow */
/** @typedef {{ -readonly [Field in Exclude<keyof HostRow, "key">]: HostRow[Field] } & { id: string, cpuRecent?: Metric[], alert?: import("../../../common/alerts.js").ShownAlert | undefined }} Row one host in one line, as docs/API.md describes it, with its worst alert */

/** The metrics whose last points are drawn in the table. */
const RECENT = CATALOGUE.metrics.flatMap(({ field = "", recent }) =>
  recent === undefined ? [] : [{ field, past: recent.field }]
);

/**
 * @typedef {object} Group the hosts that have one value of a tag, as docs/API.md describes it
 * @property {string} value
 * @property {number} hosts
 * @property {Readonly<Record<HostStatus, number>>} byStatus
 * @property {boolean} open
 * @property {number} [listed] how many of its hosts are among the rows
 * @property {number} [unusual] how many of one that is folded are unusual
 * @property {{ metric: string, value: number, id: string, name: string } | null} worst
 * @property {Readonly<Record<string, number | string | null>>} together its numbers, by their fields in a row
 * @property {{ critical: number, warning: number }} alerts
 */

/** The status of a row now, which goes on while nothing is heard of its host. @param {Pick<Row, "status" | "lastSeenMs" | "intervalMs">} row @param {number} nowMs on the server's clock */
export function statusOf({ status, lastSeenMs, intervalMs }, nowMs) {
  return hostStatus({ ageMs: nowMs - lastSeenMs, intervalMs, left: status === "left" });
}

/** The rows of one window. */
export class Store {
  /** In their order. @type {readonly Row[]} */
  rows = [];
  /** The place of the first of them among all that are asked for, and how many those are. */
  offset = 0;
  matched = 0;
  /** How they are grouped; without groups they are not. @type {{ tag: string, groups: readonly Group[], omitted: number }} */
  grouping = { tag: "", groups: [], omitted: 0 };
  /** @type {any} the totals of the last event; `null` before the first */
  totals = null;
  /**
   * The server's clock as it was told last, which is every second. It does not go on by itself: while
   * the server is not heard, nobody can say of a host that it is silent.
   */
  nowMs = 0;
  /** @type {Map<string, Row>} */
  #known = new Map();
  #alerts = worstByHost([]);

  /** Takes an event `window`. @param {any} data */
  takeWindow({ nowMs, totals, matched, offset, ids, rows, group, groups, groupsOmitted }) {
    this.grouping = { tag: group ?? "", groups: groups ?? [], omitted: groupsOmitted ?? 0 };
    this.nowMs = nowMs;
    this.totals = totals;
    this.matched = matched;
    for (const row of rows) this.#takeRow(row);
    if (ids === null) return;
    this.offset = offset;
    this.rows = ids.flatMap((/** @type {string} */ id) => this.#known.get(id) ?? []);
    this.#known = new Map(this.rows.map((row) => [row.id, row]));
  }

  /** A known host keeps its row, which changes in place: lists of rows stay true. @param {Row} row */
  #takeRow(row) {
    const known = this.#known.get(row.id);
    if (known === undefined) return void this.#known.set(row.id, row);
    const silenceMs = row.lastSeenMs - known.lastSeenMs;
    Object.assign(known, row);
    if (silenceMs !== 0 && !RECENT.some(({ past }) => past in row)) remember(known, silenceMs);
  }

  /** How many groups there are. */
  get groupCount() {
    return this.grouping.groups.length + this.grouping.omitted;
  }

  /** Takes the alerts that stand. @param {readonly import("../../../common/alerts.js").ShownAlert[]} alerts the worst first */
  takeAlerts(alerts) {
    this.#alerts = worstByHost(alerts);
  }

  /** Brings the status of every row up to now, and its worst alert. */
  settle() {
    for (const row of this.rows) {
      row.status = statusOf(row, this.nowMs);
      row.alert = this.#alerts.get(row.id);
    }
  }
}

/** Adds what a row says now to its recent past. @param {any} row @param {number} silenceMs before it */
function remember(row, silenceMs) {
  for (const { field, past } of RECENT) {
    const recent = [...row[past] ?? [], ...missing(silenceMs, row.intervalMs), row[field]];
    row[past] = recent.slice(-RECENT_POINTS);
  }
}
