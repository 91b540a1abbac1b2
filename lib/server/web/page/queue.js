// @ts-check
/// <reference lib="dom" />
/**
 * The queue of what needs attention: an entry for each thing that is wrong, with its host, since when, how
 * much, and on request by which rule. It is absent when nothing is wrong, and entries stay in their places
 * while somebody points at them or has the focus in them.
 */
import { ALERT_SIGNS, conditionOf, countsOf, entriesOf, NOTHING } from "../../../common/alerts.js";
import { alertDetails } from "./alert_details.js";
import { element, setAttribute, setText } from "./dom.js";
import { formatAge, formatCount, formatCountOf, formatTime } from "../../../common/format.js";
import { isWithModifier } from "./keys.js";
import { muteList } from "./mutes.js";
import { hostPath } from "./paths.js";

/** @typedef {import("../../../common/alerts.js").Entry} Entry */
/** @typedef {import("../../../common/alerts.js").Queue} Queue */

/** So many entries are shown until more are asked for, and on a phone. */
const [MAX_SHOWN, MAX_ON_PHONE] = [6, 3];
const PHONE = matchMedia("(max-width: 700px)");

/** Makes the queue. @param {() => void} onLeave when the keyboard leaves it */
export function openQueue(onLeave) {
  const total = element("span", { class: "total" });
  const heading = element("h2", { id: "needs" }, "Needs attention ", total);
  const more = element("button", { type: "button", class: "more", onclick: showAll });
  const list = element("ul", { class: "queue", onkeydown: onKey });
  const mutes = muteList();
  const node = element(
    "section",
    { class: "needs", "aria-labelledby": "needs", hidden: true },
    element("div", { class: "needs-head" }, heading, more),
    list,
    mutes.node,
  );
  // Always there: what is said is what changes in it.
  const spoken = element("p", { class: "spoken", role: "status" });
  /** @type {Queue} */
  let standing = NOTHING;
  /** @type {Map<string, ReturnType<typeof entryRow>>} */
  let rows = new Map();
  let isWhole = false;
  let nowMs = 0;

  function showAll() {
    isWhole = !isWhole;
    draw(nowMs);
  }

  /** Shows what stands at a time of the server's clock. @param {number} at @param {Queue} [next] */
  function draw(at, next = standing) {
    nowMs = at;
    standing = next;
    const entries = inPlace(entriesOf(standing));
    place(entries);
    const shown = isWhole ? entries.length : PHONE.matches ? MAX_ON_PHONE : MAX_SHOWN;
    entries.forEach((entry, n) => rows.get(entry.key)?.show(entry, nowMs, n >= shown));
    mutes.show(standing.mutes);
    heading.hidden = entries.length === 0;
    node.hidden = entries.length === 0 && standing.mutes.length === 0;
    setText(total, formatCount(standing.total));
    more.hidden = !isWhole && entries.length <= shown;
    setText(more, isWhole ? "fewer" : `${formatCount(entries.length - shown)} more`);
    setAttribute(more, "aria-expanded", String(isWhole));
    const { critical } = countsOf(standing);
    const alerts = formatCountOf(standing.total, "alert");
    setText(spoken, standing.total === 0 ? "" : `${alerts}, ${critical} of them critical`);
  }

  /** In their order, unless somebody is among them: then those that are there stay where they are. @param {readonly Entry[]} entries */
  function inPlace(entries) {
    if (!list.matches(":hover, :focus-within")) return entries;
    const places = [...rows.keys()];
    const at = (/** @type {Entry} */ { key }) => (places.indexOf(key) + 1) || Infinity;
    // Infinity less itself is no number, and those that are new stay in their order.
    return entries.toSorted((a, b) => (at(a) - at(b)) || 0);
  }

  /** Makes and removes rows, and moves none that is in its place. @param {readonly Entry[]} entries */
  function place(entries) {
    const had = list.contains(document.activeElement);
    const before = rows;
    rows = new Map(entries.map(({ key }) => [key, before.get(key) ?? entryRow()]));
    for (const [key, row] of before) if (!rows.has(key)) row.node.remove();
    let at = list.firstElementChild;
    for (const { node: row } of rows.values()) {
      if (row === at) at = row.nextElementSibling;
      else list.insertBefore(row, at);
    }
    if (had && !list.contains(document.activeElement) && !focus()) onLeave();
  }

  /** Gives the focus to the first entry; whether there is one. */
  function focus() {
    return focusOn(0);
  }

  /** @param {number} n */
  function focusOn(n) {
    const all = [...rows.values()].filter(({ node }) => !node.hidden);
    const row = all[Math.max(0, Math.min(n, all.length - 1))];
    row?.focus();
    return row !== undefined;
  }

  /** @param {KeyboardEvent} event */
  function onKey(event) {
    const step = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1 }[event.key];
    if (isWithModifier(event)) return;
    const all = [...rows.values()].filter(({ node }) => !node.hidden);
    const at = all.findIndex(({ node }) => node.contains(document.activeElement));
    if (step !== undefined) focusOn(at + step);
    else if (event.key === "m") all[at]?.mute();
    else if (event.key !== "Escape") return;
    else if (!all[at]?.fold()) onLeave();
    event.preventDefault();
    // The same keys mean other things to the page.
    event.stopPropagation();
  }

  return { node, spoken, draw, focus };
}

/** One entry, which shows another state each time. */
function entryRow() {
  const sign = element("span", { class: "sign", role: "img" });
  const link = element("a", { class: "name", "data-route": true });
  const name = element("span", { class: "name" });
  const what = element("button", { type: "button", class: "what", onclick: unfold });
  // On a phone the link is all of the entry but a button of its own size.
  const said = element("span", { class: "said", "aria-hidden": "true" });
  const unfolder = element("button", {
    ...{ type: "button", class: "unfold", "aria-label": "Details", onclick: unfold },
  }, "⋯");
  const value = element("b", { class: "value" });
  const since = element("span", { class: "since" });
  const details = alertDetails();
  const parts = [sign, link, name, what, said, value, since, unfolder, details.node];
  const node = element("li", {}, ...parts);

  let draw = () => {};

  function unfold() {
    details.node.hidden = !details.node.hidden;
    draw();
  }

  /** Closes what is open of it; whether anything was. */
  function fold() {
    const isOpen = !details.node.hidden;
    if (isOpen) {
      unfold();
      what.focus();
    }
    return isOpen;
  }

  /** Opens what mutes it. */
  function mute() {
    if (details.node.hidden) unfold();
    details.focusMute();
  }

  /** @param {Entry} entry @param {number} nowMs @param {boolean} isBeyond whether there is no room for it */
  function show(entry, nowMs, isBeyond) {
    node.hidden = isBeyond;
    setAttribute(node, "data-level", entry.rule.severity);
    setText(sign, ALERT_SIGNS[entry.kind]);
    setAttribute(sign, "aria-label", entry.rule.severity);
    const isHost = entry.id !== "";
    link.hidden = !isHost;
    name.hidden = isHost;
    setText(isHost ? link : name, entry.name);
    setAttribute(link, "title", entry.name);
    if (isHost) setAttribute(link, "href", hostPath(entry.id));
    setText(what, entry.text);
    setText(said, entry.text);
    setAttribute(what, "title", `${entry.text}. ${conditionOf(entry.rule)}`);
    setText(value, entry.value);
    setText(since, formatAge(nowMs - entry.sinceMs));
    setAttribute(since, "title", `since ${formatTime(entry.sinceMs)}`);
    draw = () => {
      for (const button of [what, unfolder]) {
        setAttribute(button, "aria-expanded", String(!details.node.hidden));
      }
      details.show(entry, nowMs);
    };
    draw();
  }

  return { node, show, fold, mute, focus: () => (link.hidden ? what : link).focus() };
}
