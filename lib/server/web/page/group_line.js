// @ts-check
/// <reference lib="dom" />
/**
 * The line of a group of hosts: what they share, how many of them are how, and the worst of them. What they
 * have together stands in the columns.
 */
import { CATALOGUE } from "./catalogue.js";
import { element, setAttribute, setText, signed } from "./dom.js";
import { GROUP_COUNTS, groupTitle, restTitle } from "../../../common/host_words.js";
import { cleanText } from "../../../common/text.js";
import { formatCount, FORMATS, formatShortCount } from "../../../common/format.js";
import { levelOf } from "../../../common/status.js";
import { hostPath } from "./paths.js";

/** How many of a group are in one way unusual. @param {{ readonly name: string, readonly sign: string }} count @param {Node | string} number */
export function countNode({ name, sign }, number) {
  const properties = { class: "count-of", "data-of": name, title: name };
  return element("span", properties, ...signed(sign, number));
}

/** Makes one, which shows another group each time. */
export function groupLine() {
  const sign = element("span", { class: "mark", "aria-hidden": "true" });
  const name = element("span", { class: "title" });
  const hosts = element("span", { class: "hint" });
  const counts = GROUP_COUNTS.map((count) => {
    const number = element("span", {});
    return { ...count, number, node: countNode(count, number) };
  });
  const link = element("a", { "data-route": true, tabindex: -1 });
  const number = element("span", { class: "number" });
  const worst = element("span", { class: "worst-of" }, link, " ", number);
  const node = element(
    "div",
    { role: "gridcell", class: "group", hidden: true },
    ...[sign, name, hosts, ...counts.map(({ node }) => node), worst],
  );

  /** Shows a group; what is returned are its numbers, as a row has them. @param {import("./selection.js").GroupLine} line @returns {any} */
  function show({ tag, group, rest }) {
    setAttribute(node, "data-rest", rest !== undefined);
    if (rest !== undefined) return showRest(restTitle(rest));
    const { hosts: all, open, worst: most, together } = group;
    const title = groupTitle(tag, group.value);
    setText(sign, open ? "▾" : "▸");
    setText(name, title);
    setText(hosts, formatShortCount(all));
    for (const { node, number, of } of counts) {
      node.hidden = of(group) === 0;
      setText(number, formatShortCount(of(group)));
    }
    setText(link, most === null ? "" : cleanText(most.name));
    if (most !== null) setAttribute(link, "href", hostPath(most.id));
    const metric = CATALOGUE.metrics.find(({ id }) => id === most?.metric);
    const unit = metric?.unit ?? "number";
    const text = most === null
      ? ""
      : `${metric?.label ?? most.metric} ${FORMATS[unit](most.value)}`;
    setText(number, text);
    setAttribute(number, "data-level", unit === "percent" && levelOf(most?.value ?? null));
    const worstText = most === null ? "" : `, worst ${cleanText(most.name)}: ${text}`;
    setAttribute(node, "title", `${title}: ${formatCount(all)}${worstText}`);
    return together;
  }

  /** Shows how many hosts of it are not listed: none of them has a number. @param {string} text */
  function showRest(text) {
    setText(sign, "");
    setText(name, text);
    for (const other of [hosts, link, number]) setText(other, "");
    for (const { node } of counts) node.hidden = true;
    setAttribute(node, "title", text);
    return {};
  }
  return { node, show };
}
