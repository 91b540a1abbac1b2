// @ts-check
/// <reference lib="dom" />
/**
 * The page of ways: what was lost between groups of hosts and each of several sites, so that one sees whether
 * it is the hosts or one way. Groups are the values of a tag, which stands in the URL, and keep their places.
 */
import { formatCount } from "../../../common/format.js";
import { element, setAttribute, setText } from "./dom.js";
import { NO_HOST } from "./empty.js";
import { listenForKeys } from "./keys.js";
import { fleetPath } from "./list.js";
import { LOSS_SPANS_MS } from "../../../common/ways.js";
import { BASE, gridPath, waysPath } from "./paths.js";
import { pickedPath } from "./picks.js";
import { Stream } from "./stream.js";
import { viewTabs } from "./tabs.js";
import { Totals } from "./totals.js";
import { viewsMenu } from "./views_menu.js";
import { lossStrips, sinceSaid } from "./ways_strips.js";
import { lossList, waysTable, worstFirst } from "./ways_table.js";

/** @typedef {import("./main.js").Surroundings} Surroundings */
/** @typedef {import("./ways_table.js").Answer} Answer */

/** Between two looks: what is told is of a quarter of an hour at least. */
const LOOK_MS = 10_000;
/** So many groups are shown until more are asked for, the worst of all. */
const MAX_GROUPS = 12;
/** The tags that hosts are grouped by where nobody says otherwise, the first that there is. */
const USUAL_KEYS = ["site", "role"];

/** The ranges, the shortest first, which is shown where none is asked for. */
const RANGES = Object.keys(LOSS_SPANS_MS);
/** How they are said. @type {Readonly<Record<string, string>>} */
const SAID = { "15m": "15 minutes", "1h": "hour", "6h": "6 hours", "24h": "24 hours" };

/** The tag to group by where none is asked for; none where there is none. @param {readonly string[]} keys */
function usualKey(keys) {
  return USUAL_KEYS.find((key) => keys.includes(key)) ?? keys[0] ?? "";
}

/** Opens the page; the result closes it. @param {Surroundings} surroundings @returns {() => void} */
export function openWaysPage({ header, main, go, tab, onTotals, onState }) {
  let lookedMs = -Infinity;
  let isOpen = true;
  let isWhole = false;
  /** Whether no host was heard yet. */
  let isEmpty = false;
  /** @type {readonly string[]} */
  let keys = [];
  /** @type {Answer | null} */
  let shown = null;

  const logo = viewsMenu();
  const totals = new Totals((status) => go(`${BASE}?status=${status}`));
  const tabs = viewTabs("ways", {
    hosts: fleetPath,
    grid: () => gridPath(fleetPath().slice(BASE.length)),
    compare: () => pickedPath(""),
  });
  const needs = lossList();
  const choice = element("select", {
    ...{ "aria-label": "Group by", title: "group by a tag  g" },
    onchange: () => choose("group", choice.value),
  });
  const about = element("span", { class: "hint" });
  const bar = element("div", { class: "ranges", role: "group", "aria-label": "Range" });
  for (const name of RANGES) {
    bar.append(element("button", { type: "button", onclick: () => choose("range", name) }, name));
  }
  const message = element("p", { class: "hint", role: "status" }, "Asking the server…");
  const table = waysTable();
  const more = element("button", { type: "button", class: "more", hidden: true, onclick: showAll });
  const strips = lossStrips();
  const tools = element("div", { class: "toolbar" }, choice, about, bar);
  header.replaceChildren(logo.node, totals.node, tabs.node);
  main.replaceChildren(
    element("div", { class: "ways" }, needs.node, tools, message, table.node, more, strips.node),
  );
  tab.call("Ways – Pulso");

  /** The tag to group by. */
  function key() {
    return new URLSearchParams(location.search).get("group") ?? usualKey(keys);
  }

  /** The range that losses are summed up over. */
  function range() {
    const name = new URLSearchParams(location.search).get("range") ?? "";
    return RANGES.includes(name) ? name : RANGES[0] ?? "";
  }

  /** @param {"group" | "range"} name @param {string} value */
  function choose(name, value) {
    const params = new URLSearchParams(location.search);
    params.set(name, value);
    history.replaceState(null, "", `${waysPath()}?${params}`);
    drawRanges();
    look();
  }

  function groupNext() {
    const all = ["", ...keys];
    choose("group", all[all.indexOf(key()) + 1] ?? "");
  }

  /** Chooses a longer or a shorter range. @param {number} way */
  function step(way) {
    const next = RANGES[RANGES.indexOf(range()) + way];
    if (next !== undefined) choose("range", next);
  }

  function showAll() {
    isWhole = !isWhole;
    if (shown !== null) draw(shown);
  }

  async function look() {
    const [group, asked] = [key(), range()];
    try {
      const search = new URLSearchParams({ ...(group && { group }), range: asked });
      const response = await fetch(`${BASE}api/ways?${search}`);
      const answer = await response.json();
      if (!isOpen || group !== key() || asked !== range()) return;
      if (!response.ok) throw new Error(answer.error);
      draw(shown = answer);
    } catch (error) {
      message.hidden = false;
      setText(message, error instanceof Error ? error.message : String(error));
    }
  }

  /** @param {Answer} answer */
  function draw(answer) {
    const { sites, groups, groupsOmitted } = answer;
    const worst = worstFirst(groups).slice(0, isWhole ? Infinity : MAX_GROUPS);
    message.hidden = sites.length > 0;
    setText(
      message,
      isEmpty ? NO_HOST : "All datagrams come by one way: there is nothing to compare.",
    );
    for (const node of [tools, table.node, strips.node]) node.hidden = sites.length === 0;
    drawChoice();
    drawRanges();
    needs.draw(answer);
    // In the order of values, those without the tag last.
    const placed = groups.filter((group) => worst.includes(group))
      .sort((a, b) => Number(a.value === "") - Number(b.value === ""));
    table.draw(answer, placed);
    strips.draw(answer, placed);
    const left = groups.length - worst.length + groupsOmitted;
    more.hidden = groups.length <= MAX_GROUPS;
    setText(more, isWhole ? "fewer" : `${formatCount(left)} more`);
    setAttribute(more, "aria-expanded", String(isWhole));
  }

  function drawRanges() {
    for (const button of bar.children) {
      setAttribute(button, "aria-pressed", `${button.textContent === range()}`);
    }
    const { day, nowMs } = shown ?? { day: undefined, nowMs: 0 };
    const since = sinceSaid(day, nowMs - (LOSS_SPANS_MS[range()] ?? 0));
    setText(about, `share lost ${since ?? `in the last ${SAID[range()]}`}, and delay`);
  }

  function drawChoice() {
    const all = keys.includes(key()) || key() === "" ? keys : [...keys, key()];
    if (choice.dataset.keys !== all.join()) {
      choice.dataset.keys = all.join();
      choice.replaceChildren(
        element("option", { value: "" }, "all hosts"),
        ...all.map((key) => element("option", { value: key }, `by ${key}`)),
      );
    }
    choice.value = key();
  }

  const stream = new Stream({
    url: () => `${BASE}api/stream?limit=1`,
    on: {
      window: (next) => {
        totals.draw(next.totals, next.nowMs);
        onTotals(next.totals);
        keys = next.totals.tagKeys;
        isEmpty = next.totals.hosts === 0;
        // A clock may have been set back.
        if (Math.abs(next.nowMs - lookedMs) < LOOK_MS) return;
        lookedMs = next.nowMs;
        look();
      },
    },
    onState,
  });
  /** @type {Record<string, () => void>} */
  const commands = {
    ...{ ...tabs.keys, v: logo.open, g: groupNext, Escape: () => go(fleetPath()) },
    ...{ "[": () => step(-1), "]": () => step(1) },
  };
  drawRanges();
  const ignoreKeys = listenForKeys(commands);
  return () => {
    isOpen = false;
    ignoreKeys();
    stream.close();
  };
}
