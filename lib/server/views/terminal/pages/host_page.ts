/**
 * The page of one host: everything that it last said, how its datagrams came, and its recent past.
 * Pure; what was not sent is said so, and a formula stands beside the number that it makes. The JSON of
 * a legacy sender is trusted in nothing: text is cleaned, and the lines stay few and short.
 */
import { groupTitle } from "../../../../catalogue.ts";
import type { DeliveryCounts } from "../../../fleet/accounts/delivery.ts";
import type { Refusal } from "../../../fleet/host/stores.ts";
import {
  formatAge,
  formatAny,
  formatBytes,
  formatClockOffset,
  formatCount,
  formatDuration,
  tagsText,
} from "../../../../common/format.js";
import { type LegacyMessage, type Message, METRIC_GROUPS } from "../../../../message/message.ts";
import type { HostDetail } from "../state/hosts.ts";
import { renderHostAlerts } from "./queue.ts";
import { renderGroup } from "./host_metrics.ts";
import { renderRanges } from "./past.ts";
import { flow, item, type Line, section, sectionWidth, span, takeCells } from "../text/line.ts";
import { lossStyle, STATUS_MARKS } from "../text/marks.ts";
import { cleanText } from "../../../../common/text.js";

/** The lines of a host's page, as many as it takes. */
export function renderHostPage(detail: HostDetail, nowMs: number, columns: number): Line[] {
  const { message } = detail;
  const width = sectionWidth(columns);
  const alerts = renderHostAlerts(detail.alerts, nowMs + detail.aheadMs, width);
  const beginning = [
    ...renderIdentity(detail, nowMs, columns),
    ...section("ALERTS", alerts, columns),
    ...(detail.ranges === null ? [] : section("PAST", renderRanges(detail.ranges, width), columns)),
  ];
  if (message.v !== 1) {
    return [
      ...beginning,
      ...section("LEGACY", renderLegacy(message, width), columns),
    ];
  }
  return [
    ...beginning,
    ...METRIC_GROUPS.flatMap((group) =>
      section(
        groupTitle(group).toUpperCase(),
        renderGroup(group, message, detail, nowMs, width),
        columns,
      )
    ),
    ...ownNumbers(message, width, columns),
    ...section("DATAGRAMS", flow(deliveryItems(detail), width), columns),
  ];
}

/** Numbers that Pulso does not know, by their names. */
function ownNumbers({ extra = {} }: Message, width: number, columns: number): Line[] {
  const items = Object.entries(extra).map(([name, value]) =>
    item(cleanText(name), formatAny(value))
  );
  return items.length === 0 ? [] : section("CUSTOM", flow(items, width), columns);
}

function renderIdentity(detail: HostDetail, nowMs: number, columns: number): Line[] {
  const { row, message, firstSeenMs, rebootedMs } = detail;
  const { sign, style } = STATUS_MARKS[row.status];
  const age = `${formatAge(row.ageMs)} ago`;
  const tags = tagsText(row.tags);
  return flow([
    [span(row.name, "bold")],
    [span(`${sign} ${row.status}`, style)],
    [span(row.address)],
    ...(tags === "" ? [] : [[span(tags)]]),
    ...(row.sealed ? [[span("sealed")]] : []),
    ...(row.refused === null ? [] : [refused(row.refused, nowMs)]),
    ...(row.sharedWith === null ? [] : [sharedId(row.sharedWith)]),
    item("last seen", age),
    item("first seen", `${formatAge(nowMs - firstSeenMs)} ago`),
    ...(rebootedMs === null ? [] : [item("rebooted", `${formatAge(nowMs - rebootedMs)} ago`)]),
    item("interval", formatDuration(detail.intervalMs)),
    ...(message.v === 1 ? idItems(message) : []),
  ], columns);
}

/** Machines that were cloned with their id: one row for several, until each has its own. */
function sharedId(address: string): Line {
  return [span(`id shared with ${address}: see --id`, "warning")];
}

/** Datagrams that are sealed as its own and of another session or time: it may be heard of them alone. */
function refused({ reason, count, lastMs }: Refusal, nowMs: number): Line {
  const last = formatAge(nowMs - lastMs);
  return [span(`refused (${reason}): ${formatCount(count)}, the last ${last} ago`, "critical")];
}

function idItems({ id, session, seq }: Message): Line[] {
  return [
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
