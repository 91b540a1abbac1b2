/**
 * A whole screen from what the user has chosen and what the fleet is: header, table or page, keys.
 * Pure, and made to be cheap: only the hosts that are seen are formatted.
 */
import { COMPARED_NUMBERS, SORT_COLUMNS } from "../../../../common/columns.ts";
import { readFilter } from "../../../../common/filter.js";
import type { Queue } from "../../../../common/alerts.js";
import { formatCountOf } from "../../../../common/format.js";
import { cleanText } from "../../../../common/text.js";
import type { ViewState as FollowState } from "../../../../common/ways.js";
import type { FleetTotals } from "../../../fleet/receipt.ts";
import { renderCompared } from "./charts.ts";
import { CHOICES, placeColumns, renderColumns } from "./columns.ts";
import { renderHeading, renderHosts, sortsAt } from "./table.ts";
import type { HostKeys } from "../state/grouped.ts";
import type { ComparedHost, HostDetail, Hosts } from "../state/hosts.ts";
import { RANGES } from "../state/past.ts";
import { renderEmptyPage, renderHelp } from "./help.ts";
import { type Addresses, renderBehind, renderFleetLine, renderUrlLine } from "./header.ts";
import { renderPageKeys, renderTableKeys } from "./key_line.ts";
import { renderHostPage } from "./host_page.ts";
import { renderAttention, renderQueue } from "./queue.ts";
import {
  fitLine,
  type Frame,
  type Line,
  restyle,
  type Size,
  span,
  wrapWords,
} from "../text/line.ts";
import { type ViewContext, type ViewState, visibleTop } from "../state/state.ts";

/** What there is to show, as it was at one time. */
export interface ViewData extends Addresses {
  readonly nowMs: number;
  /** By how much the wall clock is ahead of that. */
  readonly aheadMs: number;
  readonly hosts: Hosts;
  /** What stands, by the wall clock. */
  readonly alerts: Queue;
  readonly totals: FleetTotals;
  /** How it follows its sites, where this is a view. */
  readonly view: FollowState | null;
  /** The host of the host page; `null` on other pages, and when the fleet has forgotten it. */
  readonly detail: HostDetail | null;
  /** The hosts that are compared; none on other pages. */
  readonly compared: readonly ComparedHost[];
}

/** A screen, and what a key pressed before it means. */
export interface Screen {
  readonly frame: Frame;
  readonly context: ViewContext;
}

/** A screen of at least this many lines has room for the URL of the page. */
const MIN_ROWS_FOR_URL = 16;

/** Draws the screen. */
export function render(state: ViewState, data: ViewData, size: Size): Screen {
  const { columns, rows } = size;
  const wallMs = data.nowMs + data.aheadMs;
  const header = [renderFleetLine(data.totals, state, { ...data, wallMs }, columns)];
  const urlLine = renderUrlLine(data, columns);
  if (urlLine !== null && rows >= MIN_ROWS_FOR_URL) header.push(urlLine);
  header.push(...renderBehind(data.view, size));
  const room = { columns, rows: Math.max(0, rows - header.length - 1) };
  const body = state.page === "table"
    ? renderTable(state, data, room)
    : renderPage(state, data, room);
  const lines = [...header, ...body.lines, body.keys].slice(0, rows);
  const context = Object.assign(body.context, {
    firstLine: header.length + body.context.firstLine,
  });
  return { frame: lines.map((line) => fitLine(line, columns)), context };
}

interface Body {
  /** Exactly as many lines as there is room for. */
  readonly lines: readonly Line[];
  readonly keys: Line;
  readonly context: ViewContext;
}

function renderTable(state: ViewState, data: ViewData, size: Size): Body {
  const { columns, rows: room } = size;
  const ordered = data.hosts.order(state, data.alerts.alerts);
  const { keys } = ordered;
  const above = [
    ...renderAttention(data.alerts, data.nowMs + data.aheadMs, size),
    ...renderProblem(state.filter, columns),
    renderHeading(state, columns),
  ];
  const height = Math.max(0, room - above.length);
  const cursor = state.selected === null ? -1 : keys.indexOf(state.selected);
  const top = visibleTop(state.top, cursor, keys.length, height);
  const seen = ordered.rows(top, height);
  const lines = data.hosts.size === 0
    ? renderEmptyPage(data.listenAddress, columns)
    : [...above, ...renderHosts(seen, state, data.alerts.alerts, columns)];
  if (ordered.matched === 0 && data.hosts.size > 0) lines.push(...renderNoMatch(state, data.hosts));
  const extent = { first: top + 1, last: top + seen.length, of: keys.length };
  const counts = { matched: ordered.matched, hosts: data.hosts.size };
  return {
    lines: fill(lines, room),
    keys: renderTableKeys(state, { ...extent, ...counts }, columns),
    context: Object.assign(contextOf(state, data, columns, keys), {
      ...{ height, top, firstLine: above.length },
      heading: sortsAt(state, columns),
    }),
  };
}

/** What of a filter is not understood, in whole: it ends with what would be. The rest of it holds. */
function renderProblem(filter: string, columns: number): Line[] {
  const { problem } = readFilter(filter, COMPARED_NUMBERS);
  if (problem === null) return [];
  const text = `Not understood, and left out: ${cleanText(problem)}`;
  return wrapWords(text, columns).map((line) => [span(line, "warning")]);
}

/** That nothing matches, and where several terms have to hold, what each of them matches alone. */
function renderNoMatch(state: ViewState, hosts: Hosts): Line[] {
  const { text, terms } = readFilter(state.filter, COMPARED_NUMBERS);
  const alone = terms.length < 2 ? [] : terms.map(({ text }): Line => {
    const { matched } = hosts.order({ ...state, filter: text, group: null }, []);
    const count = matched === 0 ? "no host" : formatCountOf(matched, "host");
    return [
      span("  "),
      span(cleanText(text), "bold"),
      span(` alone matches ${count}`, matched === 0 ? "warning" : "faint"),
    ];
  });
  const said = [
    span(`No host matches ${cleanText(text)}`, "bold"),
    span(": Esc shows all", "faint"),
  ];
  return [[], said, ...alone];
}

/** What a key needs to know on any page. */
function contextOf(
  state: ViewState,
  data: ViewData,
  columns: number,
  keys?: HostKeys,
): ViewContext {
  const { hosts, detail, nowMs, aheadMs } = data;
  const shownColumns = placeColumns(columns, state.columns).map(({ name }) => name);
  return {
    ...{ height: 0, lines: 0, targets: [], mutables: [], firstLine: 0, top: 0 },
    heading: [],
    nameOf: (key) => hosts.nameOf(key),
    // Putting all in order takes a while, and only some keys need it.
    get hosts() {
      return keys ?? hosts.order(state, data.alerts.alerts).keys;
    },
    spansMs: detail?.ranges ? RANGES.map(({ spanMs }) => spanMs) : [],
    wallMs: nowMs + aheadMs,
    ...{ columns: CHOICES, shownColumns, tagKeys: hosts.tagKeys },
    sortColumns: SORT_COLUMNS.filter((name) => shownColumns.includes(name)),
  };
}

function pageLines(
  state: ViewState,
  { detail, compared, nowMs, webUrl }: ViewData,
  context: ViewContext,
  size: Size,
): Line[] {
  const { columns } = size;
  if (state.page === "help") return renderHelp(columns, webUrl);
  if (state.page === "columns") return renderColumns(state, context, columns);
  if (state.page === "compare") return renderCompared(compared, state, nowMs, size);
  if (detail === null) {
    return [[span("This host was evicted: host limit reached.")]];
  }
  return renderHostPage(detail, nowMs, size, state);
}

/** What needs attention, the line of the cursor as one that is selected; and what Enter shows in each. */
function queueLines({ scroll }: ViewState, { alerts, nowMs, aheadMs }: ViewData, columns: number) {
  const all = renderQueue(alerts, nowMs + aheadMs, columns);
  const cursor = Math.min(scroll, all.length - 1);
  const lines = all.map(({ line }, n) =>
    n === cursor ? fitLine(restyle(line, "selected"), columns, "selected") : line
  );
  const mutables = all.map(({ mutable }) => mutable);
  return { lines, targets: all.map(({ target }) => target), mutables };
}

function renderPage(state: ViewState, data: ViewData, { columns, rows: height }: Size): Body {
  const common = contextOf(state, data, columns);
  const size = { columns, rows: height };
  const { lines, ...meanings } = state.page === "alerts"
    ? queueLines(state, data, columns)
    : { lines: pageLines(state, data, common, size) };
  // Among columns and alerts the place is that of the cursor.
  const hasCursor = state.page === "columns" || state.page === "alerts";
  const cursor = hasCursor ? Math.min(state.scroll, lines.length - 1) : -1;
  const top = visibleTop(cursor < 0 ? state.scroll : 0, cursor, lines.length, height);
  const extent = { first: top + 1, last: Math.min(top + height, lines.length), of: lines.length };
  return {
    lines: fill(lines.slice(top, top + height), height),
    keys: renderPageKeys(state, extent, columns, common.spansMs.length > 0),
    context: Object.assign(common, { ...meanings, height, top, lines: lines.length }),
  };
}

function fill(lines: readonly Line[], height: number): Line[] {
  return Array.from({ length: height }, (_, index) => lines[index] ?? []);
}
