// @ts-check
/// <reference lib="dom" />
/**
 * The parts of the page of one host: how it is now, its past, its devices, and what became of its
 * datagrams.
 */
import { cleanText } from "../../../common/text.js";
import { formatAge, formatTime, tagsText } from "../../../common/format.js";
import { STATUS_SIGNS } from "../../../common/status.js";
import { heightFor } from "./chart_options.js";
import { openCharts } from "./charts.js";
import { deliveryPanel } from "./delivery.js";
import { coreBars, devicesSection, NAMED_KINDS, ownNumbersSection, section } from "./devices.js";
import { element, setAttribute, setText } from "./dom.js";
import { figureList, hostFigures } from "./figures.js";
import { forgetButton } from "./forget.js";
import { openHeat } from "./heat.js";
import { hostCharts } from "./host_charts.js";
import { indented } from "./indented.js";
import { factsOf, notesOf } from "../../../common/host_words.js";
import { isKept } from "./ranges.js";
import { sharesLine } from "./shares.js";
import { statusOf } from "./store.js";

/** @typedef {import("./ranges.js").Ranges} Ranges */

/** The parts of the page and what each shows. @param {string} id @param {Ranges} ranges @param {(text: string) => void} onForgotten */
export function hostView(id, ranges, onForgotten) {
  const name = element("h1", {});
  const status = element("span", { class: "status" });
  const age = element("span", { class: "hint" });
  const facts = element("p", { class: "hint", hidden: true });
  const title = element("div", { class: "host-title" }, name, status, age, facts);
  const figures = hostFigures();
  const identity = figureList(["Id", "Session", "Tags"], "identity");
  const cores = coreBars();
  const heat = openHeat();
  const kept = isKept();
  /** @type {any} */
  let newest = null;
  const charts = openCharts({
    chartsOf: (shown) => newest === null ? [] : hostCharts(newest, shown, kept),
    heightOf: () => heightFor(innerWidth, innerHeight),
    // Without a store there is nothing finer to be had than what is seen.
    onZoom: (from, until) => kept && ranges.zoom(from, until),
    onBack: () => ranges.back(),
  });
  const shares = sharesLine();
  const lists = [...NAMED_KINDS.map(devicesSection), ownNumbersSection()];
  const coresPart = section("Cores", cores.node, heat.node);
  const delivery = deliveryPanel();
  const other = element("pre", { hidden: true, tabindex: 0 });
  const past = element(
    "div",
    { class: "past" },
    section(
      "Past",
      charts.node,
      shares.node,
    ),
    section(
      "Delivery of its datagrams",
      delivery.node,
      element("p", { class: "hint" }, "Open a number for its formula."),
    ),
  );
  const now = element(
    "div",
    { class: "now" },
    section(
      "Now",
      ...figures.nodes,
      identity.node,
      forgetButton(id, () => name.textContent ?? "", onForgotten),
      other,
    ),
    coresPart,
    ...lists.map(({ node }) => node),
  );
  const node = element("div", { class: "host" }, past, now);

  /** @param {any} detail */
  function draw(detail) {
    newest = detail;
    const { row, message } = detail;
    setText(name, cleanText(row.name));
    const rebooted = detail.rebootedMs ? [`rebooted ${formatTime(detail.rebootedMs)}`] : [];
    const known = [...factsOf(row, message.texts ?? {}), ...rebooted];
    facts.hidden = known.length === 0;
    setText(facts, known.join(" · "));
    figures.draw(row, message);
    cores.draw(row.coresPercent, message.cpu);
    coresPart.hidden = row.coresPercent.length === 0;
    heat.take(row);
    for (const list of lists) list.draw(message);
    delivery.draw(detail);
    identity.node.hidden = message.v !== 1;
    const names = [message.id, message.session].map((text) => cleanText(text ?? "none"));
    identity.draw([...names, cleanText(tagsText(row.tags))]);
    // A sender of no known version: its message is all there is to show.
    other.hidden = message.v === 1;
    if (message.v !== 1) {
      setText(other, cleanText(indented(message)).replaceAll("\\x0a", "\n"));
    }
  }

  /** @param {any} row @param {number} nowMs on the server's clock */
  function drawAge(row, nowMs) {
    const now = statusOf(row, nowMs);
    setText(status, `${STATUS_SIGNS[now]} ${now}`);
    setAttribute(status, "data-status", now);
    setAttribute(node, "data-status", now);
    const seen = now === "live" ? "" : `, last heard ${formatTime(row.lastSeenMs)}`;
    const notes = notesOf({ ...row, status: now }, nowMs).map(({ sign, text }) =>
      `; ${sign} ${text}`
    );
    const heard = `${formatAge(nowMs - row.lastSeenMs)} ago${seen}, from ${row.address}`;
    setText(age, heard + notes.join(""));
  }

  return {
    node,
    title,
    draw,
    drawAge,
    drawCharts: charts.draw,
    drawShares: shares.draw,
    closeFormula: delivery.closeOne,
    close: charts.close,
  };
}
