// @ts-check
/// <reference lib="dom" />
/**
 * What is unusual of one host, in words, with the rule beside it when pointed at. It is absent when nothing
 * is.
 */
import { ALERT_SIGNS, conditionOf, entriesOf } from "../../../common/alerts.js";
import { element, setAttribute, setText } from "./dom.js";
import { formatAge } from "../../../common/format.js";

/** @typedef {import("../../../common/alerts.js").Entry} Entry */

/** Makes the line. */
export function alertLine() {
  const node = element("div", { class: "unusual", role: "status", hidden: true });
  /** @type {Entry[]} */
  let entries = [];
  /** @type {ReturnType<typeof alertText>[]} */
  const texts = [];
  let lastMs = 0;

  /** @param {import("../../../common/alerts.js").Queue} next */
  function take(next) {
    entries = entriesOf(next);
    while (texts.length > entries.length) texts.pop()?.node.remove();
    while (texts.length < entries.length) {
      const text = alertText();
      texts.push(text);
      node.append(text.node);
    }
    node.hidden = entries.length === 0;
    setAttribute(node, "data-level", entries[0]?.rule.severity ?? false);
    draw(lastMs);
  }

  /** @param {number} nowMs on the server's clock */
  function draw(nowMs) {
    lastMs = nowMs;
    entries.forEach((entry, n) => texts[n]?.show(entry, nowMs));
  }

  return { node, take, draw };
}

/** One thing that is so. */
function alertText() {
  const sign = element("span", { class: "sign", role: "img" });
  const text = element("span", {});
  const value = element("b", { class: "value" });
  const since = element("span", { class: "since", "aria-hidden": "true" });
  const node = element("span", {}, sign, text, " ", value, " ", since);
  /** @param {Entry} entry @param {number} nowMs */
  function show({ kind, text: said, value: number, sinceMs, rule }, nowMs) {
    setAttribute(node, "data-level", rule.severity);
    setText(sign, ALERT_SIGNS[kind]);
    setAttribute(sign, "aria-label", rule.severity);
    setText(text, said);
    setText(value, number);
    setText(since, `for ${formatAge(nowMs - sinceMs)}`);
    setAttribute(node, "title", conditionOf(rule));
  }
  return { node, show };
}
