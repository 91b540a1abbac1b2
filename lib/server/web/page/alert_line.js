// @ts-check
/// <reference lib="dom" />
/**
 * What is unusual of one host, in words, with the rule beside it when pointed at. It is absent when nothing
 * is.
 */
import { ALERT_SIGNS, conditionOf, entriesOf, muteFilter } from "../../../common/alerts.js";
import { element, setAttribute, setText } from "./dom.js";
import { formatAge } from "../../../common/format.js";
import { notesOf } from "../../../common/host_words.js";
import { muteButtons } from "./mutes.js";
import { popup } from "./popup.js";

/** @typedef {import("../../../common/alerts.js").Entry} Entry */

/** Makes the line of a host. @param {string} id */
export function alertLine(id) {
  const list = element("div", { class: "said", role: "status" });
  const mute = muteButtons(() => muteFilter("", id));
  const more = popup(element(
    "details",
    { class: "mutings" },
    element("summary", { title: "tell nobody of this host's alerts for a while  m" }, "mute…"),
    mute.node,
  ));
  const node = element("div", { class: "unusual", hidden: true }, list, more);
  /** @type {readonly Entry[]} */
  let entries = [];
  /** @type {ReturnType<typeof alertText>[]} */
  const texts = [];
  let lastMs = 0;
  /** @type {any} */
  let lastRow = null;

  /** @param {import("../../../common/alerts.js").Queue} next */
  function take(next) {
    entries = entriesOf(next);
    draw(lastMs, lastRow);
  }

  /** @param {number} nowMs on the server's clock @param {any} row of the host, with its status */
  function draw(nowMs, row) {
    [lastMs, lastRow] = [nowMs, row];
    const notes = row === null ? [] : notesOf(row, nowMs);
    const count = entries.length + notes.length;
    while (texts.length > count) texts.pop()?.node.remove();
    while (texts.length < count) {
      const text = alertText();
      texts.push(text);
      list.append(text.node);
    }
    entries.forEach((entry, n) => texts[n]?.show(entry, nowMs));
    notes.forEach((note, n) => texts[entries.length + n]?.note(note));
    node.hidden = count === 0;
    more.hidden = entries.length === 0;
    setAttribute(node, "data-level", entries[0]?.rule.severity ?? "warning");
  }

  /** Offers to mute what is told; whether something is. */
  function openMute() {
    if (node.hidden || more.hidden) return false;
    more.open = true;
    mute.focus();
    return true;
  }

  return { node, take, draw, openMute };
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
    setText(since, `${number === "" ? "· " : ""}for ${formatAge(nowMs - sinceMs)}`);
    setAttribute(node, "title", conditionOf(rule));
  }
  /** @param {{ sign: string, text: string }} said */
  function note({ sign: mark, text: said }) {
    setAttribute(node, "data-level", "warning");
    setAttribute(node, "title", false);
    setText(sign, mark);
    setAttribute(sign, "aria-label", "note");
    setText(text, said);
    setText(value, "");
    setText(since, "");
  }
  return { node, show, note };
}
