// @ts-check
/// <reference lib="dom" />
/**
 * The line at the top of the fleet: how many hosts are how, how much arrives, and what was lost
 * or refused, by reason when asked. A press on a status shows only the hosts that are so.
 */
import { element, setAttribute, setText } from "./dom.js";
import { formatBytes, formatCount, UNKNOWN } from "../../../common/format.js";
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
    const texts = missing.map(({ status, count }) =>
      `${STATUS_SIGNS[status]} ${formatCount(count)} ${status}`
    );
    setText(node, texts.join("  "));
  };
  return { node, draw };
}

/** The totals of the fleet. */
export class Totals {
  /** @type {Map<HostStatus, { button: HTMLElement, count: HTMLElement }>} */
  #statuses = new Map();
  #rate = element("b", {}, UNKNOWN);
  #lost = element("b", {}, UNKNOWN);
  #dropped = element("b", {}, UNKNOWN);
  #reasons = element("dl", {});

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
        this.#dropped,
        " dropped",
      ),
      this.#reasons,
    ));
    const lostHelp = "datagrams that were sent and never came, by their sequence numbers";
    this.node = element(
      "div",
      { class: "totals" },
      statuses,
      element("span", { class: "figure" }, this.#rate, " datagrams/s"),
      element("span", { class: "figure", title: lostHelp }, this.#lost, " lost"),
      dropped,
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
      ` ${status}`,
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

  /** @param {any} totals as docs/API.md describes them; `null` before the first */
  draw(totals) {
    if (totals === null) return;
    for (const [status, { count }] of this.#statuses) {
      setText(count, formatCount(totals.byStatus[status]));
    }
    setText(this.#rate, formatDecimal(totals.datagramsPerSecond));
    setText(this.#lost, formatCount(totals.lost));
    const dropped = Object.entries(totals.dropped);
    setText(this.#dropped, formatCount(dropped.reduce((sum, [, count]) => sum + count, 0)));
    this.#drawReasons(totals, dropped);
  }

  /** @param {any} totals @param {[string, any][]} dropped */
  #drawReasons({ received, receivedBytes, accepted, kernelDropped, forgotten }, dropped) {
    /** @type {[name: string, count: string, help: string][]} */
    const lines = [
      [
        "received",
        `${formatCount(received)} (${formatBytes(receivedBytes)})`,
        "since the server started",
      ],
      ["accepted", formatCount(accepted), "received = accepted + dropped"],
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

/** @param {string} reason @param {number} count @returns {[string, string, string]} */
function reasonLine(reason, count) {
  return [
    reason,
    formatCount(count),
    /** @type {Readonly<Record<string, string>>} */ (DROP_REASONS)[reason] ?? "",
  ];
}

/** @param {number | null} rate */
function formatDecimal(rate) {
  if (rate === null) return UNKNOWN;
  return rate < 99.95 ? rate.toFixed(1) : formatCount(rate);
}
