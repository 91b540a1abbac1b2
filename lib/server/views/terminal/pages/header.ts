/**
 * What stands above and below every page: the fleet in numbers, and what the keys do. Pure; where
 * there is no room, the less important is left out.
 */
import { HOST_STATUSES, type HostStatus } from "../../../../common/status.js";
import type { Queue } from "../../../../common/alerts.js";
import { cleanText } from "../../../../common/text.js";
import {
  formatCount,
  formatCountOf,
  formatShortCount,
  formatTime,
  UNKNOWN,
} from "../../../../common/format.js";
import type { FleetTotals } from "../../../fleet/receipt.ts";
import type { ReplayState } from "../../../record/clock.ts";
import { COLUMNS } from "./table.ts";
import { fitLine, joinFitting, type Line, lineWidth, span, truncate } from "../text/line.ts";
import { lossStyle, STATUS_MARKS } from "../text/marks.ts";
import type { ViewState } from "../state/state.ts";
import { renderAlertCount } from "./queue.ts";

const GAP = 2;

/** Where the server is found. */
export interface Addresses {
  /** Where it receives, as text. */
  readonly listenAddress: string;
  /** Where its page is, with the token where one was made; `null` where there is no page. */
  readonly webUrl: string | null;
  /** How the record that is played stands; `null` where none is. */
  readonly replay: ReplayState | null;
}

/** The first line: how many hosts are how, how many alerts stand, and where the server listens. */
export function renderFleetLine(
  totals: FleetTotals,
  state: ViewState,
  { listenAddress, webUrl, replay, alerts }: Addresses & { readonly alerts: Queue },
  columns: number,
): Line {
  const items = (isShort: boolean) => [
    [span("Pulso", "bold")],
    ...(state.paused ? [[span(" PAUSED ", "selected")]] : []),
    ...(replay === null ? [] : [[span(` ${describeReplay(replay)} `, "selected")]]),
    ...HOST_STATUSES.map((status) => renderStatusCount(totals, status, isShort)),
    ...renderAlertCount(alerts, isShort),
  ];
  const whole = joinFitting(items(false), Infinity, GAP);
  const left = lineWidth(whole) <= columns ? whole : joinFitting(items(true), columns, GAP);
  const free = columns - lineWidth(left) - GAP;
  const source = replay === null ? `UDP ${listenAddress}` : "REPLAY";
  const addresses = [source];
  // The token stands on a line of its own.
  if (webUrl !== null) addresses.unshift(`${webUrl.replace(/\?.*/, "")}  ${source}`);
  const address = addresses.find(({ length }) => length <= free);
  if (address === undefined) return fitLine(left, columns);
  return [...fitLine(left, columns - address.length), span(address, "faint")];
}

/** The record's time, and how fast it goes. */
function describeReplay({ nowMs, isPlaying, isSeeking, speed }: ReplayState): string {
  const pace = isSeeking ? "seeking" : isPlaying ? `×${speed ?? "max"}` : "standing still";
  return `${formatTime(nowMs)} ${pace}`;
}

/** Where the page is, whole and from the first cell on, when it asks for a token that only we can tell. */
export function renderUrlLine({ webUrl }: Addresses, columns: number): Line | null {
  if (!webUrl?.includes("?") || webUrl.length > columns) return null;
  return fitLine([span(webUrl, "accent")], columns);
}

/** Where there is no room for words the mark says it: no count is left out for them. */
function renderStatusCount(totals: FleetTotals, status: HostStatus, isShort: boolean): Line {
  const count = totals.byStatus[status];
  const { sign, style } = STATUS_MARKS[status];
  const text = isShort ? formatCount(count) : ` ${formatCount(count)} ${status}`;
  return count === 0 ? [span(sign + text, "faint")] : [span(sign, style), span(text)];
}

/** The second line: how many datagrams come, and what became of those that are not shown. */
export function renderDatagramLine(totals: FleetTotals, columns: number): Line {
  const { datagramsPerSecond, kernelDropped, lost, forgotten } = totals;
  return fitLine(
    joinFitting(
      [
        [span(`${formatPerSecond(datagramsPerSecond)} datagrams/s`)],
        [span(`lost ${formatCount(lost)}`, lossStyle(lost))],
        renderDropped(totals),
        ...((kernelDropped ?? 0) > 0
          ? [[span(`kernel dropped ${formatCount(kernelDropped)}`, "warning")]]
          : []),
        ...(forgotten > 0 ? [[span(`forgotten ${formatCount(forgotten)} hosts`, "warning")]] : []),
      ],
      columns,
      GAP,
    ),
    columns,
  );
}

function formatPerSecond(perSecond: number | null): string {
  if (perSecond === null) return UNKNOWN;
  return perSecond < 9.95 ? perSecond.toFixed(1) : formatCount(perSecond);
}

function renderDropped({ dropped }: FleetTotals): Line {
  const reasons = Array.from(dropped).sort((a, b) => b[1] - a[1]);
  const total = reasons.reduce((sum, [, count]) => sum + count, 0);
  const text = reasons.map(([reason, count]) => `${reason} ${formatShortCount(count)}`).join(", ");
  return [span(`dropped ${formatCount(total)}${text && ` (${text})`}`, lossStyle(total))];
}

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
  return renderKeys(isFiltering ? filterItems(state, columns) : tableItems(state), place, columns);
}

/** The last line below a page. */
export function renderPageKeys(
  state: ViewState,
  extent: Extent,
  columns: number,
  hasRanges = false,
): Line {
  return renderKeys(
    state.page === "columns" ? CHOICE_ITEMS : state.page === "alerts" ? ALERT_ITEMS : [
      keyItem("Esc", "back"),
      keyItem("q", "quit"),
      ...(state.page === "host" ? hostItems(hasRanges) : []),
      keyItem("↑↓", "scroll"),
      keyItem("p", state.paused ? "resume" : "pause"),
    ],
    extent.last - extent.first + 1 < extent.of ? formatExtent(extent) : "",
    columns,
  );
}

function hostItems(hasRanges: boolean): Line[] {
  return [
    ...(hasRanges ? [keyItem("[ ]", "range"), keyItem("← →", "earlier, later")] : []),
    keyItem("n", "next host"),
    keyItem("d", "delivery"),
    keyItem("f", "formulas"),
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

function tableItems({ sort, descending, paused, group }: ViewState): Line[] {
  return [
    keyItem("?", "help"),
    keyItem("q", "quit"),
    keyItem("Enter", "host"),
    keyItem("s", `sort ${COLUMNS[sort].title.toLowerCase()}${descending ? "▼" : "▲"}`),
    keyItem("/", "filter"),
    keyItem("!", "worst"),
    keyItem("p", paused ? "resume" : "pause"),
    keyItem("a", "attention"),
    keyItem("g", group === null ? "group" : `group ${cleanText(group)}`),
    keyItem("c", "columns"),
    keyItem("r", "reverse"),
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
