/**
 * The style of the table's columns, made from the catalogue: how wide each is, and from which width
 * of the page on it is there. Pure.
 */
import { type Track, TRACKS, tracksOf } from "./page/tracks.js";

/** Up to so many pixels a page is narrow. */
const NARROW_PX = 1_160;

/** The rules: all columns, then fewer of them with each width that a page falls below. */
export function columnStyle(): string {
  const widths = [...new Set([...TRACKS.map(({ from }) => from), NARROW_PX + 1])]
    .filter((from) => from > 0).sort((a, b) => b - a);
  const numbers = TRACKS.filter(({ numeric }) => numeric);
  return [
    `.grid { --columns: ${tracksOf(TRACKS, false)}; }`,
    `.cell:is(${classes(numbers)}) { text-align: right; }`,
    `@media (min-width: 701px) {${TRACKS.map(unchosen).join("")} }`,
    ...widths.map((from) => `@media (max-width: ${from - 1}px) {${narrower(from)}}`),
  ].join("\n");
}

/** Where columns were chosen, those that were not are gone; a phone has no room for a choice. */
function unchosen({ id }: Track): string {
  return ` .grid[data-chosen]:not([data-chosen~="${id}"]) .cell.${id} { display: none; }`;
}

function narrower(from: number): string {
  const shown = TRACKS.filter((column) => column.from < from);
  const hidden = TRACKS.filter((column) => column.from === from);
  const isNarrow = from - 1 <= NARROW_PX;
  const gone = hidden.length === 0 ? "" : ` .cell:is(${classes(hidden)}) { display: none; }`;
  return ` .grid { --columns: ${tracksOf(shown, isNarrow)}; }${gone} `;
}

function classes(columns: readonly Track[]): string {
  return columns.map(({ id }) => `.${id}`).join(", ");
}
