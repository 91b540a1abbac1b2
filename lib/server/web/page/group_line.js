// @ts-check
/// <reference lib="dom" />
/**
 * The line of a group of hosts: what they share, how many of them are how, and the worst of them.
 */
import { CATALOGUE } from "./catalogue.js";
import { element, setAttribute, setText } from "./dom.js";
import { cleanText } from "../../../common/text.js";
import { formatCount, FORMATS } from "../../../common/format.js";
import { HOST_STATUSES, levelOf, STATUS_SIGNS } from "../../../common/status.js";
import { hostPath } from "./paths.js";

/** Makes one, which shows another group each time. @param {number} columns how many cells it takes the place of */
export function groupLine(columns) {
  const sign = element("span", { class: "mark", "aria-hidden": "true" });
  const name = element("span", { class: "title" });
  const hosts = element("span", { class: "hint" });
  const counts = HOST_STATUSES.filter((status) => status !== "live").map((status) => ({
    status,
    node: element("span", { class: "status", "data-status": status }),
  }));
  const worst = element("a", { class: "name", "data-route": true, tabindex: -1 });
  const number = element("span", { class: "number" });
  const of = element("span", { class: "worst" }, "worst ", worst, " ", number);
  const node = element(
    "div",
    { role: "gridcell", class: "group", "aria-colspan": columns, hidden: true },
    ...[sign, name, hosts, ...counts.map(({ node }) => node), of],
  );
  /** @param {import("./selection.js").GroupLine} line */
  function show({ tag, group: { value, hosts: all, byStatus, open, worst: most } }) {
    setText(sign, open ? "▾" : "▸");
    setText(name, value === "" ? `no ${tag}` : cleanText(`${tag}=${value}`));
    setText(hosts, formatCount(all));
    for (const { status, node } of counts) {
      node.hidden = byStatus[status] === 0;
      setText(node, `${STATUS_SIGNS[status]} ${formatCount(byStatus[status])}`);
      setAttribute(node, "title", status);
    }
    of.hidden = most === null;
    if (most === null) return;
    const metric = CATALOGUE.metrics.find(({ id }) => id === most.metric);
    const unit = metric?.unit ?? "number";
    setText(worst, cleanText(most.name));
    setAttribute(worst, "href", hostPath(most.id));
    setText(number, `${metric?.label ?? most.metric} ${FORMATS[unit](most.value)}`);
    setAttribute(number, "data-level", unit === "percent" && levelOf(most.value));
  }
  return { node, show };
}
