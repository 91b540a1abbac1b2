/**
 * What stands above every page: the fleet in numbers, and where the server is found. Pure; where there is
 * no room, the less important is left out.
 */
import { HOST_STATUSES, type HostStatus } from "../../../../common/status.js";
import { ALERT_SIGNS, countsOf, type Queue } from "../../../../common/alerts.js";
import { formatShare } from "../../../../common/gaps.js";
import { type ViewState as FollowState, viewTroubles } from "../../../../common/ways.js";
import {
  formatAge,
  formatCount,
  formatCountOf,
  formatShortCount,
  formatTime,
  UNKNOWN,
} from "../../../../common/format.js";
import type { FleetTotals } from "../../../fleet/receipt.ts";
import type { ReplayState } from "../../../record/clock.ts";
import {
  fitLine,
  joinFitting,
  type Line,
  lineWidth,
  type Size,
  span,
  wrapWords,
} from "../text/line.ts";
import { lossStyle, STATUS_MARKS } from "../text/marks.ts";
import type { ViewState } from "../state/state.ts";

const GAP = 2;
/** Where the line of all numbers without a word more stands among those of the traffic. */
const NUMBERS_ALONE = 3;

/** Where the server is found. */
export interface Addresses {
  /** Where it receives, as text. */
  readonly listenAddress: string;
  /** Where its page is, with the token where one was made; `null` where there is no page. */
  readonly webUrl: string | null;
  /** How the record that is played stands; `null` where none is. */
  readonly replay: ReplayState | null;
}

/**
 * The first line: how many hosts are how, how many alerts stand, how many datagrams come and what became of
 * those that are not shown; then where the server is found, and what time it is.
 */
export function renderFleetLine(
  totals: FleetTotals,
  state: ViewState,
  addresses: Addresses & { readonly alerts: Queue; readonly wallMs: number },
  columns: number,
): Line {
  const { replay, alerts, wallMs } = addresses;
  const begin = joinFitting(
    [
      [span("Pulso", "bold")],
      ...(state.paused ? [[span(" PAUSED ", "selected")]] : []),
      ...(replay === null ? [] : [[span(` ${describeReplay(replay)} `, "selected")]]),
    ],
    columns,
    GAP,
  );
  const time = replay === null ? formatTime(wallMs).slice(-"hh:mm:ss".length) : "REPLAY";
  const traffic = renderTraffic(totals);
  const beside = lineWidth(traffic[NUMBERS_ALONE]!) + time.length + GAP;
  const counts = renderCounts(totals, alerts, columns - lineWidth(begin) - GAP, beside);
  const own = joinFitting([begin, counts], columns, GAP);
  const free = columns - lineWidth(own);
  const fits = (more: number) => (line: Line) => lineWidth(line) + more <= free;
  const left = [...own, ...traffic.find(fits(time.length + GAP)) ?? traffic.find(fits(0)) ?? []];
  return withEnd(left, endsOf(addresses, time), columns);
}

/** How many hosts are how, and how many alerts stand: in words where there is room for them and what is beside. */
function renderCounts(totals: FleetTotals, alerts: Queue, room: number, beside: number): Line {
  const countsIn = (isShort: boolean, width: number) => {
    const statuses = HOST_STATUSES.map((status) => renderStatusCount(totals, status, isShort));
    const gap = isShort ? 1 : GAP;
    return joinFitting([...statuses, ...renderAlertCount(alerts, isShort)], width, gap);
  };
  const words = countsIn(false, Infinity);
  return lineWidth(words) + beside > room ? countsIn(true, room) : words;
}

/** What may stand at the end of the line, the most first. */
function endsOf({ webUrl, listenAddress }: Addresses, time: string): readonly string[] {
  // The token stands on a line of its own.
  const url = webUrl?.replace(/\?.*/, "") ?? "";
  const udp = `UDP ${listenAddress}`;
  return [`${url}  ${udp}  ${time}`, `${url}  ${time}`, time].map((end) => end.trimStart());
}

/** A line with the first of some ends that fits against the right edge. */
function withEnd(line: Line, ends: readonly string[], columns: number): Line {
  const room = columns - lineWidth(line) - GAP;
  const end = ends.find(({ length }) => length <= room);
  if (end === undefined) return fitLine(line, columns);
  return [...fitLine(line, columns - end.length), span(end, "faint")];
}

/** How many alerts there are, in the first line of every page; nothing where there are none. */
function renderAlertCount(queue: Queue, isShort: boolean): Line[] {
  if (queue.total === 0) return [];
  const severity = countsOf(queue).critical > 0 ? "critical" : "warning";
  const mark = span(ALERT_SIGNS[severity], severity);
  const words = isShort ? formatCount(queue.total) : ` ${formatCountOf(queue.total, "alert")}`;
  return [[mark, span(words)]];
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

/** That a view is behind its sites, or that one is silent; some lines at most. */
export function renderBehind(view: FollowState | null, { columns, rows }: Size): Line[] {
  const troubles = viewTroubles(view).map(({ text, forMs }) => `${text} ${formatAge(forMs)}`);
  if (troubles.length === 0) return [];
  const lines = wrapWords(`◐ ${troubles.join(". ")}`, columns);
  return lines.slice(0, Math.ceil(rows / 12)).map((line) => [span(line, "warning")]);
}

/** Where there is no room for words the mark says it: no count is left out for them. */
function renderStatusCount(totals: FleetTotals, status: HostStatus, isShort: boolean): Line {
  const count = totals.byStatus[status];
  const { sign, style } = STATUS_MARKS[status];
  const text = isShort ? formatCount(count) : ` ${formatCount(count)} ${status}`;
  return count === 0 ? [span(sign + text, "faint")] : [span(sign, style), span(text)];
}

/** How many datagrams come, and what became of those that are not shown: with all words, with fewer, with numbers alone, and less and less of those. */
function renderTraffic(totals: FleetTotals): Line[] {
  const { datagramsPerSecond, kernelDropped, accepted, lost, forgotten } = totals;
  const share = lost !== null && lost > 0 ? ` (${formatShare(lost / (accepted + lost))})` : "";
  const itemsOf = (share: string, withReasons: boolean): Line[] => [
    [span(`${formatPerSecond(datagramsPerSecond)}/s`)],
    [span(`lost ${formatCount(lost)}${share}`, lossStyle(lost))],
    renderDropped(totals, withReasons),
    ...(kernelDropped ? [[span(`kernel dropped ${formatCount(kernelDropped)}`, "warning")]] : []),
    ...(forgotten > 0 ? [[span(`forgotten ${formatCount(forgotten)} hosts`, "warning")]] : []),
  ];
  const least = itemsOf("", false);
  const whole = [itemsOf(share, true), itemsOf("", true), itemsOf(share, false), least];
  return [...whole, ...least.map((_, n) => least.slice(0, -1 - n))].map(separated);
}

/** Behind a bar, with a dot between. */
function separated(items: readonly Line[]): Line {
  return items.flatMap((item, n) => [span(n === 0 ? "  │ " : " · ", "faint"), ...item]);
}

function formatPerSecond(perSecond: number | null): string {
  if (perSecond === null) return UNKNOWN;
  return perSecond < 9.95 ? perSecond.toFixed(1) : formatCount(perSecond);
}

function renderDropped({ dropped }: FleetTotals, withReasons: boolean): Line {
  const reasons = Array.from(dropped).sort((a, b) => b[1] - a[1]);
  const total = reasons.reduce((sum, [, count]) => sum + count, 0);
  const text = reasons.map(([reason, count]) => `${reason} ${formatShortCount(count)}`).join(", ");
  const why = withReasons && text !== "" ? ` (${text})` : "";
  return [span(`dropped ${formatCount(total)}${why}`, lossStyle(total))];
}
