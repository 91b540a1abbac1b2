/**
 * The style of the table's columns, made from the catalogue: how wide each is, and from which width
 * of the page on it is there. Pure.
 */
import { METRICS, OWN_COLUMNS, type PageRoom } from "../../catalogue.ts";

/** Up to so many pixels a page is narrow. */
const NARROW_PX = 1_160;

/** By so much a header is smaller than a number. */
const HEADER_SIZE = 12 / 14;

interface Column extends PageRoom {
  readonly id: string;
  readonly label: string;
  /** Whether it has text against its right edge, as numbers have. */
  readonly numeric: boolean;
  /** Whether its texts may be of any length: the page widens it for the longest. */
  readonly grows: boolean;
}

const own = OWN_COLUMNS.map(({ id, label, page }): Column => ({
  ...{
    id,
    label,
    ...page,
    numeric: id === "age" || id === "datagramsLost",
    grows: id === "datagramsLost",
  },
}));

const metrics = METRICS.flatMap(
  ({ id, label, page, recent, bar, kind, unit }): readonly Column[] => {
    if (page === undefined) return [];
    const numeric = bar === undefined && kind === "host";
    const column = { id, label, ...page, numeric, grows: unit === "packets" };
    if (recent === undefined) return [column];
    return [column, { id: "recent", label: "", ...recent, numeric: false, grows: false }];
  },
);

const COLUMNS: readonly Column[] = [...own.slice(0, -1), ...metrics, ...own.slice(-1)];

/** The rules: all columns, then fewer of them with each width that a page falls below. */
export function columnStyle(): string {
  const widths = [...new Set([...COLUMNS.map(({ from }) => from), NARROW_PX + 1])]
    .filter((from) => from > 0).sort((a, b) => b - a);
  const numbers = COLUMNS.filter(({ numeric }) => numeric);
  return [
    `.grid { --columns: ${tracks(COLUMNS, false)}; }`,
    `.cell:is(${classes(numbers)}) { text-align: right; }`,
    ...widths.map((from) => `@media (max-width: ${from - 1}px) {${narrower(from)}}`),
  ].join("\n");
}

function narrower(from: number): string {
  const shown = COLUMNS.filter((column) => column.from < from);
  const hidden = COLUMNS.filter((column) => column.from === from);
  const isNarrow = from - 1 <= NARROW_PX;
  const gone = hidden.length === 0 ? "" : ` .cell:is(${classes(hidden)}) { display: none; }`;
  return ` .grid { --columns: ${tracks(shown, isNarrow)}; }${gone} `;
}

function classes(columns: readonly Column[]): string {
  return columns.map(({ id }) => `.${id}`).join(", ");
}

function tracks(columns: readonly Column[], isNarrow: boolean): string {
  return columns.map(({ id, label, track, narrow, numeric, grows }) => {
    const own = isNarrow ? narrow ?? track : track;
    if (!numeric) return own;
    const header = `${Math.ceil(label.length * HEADER_SIZE)}ch`;
    return `max(${own}, ${header}${grows ? `, var(--${id}, 0ch)` : ""})`;
  }).join(" ");
}
