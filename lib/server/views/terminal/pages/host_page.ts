/**
 * The page of one host: what it is, what is unusual of it in words, its past in charts, and beside or below
 * them everything that it last said. Pure; what was not sent is said so, formulas and all counts of its
 * datagrams are there on demand. The JSON of a legacy sender is trusted in nothing: text is cleaned, and the
 * lines stay few and short.
 */
import { groupTitle } from "../../../../catalogue.ts";
import type { DeliveryCounts } from "../../../fleet/accounts/delivery.ts";
import {
  formatAge,
  formatBytes,
  formatClockOffset,
  formatCount,
  formatDuration,
  formatTime,
  tagsText,
} from "../../../../common/format.js";
import { deliverySentence, factsOf, heardText, notesOf } from "../../../../common/host_words.js";
import { type LegacyMessage, METRIC_GROUPS } from "../../../../message/message.ts";
import type { HostDetail } from "../state/hosts.ts";
import { isLive, recentPast, type ShownPast } from "../state/past.ts";
import type { ViewState } from "../state/state.ts";
import { hasCharts, pointsFor, renderCharts } from "./charts.ts";
import { renderHostAlerts } from "./queue.ts";
import { renderCustom, renderGroup } from "./host_metrics.ts";
import { renderCauses, renderRange } from "./past.ts";
import {
  fitLine,
  flow,
  item,
  type Line,
  lineWidth,
  section,
  sectionWidth,
  type Size,
  span,
  takeCells,
  truncate,
  wrapWords,
} from "../text/line.ts";
import { lossStyle, NOTE_MARKS, STATUS_MARKS } from "../text/marks.ts";
import { cleanText } from "../../../../common/text.js";
import { waySentences } from "../../../../common/ways.js";

/** What is shown on demand. */
type Demand = Pick<ViewState, "formulas" | "delivery">;

/** On a screen of so many columns charts and numbers stand beside each other, these in so many cells at the most and at the least. */
const [BESIDE_COLUMNS, MAX_NOW, MIN_NOW] = [76, 64, 36];
const DIVIDER = " │ ";
/** Between what stands in one line; and however narrow that is, a name has so many cells. */
const [GAP, MIN_NAME] = [2, 10];

/** The lines of a host's page, as many as it takes; the charts fill what the screen has. */
export function renderHostPage(
  detail: HostDetail,
  nowMs: number,
  { columns, rows }: Size,
  demand: Demand,
): Line[] {
  const { ranges } = detail;
  const live = ranges === null || isLive(ranges);
  const nowWidth = Math.max(MIN_NOW, Math.min(MAX_NOW, Math.floor(0.45 * columns)));
  const chartsWidth = columns < BESIDE_COLUMNS ? columns : columns - nowWidth - DIVIDER.length;
  const past = live ? recentPast(detail, nowMs, pointsFor(chartsWidth)) : ranges.shown;
  const isDrawn = past !== null && hasCharts(past);
  const width = isDrawn ? chartsWidth : columns;
  const beginning = [
    ...renderTitle(detail, renderRange(ranges, isDrawn || !live ? past : null), columns),
    ...renderFacts(detail, columns),
    ...renderUnusual(detail, nowMs, columns, demand),
    [],
  ];
  const end = renderEnd(detail, past, width);
  const height = rows - beginning.length - end.length;
  const unknown = past === null || live ? [] : [[span("Nothing is known of this time.", "bold")]];
  const left = [...isDrawn ? renderCharts(past, { width, height }) : unknown, ...end];
  const now = (columns: number) => renderNow(detail.message, live ? null : past, columns, demand);
  const isWide = width < columns;
  const datagrams = demand.delivery
    ? renderDatagrams(detail, nowMs, isWide ? nowWidth : width)
    : [];
  // What was asked for is seen at once.
  return isWide
    ? [...beginning, ...besideEachOther(left, [...datagrams, ...now(nowWidth)].slice(1), width)]
    : [...beginning, ...datagrams.slice(1), ...left, ...now(columns)];
}

function besideEachOther(left: readonly Line[], right: readonly Line[], width: number): Line[] {
  return Array.from({ length: Math.max(left.length, right.length) }, (_, n) => [
    ...fitLine(left[n] ?? [], width),
    span(DIVIDER, "faint"),
    ...right[n] ?? [],
  ]);
}

/** Who it is and how, and which part of its past is shown. */
function renderTitle({ row, aheadMs }: HostDetail, range: Line, columns: number): Line[] {
  const { sign, style } = STATUS_MARKS[row.status];
  const status = span(`${sign} ${row.status}`, style);
  const name = truncate(`← ${row.name}`, Math.max(MIN_NAME, columns - lineWidth([status]) - GAP));
  const heard = span(heardText(row.status, row.ageMs, row.lastSeenMs + aheadMs), "faint");
  const between = span(" ".repeat(GAP));
  const lines = flow([[span(name, "bold"), between, status], [heard]], columns, between);
  const last = lines.at(-1)!;
  const free = columns - lineWidth(last) - lineWidth(range);
  if (free >= GAP) return [...lines.slice(0, -1), [...last, span(" ".repeat(free)), ...range]];
  return lineWidth(range) === 0 ? lines : [...lines, range];
}

/** What is so of it as long as it runs, in short. */
function renderFacts({ row, message, intervalMs, rebootedMs, aheadMs }: HostDetail, width: number) {
  const tags = cleanText(tagsText(row.tags));
  const facts = [
    ...(message.v === 1 ? factsOf(row, message.texts ?? {}) : []),
    ...(rebootedMs === null ? [] : [`rebooted ${formatTime(rebootedMs + aheadMs)}`]),
    row.address,
    ...(tags === "" ? [] : [tags]),
    ...(row.sealed ? ["sealed"] : []),
    `every ${formatDuration(intervalMs)}`,
  ];
  return flow(facts.map((fact) => [span(fact, "faint")]), width, span(" · ", "faint"));
}

/** What is out of the ordinary, in words. */
function renderUnusual(
  { row, alerts, aheadMs }: HostDetail,
  nowMs: number,
  width: number,
  { formulas }: Demand,
): Line[] {
  const notes = notesOf(row, nowMs).map(({ note, sign, text }): Line => [
    span(`${sign} ${text}`, NOTE_MARKS[note].style),
  ]);
  return [...flow(notes, width), ...renderHostAlerts(alerts, nowMs + aheadMs, width, formulas)];
}

/** What stands below the charts: why there are gaps, and what became of its datagrams. */
function renderEnd(detail: HostDetail, past: ShownPast | null, width: number): Line[] {
  const said = [deliverySentence(detail.delivery, detail), ...waySentences(detail.ways)];
  return [
    ...(past === null ? [] : renderCauses(past, width)),
    ...said.flatMap((text) => wrapWords(text, width)).map((line) => [span(line)]),
  ];
}

/** Everything that it last said. */
function renderNow(
  message: HostDetail["message"],
  past: ShownPast | null,
  columns: number,
  { formulas: withFormulas }: Demand,
): Line[] {
  const width = sectionWidth(columns);
  if (message.v !== 1) return section("LEGACY", renderLegacy(message, width), columns);
  const groups = METRIC_GROUPS.flatMap((group) =>
    section(
      groupTitle(group).toUpperCase(),
      renderGroup(group, message, { past, withFormulas, width }),
      columns,
    )
  );
  return [...groups, ...section("CUSTOM", renderCustom(message, width), columns)];
}

/** Who sends, and all counts of what came. */
function renderDatagrams(detail: HostDetail, nowMs: number, columns: number): Line[] {
  const counts = [...identityItems(detail, nowMs), ...deliveryItems(detail)];
  return section("DATAGRAMS", flow(counts, sectionWidth(columns)), columns);
}

function identityItems({ message, firstSeenMs }: HostDetail, nowMs: number): Line[] {
  const first = item("first seen", `${formatAge(nowMs - firstSeenMs)} ago`);
  if (message.v !== 1) return [first];
  const { id, session, seq } = message;
  return [
    first,
    item("id", id ?? "none"),
    ...(session === undefined ? [] : [item("session", session)]),
    ...(seq === undefined ? [] : [item("seq", formatCount(seq))]),
  ];
}

function deliveryItems(detail: HostDetail): Line[] {
  const { delivery, datagrams, bytes, jitterMs, clockOffsetMs } = detail;
  const accepted = item("accepted", `${formatCount(datagrams)} (${formatBytes(bytes)})`);
  if (delivery === null) return [accepted, item("lost", "unknown: no sequence numbers")];
  return [
    accepted,
    ...countItems(delivery),
    ...(jitterMs === null ? [] : [item("jitter", `${jitterMs.toFixed(1)} ms`)]),
    ...(clockOffsetMs === null ? [] : [item("clock", formatClockOffset(clockOffsetMs))]),
  ];
}

function countItems(counts: DeliveryCounts): Line[] {
  const { lost, pending, beforeFirst, duplicate, reordered, old, restarts } = counts;
  return [
    item("lost", formatCount(lost), lossStyle(lost)),
    ...(pending > 0 ? [item("of them may still come", formatCount(pending))] : []),
    ...(beforeFirst > 0 ? [item("before the first heard", formatCount(beforeFirst))] : []),
    item("duplicate", formatCount(duplicate)),
    item("reordered", formatCount(reordered)),
    item("too old", formatCount(old)),
    item("restarts", formatCount(restarts)),
  ];
}

/** What is nested deeper is written on one line. */
const MAX_DEPTH = 4;

/** The lines of a legacy message in a width; a longer one goes on in the next line. */
export function renderLegacy({ body }: LegacyMessage, width: number): Line[] {
  return layOut(body, "", "", 0).flatMap((line) => wrap(cleanText(line), width)).map((
    text,
  ) => [span(text)]);
}

/** Lines of a value behind a beginning (indentation and key) and before an end (a comma). */
function layOut(value: unknown, begin: string, end: string, depth: number): string[] {
  const entries = depth < MAX_DEPTH ? entriesOf(value) : [];
  if (entries.length === 0) return [begin + JSON.stringify(value) + end];
  const [open, close] = Array.isArray(value) ? "[]" : "{}";
  const inner = entries.flatMap(([key, item], index) =>
    layOut(item, "  ".repeat(depth + 1) + key, index < entries.length - 1 ? "," : "", depth + 1)
  );
  return [`${begin}${open}`, ...inner, "  ".repeat(depth) + close + end];
}

/** What is in an object or an array, each with what stands before it. A list of plain values is one line. */
function entriesOf(value: unknown): (readonly [string, unknown])[] {
  if (typeof value !== "object" || value === null) return [];
  if (!Array.isArray(value)) {
    return Object.entries(value).map(([key, item]) => [`${JSON.stringify(key)}: `, item]);
  }
  return value.some((item) => typeof item === "object") ? value.map((item) => ["", item]) : [];
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  while (text !== "") {
    // A wide character on a single column is cut off: there must be an end.
    const line = takeCells(text, width) || text.slice(0, 1);
    lines.push(line);
    text = text.slice(line.length);
  }
  return lines;
}
