/**
 * The style of the page's table as the catalogue has its columns: what is against the right edge of its column,
 * and on a phone, where each host takes two lines, where each of its numbers stands. Pure.
 */
import { type CatalogueRow, METRICS } from "../../../catalogue.ts";
import { PHONE_PX, TRACKS } from "./tracks.js";

/** Up to so many pixels a phone has no room for bars. */
const SMALL_PX = 365;

/** Room for a number, and for a part with its whole: what is below a name on a phone, and on a small one. */
const PHONE = { number: "minmax(9ch, 1fr)", sizes: "minmax(13.5ch, 1.4fr)" };
const SMALL = { number: "minmax(7.8ch, 1fr)", sizes: "minmax(12.7ch, 1.4fr)" };
/** `15.9G/31.2G`. */
const SIZES_WIDTH = "11ch";

/** The metrics that every page shows. */
const ALWAYS = METRICS.filter(({ page }) => page?.from === 0);
/** Those that are told as a part and its whole. */
const SIZES = METRICS.filter(isOfSizes);

function isOfSizes({ from, page }: CatalogueRow): boolean {
  return page !== undefined && !page.bare && from !== undefined && "part" in from;
}

/** Of all columns, then of those of a phone. */
export function columnStyle(): string {
  const numbers = TRACKS.filter(({ numeric }) => numeric);
  return [
    `.cell:is(${classes(numbers)}) { text-align: right; }`,
    `.cell:is(${classes(SIZES)}) { --number: ${SIZES_WIDTH}; }`,
    `@media (max-width: ${PHONE_PX}px) {${onPhone()} }`,
    `@media (max-width: ${SMALL_PX}px) {${onSmallPhone()} }`,
  ].join("\n");
}

/** Who and how in the first line of a host, its numbers in the second; no header says what is what. */
function onPhone(): string {
  const names = ALWAYS.slice(1).map(() => "name");
  const areas = [["status", ...names, "age"], [".", ...ALWAYS.map(({ id }) => id)]];
  return [
    ` .body .row { grid-template-columns: ${phoneTracks(PHONE)};`,
    ` grid-template-areas: ${areas.map((line) => `"${line.join(" ")}"`).join(" ")}; }`,
    ...ALWAYS.map(({ id, short }) =>
      ` .cell.${id} { grid-area: ${id}; --label: "${short.toUpperCase()}"; }`
    ),
    sizesOnPhone(`auto minmax(8px, 1fr) ${SIZES_WIDTH}`),
  ].join("");
}

function onSmallPhone(): string {
  const rows = ` .body .row { grid-template-columns: ${phoneTracks(SMALL)}; }`;
  return rows + sizesOnPhone(`auto minmax(${SIZES_WIDTH}, 1fr)`);
}

function phoneTracks({ number, sizes }: typeof PHONE): string {
  return ["1.2em", ...ALWAYS.map((row) => isOfSizes(row) ? sizes : number)].join(" ");
}

function sizesOnPhone(tracks: string): string {
  return ` .cell:is(${classes(SIZES)}) .measure { grid-template-columns: ${tracks}; }`;
}

function classes(columns: readonly { readonly id: string }[]): string {
  return columns.map(({ id }) => `.${id}`).join(", ");
}
