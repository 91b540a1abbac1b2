// @ts-check
/// <reference lib="dom" />
/**
 * What the page asks or tells above everything else: the keys that there are, and for how long to mute
 * something. Esc, or a press beside it, closes it.
 */
import { muteFilter, quoted } from "../../../common/alerts.js";
import { groupTitle } from "../../../common/host_words.js";
import { element } from "./dom.js";
import { cleanText } from "../../../common/text.js";
import { muteButtons } from "./mutes.js";

/** @typedef {readonly (readonly [keys: string, does: string])[]} Entries */

/** What keys do, by where. @type {Readonly<Record<string, Entries>>} */
export const KEYS = {
  "Everywhere": [
    ["1 2 3 4", "table, grid, compare, ways"],
    ["/", "filter; Enter or ↓ leads to what it has found, Esc clears it"],
    ["Esc Backspace", "back, or out of what is open"],
    ["p", "freeze the page, or go on; in a replay: the record"],
    ["v", "saved views"],
    ["t", "light, dark, or as the system has it"],
    ["?", "this help"],
  ],
  "Table": [
    ["j k ↑ ↓", "select"],
    ["PgUp PgDn Space", "by a page"],
    ["Home End G", "the first, the last"],
    ["Enter", "open a host; open a group, or fold it"],
    ["a", "what needs attention: j k select there, Enter opens the host"],
    ["!", "who is offline or stale first"],
    ["s", "sort by the next column"],
    ["r S", "the other way round"],
    ["g", "group by the next tag"],
    ["c", "columns"],
    ["x", "pick a host to be compared, or no more"],
    ["m", "mute what is selected"],
  ],
  "One host": [
    ["n N", "the next host of the list, the one before"],
    ["[ ]", "a shorter, a longer range, where a past is kept"],
    ["← →", "earlier, later"],
    ["d", "all counts of its datagrams"],
    ["f", "the formula of one: Tab goes to the next"],
    ["x", "pick it to be compared, or no more"],
    ["m", "mute it"],
  ],
  "Grid": [["j k h l ↑ ↓ ← →", "another cell"], ["Enter", "open its host"]],
  "Compare": [["s r", "the next metric, the one before"], ["[ ] ← →", "the range"], [
    "x",
    "those with the most, and none that is picked",
  ]],
  "Replay": [[", .", "a minute back or ahead"], ["< >", "ten minutes back or ahead"], [
    "+ -",
    "faster, slower",
  ]],
};

/** Opens one; the result closes it. @param {string} label @param {...(string | Node)} children */
function open(label, ...children) {
  const node = element("dialog", { "aria-label": label }, ...children);
  node.addEventListener("close", () => node.remove());
  node.addEventListener("click", ({ target }) => target === node && node.close());
  document.body.append(node);
  node.showModal();
  return () => node.close();
}

/** Tells what keys do. */
export function openHelp() {
  const parts = Object.entries(KEYS).map(([where, entries]) =>
    element(
      "section",
      {},
      element("h2", {}, where),
      element(
        "dl",
        {},
        ...entries.map(([keys, does]) =>
          element(
            "div",
            {},
            element("dt", {}, ...keys.split(" ").map((key) => element("kbd", {}, key))),
            element("dd", {}, does),
          )
        ),
      ),
    )
  );
  const button = element("button", { type: "button", onclick: () => close() }, "Close");
  const head = element("div", { class: "head-of" }, element("h1", {}, "Keys"), button);
  const close = open("Keys", head, element("div", { class: "keys" }, ...parts));
}

/** Asks for how long to tell nobody of the alerts of what a filter lets through. @param {string} filter @param {string} name what that is called */
export function askMute(filter, name) {
  const mute = muteButtons(() => filter, () => close());
  const title = element("p", { class: "asked" }, element("b", {}, cleanText(name)));
  const close = open("Mute", title, mute.node);
  mute.focus();
}

/** Asks for how long to mute what a line of the table stands for: a host, or a group but that of hosts without the tag. @param {import("./store.js").Row | import("./selection.js").GroupLine | undefined} row */
export function muteRow(row) {
  if (row === undefined) return;
  if (!("group" in row)) return askMute(muteFilter("", row.id), row.name);
  const { tag, group: { value } } = row;
  if (value !== "") askMute(`${tag}:${quoted(value)}`, groupTitle(tag, value));
}
