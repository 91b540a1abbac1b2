// @ts-check
/**
 * The filter of hosts, parsed into terms that must all hold: words, tags and numbers. The same for the API,
 * the terminal and the page, which loads this file as it is. Pure; it never throws: what is not understood
 * is left out and reported.
 */
import { MAX_SEARCH_LENGTH, MAX_SEARCH_WORDS } from "./limits.js";

/** @typedef {import("./columns.ts").ComparedNumber} ComparedNumber */
/** @typedef {">" | ">=" | "<" | "<=" | "=" | "!="} Operator */
/** @typedef {{ readonly kind: "word", readonly text: string, readonly word: string }} WordTerm */
/** @typedef {{ readonly kind: "tag", readonly text: string, readonly word: string, readonly key: string, readonly value: string }} TagTerm a tag, of any value where that is empty; or, like an address, a word after all */
/** @typedef {{ readonly kind: "number", readonly text: string, readonly metric: string, readonly operator: Operator, readonly value: number }} NumberTerm */
/** @typedef {WordTerm | TagTerm | NumberTerm} Term */
/**
 * @typedef {object} Filter
 * @property {readonly Term[]} terms what is understood, each once
 * @property {string} text those alone, as they may be asked for
 * @property {string | null} problem what is not understood, as a sentence
 */

/** A term: what is in quotes is one with all its spaces, and so is a comparison. */
const TERMS = /(?:[^\s"<>]|"[^"]*"?|\s*[<>]=?(?:\s+(?=[\d.]))?)+/g;
const PARTS = /^([^<>=!:]*)(>=|<=|!=|[<>=:])(.*)$/s;
/** What the key of a tag looks like. */
export const TAG_KEY = /^[a-z_][a-z0-9_.-]*$/;
const NUMBER = /^(\d+(?:\.\d+)?|\.\d+)([^\d.]*)$/;

const SIZES = { "": 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40, p: 2 ** 50 };
const COUNTS = { "": 1, k: 1e3, m: 1e6, g: 1e9 };
/** Suffixes of a number, in lower case. A time without one is in seconds. @type {Readonly<Record<string, { readonly units: Readonly<Record<string, number>>, readonly ignored: RegExp, readonly such: string }>>} */
const UNITS = {
  percent: { units: { "": 1 }, ignored: /%$/, such: "80 or 80%" },
  bytes: { units: SIZES, ignored: /i?b$/, such: "512M or 1.5G" },
  bytesPerSecond: { units: SIZES, ignored: /(i?b)?(\/s)?$/, such: "512K or 10M" },
  milliseconds: {
    units: { "": 1e3, ms: 1, s: 1e3, m: 60e3, h: 3600e3, d: 86_400e3 },
    ignored: /$/,
    such: "30s or 5m",
  },
  seconds: { units: { "": 1, s: 1, m: 60, h: 3_600, d: 86_400 }, ignored: /$/, such: "10m or 7d" },
  celsius: { units: { "": 1 }, ignored: /°?c?$/, such: "80" },
};
/** Of every other unit. @type {typeof UNITS[string]} */
const COUNTED = { units: COUNTS, ignored: /$/, such: "10 or 2k" };

/** Reads a text; `numbers` are those that can be compared. @param {string} text @param {readonly ComparedNumber[]} numbers @returns {Filter} */
export function readFilter(text, numbers) {
  /** @type {Map<string, Term>} */
  const terms = new Map();
  let problem = null;
  for (const [found] of text.slice(0, MAX_SEARCH_LENGTH).matchAll(TERMS)) {
    const term = readTerm(found.trim(), numbers);
    if (typeof term === "string") problem ??= term;
    else if (term !== null) terms.set(term.text.toLowerCase(), term);
  }
  const all = [...terms.values()];
  if (all.length > MAX_SEARCH_WORDS) problem ??= `more than ${MAX_SEARCH_WORDS} words`;
  if (text.length > MAX_SEARCH_LENGTH) problem ??= `longer than ${MAX_SEARCH_LENGTH} characters`;
  const kept = all.slice(0, MAX_SEARCH_WORDS);
  return { terms: kept, text: kept.map(({ text }) => closed(text)).join(" "), problem };
}

/** One term; a problem as a text, `null` for nothing in quotes. @param {string} text @param {readonly ComparedNumber[]} numbers @returns {Term | string | null} */
function readTerm(text, numbers) {
  const word = unquoted(text).toLowerCase();
  const [, name = "", operator = "", rest = ""] = (text[0] === '"' ? null : PARTS.exec(text)) ?? [];
  if (operator === "") return word === "" ? null : { kind: "word", text, word };
  const asked = unquoted(name.trim());
  const key = asked.toLowerCase();
  const value = unquoted(rest.trim()).toLowerCase();
  const number = operator === ":" ? undefined : numbers.find(({ names }) => names.includes(key));
  if (number !== undefined) {
    return readComparison(text, number, /** @type {Operator} */ (operator), value);
  }
  if (operator === ":" || operator === "=") {
    // Addresses hold colons as well, and are no tags.
    if (!TAG_KEY.test(key)) return { kind: "word", text, word };
    return { kind: "tag", text, word, key, value: value === "*" ? "" : value };
  }
  const what = asked === "" ? "nothing" : quoted(asked);
  return `${quoted(text)} compares ${what}: it must be one of ${numbers.map(namesOf).join(", ")}`;
}

/** What a number is called, whatever the case: `cpu`, `datagramsLost (lost)`. @param {ComparedNumber} number */
function namesOf({ id, names: [, short] }) {
  return short === undefined ? id : `${id} (${short})`;
}

/** @param {string} text @param {ComparedNumber} number @param {Operator} operator @param {string} value @returns {NumberTerm | string} */
function readComparison(text, { id, unit }, operator, value) {
  const quantity = readQuantity(value, unit);
  if (quantity === null) {
    const state = value === "" ? "needs a number" : `cannot be compared with ${quoted(value)}`;
    return `${quoted(text)} ${state}: write it such as ${exampleOf(unit)}`;
  }
  return { kind: "number", text, metric: id, operator, value: quantity };
}

/** A number as it is written with its unit; `null` for what is none. @param {string} text @param {ComparedNumber["unit"]} unit */
export function readQuantity(text, unit) {
  const { units, ignored } = UNITS[unit] ?? COUNTED;
  const written = text.toLowerCase().replace(ignored, "").trim();
  const [, digits = "", suffix = ""] = NUMBER.exec(written) ?? [];
  const factor = new Map(Object.entries(units)).get(suffix);
  return digits === "" || factor === undefined ? null : Number(digits) * factor;
}

/** How one of a unit may be written. @param {ComparedNumber["unit"]} unit */
export function exampleOf(unit) {
  return (UNITS[unit] ?? COUNTED).such;
}

/** Whether a number, NaN where it is not known, is as a term wants it. @param {number} number @param {NumberTerm} term */
export function compares(number, { operator, value }) {
  switch (operator) {
    case ">":
      return number > value;
    case ">=":
      return number >= value;
    case "<":
      return number < value;
    case "<=":
      return number <= value;
    case "=":
      return number === value;
    case "!=":
      return number < value || number > value;
  }
}

/** A term that ends like a comparison, which would take in a number after it. @param {string} text */
function closed(text) {
  return /[<>]=?$/.test(text) ? `${text}""` : text;
}

/** @param {string} text */
function unquoted(text) {
  return text.replaceAll('"', "");
}

/** @param {string} text */
function quoted(text) {
  return `“${text.length > 40 ? `${text.slice(0, 40)}…` : text}”`;
}
