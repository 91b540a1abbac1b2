// @ts-check
/// <reference lib="dom" />
/**
 * The parts of the page of one host: what it is, what was, how it is now, and what became of its datagrams.
 */
import { cleanText } from "../../../common/text.js";
import { formatBytes, formatDuration, formatTime, tagsText } from "../../../common/format.js";
import { factsOf, heardText } from "../../../common/host_words.js";
import { STATUS_SIGNS } from "../../../common/status.js";
import { heightFor } from "./chart_options.js";
import { openCharts } from "./charts.js";
import { openCores } from "./cores.js";
import { deliveryPanel } from "./delivery.js";
import {
  devicesSection,
  NAMED_KINDS,
  ownNumbersSection,
  pressureSection,
  section,
} from "./devices.js";
import { element, setAttribute, setText, signed } from "./dom.js";
import { figureList, GROUPS, groupSection } from "./figures.js";
import { forgetButton } from "./forget.js";
import { hostCharts } from "./host_charts.js";
import { indented } from "./indented.js";
import { waySentences } from "../../../common/ways.js";
import { isKept } from "./ranges.js";
import { Series } from "./series.js";
import { sharesLine } from "./shares.js";
import { statusOf } from "./store.js";

/** @typedef {import("./ranges.js").Ranges} Ranges */

/** The groups that stand beside the charts; all others are below them. */
const BESIDE = ["cpu", "memory"];
/** What is said of it in a table. */
const IN_TABLES = ["pressure"];

/** What a host is, and from where and how often it reports. @param {any} detail @returns {string[]} */
function allFacts({ row, rebootedMs, message: { texts = {}, system } }) {
  const { memoryTotalBytes: memory = null, intervalMs, address, tags } = row;
  return [
    ...factsOf(row, texts),
    ...(memory === null ? [] : [`${formatBytes(memory)} memory`]),
    ...(rebootedMs ? [`rebooted ${formatTime(rebootedMs)}`] : []),
    ...(system?.reboot ? ["reboot required"] : []),
    `from ${address}`,
    ...Object.entries(tags).map((tag) => tagsText(Object.fromEntries([tag]))),
    `every ${formatDuration(intervalMs)}`,
  ].map((text) => cleanText(text));
}

/** The parts of the page and what each shows. @param {string} id @param {Ranges} ranges @param {(text: string) => void} onForgotten */
export function hostView(id, ranges, onForgotten) {
  const name = element("h1", {}, cleanText(id));
  const status = element("span", { class: "status" });
  const age = element("span", { class: "hint" });
  const title = element("div", { class: "host-title" }, name, status, age);
  const facts = element("ul", { class: "facts", "aria-label": "Facts", hidden: true });
  const identity = figureList(["Id", "Session"], "identity");
  const cores = openCores();
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
  const shares = sharesLine(kept);
  const delivery = deliveryPanel();
  const ways = element("div", { class: "ways-of-host", hidden: true });
  const other = element("pre", { hidden: true, tabindex: 0 });
  const groups = new Map(
    GROUPS.filter((group) => !IN_TABLES.includes(group)).map((group) => [
      group,
      groupSection(group, ...(group === "cpu" ? [cores.node] : [])),
    ]),
  );
  const isBeside = (/** @type {string} */ group) => BESIDE.includes(group);
  const tables = [pressureSection(), ...NAMED_KINDS.map(devicesSection)];
  const own = ownNumbersSection();
  const about = section(
    "This host",
    identity.node,
    forgetButton(id, () => name.textContent ?? "", onForgotten),
    other,
  );
  const past = element(
    "div",
    { class: "past" },
    element("h2", { class: "spoken" }, "Past"),
    charts.node,
    shares.node,
    delivery.node,
    ways,
  );
  const nodesOf = (/** @type {boolean} */ beside) =>
    Array.from(groups).flatMap(([group, { node }]) => isBeside(group) === beside ? [node] : []);
  const now = element(
    "div",
    { class: "now", role: "region", "aria-label": "Now" },
    ...nodesOf(true),
    ...tables.map(({ node }) => node),
  );
  const below = element("div", { class: "below" }, ...nodesOf(false), own.node, about);
  const node = element("div", { class: "host" }, past, now, below);

  /** @param {any} detail */
  function draw(detail) {
    if (newest === null) charts.reserve(hostCharts(detail, new Series(), kept));
    newest = detail;
    const { row, message } = detail;
    const text = cleanText(row.name);
    setText(name, text);
    setAttribute(name, "title", text);
    tell(facts, "li", allFacts(detail));
    for (const group of groups.values()) group.draw(row, message);
    cores.draw(row, message.cpu);
    for (const part of [...tables, own]) part.draw(message);
    delivery.draw(detail);
    const said = waySentences(detail.ways ?? null);
    ways.hidden = said.length === 0;
    tell(ways, "p", said);
    identity.node.hidden = message.v !== 1;
    identity.draw([message.id, message.session].map((text) => cleanText(text ?? "none")));
    // A sender of no known version: its message is all there is to show.
    other.hidden = message.v === 1;
    if (message.v !== 1) {
      setText(other, cleanText(indented(message)).replaceAll("\\x0a", "\n"));
    }
  }

  /** @param {any} row @param {number} nowMs on the server's clock */
  function drawAge(row, nowMs) {
    const now = statusOf(row, nowMs);
    if (status.dataset.status !== now) {
      status.replaceChildren(...signed(STATUS_SIGNS[now], ` ${now}`));
    }
    setAttribute(status, "data-status", now);
    setAttribute(node, "data-status", now);
    setText(age, heardText(now, nowMs - row.lastSeenMs, row.lastSeenMs));
  }

  return {
    ...{ node, title, facts, draw, drawAge, delivery },
    drawCharts: charts.draw,
    drawShares: shares.draw,
    close() {
      charts.close();
      cores.close();
    },
  };
}

/** Puts each of some texts into an element of its own; only where they changed: a reader may have selected some. @param {HTMLElement} node @param {"li" | "p"} tag @param {readonly string[]} texts */
function tell(node, tag, texts) {
  const told = Array.from(node.children, (child) => child.textContent);
  if (told.join("\n") === texts.join("\n")) return;
  node.replaceChildren(...texts.map((text) => element(tag, {}, text)));
}
