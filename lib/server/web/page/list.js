// @ts-check
/// <reference lib="dom" />
/**
 * The list of hosts while one of them is looked at: what was selected in it and how far it was scrolled, and
 * which host comes after one.
 */
import { MAX_WINDOW_ROWS } from "../../../common/limits.js";
import { command } from "./commands.js";
import { BASE } from "./paths.js";
import { readQuery, streamSearch } from "./query.js";

/**
 * @typedef {object} Place where a list was left
 * @property {string} search the search part of its URL
 * @property {number} top how far it was scrolled, in pixels
 * @property {string | null} id what was selected, as in a `Selection`
 * @property {number} index its line; −1 where that is not known
 * @property {number} row its place among the rows, without lines of groups; −1 where that is not known
 */

/** @type {Place} */
let place = { search: "", top: 0, id: null, index: -1, row: -1 };

/** So many rows before and behind one are looked at: some may have traded places since. */
const NEAR_ROWS = 20;

/** Leaves the list at a place. @param {Partial<Place>} next */
export function leaveAt(next) {
  place = { ...place, ...next };
}

/** Where it was left; the beginning where that was another list. @param {string} search @returns {Place} */
export function placeIn(search) {
  return place.search === search ? place : { search, top: 0, id: null, index: -1, row: -1 };
}

/** The page of the list, with its filter and its order. */
export function fleetPath() {
  return BASE + place.search;
}

/**
 * The host that comes so many after another in the list, and is selected there then; `null` where none does,
 * or the other is not near the place where the list was left, nor at its beginning.
 *
 * @param {string} id
 * @param {1 | -1} by
 * @returns {Promise<string | null>}
 */
export async function hostBeside(id, by) {
  const { search, row, index } = place;
  const near = row < 0 || place.id !== id
    ? []
    : [{ offset: Math.max(0, row - NEAR_ROWS), limit: 2 * NEAR_ROWS }];
  const first = { offset: 0, limit: MAX_WINDOW_ROWS };
  for (const part of [...near, first]) {
    const params = new URLSearchParams(streamSearch(readQuery(search), part));
    // From the beginning on, those of groups that are folded come as well.
    if (part === first) params.delete("open");
    const { answer, error } = await command("GET", "fleet", Object.fromEntries(params));
    if (error !== "") return null;
    /** @type {readonly { id: string }[]} */
    const rows = answer.rows;
    const at = rows.findIndex((row) => row.id === id);
    if (at < 0) continue;
    const next = rows[at + by]?.id ?? null;
    if (next === null) return null;
    leaveAt({ id: next, index: index < 0 ? -1 : index + by, row: part.offset + at + by });
    return next;
  }
  return null;
}
