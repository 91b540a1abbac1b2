// @ts-check
/**
 * The past of one host as charts want it: aligned columns of numbers over time, extended as
 * samples arrive, with a gap where none did. Pure.
 */
import { missingIn, usualStepMs } from "../../../common/gaps.js";
import { CATALOGUE } from "./catalogue.js";

/** @typedef {number | null} Metric */

/** The lines of charts: those that the server keeps no past of begin when the page is opened. */
const METRICS = CATALOGUE.metrics.filter(({ chart }) => chart !== undefined);

/** So long a time is shown at least, in seconds: of a first sample alone nothing else would tell how wide it is. */
const MIN_SPAN = 60;

/** What a number of the host's own goes by, which may be called as a metric is. @param {string} name */
export function ownId(name) {
  return `own ${name}`;
}

/** Points in time with their numbers. */
export class Series {
  /** @type {number[]} seconds since 1970, as the charts count */
  times = [];
  /** @type {Record<string, Metric[]>} */
  columns = Object.fromEntries(METRICS.map(({ id }) => [id, []]));
  /** The names of the host's own numbers. @type {readonly string[]} */
  own = [];
  #spanMs = 0;
  /** Until when nothing has come, in seconds; `null` while samples come in time. @type {number | null} */
  #silentUntil = null;

  /** Begins with what the server remembers. @param {any} history the answer of /api/hosts/{id}/history */
  begin(history) {
    const [first] = history.times;
    this.times = [];
    for (const id of Object.keys(this.columns)) this.columns[id] = [];
    const stepMs = usualStepMs(history.times, history.intervalMs);
    history.times.forEach((/** @type {number} */ timeMs, /** @type {number} */ index) => {
      const values = METRICS.map(({ id, past = "" }) => [id, history[past]?.[index] ?? null]);
      this.#push(timeMs, Object.fromEntries(values), stepMs);
    });
    this.#spanMs = Math.max(15 * 60_000, history.nowMs - (first ?? history.nowMs));
  }

  /** Adds a sample that has just come; one that is known already changes nothing. @param {any} row @param {Readonly<Record<string, number>>} [own] numbers of its own @param {any} [message] what it says besides */
  extend({ lastSeenMs, intervalMs, ...row }, own = {}, message = {}) {
    if (lastSeenMs / 1000 <= (this.times.at(-1) ?? -Infinity)) return;
    const values = METRICS.map(({ id, field, group, name }) => [
      id,
      (field === undefined ? message[group]?.[name] : row[field]) ?? null,
    ]);
    const others = Object.entries(own).map(([name, value]) => [ownId(name), value]);
    this.#keepOwn(Object.keys(own));
    this.#push(lastSeenMs, Object.fromEntries([...values, ...others]), intervalMs);
    const oldest = (lastSeenMs - this.#spanMs) / 1000;
    const kept = this.times.findIndex((time) => time >= oldest);
    if (kept > 0) {
      for (const column of [this.times, ...Object.values(this.columns)]) column.splice(0, kept);
    }
  }

  /** Of numbers of its own those that it sends have columns. @param {readonly string[]} names */
  #keepOwn(names) {
    for (const name of this.own) if (!names.includes(name)) delete this.columns[ownId(name)];
    for (const name of names) this.columns[ownId(name)] ??= this.times.map(() => null);
    this.own = names;
  }

  /** Lets time pass; returns whether that is to be seen, as an outage goes on. @param {number} nowMs @param {number} intervalMs */
  goOn(nowMs, intervalMs) {
    const before = this.#silentUntil;
    const silenceMs = nowMs - (this.times.at(-1) ?? Infinity) * 1000;
    this.#silentUntil = missingIn(silenceMs, intervalMs) > 0 ? nowMs / 1000 : null;
    return this.#silentUntil !== before;
  }

  /** The columns of a chart: times first. An outage in progress is a gap up to now. @param {readonly string[]} metrics @returns {Metric[][]} */
  data(metrics) {
    const columns = [this.times, ...metrics.map((metric) => this.columns[metric] ?? [])];
    const [first] = this.times;
    const end = this.#silentUntil ?? this.times.at(-1) ?? 0;
    const start = first !== undefined && end - first < MIN_SPAN ? [end - MIN_SPAN] : [];
    const now = this.#silentUntil === null ? [] : [end];
    return columns.map((column, n) =>
      n === 0
        ? [...start, ...column, ...now]
        : [...start.map(() => null), ...column, ...now.map(() => null)]
    );
  }

  /** @param {number} timeMs @param {Readonly<Record<string, Metric>>} values @param {number} intervalMs */
  #push(timeMs, values, intervalMs) {
    const time = timeMs / 1000;
    const last = this.times.at(-1);
    if (last !== undefined && missingIn(timeMs - last * 1000, intervalMs) > 0) {
      // A moment without numbers breaks the line.
      this.#append((last + time) / 2, {});
    }
    this.#append(time, values);
  }

  /** @param {number} time @param {Readonly<Record<string, Metric>>} values */
  #append(time, values) {
    this.times.push(time);
    for (const [id, column] of Object.entries(this.columns)) column.push(values[id] ?? null);
  }
}
