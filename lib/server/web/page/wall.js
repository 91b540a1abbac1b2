// @ts-check
/// <reference lib="dom" />
/**
 * The wall: the fleet for a screen that nobody sits at. It has no controls; how many hosts are how, what needs
 * attention, and a cell for each host, large; and goes from one saved view to the next. Nothing that it keeps
 * grows with time.
 */
import { NOTHING } from "../../../common/alerts.js";
import { element, hiddenUntilTold, setText } from "./dom.js";
import { NO_HOST } from "./empty.js";
import { gridMap } from "./grid_map.js";
import { cellsUrl, shareIn } from "./grid_page.js";
import { openQueue } from "./queue.js";
import { readQuery } from "./query.js";
import { Stream } from "./stream.js";
import { Totals } from "./totals.js";
import { worstByHost } from "../../../common/troubles.js";
import { savedViews, searchIn } from "./views_menu.js";
import { cleanText } from "../../../common/text.js";
import { formatCountOf } from "../../../common/format.js";

/** @typedef {import("./main.js").Surroundings} Surroundings */

/** How long a view is shown where the URL says nothing, and the least, in seconds. */
const [TURN_S, MIN_TURN_S] = [30, 5];
/** A cell that a room can read. */
const LARGEST = 120;

/** Whether a URL asks for the wall. @param {string} search */
export function isWall(search) {
  return new URLSearchParams(search).has("wall");
}

/** How long each view is shown: `?wall=60` is a minute. @param {string} search */
function turnMs(search) {
  const seconds = Number(new URLSearchParams(search).get("wall") || TURN_S);
  return 1_000 * Math.max(MIN_TURN_S, Number.isFinite(seconds) ? seconds : TURN_S);
}

/** What is shown in turn: the saved views, or what the URL itself says. @param {readonly import("./views_menu.js").View[]} views @param {string} search */
function turnsOf(views, search) {
  if (views.length === 0) return [{ name: "", search }];
  return views.map(({ name, path }) => ({ name, search: searchIn(path) }));
}

/** Opens the page; the result closes it. @param {Surroundings} surroundings @returns {() => void} */
export function openWall({ header, main, tab, onTotals, onState }) {
  const root = document.documentElement;
  const totals = new Totals(() => {});
  const name = element("h2", { class: "view-name" });
  const count = element("span", { class: "count" });
  const head = element("div", { class: "view-head" }, name, count);
  const empty = element("p", { class: "hint", hidden: true }, NO_HOST);
  const queue = openQueue(() => {});
  let turn = 0;
  let shown = turnsOf(savedViews(), location.search)[0] ?? { name: "", search: "" };
  let query = readQuery(shown.search);
  let share = shareIn(shown.search);
  let standing = NOTHING;
  let alerts = worstByHost([]);
  let nowMs = 0;
  const map = gridMap({ onOpen: () => {}, label: share.label, largest: LARGEST });
  root.dataset.wall = "";
  // Nothing of it can be pressed, by keys either.
  for (const node of [totals.node, queue.node, map.node]) node.inert = true;
  header.replaceChildren(element("h1", {}, "Pulso"), totals.node);
  main.replaceChildren(queue.node, head, empty, map.node);
  const reveal = hiddenUntilTold(header, main);

  /** Goes on to the next view, of those that are saved by now. */
  function next() {
    const turns = turnsOf(savedViews(), location.search);
    turn = (turn + 1) % turns.length;
    const before = shown;
    shown = turns[turn] ?? shown;
    if (shown.search === before.search && shown.name === before.name) return;
    query = readQuery(shown.search);
    share = shareIn(shown.search);
    stream.restart();
  }

  /** @param {any} data */
  function take(data) {
    nowMs = data.nowMs;
    totals.draw(data.totals, nowMs);
    onTotals(data.totals);
    setText(name, cleanText(shown.name) || share.label);
    const hosts = formatCountOf(data.totals.hosts, "host");
    setText(count, data.matched === data.totals.hosts ? hosts : `${data.matched} of ${hosts}`);
    empty.hidden = data.totals.hosts > 0;
    map.take(data, alerts, share.label);
    queue.draw(nowMs, standing);
    if (standing !== NOTHING) reveal();
  }

  const stream = new Stream({
    url: () => cellsUrl(query, share.id),
    on: {
      cells: (data) => data.metric === share.id && take(data),
      alerts(next) {
        standing = next;
        alerts = worstByHost(next.alerts);
        queue.draw(nowMs, standing);
        if (nowMs > 0) reveal();
      },
    },
    onState,
  });
  const timer = setInterval(next, turnMs(location.search));
  tab.call("Pulso");
  return () => {
    reveal();
    clearInterval(timer);
    stream.close();
    map.close();
    delete root.dataset.wall;
  };
}
