// @ts-check
/// <reference lib="dom" />
/**
 * What is shown in place of the table before the first host: the commands that make one appear.
 */
import { element, setText } from "./dom.js";
import { formatCount } from "../../../common/format.js";

const LOOPBACK = /^(localhost|.*\.localhost|127\..*|::1|\[::1\])$/;
const EVERY_ADDRESS = /^(0\.0\.0\.0|\[::\])$/;

/** What every page says then. */
export const NO_HOST = "No host has been heard yet";

/** An address without the brackets that only a port asks for. @param {string} address */
function bare(address) {
  return address.replace(/^\[(.*)\]$/, "$1");
}

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
    byHand: `printf '{"v":1,"host":"by-hand"}' | nc -u -w1 ${bare(isAlone ? here : there)} ${port}`,
    hint,
  };
}

/** What to type, which a press copies where the browser lets pages copy. @param {string} text */
function typed(text) {
  const copy = element("button", { type: "button", onclick: copyText }, "Copy");
  copy.hidden = navigator.clipboard === undefined;
  async function copyText() {
    await navigator.clipboard.writeText(text);
    setText(copy, "Copied");
  }
  const code = element("pre", { tabindex: 0 }, element("code", {}, text));
  return element("div", { class: "typed" }, code, copy);
}

/** The page without a host; it says why none appears. */
export function emptyState() {
  const meta = document.querySelector("meta[name=pulso-listening]");
  const listening = meta?.getAttribute("content") ?? "";
  const { here, there, byHand, hint } = agentCommands(location.hostname, listening);
  const others = there === null ? [] : [element("p", {}, "On every other machine:"), typed(there)];
  const [received, refused] = [element("dd", {}), element("dd", {})];
  const node = element(
    "section",
    { class: "empty", hidden: true },
    element("h2", {}, NO_HOST),
    element("p", {}, "On the machine that the server runs on:"),
    typed(here),
    ...others,
    element("p", { class: "hint" }, hint),
    element("p", { class: "hint" }, "It appears here within seconds. Nothing has to be reloaded."),
    element("h2", {}, "No agent at hand? Any program can be a host"),
    typed(byHand),
    element("h2", {}, "Nothing appears?"),
    element(
      "dl",
      {},
      ...[element("dt", {}, "Datagrams received"), received],
      ...[element("dt", {}, "Refused"), refused],
      ...[element("dt", {}, "Listening on"), element("dd", {}, listening || "nothing")],
    ),
    element(
      "p",
      { class: "hint" },
      "While 0 are received, nothing reaches this machine: look at the firewalls on the way. " +
        "Why datagrams are refused stands above, under “dropped”.",
    ),
  );

  /** @param {boolean} isEmpty @param {{ received: number, dropped: Record<string, number> } | null} totals */
  function show(isEmpty, totals) {
    node.hidden = !isEmpty;
    if (!isEmpty || totals === null) return;
    setText(received, formatCount(totals.received));
    setText(refused, formatCount(Object.values(totals.dropped).reduce((a, b) => a + b, 0)));
  }
  return { node, show };
}
