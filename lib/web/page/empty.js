// @ts-check
/// <reference lib="dom" />
/**
 * What is shown before the first host: the command that makes one appear.
 */
import { element } from "./dom.js";

const LOOPBACK = /^(localhost|.*\.localhost|127\..*|\[::1\])$/;

/** What to type on another machine for it to be seen by the server of a page. @param {string} hostname */
export function agentCommand(hostname) {
  const isLoopback = LOOPBACK.test(hostname);
  return {
    command: `pulso-agent --server ${isLoopback ? "ADDRESS" : hostname}:5005`,
    hint: isLoopback
      ? "ADDRESS is the name or address of the machine that the server runs on. 5005 is the port that it receives on, unless --listen says another."
      : "5005 is the port that the server receives on, unless --listen says another.",
  };
}

/** The page without a host. */
export function emptyState() {
  const { command, hint } = agentCommand(location.hostname);
  const node = element(
    "section",
    { class: "empty", hidden: true },
    element("h2", {}, "No host has been heard yet"),
    element("p", {}, "Run this on each machine that you want to see here:"),
    element("pre", { tabindex: 0 }, element("code", {}, command)),
    element("p", { class: "hint" }, hint),
    element("p", { class: "hint" }, "It appears here within seconds. Nothing has to be reloaded."),
  );
  return { node, show: (/** @type {boolean} */ isEmpty) => void (node.hidden = !isEmpty) };
}
