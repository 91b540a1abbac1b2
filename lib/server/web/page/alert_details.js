// @ts-check
/// <reference lib="dom" />
/**
 * What an entry of the queue opens to: the rule with its threshold, hold and recovery, since when, and
 * where it stands for several hosts who they are, as far as that is told, and the way to all of them.
 */
import { conditionOf, muteFilter } from "../../../common/alerts.js";
import { muteButtons } from "./mutes.js";
import { element, setAttribute, setText } from "./dom.js";
import { cleanText } from "../../../common/text.js";
import { formatAge, formatCount, formatTime } from "../../../common/format.js";
import { BASE, hostPath } from "./paths.js";

/** @typedef {import("../../../common/alerts.js").Entry} Entry */

/** Makes the details of one entry, closed at first. */
export function alertDetails() {
  const rule = element("p", {});
  const hosts = element("ul", { class: "members", hidden: true });
  const rest = element("a", { "data-route": true, hidden: true });
  const mute = muteButtons(() => filter);
  let filter = "";
  const node = element(
    "div",
    { class: "details", hidden: true },
    rule,
    hosts,
    rest,
    " ",
    mute.node,
  );
  /** @type {ReturnType<typeof memberLine>[]} */
  const lines = [];

  /** @param {Entry} entry @param {number} nowMs */
  function show(entry, nowMs) {
    filter = muteFilter(entry.rule.alert, entry.id);
    if (node.hidden) return;
    setText(rule, `${conditionOf(entry.rule)} Since ${formatTime(entry.sinceMs)}.`);
    const isOne = entry.id !== "" || entry.rule.total <= 1;
    hosts.hidden = isOne;
    rest.hidden = isOne || entry.rule.filter === null;
    if (isOne) return;
    // Changed in place, so that pointer and focus stay where they are.
    while (lines.length > entry.members.length) lines.pop()?.node.remove();
    while (lines.length < entry.members.length) {
      const line = memberLine();
      lines.push(line);
      hosts.append(line.node);
    }
    entry.members.forEach((member, n) => lines[n]?.show(member, nowMs));
    setText(rest, `all ${formatCount(entry.rule.total)} in the table`);
    setAttribute(rest, "href", `${BASE}?${new URLSearchParams({ q: entry.rule.filter ?? "" })}`);
  }

  return { node, show, focusMute: mute.focus };
}

/** The line of a host. */
function memberLine() {
  const link = element("a", { class: "name", "data-route": true });
  const text = element("span", {});
  const node = element("li", {}, link, " ", text);
  /** @param {import("../../../common/alerts.js").ShownAlert} alert @param {number} nowMs */
  function show({ id, name, valueText, detail, sinceMs }, nowMs) {
    setText(link, cleanText(name));
    setAttribute(link, "href", hostPath(id));
    const age = formatAge(nowMs - sinceMs);
    setText(text, [valueText, cleanText(detail), age].filter(Boolean).join(" "));
  }
  return { node, show };
}
