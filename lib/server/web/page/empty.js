// @ts-check
/// <reference lib="dom" />
/**
 * What is shown in place of the table before the first host: the commands that make one appear.
 */
import { element } from "./dom.js";

const LOOPBACK = /^(localhost|.*\.localhost|127\..*|::1|\[::1\])$/;
const EVERY_ADDRESS = /^(0\.0\.0\.0|\[::\])$/;

/**
 * What to type for a host to be seen: on the server's own machine and on others.
 *
 * @param {string} hostname by which the page was reached
 * @param {string} listening where the server listens for agents, as `HOST:PORT HOST:PORT`
 */
export function agentCommands(hostname, listening) {
  const [, address = "0.0.0.0", port = "5005"] = /^(\S+):(\d+)/.exec(listening) ?? [];
  const isAlone = LOOPBACK.test(address);
  const here = EVERY_ADDRESS.test(address) ? "127.0.0.1" : address;
  const isNamed = !LOOPBACK.test(hostname);
  const there = EVERY_ADDRESS.test(address) ? isNamed ? hostname : "THIS-HOST" : address;
  const hint = isAlone
    ? `The server listens on ${address} only: start it with --listen 0.0.0.0:${port} to hear other machines.`
    : there === "THIS-HOST"
    ? "THIS-HOST is the name or address by which others reach the server's machine: see hostname -I there."
    : "";
  return {
    here: `pulso-agent --server ${here}:${port}`,
    there: isAlone ? null : `pulso-agent --server ${there}:${port}`,
    hint,
  };
}

/** The page without a host. */
export function emptyState() {
  const meta = document.querySelector("meta[name=pulso-listening]");
  const { here, there, hint } = agentCommands(
    location.hostname,
    meta?.getAttribute("content") ?? "",
  );
  const pre = (/** @type {string} */ text) =>
    element("pre", { tabindex: 0 }, element("code", {}, text));
  const others = there === null ? [] : [element("p", {}, "On every other machine:"), pre(there)];
  const node = element(
    "section",
    { class: "empty", hidden: true },
    element("h2", {}, "No host has been heard yet"),
    element("p", {}, "On the machine that the server runs on:"),
    pre(here),
    ...others,
    element("p", { class: "hint" }, hint),
    element("p", { class: "hint" }, "It appears here within seconds. Nothing has to be reloaded."),
  );
  return { node, show: (/** @type {boolean} */ isEmpty) => void (node.hidden = !isEmpty) };
}
