// @ts-check
/**
 * Which part of all rows is asked for when some of them are in view: those, and about as many
 * before and behind, so that a short scroll asks for nothing. Pure.
 */
import { MAX_WINDOW_ROWS } from "../../../common/limits.js";

/** @typedef {{ first: number, count: number }} View the rows in view: the first, and how many */
/** @typedef {{ offset: number, limit: number }} Part */

/** Pages of about one size ask for the same part, which the server makes once. */
const STEP = 25;
/** So close to the end of the part, it is time for another. */
const MARGIN_ROWS = 4;

/** The part to ask for. @param {View} view @returns {Part} */
export function partFor({ first, count }) {
  const spare = Math.max(0, Math.min(count, Math.floor((MAX_WINDOW_ROWS - count) / 2) - STEP));
  const offset = STEP * Math.floor(Math.max(0, first - spare) / STEP);
  const end = STEP * Math.ceil((first + Math.max(1, count) + spare) / STEP);
  return { offset, limit: Math.min(MAX_WINDOW_ROWS, end - offset) };
}

/**
 * Whether a part will still do.
 *
 * @param {Part} part
 * @param {View} view
 * @param {number} length how many rows there are in all
 */
export function suffices(part, view, length) {
  const { offset, limit } = partFor(view);
  if (offset === part.offset && limit === part.limit) return true;
  const start = Math.max(0, view.first - MARGIN_ROWS);
  const end = Math.min(length, view.first + view.count + MARGIN_ROWS);
  return start >= end || (start >= part.offset && end <= part.offset + part.limit);
}
