// @ts-check
/**
 * The samples of one host as charts want them: aligned columns of numbers over time, extended as they
 * arrive, with a gap where none did; and before them, without a seam, what is kept on disk. Pure.
 */
import { missingIn, usualStepMs } from "../../../common/gaps.js";
import { CATALOGUE } from "./catalogue.js";
import { KeptPast } from "./past.js";

/** @typedef {number | null} Metric */
/** @typedef {import("./past.js").Gap} Gap */

/** The lines of charts: those that the server keeps no past of begin when the page is opened. */
const METRICS = CATALOGUE.metrics.filter(({ chart }) => chart !== undefined);

/** Those that the server's memory keeps, and those that only its disk does. */
const REMEMBERED = METRICS.filter(({ past }) => past !== undefined).map(({ id }) => id);
const SPARSE = new Set(METRICS.map(({ id }) => id).filter((id) => !REMEMBERED.includes(id)));

/** So long a time is shown at least, in seconds: of a first sample alone nothing else would tell how wide it is. */
const MIN_SPAN = 60;

/** Times that are no further apart are of one sample: the past rounds them. */
const SAME_MS = 500;

/** What a number of the host's own goes by, which may be called as a metric is. @param {string} name */
export function ownId(name) {
  return `own ${name}`;
}

/** A metric as a host has said it last; `null` where it has not. @param {typeof METRICS[number]} metric @param {any} row @param {any} message */
export function saidOf({ field, group, name }, row, message) {
  return (field === undefined ? message[group]?.[name] : row[field]) ?? null;
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
  /** From when to when nothing came, in seconds. @type {{ from: number, until: number }[]} */
  #silences = [];
  /** @type {KeptPast | null} */
  #kept = null;
  #intervalMs = 0;

  /** Begins with what the server remembers. @param {any} history the answer of /api/hosts/{id}/history */
  begin(history) {
    const [first] = history.times;
    this.times = [];
    this.#silences = [];
    this.#silentUntil = null;
    for (const id of Object.keys(this.columns)) this.columns[id] = [];
    const stepMs = usualStepMs(history.times, history.intervalMs);
    history.times.forEach((/** @type {number} */ timeMs, /** @type {number} */ index) => {
      const values = METRICS.map(({ id, past = "" }) => [id, history[past]?.[index] ?? null]);
      this.#push(timeMs, Object.fromEntries(values), stepMs);
    });
    this.#spanMs = Math.max(15 * 60_000, history.nowMs - (first ?? history.nowMs));
  }

  /** Adds a sample that has just come; of one that is known already, what the server keeps no past of. @param {any} row @param {Readonly<Record<string, number>>} [own] numbers of its own @param {any} [message] what it says besides */
  extend({ lastSeenMs, intervalMs, ...row }, own = {}, message = {}) {
    const aheadMs = lastSeenMs - 1000 * (this.times.at(-1) ?? -Infinity);
    const sameMs = Math.min(intervalMs / 2, SAME_MS);
    if (aheadMs < -sameMs || lastSeenMs / 1000 < this.#keptFrom) return;
    const said = METRICS.map((metric) => [metric.id, saidOf(metric, row, message)]);
    const others = Object.entries(own).map(([name, value]) => [ownId(name), value]);
    const values = Object.fromEntries([...said, ...others]);
    this.#keepOwn(Object.keys(own));
    if (aheadMs < sameMs) return this.#complete(values);
    this.#push(lastSeenMs, values, intervalMs);
    const oldest = (lastSeenMs - this.#spanMs) / 1000;
    const kept = this.times.findIndex((time) => time >= oldest);
    if (kept > 0) {
      for (const column of [this.times, ...Object.values(this.columns)]) column.splice(0, kept);
    }
    this.#silences = this.#silences.filter(({ until }) => until >= oldest);
  }

  /** Takes what is kept of the same time: what was before the samples, and why some did not come. @param {KeptPast} kept */
  join(kept) {
    this.#kept = kept;
    const older = this.times.filter((time) => time < this.#keptFrom).length;
    for (const column of [this.times, ...Object.values(this.columns)]) column.splice(0, older);
  }

  /** Since when it is known what is kept: a host that was not heard since has nothing to add. */
  get #keptFrom() {
    const { times: [first = Infinity] = [], stepMs = 0 } = this.#kept ?? {};
    return this.#kept === null ? -Infinity : first - stepMs / 2_000;
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
    this.#intervalMs = intervalMs;
    return this.#silentUntil !== before;
  }

  /** The columns of a chart: times first. An outage in progress is a gap up to now. @param {readonly string[]} metrics @returns {Metric[][]} */
  data(metrics) {
    const columns = [this.times, ...metrics.map((metric) => this.#columnOf(metric))];
    const kept = this.#kept?.data(metrics) ?? columns.map(() => []);
    const start = this.#start;
    const now = this.#silentUntil === null ? [] : [this.#silentUntil];
    return columns.map((column, n) => [
      ...(kept[n] ?? []).slice(0, this.#keptCount),
      ...(n === 0 ? start : start.map(() => null)),
      ...column,
      ...(n === 0 ? now : now.map(() => null)),
    ]);
  }

  /**
   * A metric of each sample. Of what memory does not have, what is kept stands at the sample in the middle of
   * its stretch, and all between is undefined, which breaks no line.
   *
   * @param {string} id @returns {Metric[]}
   */
  #columnOf(id) {
    const column = this.columns[id] ?? [];
    if (this.#kept === null || !SPARSE.has(id)) return column;
    const { times, stepMs } = this.#kept;
    const [, values = []] = this.#kept.data([id]);
    /** @type {any[]} */
    const filled = column.map((value, at) => value ?? (this.#isBreak(at) ? null : undefined));
    let at = 0;
    for (let n = this.#keptCount; n < times.length; n++) {
      const middle = times[n] ?? 0;
      const far = (/** @type {number} */ at) => Math.abs((this.times[at] ?? Infinity) - middle);
      while (at + 1 < this.times.length && far(at + 1) <= far(at)) at++;
      if (far(at) <= stepMs / 2_000) filled[at] ??= values[n];
    }
    return filled;
  }

  /** Whether a moment is there to break the lines. @param {number} at */
  #isBreak(at) {
    return REMEMBERED.every((id) => (this.columns[id]?.[at] ?? null) === null);
  }

  /** Where the last sample stands in those columns. */
  lastAt() {
    return this.#keptCount + this.#start.length + this.times.length - 1;
  }

  /** The lowest and highest of a metric as far as they are kept. @param {string} id @returns {import("./past.js").Band} */
  band(id) {
    const { lowest, highest } = this.#kept?.band(id) ?? { lowest: [], highest: [] };
    const count = this.#keptCount;
    return { lowest: lowest.slice(0, count), highest: highest.slice(0, count) };
  }

  /** Where nothing came, and why as far as that is kept. @returns {readonly Gap[]} */
  gaps() {
    const first = this.times[0] ?? Infinity;
    const before = (this.#kept?.gaps() ?? []).filter(({ from }) => from < first)
      .map((gap) => ({ ...gap, until: Math.min(gap.until, first) }));
    const last = this.times.at(-1) ?? NaN;
    const now = this.#silentUntil === null
      ? []
      : [{ from: last + this.#intervalMs / 1000, until: this.#silentUntil }];
    const silences = [...this.#silences, ...now].map((silence) => ({
      ...silence,
      cause: this.#kept?.causeIn(silence.from, silence.until) ?? "unheard",
    }));
    return [...before, ...silences];
  }

  /** How many stretches of what is kept were over before the samples. */
  get #keptCount() {
    const { times = [], stepMs = 0 } = this.#kept ?? {};
    const last = (this.times[0] ?? Infinity) - stepMs / 2_000;
    const count = times.findIndex((time) => time > last);
    return count < 0 ? times.length : count;
  }

  /** A moment before the samples: where nothing else tells how wide they are, or where they do not follow what is kept. @returns {number[]} */
  get #start() {
    const [first] = this.times;
    if (first === undefined) return [];
    const before = this.#kept?.times[this.#keptCount - 1];
    if (before !== undefined) {
      const end = before + (this.#kept?.stepMs ?? 0) / 2_000;
      return this.#kept?.causeIn(end, first) ? [(end + first) / 2] : [];
    }
    const end = this.#silentUntil ?? this.times.at(-1) ?? 0;
    return end - first < MIN_SPAN ? [end - MIN_SPAN] : [];
  }

  /** Adds to the last sample what is not known of it. @param {Readonly<Record<string, Metric>>} values */
  #complete(values) {
    const last = this.times.length - 1;
    for (const [id, column] of Object.entries(this.columns)) column[last] ??= values[id] ?? null;
  }

  /** @param {number} timeMs @param {Readonly<Record<string, Metric>>} values @param {number} intervalMs */
  #push(timeMs, values, intervalMs) {
    const time = timeMs / 1000;
    const last = this.times.at(-1);
    if (last !== undefined && missingIn(timeMs - last * 1000, intervalMs) > 0) {
      // A moment without numbers breaks the line.
      this.#append((last + time) / 2, {});
      this.#silences.push({ from: last + intervalMs / 1000, until: time });
    }
    this.#append(time, values);
  }

  /** @param {number} time @param {Readonly<Record<string, Metric>>} values */
  #append(time, values) {
    this.times.push(time);
    for (const [id, column] of Object.entries(this.columns)) column.push(values[id] ?? null);
  }
}

/** What charts draw of a range: its samples, where memory has most of them, else what is kept alone. @param {any} answer of /api/hosts/{id}/history with a range @returns {Series | KeptPast} */
export function pastOf(answer) {
  const kept = new KeptPast(answer);
  const { recent, fromMs, toMs, nowMs, intervalMs } = answer;
  const first = recent?.times[0] ?? Infinity;
  if (first > (fromMs + Math.min(toMs, nowMs)) / 2) return kept;
  const series = new Series();
  series.begin({ ...recent, nowMs, intervalMs });
  series.goOn(Math.min(toMs, nowMs), intervalMs);
  series.join(kept);
  return series;
}
