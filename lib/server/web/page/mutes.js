// @ts-check
/// <reference lib="dom" />
/**
 * What is muted, until when, with an undo; and the buttons that mute something. What comes of it is told
 * by the stream.
 */
import { command } from "./commands.js";
import { element, setText } from "./dom.js";
import { cleanText } from "../../../common/text.js";
import { formatTime } from "../../../common/format.js";

/** @typedef {import("../../../common/alerts.js").ShownMute} ShownMute */

const HOUR_MS = 3_600_000;
/** For how long may be muted by one press. */
const TIMES = [["1h", HOUR_MS], ["8h", 8 * HOUR_MS], ["1d", 24 * HOUR_MS], ["1w", 168 * HOUR_MS]];

/** Buttons that mute what a filter is for, which is asked for when one is pressed. @param {() => string} filterOf */
export function muteButtons(filterOf) {
  const failure = element("span", { class: "failure", role: "status" });
  const buttons = TIMES.map(([label = "", ms = 0]) =>
    element("button", {
      ...{ type: "button", "aria-label": `mute for ${label}` },
      async onclick() {
        const params = { filter: filterOf(), forMs: String(ms) };
        setText(failure, (await command("POST", "mute", params)).error);
      },
    }, String(label))
  );
  const node = element("span", { class: "mute" }, "mute for ", ...buttons, failure);
  return { node, focus: () => buttons[0]?.focus() };
}

/** The filter of one alert, of all of a rule, or of all of a host. @param {string} rule empty for all @param {string} id of a host; empty for all */
export function muteFilter(rule, id) {
  return [...id && [`id:${quoted(id)}`], ...rule && [`alert:${quoted(rule)}`]].join(" ");
}

/** @param {string} text */
function quoted(text) {
  return /^[\w.-]+$/.test(text) ? text : `"${text}"`;
}

/** What is muted; absent where nothing is. */
export function muteList() {
  const node = element("ul", { class: "mutes", "aria-label": "Muted", hidden: true });
  let shown = "";

  /** @param {readonly ShownMute[]} mutes */
  function show(mutes) {
    const text = JSON.stringify(mutes);
    if (text === shown) return;
    shown = text;
    node.hidden = mutes.length === 0;
    node.replaceChildren(...mutes.map(muteLine));
  }
  return { node, show };
}

/** @param {ShownMute} mute */
function muteLine({ id, filter, untilMs }) {
  const name = cleanText(filter);
  const failure = element("span", { class: "failure", role: "status" });
  const undo = element("button", {
    ...{ type: "button", "aria-label": `undo the mute of ${name}` },
    async onclick() {
      setText(failure, (await command("DELETE", "mute", { id: String(id) })).error);
    },
  }, "undo");
  const until = ` muted until ${formatTime(untilMs)} `;
  return element("li", {}, element("b", {}, name), until, undo, failure);
}
