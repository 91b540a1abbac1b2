// @ts-check
/// <reference lib="dom" />
/**
 * The page of one host: what is asked of the server for it, and what its keys do.
 */
import { alertLine } from "./alert_line.js";
import { comparePath } from "./compare.js";
import { element, setText } from "./dom.js";
import { cleanText } from "../../../common/text.js";
import { listenForKeys } from "./keys.js";
import { askMute } from "./dialog.js";
import { fleetPath, hostBeside } from "./list.js";
import { hostView } from "./host_view.js";
import { KeptPast } from "./past.js";
import { muteFilter } from "../../../common/alerts.js";
import { BASE, gridPath, hostPath, waysPath } from "./paths.js";
import { isPicked, pick, pickedCount, pickedPath } from "./picks.js";
import { isKept, Ranges } from "./ranges.js";
import { withRange } from "./range.js";
import { pastOf, Series } from "./series.js";
import { statusOf } from "./store.js";
import { Stream } from "./stream.js";
import { missingLink } from "./totals.js";

/** @typedef {import("./main.js").Surroundings} Surroundings */

/** Opens the page; the result closes it. @param {string} id @param {Surroundings} surroundings @returns {() => void} */
export function openHostPage(id, { header, main, go, tab, onTotals, onState }) {
  const search = `?host=${encodeURIComponent(id)}`;
  /** @type {any} */
  let detail = null;
  /** The server's clock as it was told last, as in a `Store`. */
  let nowMs = 0;
  let isOpen = true;
  /** Whether the host, and what is unusual of it, were told. */
  let isShown = false;
  /** A part of the past that came before. @type {any} */
  let early = null;
  /** What the server said when it was told to forget the host. */
  let forgotten = "";
  const series = new Series();
  const ranges = new Ranges({
    url: (span) => `${BASE}api/history${search}&${span}`,
    nowMs: () => nowMs,
    onChoose: () => ranges.isLive && view.drawCharts(series, true),
    onAnswer: takePast,
    onFailure: (error) => showFailure(error),
  });
  const view = hostView(id, ranges, (text) => tellForgotten(text));
  const back = element(
    "a",
    { href: fleetPath(), class: "back", "data-route": true },
    "← Fleet",
  );
  const message = element("p", { class: "hint", role: "status" }, "Asking the server…");
  const missing = missingLink();
  const unusual = alertLine(id);
  const compare = element("a", { class: "button", "data-route": true, title: "key 3" });
  showPicks();
  header.replaceChildren(back, view.title, missing.node, ranges.bar, ranges.label, compare);
  for (const part of [header, main]) part.addEventListener("click", carryRange, true);
  main.replaceChildren(view.facts, message, unusual.node, view.node);
  view.node.hidden = true;

  /** What came before; asked for again after an interruption, for what came meanwhile. */
  async function loadHistory() {
    const response = await fetch(`${BASE}api/history${search}`);
    if (!isOpen || !response.ok) return;
    series.begin(await response.json());
    if (detail !== null) take(detail);
  }

  /** Leads to all that are picked, where this is one of them. */
  function showPicks() {
    setText(compare, isPicked(id) ? `Compare ${pickedCount()}` : "Compare");
    compare.href = isPicked(id) ? pickedPath("") : comparePath({ hosts: [id] });
  }

  /** Goes on to another host of the list, with the same range. @param {1 | -1} by */
  async function goBeside(by) {
    const next = await hostBeside(id, by);
    if (!isOpen) return;
    if (next !== null) {
      const { pathname, search } = new URL(hostPath(next), location.href);
      return go(pathname + withRange(search, ranges.isLive ? null : ranges.span), true);
    }
    message.hidden = false;
    setText(message, `No host ${by > 0 ? "below" : "above"} this one in the list.`);
  }

  /** A link to where hosts are compared keeps the range. @param {Event} event */
  function carryRange({ target }) {
    const link = target instanceof Element ? target.closest("a") : null;
    if (link?.pathname.endsWith("/compare")) {
      link.search = withRange(link.search, ranges.isLive ? null : ranges.span);
    }
  }

  /** A part of the past has come. @param {any} answer */
  function takePast(answer) {
    if (!isShown) return void (early = answer);
    const past = ranges.isLive ? new KeptPast(answer) : pastOf(answer);
    view.drawShares(answer);
    if (past instanceof KeptPast && ranges.isLive) series.join(past);
    view.drawCharts(ranges.isLive ? series : past, !ranges.isLive);
  }

  /** @param {string} text */
  function tellForgotten(text) {
    forgotten = text;
    message.hidden = false;
    setText(message, `${text}.`);
  }

  /** @param {any} next */
  function take(next) {
    // The server's clock was set, or the host is a new one to it: all times are others.
    // Or time went back, as it does in a replay.
    const isOther = detail !== null &&
      (detail.firstSeenMs !== next.firstSeenMs || next.nowMs < detail.nowMs);
    detail = next;
    if (isOther) loadHistory().catch(showFailure);
    series.extend(next.row, next.message.extra, next.message);
    tab.call(`${cleanText(next.row.name)} – Pulso`);
    if (isShown) draw();
  }

  /** Not before what is unusual is known, which follows: all else would move down for it. */
  function show() {
    if (detail === null || isShown) return;
    isShown = true;
    view.node.hidden = view.facts.hidden = false;
    draw();
    if (early !== null) takePast(early);
  }

  function draw() {
    message.hidden = forgotten === "";
    view.draw(detail);
    if (ranges.isLive) view.drawCharts(series);
    drawAge();
  }

  function drawAge() {
    if (detail === null) return;
    view.drawAge(detail.row, nowMs);
    unusual.draw(nowMs, { ...detail.row, status: statusOf(detail.row, nowMs) });
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
        show();
        onTotals(next.totals);
        missing.draw(next.totals.byStatus);
        drawAge();
      },
      alerts: (next) => {
        unusual.take(next);
        show();
      },
      gone: () => {
        if (forgotten !== "") return;
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

  /** Of a host that is not known the stream says so. @param {unknown} error */
  function showFailure(error) {
    if (!isOpen || detail === null) return;
    message.hidden = false;
    setText(message, `Cannot get the history of this host: ${error}`);
  }

  if (isKept()) ranges.load();
  const commands = {
    ...{ 1: () => go(fleetPath()), 2: () => go(gridPath(fleetPath().slice(BASE.length))) },
    ...{ 3: () => compare.click(), 4: () => hasWays() && go(waysPath()) },
    ...{ n: () => goBeside(1), N: () => goBeside(-1), x: () => pick(id, showPicks) },
    ...{ d: view.delivery.toggle, f: view.delivery.toggleFormula },
    m: () => unusual.openMute() || askMute(muteFilter("", id), detail?.row.name ?? id),
    Escape: () => view.delivery.closeOne() || go(fleetPath()),
  };
  const ignoreKeys = listenForKeys(
    commands,
    (event) => ranges.onKey(event) && event.preventDefault(),
  );
  return () => {
    isOpen = false;
    stream.close();
    ranges.close();
    ignoreKeys();
    for (const part of [header, main]) part.removeEventListener("click", carryRange, true);
    view.close();
  };
}

/** Whether there are several ways to look at. */
function hasWays() {
  return document.documentElement.classList.contains("has-ways");
}
