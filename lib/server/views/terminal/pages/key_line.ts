/**
 * What stands below every page: what the keys do there, or the filter, and which part of it is seen. Pure;
 * where there is no room, the less important is left out.
 */
import { formatCount, formatCountOf } from "../../../../common/format.js";
import { cleanText } from "../../../../common/text.js";
import { MUTE_KEYS } from "../state/cursor.ts";
import type { ViewState } from "../state/state.ts";
import { fitLine, joinFitting, type Line, lineWidth, span, truncate } from "../text/line.ts";
import { COLUMNS } from "./cells.ts";
import { placeColumns } from "./columns.ts";

const GAP = 2;
/** On fewer a name is more important than how not to mute it. */
const NARROW_COLUMNS = 60;

/** Which hosts of the table, or lines of a page, are seen: from 1, and of how many. */
interface Extent {
  readonly first: number;
  readonly last: number;
  readonly of: number;
}

/**
 * The last line below the table: the filter where there is one, else the keys. `hosts` are all, filtered or
 * not; of groups it is told how many hosts they have.
 */
export function renderTableKeys(
  state: ViewState,
  extent: Extent & { readonly matched: number; readonly hosts: number },
  columns: number,
): Line {
  const { matched, hosts } = extent;
  const lines = state.group === null ? formatExtent(extent) : formatCountOf(matched, "host");
  const place = matched === hosts ? lines : `${lines}, all: ${formatCount(hosts)}`;
  const isFiltering = state.typing || state.filter !== "";
  const items = isFiltering ? filterItems(state, columns) : tableItems(state, columns);
  return renderAsked(state, columns) ?? renderKeys(items, place, columns);
}

/** The last line below a page. */
export function renderPageKeys(
  state: ViewState,
  extent: Extent,
  columns: number,
  hasRanges = false,
): Line {
  return renderAsked(state, columns) ?? renderKeys(
    pageItems(state, hasRanges),
    extent.last - extent.first + 1 < extent.of ? formatExtent(extent) : "",
    columns,
  );
}

function pageItems({ page, paused, picked }: ViewState, hasRanges: boolean): readonly Line[] {
  if (page === "columns") return CHOICE_ITEMS;
  if (page === "alerts") return ALERT_ITEMS;
  return [
    keyItem("Esc", "back"),
    keyItem("q", "quit"),
    ...(page === "host" ? hostItems(hasRanges) : []),
    ...(page === "compare" ? [keyItem("s", "next metric"), keyItem("r", "the one before")] : []),
    ...(page === "compare" && picked.length > 0 ? [keyItem("x", "those with the most")] : []),
    keyItem("↑↓", "scroll"),
    keyItem("p", paused ? "resume" : "pause"),
    ...(page === "help" ? [] : [keyItem("?", "help")]),
  ];
}

/** What is asked, or what came of the last key; `null` where nothing is. */
function renderAsked({ muting, notice }: ViewState, columns: number): Line | null {
  if (muting === null || "muted" in muting) {
    return notice === "" ? null : [span(truncate(cleanText(notice), columns), "bold")];
  }
  const times = MUTE_KEYS.map(({ key, label }) => keyItem(key, label));
  const keys = columns < NARROW_COLUMNS ? times : [...times, keyItem("Esc", "not")];
  const width = keys.reduce((sum, item) => sum + GAP + lineWidth(item), 0);
  const room = Math.max(1, columns - width - "mute  for".length);
  const name = truncate(cleanText(muting.name), room);
  return joinFitting([[span("mute "), span(name, "bold"), span(" for")], ...keys], columns, GAP);
}

function hostItems(hasRanges: boolean): Line[] {
  return [
    ...(hasRanges ? [keyItem("[ ]", "range"), keyItem("← →", "earlier, later")] : []),
    keyItem("n", "next host"),
    keyItem("d", "delivery"),
    keyItem("f", "formulas"),
    keyItem("m", "mute"),
    keyItem("x", "pick"),
  ];
}

const CHOICE_ITEMS = [
  keyItem("Space", "show or hide"),
  keyItem("↑↓", "move"),
  keyItem("d", "as there is room"),
  keyItem("Esc", "back"),
];

const ALERT_ITEMS = [
  keyItem("Enter", "show its host"),
  keyItem("↑↓", "move"),
  keyItem("m", "mute, or no more"),
  keyItem("a", "back"),
  keyItem("q", "quit"),
];

function formatExtent({ first, last, of }: Extent): string {
  if (of === 0) return "0 of 0";
  return `${formatCount(first)}–${formatCount(last)} of ${formatCount(of)}`;
}

function filterItems({ filter, typing }: ViewState, columns: number): Line[] {
  const title = "filter: ";
  const shown = truncate(cleanText(filter), Math.max(1, columns - title.length - 1));
  const text = [
    span(title, "bold"),
    span(shown),
    span(typing ? " " : "", "selected"),
  ];
  return [
    text,
    typing ? keyItem("Enter", "keep") : keyItem("/", "change"),
    keyItem("Esc", "clear"),
  ];
}

function tableItems(
  { sort, descending, paused, group, columns: chosen }: ViewState,
  columns: number,
): Line[] {
  // The heading has the sign of the order, where it has the column in more than one cell.
  const isSeen = placeColumns(columns, chosen)
    .some(({ name, width }) => name === sort && width > 1);
  const by = ` ${COLUMNS[sort].title.toLowerCase()}${descending ? "↓" : "↑"}`;
  return [
    keyItem("?", "help"),
    keyItem("/", "filter"),
    keyItem("s", `sort${isSeen ? "" : by}`),
    keyItem("g", group === null ? "group" : `group ${cleanText(group)}`),
    keyItem("a", "attention"),
    keyItem("Enter", group === null ? "host" : "open"),
    keyItem("q", "quit"),
    keyItem("c", "columns"),
    keyItem("!", "worst"),
    keyItem("p", paused ? "resume" : "pause"),
    keyItem("r", "reverse"),
    keyItem("m", "mute"),
    keyItem("x", "pick"),
    keyItem("3", "compare"),
  ];
}

/** Keys on the left as far as they fit, the place on the right; the first of the keys is more important. */
function renderKeys(items: readonly Line[], place: string, columns: number): Line {
  const keys = joinFitting(items, columns - place.length - GAP, GAP);
  if (place === "" || lineWidth(keys) === 0) return joinFitting(items, columns, GAP);
  return [...fitLine(keys, columns - place.length), span(place, "faint")];
}

function keyItem(key: string, meaning: string): Line {
  return [span(key, "bold"), span(` ${meaning}`, "faint")];
}
