// @ts-check
/// <reference lib="dom" />
/**
 * What is muted, until when, with an undo; and the buttons that mute something. What comes of it is told
 * by the stream.
 */
import { command } from "./commands.js";
import { element, setText } from "./dom.js";
import { MUTE_TIMES } from "../../../common/alerts.js";
import { cleanText } from "../../../common/text.js";
import { formatTime } from "../../../common/format.js";

/** @typedef {import("../../../common/alerts.js").ShownMute} ShownMute */

/** Buttons that mute what a filter is for, which is asked for when one is pressed. @param {() => string} filterOf @param {() => void} [onMuted] */
export function muteButtons(filterOf, onMuted = () => {}) {
  const failure = element("span", { class: "failure", role: "status" });
  const buttons = MUTE_TIMES.map(({ label, ms }) =>
    element("button", {
      ...{ type: "button", "aria-label": `mute for ${label}` },
      async onclick() {
        const params = { filter: filterOf(), forMs: String(ms) };
        const { error } = await command("POST", "mute", params);
        setText(failure, error);
        if (error === "") onMuted();
      },
    }, label)
  );
  const node = element("span", { class: "mute" }, "mute for ", ...buttons, failure);
  return { node, focus: () => buttons[0]?.focus() };
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
