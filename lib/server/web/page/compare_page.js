// @ts-check
/// <reference lib="dom" />
/**
 * The page on which one metric of several hosts is compared over a range: lines over each other, each by
 * itself below, and their figures beside, all of it live and in the URL.
 */
import { cleanText } from "../../../common/text.js";
import { openCharts } from "./charts.js";
import { compareTools } from "./compare_tools.js";
import { element, setText } from "./dom.js";
import { NO_HOST } from "./empty.js";
import { listenForKeys } from "./keys.js";
import { fleetPath } from "./list.js";
import { figuresTable } from "./compared_figures.js";
import { Comparison, MEAN } from "./past.js";
import { BASE, gridPath } from "./paths.js";
import { asked, comparedMetrics, compareSearch, metricOf, Places, readCompare } from "./compare.js";
import { spanSearch, withRange } from "./range.js";
import { isKept, Ranges } from "./ranges.js";
import { Stream } from "./stream.js";
import { viewTabs } from "./tabs.js";
import { Totals } from "./totals.js";

/** @typedef {import("./main.js").Surroundings} Surroundings */
/** @typedef {import("./chart_options.js").Chart} Chart */

/** Small charts are so high, and higher on a wide screen. */
const [SMALL, SMALL_WIDE] = [104, 180];
const [PHONE, NARROW, WIDE] = [700, 1_000, 2_000];
/** What a large one leaves of the window, and how high it is on a narrow one. */
const [REST, REST_WIDE, LEAST] = [380, 470, 260];

/** Opens the page; the result closes it. @param {Surroundings} surroundings @returns {() => void} */
export function openComparePage({ header, main, go, tab, onTotals, onState }) {
  const kept = isKept();
  let query = readCompare(location.search, kept);
  let nowMs = 0;
  let isOpen = true;
  let isOther = true;
  const places = new Places();
  /** @type {Comparison | null} */
  let shown = null;

  const ranges = new Ranges({
    url: urlOf,
    nowMs: () => nowMs,
    onChoose: () => isOther = true,
    onAnswer: take,
    onFailure: showFailure,
  });
  const totals = new Totals((status) => go(`${BASE}?status=${status}`));
  const tabs = viewTabs("compare", {
    hosts: fleetPath,
    grid: () => gridPath(fleetPath().slice(BASE.length)),
    compare: () => location.href,
  });
  const tools = compareTools({
    kept,
    onChange: (next) => change({ ...query, ...next }),
    url: () => urlOf(spanSearch(stillRange())),
    link: () => location.origin + location.pathname + withRange(location.search, stillRange()),
  });
  const figures = figuresTable((id) => overlay.focus(id));
  const message = element("p", { class: "hint", role: "status" }, "Asking the server…");
  const title = element("h2", {});
  const about = element("span", { class: "hint" });
  const onZoom = (/** @type {number} */ from, /** @type {number} */ until) =>
    ranges.zoom(from, until);
  const onBack = () => ranges.back();
  const overlay = openCharts({
    chartsOf: () => [overlayOf(shown)],
    heightOf: bigHeight,
    onZoom,
    onBack,
  });
  const each = openCharts({ chartsOf: () => eachOf(shown), heightOf: smallHeight, onZoom, onBack });
  const head = element("div", { class: "compare-head" }, title, about);
  const large = element("div", { class: "large" }, head, overlay.node);
  const node = element("div", { class: "compare" }, large, figures.node, each.node);
  tools.node.append(ranges.bar, ranges.label, ...tools.links);
  header.replaceChildren(element("h1", {}, "Pulso"), totals.node, tabs.node);
  main.replaceChildren(tools.node, message, node);
  node.hidden = true;
  showQuery();

  /** What is compared, at the API. @param {string} span */
  function urlOf(span) {
    return `${BASE}api/history${compareSearch(query)}&${span}`;
  }

  /** @param {import("./compare.js").Compared} next */
  function change(next) {
    query = next;
    isOther = true;
    const search = withRange(compareSearch(query), ranges.isLive ? null : ranges.span);
    history.replaceState(null, "", location.pathname + search);
    showQuery();
    ranges.load();
  }

  /** Compares the next metric, or the one before. @param {number} by */
  function stepMetric(by) {
    const names = comparedMetrics(kept).map(({ name }) => name);
    const at = names.indexOf(query.metric) + by + names.length;
    change({ ...query, metric: names[at % names.length] ?? query.metric });
  }

  function showQuery() {
    const { label, formula } = metricOf(query.metric, kept);
    tools.show(query);
    setText(title, label);
    title.title = formula;
    tab.call(`${label} compared – Pulso`);
  }

  /** @param {any} answer */
  function take(answer) {
    nowMs = Math.max(nowMs, answer.nowMs);
    if (isOther) places.clear();
    shown = new Comparison({ ...answer, hosts: places.order(answer.hosts) });
    const { hosts, matched, stepMs } = shown;
    message.hidden = hosts.length > 0;
    node.hidden = hosts.length === 0;
    const isOfAll = query.text === "" && query.hosts.length === 0;
    setText(
      message,
      isOfAll && matched === 0 ? NO_HOST : "No host has a past of this metric in this range.",
    );
    setText(about, asked(query, hosts.length, matched, stepMs));
    figures.draw(shown, metricOf(query.metric, kept).unit, places);
    if (hosts.length > 0) {
      for (const charts of [overlay, each]) charts.draw(shown, isOther);
    }
    isOther = false;
  }

  /** @param {unknown} error */
  function showFailure(error) {
    if (!isOpen) return;
    message.hidden = false;
    setText(message, error instanceof Error ? error.message : String(error));
  }

  /** What is shown, as a range that stands still. */
  function stillRange() {
    const { fromMs, toMs } = shown ?? ranges.span;
    return { name: "", fromMs, toMs };
  }

  /** @param {Comparison | null} past */
  function linesOf(past) {
    const { unit } = metricOf(query.metric, kept);
    return (past?.hosts ?? []).map(({ id, name }) => ({
      ...{ id, label: cleanText(name), unit, place: places.of(id) },
    }));
  }

  /** All lines over each other. @param {Comparison | null} past @returns {Chart} */
  function overlayOf(past) {
    const { label: title, unit } = metricOf(query.metric, kept);
    const mean = { id: MEAN, label: "mean of all", unit, isMean: true };
    const lines = [...linesOf(past), ...(past?.all ? [mean] : [])];
    return { title, lines, isOverlay: true, hasNames: innerWidth > PHONE };
  }

  /** Each by itself, with its band. @param {Comparison | null} past @returns {readonly Chart[]} */
  function eachOf(past) {
    return linesOf(past).map((line) => ({
      ...{ title: line.label, lines: [line], isSmall: true },
    }));
  }

  const stream = new Stream({
    url: () => `${BASE}api/stream?limit=1`,
    on: {
      window: (next) => {
        nowMs = next.nowMs;
        totals.draw(next.totals, next.nowMs);
        onTotals(next.totals);
        ranges.tick();
      },
    },
    onState,
  });
  ranges.load();
  const commands = {
    ...{ ...tabs.keys, "/": tools.focus, Escape: () => go(fleetPath()) },
    ...{ s: () => stepMetric(1), r: () => stepMetric(-1), x: tools.clear },
  };
  const ignoreKeys = listenForKeys(
    commands,
    (event) => ranges.onKey(event) && event.preventDefault(),
  );
  return () => {
    isOpen = false;
    ignoreKeys();
    stream.close();
    ranges.close();
    overlay.close();
    each.close();
  };
}

function smallHeight() {
  return innerWidth >= WIDE ? SMALL_WIDE : SMALL;
}

function bigHeight() {
  if (innerWidth <= NARROW) return LEAST;
  return Math.max(LEAST, innerHeight - (innerWidth >= WIDE ? REST_WIDE : REST));
}
