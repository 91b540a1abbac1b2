// @ts-check
/**
 * How wide the columns of the table are, as tracks of a grid: for the style, which the server makes of
 * them for each width of a page, and for columns that were chosen. Pure.
 */
import { CATALOGUE } from "./catalogue.js";

/**
 * @typedef {object} Track one column
 * @property {string} id
 * @property {string} label
 * @property {number} from the width of a page, in pixels, from which on it is there
 * @property {string} track
 * @property {string} [narrow] in its place on narrow pages
 * @property {boolean} numeric whether it has text against its right edge, as numbers have
 * @property {boolean} grows whether its texts may be of any length: the page widens it for the longest
 */

/** By so much a header is smaller than a number. */
const HEADER_SIZE = 12 / 14;
/** Between two columns, and at both edges, as the style has them. */
const GAP_PX = 14;
const EDGES_PX = 32;
/** Who is who and how stays, whatever is chosen. */
const FIXED = ["status", "name"];

const own = CATALOGUE.own.map(({ id, label, page }) => ({
  ...{ id, label, ...page },
  numeric: id === "age" || id === "datagramsLost",
  grows: id === "datagramsLost",
}));

const metrics = CATALOGUE.metrics.flatMap(({ id, label, page, recent, bar, kind, unit }) => {
  if (page === undefined) return [];
  const numeric = bar === undefined && kind === "host";
  const column = { id, label, ...page, numeric, grows: unit === "packets" };
  if (recent === undefined) return [column];
  return [column, { ...recent, label: `Recent ${label}`, numeric: false, grows: false }];
});

/** Every column, from left to right. @type {readonly Track[]} */
export const TRACKS = [...own.slice(0, -1), ...metrics, ...own.slice(-1)];

/** Those that can be chosen. */
export const CHOICES = TRACKS.filter(({ id }) => !FIXED.includes(id));

/** The ids of those that a page of so many pixels shows where none were chosen. @param {number} width */
export function shownAt(width) {
  return TRACKS.filter(({ from }) => from <= width).map(({ id }) => id);
}

/** The columns that were chosen. @param {readonly string[]} ids */
export function chosenTracks(ids) {
  return TRACKS.filter(({ id }) => FIXED.includes(id) || ids.includes(id));
}

/** What `grid-template-columns` says of columns. @param {readonly Track[]} columns @param {boolean} isNarrow */
export function tracksOf(columns, isNarrow) {
  return columns.map((column) => trackOf(column, isNarrow)).join(" ");
}

/** @param {Track} column @param {boolean} isNarrow */
function trackOf({ id, label, track, narrow, numeric, grows }, isNarrow) {
  const own = isNarrow ? narrow ?? track : track;
  if (!numeric) return own;
  const header = `${Math.ceil(label.length * HEADER_SIZE)}ch`;
  return `max(${own}, ${header}${grows ? `, var(--${id}, 0ch)` : ""})`;
}

/** The least width of a row of columns, as CSS has it. @param {readonly Track[]} columns */
export function leastWidth(columns) {
  const widths = columns.map((column) =>
    trackOf(column, true).replace(/^minmax\(([^,]+),.*$/, "$1")
  );
  return `calc(${[...widths, `${(columns.length - 1) * GAP_PX + EDGES_PX}px`].join(" + ")})`;
}
