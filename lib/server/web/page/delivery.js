// @ts-check
/// <reference lib="dom" />
/**
 * What became of one host's datagrams, in a sentence, with all counts on demand and the formula of each.
 */
import { element, setAttribute, setText } from "./dom.js";
import { deliverySentence } from "../../../common/host_words.js";
import {
  formatBytes,
  formatClockOffset,
  formatCount,
  formatMs,
  formatTime,
} from "../../../common/format.js";
import { formatLoss } from "../../../common/ways.js";

/**
 * @typedef {object} Figure
 * @property {string} name
 * @property {(detail: any) => string} show
 * @property {string} formula
 */

/** @type {readonly Figure[]} */
const FIGURES = [
  figure(
    "Received",
    (d) => formatCount(d.delivery?.received ?? d.datagrams),
    "Datagrams of this host that came, each counted once.",
  ),
  figure(
    "Lost",
    (d) => formatCount(d.delivery?.lost ?? null),
    "Sequence numbers of its sessions, from the first one heard to the highest, less those that came. One that comes late is taken off again. – where it sends no sequence: then loss cannot be known.",
  ),
  figure(
    "May still come",
    (d) => formatCount(d.delivery?.pending ?? null),
    "Of those lost, the ones among the last 256 sequence numbers: a datagram that is late has not passed that.",
  ),
  figure(
    "Before the first",
    (d) => formatCount(d.delivery?.beforeFirst ?? null),
    "Sequence numbers before the first one that this server heard. Most often it was started later than the agent, so they are not counted as lost.",
  ),
  figure("Lost share", (d) => share(d.delivery), "Lost / (received + lost)."),
  figure(
    "Duplicate",
    (d) => formatCount(d.delivery?.duplicate ?? null),
    "Copies of a sequence number that had come before. They change nothing else.",
  ),
  figure(
    "Reordered",
    (d) => formatCount(d.delivery?.reordered ?? null),
    "Datagrams that came after one with a higher sequence number of the same session.",
  ),
  figure(
    "Too old",
    (d) => formatCount(d.delivery?.old ?? null),
    "Datagrams so far behind that nobody can tell whether they are copies. They are refused.",
  ),
  figure(
    "Restarts",
    (d) => formatCount(d.delivery?.restarts ?? null),
    "How often a new session began: the agent was started anew.",
  ),
  figure(
    "Jitter",
    (d) => formatMs(d.delivery?.jitterMs ?? null),
    "RFC 3550, 6.4.1: J += (|D| − J) / 16, where D is how much longer or shorter the way of a datagram was than that of the one before, by the agent's time stamps and the arrival here.",
  ),
  figure(
    "Clock",
    (d) => formatClockOffset(d.delivery?.clockOffsetMs),
    "The least difference of the last 64 to 128 samples between their arrival and the time they carry: the agent's clock against the server's, with the shortest way here in it. It is shown and never judged.",
  ),
  figure(
    "Interval declared",
    (d) => formatMs(d.row.intervalMs),
    "What the agent says it waits between two samples; 5 s where it says nothing.",
  ),
  figure(
    "Interval seen",
    (d) => formatMs(d.delivery?.intervalSeenMs ?? null),
    "Mean time between two samples as they arrived, told from sequence numbers.",
  ),
  figure(
    "Last sequence",
    (d) => formatCount(d.delivery?.sequence ?? null),
    "The highest sequence number of the present session; the first one is 1.",
  ),
  figure(
    "Sealed",
    (d) => d.row.sealed ? "yes" : "no",
    "Whether its last datagram was encrypted and authenticated with a key of the server's (--key-file), and so is its own beyond doubt.",
  ),
  figure("Bytes", (d) => formatBytes(d.bytes), "Payload of all its datagrams that were accepted."),
  figure(
    "First heard",
    (d) => formatTime(d.firstSeenMs),
    "When its first datagram came to this server since that was started.",
  ),
  figure("Last heard", (d) => formatTime(d.row.lastSeenMs), "When its last datagram came."),
];

/** @param {string} name @param {(detail: any) => string} show @param {string} formula @returns {Figure} */
function figure(name, show, formula) {
  return { name, show, formula };
}

/** @param {any} delivery */
function share(delivery) {
  const { received = 0, lost = 0 } = delivery ?? {};
  return formatLoss({ sent: received + lost, lost });
}

/** The panel: a sentence, which opens to all counts, each with its formula below its line when it is pressed. */
export function deliveryPanel() {
  const sentence = element("b", {});
  const more = element("span", { class: "hint" }, " All counts and their formulas");
  const list = element("div", { class: "figures" });
  const formula = element("p", { class: "formula", id: "formula", hidden: true });
  const node = element(
    "details",
    { class: "delivery" },
    element("summary", {}, sentence, more),
    list,
  );
  const figures = FIGURES.map((figure) => {
    const value = element("b", { class: "number" });
    const button = element(
      "button",
      { type: "button", "aria-expanded": "false", "aria-controls": "formula" },
      element("span", {}, figure.name),
      value,
    );
    button.addEventListener("click", () => toggle(button, figure));
    list.append(button);
    return { button, value, show: figure.show };
  });
  list.append(formula);
  /** The one whose formula is open. @type {HTMLElement | null} */
  let open = null;

  /** @param {HTMLElement} button @param {Figure} figure */
  function toggle(button, figure) {
    const isOpen = open !== button;
    close();
    if (!isOpen) return;
    open = button;
    setAttribute(button, "aria-expanded", "true");
    formula.replaceChildren(element("b", {}, figure.name), ` ${figure.formula}`);
    formula.hidden = false;
    // Below its line, whatever stands in that.
    const top = button.offsetTop;
    const last = figures.findLast(({ button }) => button.offsetTop === top)?.button ?? button;
    last.after(formula);
  }

  function close() {
    if (open !== null) setAttribute(open, "aria-expanded", "false");
    open = null;
    formula.hidden = true;
  }

  /** @param {any} detail */
  const draw = (detail) => {
    const { delivery, datagrams } = detail;
    const { jitterMs = null, clockOffsetMs = null } = delivery ?? {};
    const counts = delivery?.lost === undefined || delivery.lost === null ? null : delivery;
    setText(sentence, deliverySentence(counts, { datagrams, jitterMs, clockOffsetMs }));
    for (const { value, show } of figures) setText(value, show(detail));
  };
  /** Closes the formula or else the counts, as far as they are open; returns whether they were. */
  const closeOne = () => {
    const wasOpen = open !== null || node.open;
    if (open === null) node.open = false;
    close();
    return wasOpen;
  };
  /** Opens or closes the counts. */
  const toggleAll = () => {
    node.open = !node.open;
    if (node.open) node.querySelector("button")?.focus();
  };
  /** Opens the formula of the count that has the focus, or of the first; closes it where one is open. */
  const toggleFormula = () => {
    if (open !== null) return close();
    node.open = true;
    const { button } = figures.find(({ button }) => button === document.activeElement) ??
      figures[0] ?? {};
    button?.focus();
    button?.click();
  };
  return { node, draw, closeOne, toggle: toggleAll, toggleFormula };
}
