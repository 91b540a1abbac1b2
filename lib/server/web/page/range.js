// @ts-check
/**
 * A part of the past as it is chosen: how it stands in the URL, which one is longer, shorter, earlier or
 * later, and what it is called. Pure.
 */
import { SPANS_MS } from "../../../common/gaps.js";

/** @typedef {{ name: string, fromMs: number, toMs: number }} Range One without a name stands still; one with a name ends now. */

/** How many stretches of it are asked for. */
const POINTS = 600;
/** The shortest that can be chosen by its name. */
const [SHORTEST = ""] = Object.keys(SPANS_MS);
const DAY_MS = 86_400_000;

/** Reads the range from a URL's search part; `null` for the shortest, up to now. @param {string} search @returns {Range | null} */
export function readRange(search) {
  const params = new URLSearchParams(search);
  const [fromMs, toMs] = [Number(params.get("from")), Number(params.get("to"))];
  if (fromMs > 0 && toMs > fromMs) return { name: "", fromMs, toMs };
  return named(params.get("range") ?? "");
}

/** One that ends now. @param {string} name @returns {Range | null} */
function named(name) {
  const isKnown = Object.hasOwn(SPANS_MS, name) && name !== SHORTEST;
  return isKnown ? { name, fromMs: 0, toMs: 0 } : null;
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

/** How it is asked for at the API: one with a name by its length, as only the server knows when now is. @param {Range} range */
export function spanSearch({ name, fromMs, toMs }) {
  const span = SPANS_MS[name];
  const asked = span === undefined
    ? `from=${Math.round(fromMs)}&to=${Math.round(toMs)}`
    : `span=${span}`;
  return `${asked}&points=${POINTS}`;
}

/** The next longer or shorter one with a name. @param {Range} range @param {number} way @param {number} nowMs @returns {Range | null} */
export function stepped({ name, fromMs, toMs }, way, nowMs) {
  const all = Object.entries(SPANS_MS);
  const spanMs = SPANS_MS[name] ?? toMs - fromMs;
  const next = way > 0
    ? all.find(([, ms]) => ms > spanMs) ?? all.at(-1)
    : all.findLast(([, ms]) => ms < spanMs) ?? all[0];
  if (next === undefined) return null;
  if (name !== "" || toMs >= nowMs) return named(next[0]);
  return { name: "", fromMs: Math.max(1, toMs - next[1]), toMs };
}

/** One as long that is earlier or later by half of it; up to now it has its name again. @param {Range} range @param {number} way @param {number} nowMs @returns {Range | null} */
export function shifted({ name, fromMs, toMs }, way, nowMs) {
  const spanMs = toMs - fromMs;
  const byMs = way * spanMs / 2;
  // A moment behind is now: time goes on between two keys.
  if (toMs + byMs < nowMs - spanMs / 100) {
    return { name: "", fromMs: Math.max(1, fromMs + byMs), toMs: toMs + byMs };
  }
  const same = Object.keys(SPANS_MS).find((other) =>
    other === name || Math.abs((SPANS_MS[other] ?? 0) - spanMs) < 2_000
  );
  return same === undefined ? { name: "", fromMs: nowMs - spanMs, toMs: nowMs } : named(same);
}

/** From when to when it is: `13:32–14:32`, with days where it is more than one, and how far that is from UTC on a day on which that changes. @param {Range} range */
export function rangeLabel({ fromMs, toMs }) {
  const isLong = toMs - fromMs > 7 * DAY_MS;
  const [from, to] = [new Date(fromMs), new Date(toMs)];
  const isOneDay = from.toDateString() === to.toDateString();
  const isChanged = isOneDay && from.getTimezoneOffset() !== to.getTimezoneOffset();
  const text = (/** @type {Date} */ date) =>
    date.toLocaleString([], {
      ...(isChanged ? { timeZoneName: "shortOffset" } : {}),
      ...(isOneDay ? {} : { day: "numeric", month: "short" }),
      ...(isLong ? { year: "numeric" } : { hour: "2-digit", minute: "2-digit", hour12: false }),
    });
  return `${text(from)} – ${text(to)}`;
}
