// @ts-check
/**
 * Which hosts are compared in which metric, and how that stands in the URL of the page and in that of the
 * API. Pure.
 */
import { formatCount, formatCountOf, formatDuration } from "../../../common/format.js";
import { MAX_SEARCH_LENGTH } from "../../../common/limits.js";
import { CATALOGUE } from "./catalogue.js";
import { BASE } from "./paths.js";

/**
 * @typedef {object} Compared
 * @property {string} metric as a history calls it
 * @property {readonly string[]} hosts their ids
 * @property {number} top so many with the highest mean, beside those
 * @property {string} text the filter that those pass
 */

/** How many of the highest there may be, and how many there are where nothing is said. */
export const TOPS = [3, 5, 8, 12];
const DEFAULT_TOP = 5;

/** Every metric, with what a history calls it. */
const METRICS = CATALOGUE.metrics.map((row) => ({ ...row, name: row.past ?? row.id }));

/** The metrics of which there is a past. @param {boolean} isKept on disk, too */
export function comparedMetrics(isKept) {
  return METRICS.filter(({ past, store }) => isKept ? store : past !== undefined);
}

/** One of them; the first for a name that is none. @param {string} name @param {boolean} isKept */
export function metricOf(name, isKept) {
  const all = comparedMetrics(isKept);
  const found = all.find((row) => row.name === name) ?? all[0];
  if (found === undefined) throw new Error("Cannot compare hosts: no metric has a past");
  return found;
}

/** Reads a comparison from a URL's search part. @param {string} search @param {boolean} isKept @returns {Compared} */
export function readCompare(search, isKept) {
  const params = new URLSearchParams(search);
  const hosts = [...new Set((params.get("hosts") ?? "").split(",").filter((id) => id !== ""))];
  const top = Number(params.get("top") ?? NaN);
  const tag = params.get("tag");
  const text = [params.get("q"), tag].filter((part) => part).join(" ");
  const isTop = params.has("top") || hosts.length < 2 || text !== "";
  return {
    metric: metricOf(params.get("metric") ?? "", isKept).name,
    hosts: hosts.slice(0, TOPS.at(-1)),
    top: !isTop ? 0 : TOPS.includes(top) ? top : DEFAULT_TOP,
    text: text.slice(0, MAX_SEARCH_LENGTH),
  };
}

/** The search part of the page's URL and, with a range behind it, of the API's; what is not said is not in it. @param {Partial<Compared>} compared */
export function compareSearch({ metric = "", hosts = [], top = 0, text = "" }) {
  const params = new URLSearchParams({
    ...(metric !== "" && { metric }),
    ...(hosts.length > 0 && { hosts: hosts.join(",") }),
    ...(top > 0 && { top: String(top) }),
    ...(text !== "" && { q: text }),
  });
  return params.size > 0 ? `?${params}` : "";
}

/** The page on which hosts are compared: some of them, beside those that have the most; or those of a filter. @param {Partial<Compared>} compared */
export function comparePath(compared) {
  return `${BASE}compare${compareSearch(compared)}`;
}

/** What is shown, in words: `5 highest of 24 hosts, mean of each 5m`. @param {Compared} compared @param {number} shown @param {number} matched @param {number} stepMs */
export function asked({ top, hosts }, shown, matched, stepMs) {
  const isAll = top === 0 || shown >= matched;
  const which = isAll
    ? formatCountOf(shown, "host")
    : hosts.length === 0
    ? `${formatCount(shown)} highest of ${formatCountOf(matched, "host")}`
    : `${formatCountOf(hosts.length, "host")} and the ${top} highest of ${formatCount(matched)}`;
  return `${which}, mean of each ${formatDuration(stepMs)}`;
}

/** Who is where among compared hosts, in colour and in order: each stays where it came, though others rise above it. */
export class Places {
  /** @type {Map<string, number>} */
  #places = new Map();

  /** Begins anew: all that come next are in their order. */
  clear() {
    this.#places.clear();
  }

  /** Takes who is there now, and returns them by their places. @template {{ id: string }} T @param {readonly T[]} hosts @returns {T[]} */
  order(hosts) {
    const ids = new Set(hosts.map(({ id }) => id));
    for (const id of this.#places.keys()) if (!ids.has(id)) this.#places.delete(id);
    for (const id of ids) {
      if (this.#places.has(id)) continue;
      const taken = new Set(this.#places.values());
      this.#places.set(id, hosts.findIndex((_, n) => !taken.has(n)));
    }
    return hosts.toSorted((a, b) => this.of(a.id) - this.of(b.id));
  }

  /** @param {string} id */
  of(id) {
    return this.#places.get(id) ?? 0;
  }
}
