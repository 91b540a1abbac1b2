// @ts-check
/**
 * The part of a host's past that is chosen: which one, as it stands in the URL, and what the server keeps
 * of it on disk, as charts want it. Pure.
 */
import { CATALOGUE } from "./catalogue.js";

/** @typedef {number | null} Metric */
/** @typedef {{ from: number, until: number, cause: string }} Gap Seconds since 1970, and why nothing is known. */
/** @typedef {{ name: string, fromMs: number, toMs: number }} Range One without a name was chosen by dragging. */

const MINUTE_MS = 60_000;
const DAY_MS = 1_440 * MINUTE_MS;

/** What can be chosen; the first is in the server's memory, and live. */
export const SPANS_MS = {
  ...{ "15m": 15 * MINUTE_MS, "1h": 60 * MINUTE_MS, "6h": DAY_MS / 4, "24h": DAY_MS },
  ...{ "7d": 7 * DAY_MS, "30d": 30 * DAY_MS, "1y": 365 * DAY_MS },
};

/** What each cause is called. @type {Readonly<Record<string, string>>} */
export const CAUSE_WORDS = {
  lost: "lost on the way or dropped here",
  way: "lost on the way",
  dropped: "dropped here by the kernel",
  refused: "refused",
  silent: "host silent",
  left: "agent stopped",
  down: "server not running",
  missed: "server could not write",
};
const CAUSES = Object.keys(CAUSE_WORDS);

/** Reads the range from a URL's search part; `null` for the live one. @param {string} search @param {number} nowMs @returns {Range | null} */
export function readRange(search, nowMs) {
  const params = new URLSearchParams(search);
  const [fromMs, toMs] = [Number(params.get("from")), Number(params.get("to"))];
  if (fromMs > 0 && toMs > fromMs) return { name: "", fromMs, toMs };
  const name = params.get("range") ?? "";
  const spanMs = SPANS_MS[/** @type {keyof typeof SPANS_MS} */ (name)] ?? 0;
  if (spanMs <= SPANS_MS["15m"]) return null;
  return { name, fromMs: nowMs - spanMs, toMs: nowMs };
}

/** A search part with a range in it, all else as it is. @param {string} search @param {Range | null} range */
export function withRange(search, range) {
  const params = new URLSearchParams(search);
  for (const name of ["range", "from", "to"]) params.delete(name);
  if (range?.name) params.set("range", range.name);
  else if (range) {
    params.set("from", `${Math.round(range.fromMs)}`);
    params.set("to", `${Math.round(range.toMs)}`);
  }
  return params.size > 0 ? `?${params}` : "";
}

/** A part of the past that the server keeps, in even stretches of time. */
export class KeptPast {
  /** @type {number[]} seconds since 1970, the middle of each stretch */
  times;
  /** @type {readonly Gap[]} */
  gaps;
  /** How long a stretch is. */
  stepMs;
  /** @type {Readonly<Record<string, number>>} */
  shares;
  #answer;

  /** @param {any} answer of /api/hosts/{id}/history with a range */
  constructor(answer) {
    this.#answer = answer;
    this.stepMs = answer.stepMs;
    this.shares = answer.shares;
    this.times = answer.times.map((/** @type {number} */ ms) => (ms + answer.stepMs / 2) / 1000);
    this.gaps = gapsOf(answer);
  }

  /** The columns of a chart: times first. @param {readonly string[]} metrics @returns {Metric[][]} */
  data(metrics) {
    return [this.times, ...metrics.map((id) => this.#column(this.#answer, id))];
  }

  /** The lowest and highest of a metric in each stretch. @param {string} id */
  band(id) {
    const { lowest, highest } = this.#answer;
    return { lowest: this.#column(lowest, id), highest: this.#column(highest, id) };
  }

  /** The highest of some metrics of all. @param {readonly string[]} metrics */
  top(metrics) {
    const all = metrics.flatMap((id) => this.band(id).highest);
    return all.reduce((/** @type {number} */ top, value) => Math.max(top, value ?? 0), 0);
  }

  /** @param {any} from @param {string} id @returns {Metric[]} */
  #column(from, id) {
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

/** Stretches of which nothing is known and for which one cause stands, side by side as one. @param {any} answer @returns {Gap[]} */
function gapsOf({ times, stepMs, causesMs: told }) {
  const causesMs = split(told);
  /** @type {Gap[]} */
  const gaps = [];
  times.forEach((/** @type {number} */ ms, /** @type {number} */ n) => {
    const worst = CAUSES.reduce((a, b) => causesMs[b][n] > causesMs[a][n] ? b : a);
    if (causesMs[worst][n] <= causesMs.known[n]) return;
    const last = gaps.at(-1);
    if (last?.cause === worst && last.until === ms / 1000) last.until += stepMs / 1000;
    else gaps.push({ from: ms / 1000, until: (ms + stepMs) / 1000, cause: worst });
  });
  return gaps;
}

/** Where it is known what the kernel dropped here, the rest of what is lost was lost on the way. @param {any} causes */
function split({ lost, dropped, ...others }) {
  const of = (/** @type {boolean} */ isKnown) =>
    lost.map((/** @type {number} */ ms, /** @type {number} */ n) =>
      isKnown === Number.isFinite(dropped?.[n]) ? ms : 0
    );
  return { ...others, lost: of(false), way: of(true), dropped: dropped ?? of(false).map(() => 0) };
}

/** What a range is made of, in one line: `99.2 % known; 0.5 % host silent`. @param {Readonly<Record<string, number>>} shares */
export function describeShares({ lost = 0, dropped, ...others }) {
  const isKnown = Number.isFinite(dropped);
  const shares = { ...others, [isKnown ? "way" : "lost"]: lost, dropped: dropped ?? 0 };
  const percent = (/** @type {number} */ share) => {
    const text = (100 * share).toFixed(1);
    return share > 0 && text === "0.0" ? "under 0.1 %" : `${text} %`;
  };
  const parts = CAUSES.filter((cause) => (shares[cause] ?? 0) > 0)
    .sort((a, b) => (shares[b] ?? 0) - (shares[a] ?? 0))
    .map((cause) => `${percent(shares[cause] ?? 0)} ${CAUSE_WORDS[cause]}`);
  const known = `${percent(shares.known ?? 0)} known`;
  return parts.length === 0 ? known : `${known}; ${parts.join(", ")}`;
}

/** When it was, and why nothing is known of it. @param {number | null} time in seconds @param {object | null} past */
export function describeTime(time, past) {
  if (time === null) return "–";
  const date = new Date(time * 1000);
  const clock = date.toTimeString();
  if (!(past instanceof KeptPast)) return clock.slice(0, 8);
  const gap = past.gaps.find(({ from, until }) => time >= from && time < until);
  const cause = gap === undefined ? "" : ` ${CAUSE_WORDS[gap.cause]}`;
  return `${date.toLocaleDateString()} ${clock.slice(0, 5)}${cause}`;
}
