/**
 * The page of one host: everything that it last said, how its datagrams came, and its recent past.
 * Pure; what was not sent is said so, and a formula stands beside the number that it makes.
 */
import type { DeliveryCounts } from "../../../fleet/accounts/delivery.ts";
import type { Refusal } from "../../../fleet/memory/stores.ts";
import {
  formatAge,
  formatBytes,
  formatClockOffset,
  formatCount,
  formatDuration,
} from "../../../../common/format.js";
import { type Message, METRIC_GROUPS } from "../../../../message/message.ts";
import type { HostDetail } from "../state/detail.ts";
import { renderGroup } from "./host_metrics.ts";
import { renderLegacy } from "./legacy.ts";
import { type Line, span } from "../text/line.ts";
import { lossStyle, STATUS_MARKS } from "../text/marks.ts";
import { flow, item, section, sectionWidth } from "../text/section.ts";

/** The lines of a host's page, as many as it takes. */
export function renderHostPage(detail: HostDetail, nowMs: number, columns: number): Line[] {
  const { message } = detail;
  const width = sectionWidth(columns);
  if (message.v !== 1) {
    return [
      ...renderIdentity(detail, nowMs, columns),
      ...section("LEGACY", renderLegacy(message, width), columns),
    ];
  }
  return [
    ...renderIdentity(detail, nowMs, columns),
    ...METRIC_GROUPS.flatMap((group) =>
      section(group.toUpperCase(), renderGroup(group, message, detail, nowMs, width), columns)
    ),
    ...section("DATAGRAMS", flow(deliveryItems(detail), width), columns),
  ];
}

function renderIdentity(detail: HostDetail, nowMs: number, columns: number): Line[] {
  const { row, message, firstSeenMs } = detail;
  const { sign, style } = STATUS_MARKS[row.status];
  const age = `${formatAge(row.ageMs)} ago`;
  return flow([
    [span(row.name, "bold")],
    [span(`${sign} ${row.status}`, style)],
    [span(row.address)],
    ...(row.sealed ? [[span("sealed")]] : []),
    ...(row.refused === null ? [] : [refused(row.refused, nowMs)]),
    ...(row.sharedWith === null ? [] : [sharedId(row.sharedWith)]),
    item("last seen", age),
    item("first seen", `${formatAge(nowMs - firstSeenMs)} ago`),
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
  if (delivery === null) return [accepted, item("lost", "unknown: the sender numbers nothing")];
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
