// @ts-check
/// <reference lib="dom" />
/**
 * Who is told of alerts, as it opens from the page's header: what each destination was sent, what waits and
 * what was given up, with a test of all of them; and a mute of whatever a filter is for.
 */
import { command } from "./commands.js";
import { element, setAttribute, setText } from "./dom.js";
import { cleanText } from "../../../common/text.js";
import { formatCount } from "../../../common/format.js";
import { MAX_SEARCH_LENGTH } from "../../../common/limits.js";
import { muteButtons } from "./mutes.js";
import { popup } from "./popup.js";

/**
 * @typedef {object} Destination as docs/API.md describes it
 * @property {string} name
 * @property {string} where
 * @property {number} waiting
 * @property {number} sent
 * @property {number} givenUp
 * @property {string | null} lastError
 */

/** Makes the menu. */
export function alertMenu() {
  const state = element("b", {});
  const list = element("dl", {});
  const results = element("p", { class: "hint", role: "status" });
  const test = element(
    "button",
    { type: "button", onclick: sendTest },
    "Send a test to every destination",
  );
  const filter = element("input", {
    ...{ type: "search", placeholder: "role:db, web-*, alert:cpu", maxlength: MAX_SEARCH_LENGTH },
    ...{ "aria-label": "What to mute", autocomplete: "off", spellcheck: "false" },
  });
  const mute = muteButtons(() => filter.value);
  const body = element(
    "div",
    { class: "alert-menu" },
    list,
    test,
    results,
    element("p", {}, filter, " ", mute.node),
  );
  const summary = element("summary", { title: "who is told of alerts" }, "alerts ", state);
  const node = popup(element("details", { class: "figure alerts" }, summary, body));
  let shown = "";

  /** @param {readonly Destination[]} destinations */
  function draw(destinations) {
    const text = JSON.stringify(destinations);
    if (text === shown) return;
    shown = text;
    const failing = destinations.filter(({ waiting, lastError }) => waiting > 0 && lastError);
    setText(state, failing.length === 0 ? "" : `${failing.length} failing`);
    setAttribute(summary, "data-level", failing.length > 0 && "warning");
    test.hidden = destinations.length === 0;
    list.replaceChildren(
      ...(destinations.length === 0 ? nobody() : destinations.flatMap(linesOf)),
    );
  }

  async function sendTest() {
    test.disabled = true;
    setText(results, "Sending…");
    const { answer, error } = await command("POST", "alerts/test", {});
    /** @type {readonly { name: string, error: string | null }[]} */
    const all = answer?.results ?? [];
    const texts = all.map(({ name, error }) => cleanText(`${name}: ${error ?? "took it"}`));
    setText(results, error || texts.join("; "));
    test.disabled = false;
  }

  return { node, draw };
}

function nobody() {
  const text = "Nobody is told: destinations stand in the file of --alerts (docs/ALERTS.md).";
  return [element("dd", { class: "hint" }, text)];
}

/** @param {Destination} destination */
function linesOf({ name, where, sent, waiting, givenUp, lastError }) {
  const counts = [`${formatCount(sent)} sent`, `${formatCount(waiting)} waiting`];
  if (givenUp > 0) counts.push(`${formatCount(givenUp)} given up`);
  const error = lastError === null ? "" : `; last error: ${lastError}`;
  return [
    element("dt", { title: cleanText(where) }, cleanText(name)),
    element("dd", {}, cleanText(counts.join(", ") + error)),
  ];
}
