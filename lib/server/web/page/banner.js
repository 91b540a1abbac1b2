// @ts-check
/// <reference lib="dom" />
/**
 * The banner that says that the server is gone, since when, and why where that is known; and the line that says
 * that a view is behind its sites, or that one of them is silent.
 */
import { element, setText } from "./dom.js";
import { formatAge } from "../../../common/format.js";
import { viewTroubles } from "../../../common/ways.js";

/** @typedef {{ sinceMs: number, reason: string }} Loss since when, and what the server said of it: nothing is "" */

/** How long a connection may take to come back before it is worth a word. */
const PATIENCE_MS = 1500;
/** What a server says in the end, and what that is to those who look at its page. */
const ENDED = "the server ends";
/** The status of an answer without the token. */
const NO_TOKEN = "401";

/**
 * Why the connection was lost, as a sentence and a space; nothing where it is not known.
 *
 * @param {string} reason the server's words, or the status of its answer
 */
export function causeOf(reason) {
  if (reason === "") return "";
  if (reason === NO_TOKEN) return "The server asks for another token than this browser has. ";
  if (/^\d+$/.test(reason)) return `The server refuses to answer (${reason}). `;
  return reason === ENDED ? "The server was stopped. " : `The server hung up: ${reason}. `;
}

/** A banner in an element of the page. @param {HTMLElement} node */
export function lossBanner(node) {
  /** The reason for the loss that is shown. @type {string | null} */
  let shown = null;
  const age = element("span", { "aria-hidden": "true" });

  /** Shows a loss that has lasted, and returns whether there is one. @param {Loss | null} loss @param {number} nowMs */
  function draw(loss, nowMs) {
    const lasting = loss !== null && nowMs - loss.sinceMs > PATIENCE_MS ? loss : null;
    document.documentElement.classList.toggle("is-lost", lasting !== null);
    if (lasting !== null) setText(age, ` for ${formatAge(nowMs - lasting.sinceMs)}`);
    // The words stay as they are, so that a screen reader says them once; the time in them goes on.
    const reason = lasting === null ? null : lasting.reason;
    if (reason !== shown) node.replaceChildren(...(reason === null ? [] : wordsOf(reason)));
    shown = reason;
    return reason !== null;
  }

  /** @param {string} reason */
  function wordsOf(reason) {
    if (reason !== NO_TOKEN) {
      const rest = "; trying again. What you see is what was heard last.";
      return [`${causeOf(reason)}No connection to the server`, age, rest];
    }
    // The server then answers with the page that asks for it.
    const give = element("button", { type: "button", onclick: () => location.reload() }, "Give it");
    return [causeOf(reason), give, " What you see is what was heard last."];
  }

  return { draw };
}

/** The line of a view in an element of the page; the result shows how the view follows. @param {HTMLElement} node */
export function behindLine(node) {
  let shown = "";
  /** @type {readonly HTMLElement[]} */
  let ages = [];
  return (/** @type {import("../../../common/ways.js").ViewState | undefined} */ view) => {
    const troubles = viewTroubles(view);
    const texts = troubles.map(({ text }) => text);
    // As in the banner: words that stay are said once.
    if (texts.join("\n") !== shown) {
      shown = texts.join("\n");
      ages = texts.map(() => element("b", { "aria-hidden": "true" }));
      node.replaceChildren(
        ...texts.flatMap((text, n) => [`${n === 0 ? "◐ " : ""}${text} `, ages[n] ?? ""]),
      );
    }
    troubles.forEach(({ forMs }, n) => setText(ages[n] ?? node, formatAge(forMs)));
  };
}
