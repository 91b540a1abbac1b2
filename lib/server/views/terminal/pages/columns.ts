/**
 * The columns of the table: which there are, which have room on a screen, and those to choose from. Pure.
 */
import { type CatalogueRow, METRICS } from "../../../../catalogue.ts";
import { OWN_COLUMNS, type OwnColumn, type SortColumn } from "../../../../common/columns.ts";
import type { ViewContext, ViewState } from "../state/state.ts";
import { alignLeft, fitLine, type Line, restyle, span } from "../text/line.ts";

/** What a column is called by: those to sort by, and others by their ids. */
export type ColumnName = SortColumn | "cores" | "tags";

/** A column as it stands on a screen. */
export interface PlacedColumn {
  readonly name: ColumnName;
  readonly width: number;
}

/** What the catalogue says of a column. */
export type Shown = OwnColumn | CatalogueRow;
/** What the table shows, from left to right. */
export const SHOWN: readonly Shown[] = [
  ...OWN_COLUMNS.slice(0, -1),
  ...METRICS,
  ...OWN_COLUMNS.slice(-1),
].filter(({ terminal }: Shown) => terminal !== undefined);

const ORDER = SHOWN.map(({ id }) => id as ColumnName);

/** What a screen shows as it grows: each step makes a column appear or wider, the most important first. */
const GROWTH: readonly (readonly [ColumnName, number])[] = SHOWN
  .flatMap(({ id, terminal }) => terminal!.map(([step, cells]) => ({ id, step, cells })))
  .sort((a, b) => a.step - b.step)
  .map(({ id, cells }) => [id as ColumnName, cells]);

/** A screen from this width on has room for wider gaps. */
const WIDE_COLUMNS = 160;
/** Names longer than this are cut, however much room there is. */
const MAX_NAME_WIDTH = 40;

/** The cells between two columns on a screen of that width. */
export function columnGap(columns: number): number {
  return columns < WIDE_COLUMNS ? 1 : 2;
}

/**
 * The columns that fit on a screen of that width, in their order; what is left over goes to the name. Those
 * that were chosen come before any of them grows.
 */
export function placeColumns(
  columns: number,
  chosen: readonly string[] | null = null,
): PlacedColumn[] {
  const gap = columnGap(columns);
  const widths = new Map<ColumnName, number>();
  let free = columns + gap;
  for (const [name, width] of chosen === null ? GROWTH : growthOf(chosen)) {
    const before = widths.get(name);
    const needed = before === undefined ? width + gap : width - before;
    if (needed > free) break;
    widths.set(name, width);
    free -= needed;
  }
  const nameWidth = widths.get("name");
  if (nameWidth !== undefined) widths.set("name", Math.min(nameWidth + free, MAX_NAME_WIDTH));
  return ORDER.filter((name) => widths.has(name)).map((name) => ({
    name,
    width: widths.get(name)!,
  }));
}

/** Who is who and how stays, whatever is chosen. */
const FIXED: readonly string[] = ["status", "name"];
/** What can be chosen. */
export const CHOICES: readonly ColumnName[] = ORDER.filter((name) => !FIXED.includes(name));

function growthOf(chosen: readonly string[]): typeof GROWTH {
  const isChosen = ([name]: typeof GROWTH[number]) => FIXED.includes(name) || chosen.includes(name);
  const growth = GROWTH.filter(isChosen);
  const isFirst = (at: number) => growth.findIndex(([name]) => name === growth[at]![0]) === at;
  return [...growth.filter((_, at) => isFirst(at)), ...growth.filter((_, at) => !isFirst(at))];
}

const LABEL_WIDTH = 18;

/** A line for each column that can be chosen; the one of the cursor stands out. */
export function renderColumns(
  { columns: chosen, scroll }: ViewState,
  { columns, shownColumns }: ViewContext,
  width: number,
): Line[] {
  return columns.map((id, at) => {
    const { label, formula } = SHOWN.find((row) => row.id === id)!;
    const isChosen = (chosen ?? shownColumns).includes(id);
    const note = isChosen && !shownColumns.includes(id) ? "no room on this screen; " : "";
    const line = [
      span(isChosen ? "[x] " : "[ ] ", isChosen ? "accent" : "faint"),
      span(alignLeft(label, LABEL_WIDTH)),
      ...(note === "" ? [] : [span(note, "warning")]),
      span(formula, "faint"),
    ];
    return at === scroll ? fitLine(restyle(line, "selected"), width, "selected") : line;
  });
}
