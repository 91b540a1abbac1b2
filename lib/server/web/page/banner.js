// @ts-check
/// <reference lib="dom" />
/**
 * The banner that says that the server is gone, since when, and why where that is known.
 */
import { element, setText } from "./dom.js";
import { formatAge } from "../../../common/format.js";

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
