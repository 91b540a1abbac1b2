// @ts-check
/// <reference lib="dom" />
/**
 * The banner that says that the server is gone, since when, and why where that is known.
 */
import { element, setText } from "./dom.js";
import { formatAge } from "./format.js";

/** @typedef {{ sinceMs: number, reason: string }} Loss since when, and what the server said of it: nothing is "" */

/** How long a connection may take to come back before it is worth a word. */
const PATIENCE_MS = 1500;
/** What a server says in the end, and what that is to those who look at its page. */
const ENDED = "the server ends";

/** Why the connection was lost, as a sentence and a space; nothing where it is not known. @param {string} reason */
export function causeOf(reason) {
  if (reason === "") return "";
  return reason === ENDED ? "The server was stopped. " : `The server hung up: ${reason}. `;
}

/** A banner in an element of the page. @param {HTMLElement} node */
export function lossBanner(node) {
  /** @type {Loss | null} */
  let shown = null;
  const age = element("span", { "aria-hidden": "true" });

  /** Shows a loss that has lasted, or that there is none. @param {Loss | null} loss @param {number} nowMs */
  function draw(loss, nowMs) {
    const lasting = loss !== null && nowMs - loss.sinceMs > PATIENCE_MS ? loss : null;
    document.documentElement.classList.toggle("is-lost", lasting !== null);
    if (lasting !== null) setText(age, ` for ${formatAge(nowMs - lasting.sinceMs)}`);
    // The words stay as they are, so that a screen reader says them once; the time in them goes on.
    if (lasting === shown) return;
    shown = lasting;
    node.replaceChildren(...(lasting === null ? [] : wordsOf(lasting)));
  }

  /** @param {Loss} loss */
  function wordsOf({ reason }) {
    return [
      `${causeOf(reason)}No connection to the server`,
      age,
      "; trying again. What you see is what was heard last.",
    ];
  }

  return { draw };
}
