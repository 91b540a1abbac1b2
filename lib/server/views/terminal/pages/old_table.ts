/**
 * The table of all hosts: a heading and one line a host, in the order that it is given. Pure; only
 * the rows that are seen are formatted.
 */
import type { HostRow } from "../../../fleet/row.ts";
import { columnGap, COLUMNS, columnTitle, placeColumns, type PlacedColumn } from "./table.ts";
import { fitLine, type Line, restyle, span } from "../text/line.ts";
import type { ViewState } from "../state/state.ts";
import { alignLeft, alignRight } from "../text/width.ts";

/** The heading of the table: the titles, and the sign of the order at the sorted one. */
export function renderHeading({ sort, descending }: ViewState, columns: number): Line {
  const titles = placeColumns(columns).map(({ name, width }) => {
    const column = COLUMNS[name];
    const title = columnTitle(column, width);
    const marked = name === sort ? title.slice(0, width - 1) + (descending ? "▼" : "▲") : title;
    return column.numeric ? alignRight(marked, width) : alignLeft(marked, width);
  });
  const line = [span(titles.join(" ".repeat(columnGap(columns))), "heading")];
  return fitLine(line, columns, "heading");
}

/** The lines of hosts; the one of the cursor stands out, those that are gone step back. */
export function renderHosts(
  rows: readonly HostRow[],
  selected: string | null,
  columns: number,
): Line[] {
  const placed = placeColumns(columns);
  const gap = span(" ".repeat(columnGap(columns)));
  return rows.map((row) => {
    const line = placed.flatMap((column, index) => {
      const cell = renderCell(row, column);
      return index === 0 ? cell : [gap, ...cell];
    });
    if (row.key !== selected) return fitLine(line, columns);
    return fitLine(restyle(line, "selected"), columns, "selected");
  });
}

function renderCell(row: HostRow, { name, width }: PlacedColumn): Line {
  const cell = fitLine(COLUMNS[name].render(row, width), width);
  const isGone = row.status === "offline" || row.status === "left";
  return isGone && name !== "status" ? restyle(cell, "faint") : cell;
}
