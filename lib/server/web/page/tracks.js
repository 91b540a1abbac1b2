// @ts-check
/**
 * Which columns the table has on a page of a width, or as they were chosen, and how wide they are, as tracks
 * of a grid. Pure.
 */
import { CATALOGUE } from "./catalogue.js";

/**
 * @typedef {object} Track one column
 * @property {string} id
 * @property {string} label
 * @property {string} head what stands above it
 * @property {number} from the width of a page, in pixels, from which on it is there
 * @property {string} track
 * @property {string} [wide] in its place on wide pages
 * @property {string} [after] the column that it stands behind, where that is not the one before it
 * @property {boolean} numeric whether it has text against its right edge, as numbers have
 */

/** From so many pixels on a page is wide. */
export const WIDE_PX = 2_000;
/** Up to so many a page is a phone. */
export const PHONE_PX = 700;
/** The letters of a head are so much narrower than the digits of a number, and smaller. */
const HEADER_SIZE = 0.86;
/** Between two columns, and at both edges, as the style has them. */
const GAP_PX = 12;
const EDGES_PX = 32;
/** Who is who and how stays, whatever is chosen. */
const FIXED = ["status", "name"];

/** @type {readonly Track[]} */
const own = CATALOGUE.own.map(({ id, label, page }) => ({
  ...{ id, label, head: label, ...page },
  numeric: id === "age" || id === "datagramsLost",
}));

/** @type {readonly Track[]} */
const metrics = CATALOGUE.metrics.flatMap(({ id, label, page, recent, bar, kind }) => {
  if (page === undefined) return [];
  const numeric = (bar === undefined || page.bare === true) && kind === "host";
  const column = { id, label, head: label, ...page, numeric };
  if (recent === undefined) return [column];
  const name = `Recent ${label}`;
  return [column, { label: name, head: name, ...recent, numeric: false }];
});

/** Every column, from left to right. @type {readonly Track[]} */
export const TRACKS = inPlace([...own.slice(0, -1), ...metrics, ...own.slice(-1)]);

/** Those that can be chosen. */
export const CHOICES = TRACKS.filter(({ id }) => !FIXED.includes(id));

/** Each behind the one that it names. @param {readonly Track[]} tracks */
function inPlace(tracks) {
  const placed = tracks.filter(({ after }) => after === undefined);
  let left = tracks.filter(({ after }) => after !== undefined);
  while (left.length > 0) {
    const next = left.find(({ after }) => placed.some(({ id }) => id === after)) ?? left[0];
    if (next === undefined) break;
    placed.splice(placed.findIndex(({ id }) => id === next.after) + 1, 0, next);
    left = left.filter((track) => track !== next);
  }
  return placed;
}

/** Those that a page of so many pixels shows: what was chosen, or with `null`, and on a phone, what there is room for. @param {readonly string[] | null} ids @param {number} width */
export function shownTracks(ids, width) {
  if (ids === null || width <= PHONE_PX) return TRACKS.filter(({ from }) => from <= width);
  return TRACKS.filter(({ id }) => FIXED.includes(id) || ids.includes(id));
}

/** What `grid-template-columns` says of columns. @param {readonly Track[]} columns @param {boolean} [isWide] */
export function tracksOf(columns, isWide = false) {
  return columns.map((column) => trackOf(column, isWide)).join(" ");
}

/** @param {Track} column @param {boolean} isWide */
function trackOf({ head, track, wide, numeric }, isWide) {
  const own = isWide ? wide ?? track : track;
  if (!numeric) return own;
  return `max(${own}, ${Math.round(head.length * HEADER_SIZE)}ch)`;
}

/** The least width of a row of columns, as CSS has it. @param {readonly Track[]} columns */
export function leastWidth(columns) {
  const widths = columns.map((column) =>
    trackOf(column, false).replace(/^minmax\(([^,]+),.*$/, "$1")
  );
  return `calc(${[...widths, `${(columns.length - 1) * GAP_PX + EDGES_PX}px`].join(" + ")})`;
}
