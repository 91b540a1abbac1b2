/**
 * The style of the page's table as the catalogue has its columns: which of them a page of each width shows,
 * and on a phone, where each host takes two lines, where each of its numbers stands. Pure.
 */
import { type CatalogueRow, METRICS } from "../../../catalogue.ts";
import { type Track, TRACKS, tracksOf, WIDE_PX } from "./tracks.js";

/** Up to so many pixels a page is a phone, and a phone without room for bars. */
const [PHONE_PX, SMALL_PX] = [700, 365];

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

/** All columns, then fewer of them with each width that a page falls below. */
export function columnStyle(): string {
  const widths = [...new Set([...TRACKS.map(({ from }) => from), WIDE_PX])]
    .filter((from) => from > 0).sort((a, b) => b - a);
  const numbers = TRACKS.filter(({ numeric }) => numeric);
  return [
    `.grid { --columns: ${tracksOf(TRACKS, true)}; }`,
    `.cell:is(${classes(numbers)}) { text-align: right; }`,
    `.cell:is(${classes(SIZES)}) { --number: ${SIZES_WIDTH}; }`,
    `@media (min-width: ${PHONE_PX + 1}px) {${TRACKS.map(unchosen).join("")} }`,
    ...widths.map((from) => `@media (max-width: ${from - 1}px) {${narrower(from)}}`),
    `@media (max-width: ${PHONE_PX}px) {${onPhone()} }`,
    `@media (max-width: ${SMALL_PX}px) {${onSmallPhone()} }`,
  ].join("\n");
}

/** Where columns were chosen, those that were not are gone; a phone has no room for a choice. */
function unchosen({ id }: Track): string {
  return ` .grid[data-chosen]:not([data-chosen~="${id}"]) .cell.${id} { display: none; }`;
}

function narrower(from: number): string {
  const shown = TRACKS.filter((column) => column.from < from);
  const hidden = TRACKS.filter((column) => column.from === from);
  const gone = hidden.length === 0 ? "" : ` .cell:is(${classes(hidden)}) { display: none; }`;
  return ` .grid { --columns: ${tracksOf(shown, from > WIDE_PX)}; }${gone} `;
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
