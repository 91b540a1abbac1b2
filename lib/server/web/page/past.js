// @ts-check
/**
 * A part of the past in even stretches of time, as charts want it: of one host as the server keeps it on
 * disk, in all metrics, or of several hosts in one. Pure.
 */
import { CATALOGUE } from "./catalogue.js";

/** @typedef {number | null} Metric */
/** @typedef {{ from: number, until: number, cause: string }} Gap Seconds since 1970, and why nothing is known. */
/** @typedef {{ lowest: readonly Metric[], highest: readonly Metric[] }} Band */

/** Gaps as the API has them, in seconds. @param {readonly { fromMs: number, toMs: number, cause: string }[]} gaps @returns {readonly Gap[]} */
function inSeconds(gaps) {
  return gaps.map(({ fromMs, toMs, cause }) => ({
    ...{ from: fromMs / 1000, until: toMs / 1000, cause },
  }));
}

/** The cause of a gap that a time is in; `null` where that is in none. @param {readonly Gap[]} gaps @param {number} time in seconds */
export function causeAt(gaps, time) {
  return gaps.find(({ from, until }) => time >= from && time < until)?.cause ?? null;
}

/** What a line is at a place: where that is undefined, what it was last. @param {readonly (Metric | undefined)[]} values @param {number} at @returns {Metric} */
export function heldAt(values, at) {
  while (at > 0 && values[at] === undefined) at--;
  return values[at] ?? null;
}

/** The line of what share of a host's datagrams was lost, in percent: no metric, and of no host's own. */
export const LOST = "\0lost";

/** What is the same of all parts of the past: their stretches. */
class Stretches {
  /** @type {number[]} seconds since 1970, the middle of each stretch */
  times;
  /** How long a stretch is. */
  stepMs;

  /** @param {any} answer */
  constructor({ times, stepMs }) {
    this.stepMs = stepMs;
    this.times = times.map((/** @type {number} */ ms) => (ms + stepMs / 2) / 1000);
  }

  /** Values that nobody knows. @returns {Metric[]} */
  get unknown() {
    return this.times.map(() => null);
  }
}

/** A part of the past of one host. */
export class KeptPast extends Stretches {
  /** What it is made of: shares of 1. @type {Readonly<Record<string, number | null>>} */
  shares;
  #gaps;
  #answer;

  /** @param {any} answer of /api/hosts/{id}/history with a range */
  constructor(answer) {
    super(answer);
    this.#answer = answer;
    this.shares = answer.shares;
    this.#gaps = inSeconds(answer.gaps);
  }

  /** The columns of a chart: times first. @param {readonly string[]} metrics @returns {Metric[][]} */
  data(metrics) {
    return [this.times, ...metrics.map((id) => this.#column(this.#answer, id))];
  }

  /** The lowest and highest of a metric in each stretch. @param {string} id @returns {Band} */
  band(id) {
    if (id === LOST) return { lowest: this.unknown, highest: this.unknown };
    const { lowest, highest } = this.#answer;
    return { lowest: this.#column(lowest, id), highest: this.#column(highest, id) };
  }

  /** Those of every line. @returns {readonly Gap[]} */
  gaps() {
    return this.#gaps;
  }

  /** What most of a time is made of that is not known; `null` where all of it is known. @param {number} from in seconds @param {number} until */
  causeIn(from, until) {
    const { times, stepMs, causesMs } = this.#answer;
    /** @type {Record<string, number>} */
    const sums = {};
    times.forEach((/** @type {number} */ ms, /** @type {number} */ n) => {
      if (ms + stepMs <= from * 1000 || ms >= until * 1000) return;
      for (const cause of Object.keys(causesMs)) {
        if (cause === "known") continue;
        const name = cause === "lost" && Number.isFinite(causesMs.dropped?.[n]) ? "way" : cause;
        sums[name] = (sums[name] ?? 0) + (causesMs[cause][n] ?? 0);
      }
    });
    const [worst] = Object.entries(sums).sort(([, a], [, b]) => b - a);
    return worst === undefined || worst[1] === 0 ? null : worst[0];
  }

  /** The place of the last stretch of which a number is known: it may have none where the host fell silent. */
  lastAt() {
    const columns = Object.values(this.#answer.lowest);
    return this.times.findLastIndex((_, n) => columns.some((column) => column[n] !== null));
  }

  /** The share that was lost, here or on the way, in percent; `null` where nothing was sent, or nobody counted. @returns {Metric[]} */
  #lost() {
    const { known, lost, refused, dropped, unheard } = this.#answer.causesMs;
    return this.times.map((_, at) => {
      const missing = lost[at] + (dropped?.[at] ?? 0);
      const sent = known[at] + refused[at] + missing;
      return unheard !== undefined || sent <= 0 ? null : 100 * missing / sent;
    });
  }

  /** @param {any} from @param {string} id @returns {Metric[]} */
  #column(from, id) {
    if (id === LOST) return this.#lost();
    const { past = id, from: formula } = CATALOGUE.metrics.find((row) => row.id === id) ?? {};
    if (from[past] !== undefined) return from[past];
    // What is the highest of several is kept as those.
    const columns = formula !== undefined && "most" in formula
      ? formula.most.map((id) => this.#column(from, id))
      : [];
    return this.times.map((_, at) => highest(columns.map((column) => column[at] ?? null)));
  }
}

/** @param {readonly Metric[]} values @returns {Metric} */
function highest(values) {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : Math.max(...known);
}

/**
 * @typedef {object} ComparedHost one of several, as docs/API.md describes it
 * @property {string} id
 * @property {string} name
 * @property {readonly Metric[]} mean
 * @property {readonly Metric[]} lowest
 * @property {readonly Metric[]} highest
 * @property {readonly number[]} samples
 * @property {Readonly<Record<string, number | null>>} shares
 */

/** The line of the mean of all, which is no host's id. */
export const MEAN = "";

/** One metric of several hosts; the lines go by their ids. */
export class Comparison extends Stretches {
  /** Those with the highest mean first. @type {readonly ComparedHost[]} */
  hosts;
  /** Among how many hosts they are. @type {number} */
  matched;
  /** The mean of all of those; `null` where all are shown, or it is not known. @type {{ hosts: number, mean: readonly Metric[] } | null} */
  all;
  fromMs;
  toMs;
  /** @type {Map<string, readonly Gap[]>} */
  #gaps;

  /** @param {any} answer of /api/history with several hosts */
  constructor(answer) {
    super(answer);
    this.hosts = answer.hosts;
    this.matched = answer.matched;
    this.all = answer.matched > answer.hosts.length ? answer.all ?? null : null;
    this.fromMs = answer.fromMs;
    this.toMs = Math.min(answer.toMs, answer.nowMs);
    this.#gaps = new Map(
      answer.hosts.map((/** @type {any} */ { id, gaps }) => [id, inSeconds(gaps)]),
    );
  }

  /** The columns of a chart: times first. @param {readonly string[]} ids @returns {readonly (readonly Metric[])[]} */
  data(ids) {
    const meanOf = (/** @type {string} */ id) => id === MEAN ? this.all : this.#host(id);
    return [this.times, ...ids.map((id) => meanOf(id)?.mean ?? this.unknown)];
  }

  /** The lowest and highest of a host in each stretch. @param {string} id @returns {Band} */
  band(id) {
    const { lowest, highest } = this.#host(id) ?? { lowest: this.unknown, highest: this.unknown };
    return { lowest, highest };
  }

  /** Those of a host, or those that several have alike. @param {readonly string[]} ids @returns {readonly Gap[]} */
  gaps(ids) {
    const hosts = ids.filter((id) => id !== MEAN);
    const [first = [], ...others] = hosts.map((id) => this.#gaps.get(id) ?? []);
    return others.reduce((common, gaps) => common.flatMap((gap) => overlaps(gap, gaps)), first);
  }

  /** The place of the last number of a line: hosts fall silent one by one. @param {readonly (Metric | undefined)[]} values */
  lastAt(values) {
    return values.findLastIndex((value) => value !== null);
  }

  /** @param {string} id */
  #host(id) {
    return this.hosts.find((host) => host.id === id);
  }
}

/** The parts of a gap that are in others with the same cause. @param {Gap} gap @param {readonly Gap[]} others */
function overlaps({ from, until, cause }, others) {
  return others.filter((other) => other.cause === cause && other.from < until && other.until > from)
    .map((other) => ({
      ...{ from: Math.max(from, other.from), until: Math.min(until, other.until), cause },
    }));
}

/** The figures of a host over all stretches. @param {Pick<ComparedHost, "mean" | "lowest" | "highest" | "samples">} host @returns {Record<"mean" | "lowest" | "highest" | "last", Metric>} */
export function figuresOf({ mean, lowest, highest, samples }) {
  const count = samples.reduce((a, b) => a + b, 0);
  const sum = mean.reduce((sum, value, n) => (sum ?? 0) + (value ?? 0) * (samples[n] ?? 0), 0);
  const known = (
    /** @type {readonly Metric[]} */ values,
  ) => /** @type {number[]} */ (values.filter((value) => value !== null));
  const least = known(lowest);
  const most = known(highest);
  return {
    mean: count === 0 ? null : (sum ?? 0) / count,
    lowest: least.length === 0 ? null : Math.min(...least),
    highest: most.length === 0 ? null : Math.max(...most),
    last: known(mean).at(-1) ?? null,
  };
}

/** Those of the mean of all, of which each stretch counts the same. @param {readonly Metric[]} mean */
export function figuresOfMean(mean) {
  const samples = mean.map((value) => value === null ? 0 : 1);
  return figuresOf({ mean, lowest: mean, highest: mean, samples });
}
