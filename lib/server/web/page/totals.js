// @ts-check
/// <reference lib="dom" />
/**
 * The line at the top of the fleet: how many hosts are how, how much arrives, and what was lost
 * or refused, by reason when asked. A press on a status shows only the hosts that are so.
 */
import { element, setAttribute, setText, signed } from "./dom.js";
import {
  formatBytes,
  formatCount,
  formatCountOf,
  formatTime,
  UNKNOWN,
} from "../../../common/format.js";
import { DROP_REASONS, HOST_STATUSES, STATUS_SIGNS } from "../../../common/status.js";
import { BASE } from "./paths.js";
import { popup } from "./popup.js";
import { missingOf } from "./tab.js";

/** @typedef {import("../../../common/status.js").HostStatus} HostStatus */

/** How many hosts are missing, as in the tab's title; one press shows them first. */
export function missingLink() {
  const node = element("a", { class: "missing", "data-route": true, hidden: true });
  node.href = `${BASE}?sort=status&order=desc`;
  /** @param {Record<HostStatus, number>} counts */
  const draw = (counts) => {
    const missing = missingOf(counts);
    node.hidden = missing.length === 0;
    const nodes = missing.map(({ status, count }) =>
      element(
        "span",
        { class: "status", "data-status": status },
        ...signed(STATUS_SIGNS[status], ` ${formatCount(count)} ${status}`),
      )
    );
    const text = nodes.map(({ textContent }) => textContent).join("");
    if (node.textContent !== text) node.replaceChildren(...nodes);
  };
  return { node, draw };
}

const LOST_HELP = "datagrams were sent and never came, by their sequence numbers";

/** The totals of the fleet. */
export class Totals {
  /** @type {Map<HostStatus, { button: HTMLElement, count: HTMLElement }>} */
  #statuses = new Map();
  #rate = element("b", {}, UNKNOWN);
  #lost = element("b", {}, UNKNOWN);
  #lostOf = element("span", { class: "figure" }, "lost ", this.#lost);
  #clock = element("span", { class: "figure time-of-day", title: "the server's clock" });
  #dropped = element("b", {}, UNKNOWN);
  #reasons = element("dl", {});
  #missing = element("b", { class: "missing", role: "status", hidden: true });

  /** @param {(status: HostStatus) => void} onStatus */
  constructor(onStatus) {
    const statuses = element("div", {
      class: "statuses",
      role: "group",
      "aria-label": "Show only",
    });
    for (const status of HOST_STATUSES) statuses.append(this.#status(status, onStatus));
    const dropped = popup(element(
      "details",
      { class: "figure dropped" },
      element(
        "summary",
        { title: "datagrams that arrived and were refused" },
        "dropped ",
        this.#dropped,
      ),
      this.#reasons,
    ));
    this.node = element(
      "div",
      { class: "totals" },
      statuses,
      element("span", { class: "figure", title: "datagrams per second" }, this.#rate, "/s"),
      this.#lostOf,
      dropped,
      this.#clock,
      this.#missing,
    );
  }

  /** @param {HostStatus} status @param {(status: HostStatus) => void} onStatus */
  #status(status, onStatus) {
    const count = element("b", {}, UNKNOWN);
    const mark = element("span", { class: "mark", "aria-hidden": "true" }, STATUS_SIGNS[status]);
    const button = element(
      "button",
      { type: "button", class: "status", "data-status": status, onclick: () => onStatus(status) },
      mark,
      count,
      element("span", { class: "word" }, ` ${status}`),
    );
    this.#statuses.set(status, { button, count });
    return button;
  }

  /** Shows which statuses are chosen. @param {readonly HostStatus[]} chosen */
  setChosen(chosen) {
    for (const [status, { button }] of this.#statuses) {
      setAttribute(button, "aria-pressed", String(chosen.includes(status)));
    }
  }

  /** @param {any} totals as docs/API.md describes them; `null` before the first @param {number} nowMs on the server's clock */
  draw(totals, nowMs) {
    if (totals === null) return;
    for (const [status, { button, count }] of this.#statuses) {
      setText(count, formatCount(totals.byStatus[status]));
      setAttribute(button, "data-zero", totals.byStatus[status] === 0);
    }
    setText(this.#rate, formatDecimal(totals.datagramsPerSecond));
    setText(this.#lost, lostShare(totals));
    setAttribute(this.#lostOf, "title", `${formatCount(totals.lost)} ${LOST_HELP}`);
    setText(this.#clock, formatClock(nowMs));
    setText(this.#missing, missingText(totals.missing ?? []));
    this.#missing.hidden = !totals.missing?.length;
    const dropped = Object.entries(totals.dropped);
    setText(this.#dropped, formatCount(dropped.reduce((sum, [, count]) => sum + count, 0)));
    this.#drawReasons(totals, dropped);
  }

  /** @param {any} totals @param {[string, any][]} dropped */
  #drawReasons({ received, receivedBytes, accepted, copies, kernelDropped, forgotten }, dropped) {
    /** @type {[name: string, count: string, help: string][]} */
    const lines = [
      [
        "received",
        `${formatCount(received)} (${formatBytes(receivedBytes)})`,
        "since the server started",
      ],
      ["accepted", formatCount(accepted), "received = accepted + copies + dropped"],
      ...(copies ? [copiesLine(copies)] : []),
      ...dropped.map(([reason, count]) => reasonLine(reason, count)),
      ["kernel dropped", formatCount(kernelDropped), "the server's socket was full; not received"],
      ["forgotten", formatCount(forgotten), "hosts that made room for others"],
    ];
    const text = JSON.stringify(lines);
    if (this.#reasons.dataset.lines === text) return;
    this.#reasons.dataset.lines = text;
    this.#reasons.replaceChildren(...lines.flatMap(([name, count, help]) => [
      element("dt", {}, name),
      element("dd", {}, element("b", {}, count), ` ${help}`),
    ]));
  }
}

/** What a front leaves out, as some of its views do not answer. @param {readonly { view: string, failure: string, hosts: number | null }[]} missing */
export function missingText(missing) {
  return missing.map(({ view, failure, hosts }) => {
    const unknown = hosts === null ? "its hosts" : formatCountOf(hosts, "host");
    return `${view} does not answer (${failure}): ${unknown} not shown`;
  }).join("; ");
}

/** @param {number} copies @returns {[string, string, string]} */
function copiesLine(copies) {
  return ["copies", formatCount(copies), "another site had delivered the same"];
}

/** @param {string} reason @param {number} count @returns {[string, string, string]} */
function reasonLine(reason, count) {
  return [
    reason,
    formatCount(count),
    /** @type {Readonly<Record<string, string>>} */ (DROP_REASONS)[reason] ?? "",
  ];
}

/** Of all that were sent, as far as that is known. @param {{ lost: number | null, accepted: number }} totals */
export function lostShare({ lost, accepted }) {
  if (lost === null || lost + accepted === 0) return UNKNOWN;
  const percent = 100 * lost / (lost + accepted);
  if (lost === 0) return "0";
  if (percent < 0.005) return "under 0.01%";
  return `${percent.toFixed(percent < 0.095 ? 2 : percent < 9.95 ? 1 : 0)}%`;
}

/** The time of day of this computer's time zone. @param {number} nowMs */
function formatClock(nowMs) {
  return formatTime(nowMs).split(", ").at(-1) ?? "";
}

/** @param {number | null} rate */
function formatDecimal(rate) {
  if (rate === null) return UNKNOWN;
  return rate < 99.95 ? rate.toFixed(1) : formatCount(rate);
}
