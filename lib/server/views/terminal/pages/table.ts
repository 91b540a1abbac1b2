/**
 * The table of all hosts: its heading, and its lines of hosts and groups. Pure; only the rows that are seen
 * are formatted.
 */
import { SORT_COLUMNS } from "../../../../common/columns.ts";
import type { ShownAlert } from "../../../../common/alerts.js";
import { formatShortCount } from "../../../../common/format.js";
import { groupCounts, groupTitle, restTitle } from "../../../../common/host_words.js";
import { troubleOf, worstByHost } from "../../../../common/troubles.js";
import type { HostRow } from "../../../fleet/host/row.ts";
import {
  alignLeft,
  alignRight,
  fitLine,
  joinFitting,
  type Line,
  lineWidth,
  restyle,
  span,
  truncate,
} from "../text/line.ts";
import { STATUS_MARKS } from "../text/marks.ts";
import type { GroupRow, RestRow, TableRow } from "../state/grouped.ts";
import type { ViewState } from "../state/state.ts";
import { COLUMNS, columnTitle } from "./cells.ts";
import { columnGap, placeColumns, type PlacedColumn } from "./columns.ts";

/** The heading of the table: the titles, and the sign of the order at the sorted one. */
export function renderHeading(
  { sort, descending, columns: chosen }: ViewState,
  columns: number,
): Line {
  const titles = placeColumns(columns, chosen).map(({ name, width }) => {
    const column = COLUMNS[name];
    const title = columnTitle(column, width);
    const marked = name === sort ? title.slice(0, width - 1) + (descending ? "↓" : "↑") : title;
    return column.numeric ? alignRight(marked, width) : alignLeft(marked, width);
  });
  const line = [span(titles.join(" ".repeat(columnGap(columns))), "heading")];
  return fitLine(line, columns, "heading");
}

/** What the table can be sorted by at each cell of its heading. */
export function sortsAt({ columns: chosen }: Pick<ViewState, "columns">, columns: number) {
  const gap = columnGap(columns);
  return placeColumns(columns, chosen).flatMap(({ name, width }) => {
    const sort = SORT_COLUMNS.find((column) => column === name) ?? null;
    return Array<typeof sort>(width + gap).fill(sort);
  });
}

/** The lines of hosts and groups; the one of the cursor stands out, those that are gone step back. */
export function renderHosts(
  rows: readonly TableRow[],
  { selected, picked, columns: chosen }: Pick<ViewState, "selected" | "picked" | "columns">,
  alerts: readonly ShownAlert[],
  columns: number,
): Line[] {
  const placed = placeColumns(columns, chosen);
  const gap = columnGap(columns);
  const worst = worstByHost(alerts);
  return rows.map((row) => {
    const line = "rest" in row
      ? renderRest(row)
      : "together" in row
      ? renderGroup(row, placed, gap)
      : joinCells(
        placed.map((column) =>
          renderCell(row, column, worst.get(row.key), picked.includes(row.key))
        ),
        gap,
      );
    if (row.key !== selected) return fitLine(line, columns);
    return fitLine(restyle(line, "selected"), columns, "selected");
  });
}

function joinCells(cells: readonly Line[], gap: number): Line {
  const between = span(" ".repeat(gap));
  return cells.flatMap((cell, n) => n === 0 ? cell : [between, ...cell]);
}

/** What stands before the names of those that are picked. */
const PICKED = span("+ ", "accent");

function renderCell(
  row: HostRow,
  { name, width }: PlacedColumn,
  alert: ShownAlert | undefined,
  isPicked: boolean,
): Line {
  const { status } = row;
  const isGone = status === "offline" || status === "left";
  const trouble = name === "name" ? troubleOf({ status, alert }) : null;
  const before = name === "name" && isPicked ? [PICKED] : [];
  const room = width - lineWidth(before);
  const cell = fitLine([...before, ...COLUMNS[name].render(row, room, trouble)], width);
  return isGone && name !== "status" && name !== "name" ? restyle(cell, "faint") : cell;
}

/** The line of a group of hosts: what they share and how they are, and in the columns what their numbers come to. */
function renderGroup(group: GroupRow, placed: readonly PlacedColumn[], gap: number): Line {
  const { row, together } = group;
  const first = placed.findIndex(({ name }) => together.has(name));
  const own = first < 0 ? placed.length : first;
  const width = placed.slice(0, own).reduce((sum, column) => sum + column.width + gap, -gap);
  const cells = placed.slice(own).map(({ name, width }) =>
    together.has(name) ? fitLine(COLUMNS[name].render(row, width, null), width) : fitLine([], width)
  );
  return joinCells([fitLine(renderGroupTitle(group, width), width), ...cells], gap);
}

/** Beside what is counted, a group's title has at least so many cells. */
const MIN_TITLE_WIDTH = 4;

/** What a group is and what is counted of it: the worst as far as there is room, each in whole. */
function renderGroupTitle(group: GroupRow, width: number): Line {
  const { tag, value, hosts, isOpen } = group;
  const fold = span(isOpen ? "▾ " : "▸ ", "faint");
  const counts = joinFitting(
    [
      [span(formatShortCount(hosts), "faint")],
      ...groupCounts(group).map(({ name, sign, count }): Line => {
        const style = name === "critical" || name === "warning" ? name : STATUS_MARKS[name].style;
        return [span(`${sign}${formatShortCount(count)}`, style)];
      }),
    ],
    width - fold.text.length - MIN_TITLE_WIDTH - 1,
    1,
  );
  const room = Math.max(1, width - fold.text.length - 1 - lineWidth(counts));
  const title = truncate(groupTitle(tag, value), room);
  return [fold, span(title, "bold"), span(" "), ...counts];
}

function renderRest(group: RestRow): Line {
  return [span(`  ${restTitle(group)}`, "faint")];
}
