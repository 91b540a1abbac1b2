/**
 * The line of a group of hosts: what they share, how many of them are how, and the worst of them. Pure.
 */
import { metricOf } from "../../../../catalogue.ts";
import { formatCount, FORMATS } from "../../../../common/format.js";
import { HOST_STATUSES } from "../../../../common/status.js";
import type { GroupRow } from "../state/hosts.ts";
import { type Line, span } from "../text/line.ts";
import { percentStyle, STATUS_MARKS } from "../text/marks.ts";

/** The line, as long as it gets; those who are live are not counted by themselves. */
export function renderGroupRow(group: GroupRow): Line {
  const { tag, value, hosts, byStatus, isOpen } = group;
  const counts = HOST_STATUSES.filter((status) => status !== "live" && byStatus[status] > 0);
  return [
    span(isOpen ? "▾ " : "▸ ", "faint"),
    span(value === "" ? `no ${tag}` : `${tag}=${value}`, "bold"),
    span(` ${formatCount(hosts)}`, "faint"),
    ...counts.map((status) => {
      const { sign, style } = STATUS_MARKS[status];
      return span(` ${sign}${formatCount(byStatus[status])}`, style);
    }),
    ...renderWorst(group),
  ];
}

function renderWorst({ worst }: GroupRow): Line {
  if (worst === null) return [];
  const { label, unit } = metricOf(worst.metric);
  const style = unit === "percent" ? percentStyle(worst.value) : "plain";
  return [
    span("  worst ", "faint"),
    span(`${worst.name} ${label} `),
    span(FORMATS[unit](worst.value), style),
  ];
}
