// @ts-check
/// <reference lib="dom" />
/**
 * The page of one host: how it is now, its recent past, its devices, and what became of its
 * datagrams.
 */
import { STATUS_SIGNS } from "../../../common/status.js";
import { openCharts } from "./charts.js";
import { alertLine } from "./alert_line.js";
import { deliveryPanel } from "./delivery.js";
import { coreBars, devicesSection, NAMED_KINDS, ownNumbersSection, section } from "./devices.js";
import { element, setAttribute, setText } from "./dom.js";
import { figureList, hostFigures } from "./figures.js";
import { fleetPath } from "./fleet_page.js";
import { cleanText } from "../../../common/text.js";
import { formatAge, formatTime, tagsText } from "../../../common/format.js";
import { openHeat } from "./heat.js";
import { notesOf } from "./notes.js";
import { indented } from "./indented.js";
import { BASE } from "./paths.js";
import { Ranges } from "./ranges.js";
import { Series } from "./series.js";
import { statusOf } from "./store.js";
import { Stream } from "./stream.js";
import { missingLink } from "./totals.js";

/** @typedef {import("./main.js").Surroundings} Surroundings */

/** Opens the page; the result closes it. @param {string} id @param {Surroundings} surroundings @returns {() => void} */
export function openHostPage(id, { header, main, go, tab, onState }) {
  const search = `?host=${encodeURIComponent(id)}`;
  const series = new Series();
  const ranges = new Ranges({
    search,
    nowMs: () => nowMs,
    onPast: (past) => view.drawCharts(past ?? series),
    onFailure: (error) => showFailure(error),
  });
  const view = hostView(ranges);
  const back = element(
    "a",
    { href: fleetPath(), class: "back", "data-route": true },
    "← All hosts",
  );
  const message = element("p", { class: "hint", role: "status" }, "Asking the server…");
  const missing = missingLink();
  const unusual = alertLine();
  header.replaceChildren(back, view.title, missing.node);
  main.replaceChildren(message, unusual.node, view.node);
  view.node.hidden = true;
  /** @type {any} */
  let detail = null;
  /** The server's clock as it was told last, as in a `Store`. */
  let nowMs = 0;
  let isOpen = true;

  /** What came before; asked for again after an interruption, for what came meanwhile. */
  async function loadHistory() {
    const response = await fetch(`${BASE}api/history${search}`);
    if (!isOpen || !response.ok) return;
    series.begin(await response.json());
    if (detail !== null) take(detail);
  }

  /** @param {any} next */
  function take(next) {
    // The server's clock was set, or the host is a new one to it: all times are others.
    // Or time went back, as it does in a replay.
    const isOther = detail !== null &&
      (detail.firstSeenMs !== next.firstSeenMs || next.nowMs < detail.nowMs);
    detail = next;
    if (isOther) loadHistory().catch(showFailure);
    if (view.node.hidden) ranges.start().catch(showFailure);
    series.extend(next.row, next.message.extra, next.message);
    message.hidden = true;
    view.node.hidden = false;
    tab.call(`${cleanText(next.row.name)} – Pulso`);
    view.draw(next);
    if (ranges.isLive) view.drawCharts(series);
    drawAge();
  }

  function drawAge() {
    if (detail === null) return;
    view.drawAge(detail.row, nowMs);
    unusual.draw(nowMs);
    const isOther = series.goOn(nowMs, detail.row.intervalMs);
    if (ranges.isLive && isOther) view.drawCharts(series);
    ranges.tick();
  }

  const stream = new Stream({
    url: () => `${BASE}api/stream${search}`,
    on: {
      host: (next) => {
        nowMs = next.nowMs;
        take(next);
      },
      tick: (next) => {
        nowMs = next.nowMs;
        tab.count(next.totals.byStatus);
        missing.draw(next.totals.byStatus);
        drawAge();
      },
      alerts: unusual.take,
      gone: () => {
        message.hidden = false;
        const text = detail === null
          ? "The server knows no host by this id. It may have been forgotten, or not yet heard."
          : "The server has forgotten this host. These are the last values.";
        setText(message, text);
      },
    },
    onState: (lostSinceMs, reason) => {
      onState(lostSinceMs, reason);
      if (lostSinceMs === null) loadHistory().catch(showFailure);
    },
  });

  /** @param {unknown} error */
  function showFailure(error) {
    if (!isOpen) return;
    message.hidden = false;
    setText(message, `Cannot get the history of this host: ${error}`);
  }

  const onKey = (/** @type {KeyboardEvent} */ event) => {
    if (event.key !== "Escape") return;
    if (!view.closeFormula()) go(fleetPath());
  };
  addEventListener("keydown", onKey);
  return () => {
    isOpen = false;
    stream.close();
    ranges.close();
    removeEventListener("keydown", onKey);
    view.close();
  };
}

/**
 * What a host is, in a few words; only what it says.
 *
 * @param {any} detail
 */
function factsOf({ row, rebootedMs, message: { texts = {} } }) {
  const { os, kernel, arch, cpu, agent } = texts;
  const cores = row.coresPercent.length;
  return [
    ...[os, kernel, arch, cpu && (cores > 0 ? `${cores} × ${cpu}` : cpu)],
    ...[row.uptimeSeconds !== null && `up ${formatAge(1_000 * row.uptimeSeconds)}`],
    ...[rebootedMs && `rebooted ${formatTime(rebootedMs)}`],
    ...[agent && `agent ${agent}`],
  ].map((text) => cleanText(text || "")).filter((text) => text !== "");
}

/** The parts of the page and what each shows. @param {Ranges} ranges */
function hostView(ranges) {
  const name = element("h1", {});
  const status = element("span", { class: "status" });
  const age = element("span", { class: "hint" });
  const facts = element("p", { class: "hint", hidden: true });
  const title = element("div", { class: "host-title" }, name, status, age, facts);
  const figures = hostFigures();
  const identity = figureList(["Id", "Session", "Tags"], "identity");
  const cores = coreBars();
  const heat = openHeat();
  const charts = openCharts((from, until) => ranges.zoom(from, until));
  const lists = [...NAMED_KINDS.map(devicesSection), ownNumbersSection()];
  const delivery = deliveryPanel();
  const other = element("pre", { hidden: true, tabindex: 0 });
  const past = element(
    "div",
    { class: "past" },
    section(
      "Past",
      ranges.bar,
      charts.node,
      ranges.shares,
      element(
        "p",
        { class: "hint" },
        "Drag to zoom, double click to see all again. A gap is where nothing arrived.",
      ),
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
    section("Now", ...figures.nodes, identity.node, other),
    section("Cores", cores.node, heat.node),
    ...lists.map(({ node }) => node),
  );
  const node = element("div", { class: "host" }, past, now);

  /** @param {any} detail */
  function draw(detail) {
    const { row, message } = detail;
    setText(name, cleanText(row.name));
    const known = factsOf(detail);
    facts.hidden = known.length === 0;
    setText(facts, known.join(" · "));
    figures.draw(row, message);
    cores.draw(row.coresPercent, message.cpu);
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
    closeFormula: delivery.closeOne,
    close: charts.close,
  };
}
