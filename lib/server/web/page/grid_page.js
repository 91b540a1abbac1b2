// @ts-check
/// <reference lib="dom" />
/**
 * The page of the fleet as a grid: a cell for each host that the filter lets through, coloured by a share. The
 * table with the same filter is its twin for those who cannot see it.
 */
import { alertMenu } from "./alert_menu.js";
import { CATALOGUE } from "./catalogue.js";
import { element, hiddenUntilTold, signed } from "./dom.js";
import { emptyState } from "./empty.js";
import { gridMap } from "./grid_map.js";
import { listenForKeys } from "./keys.js";
import { noMatchState } from "./no_match.js";
import { BASE, gridPath, hostPath } from "./paths.js";
import { pickedPath } from "./picks.js";
import { readQuery, streamSearch, toggled, writeQuery } from "./query.js";
import { Stream } from "./stream.js";
import { viewTabs } from "./tabs.js";
import { viewsMenu } from "./views_menu.js";
import { toolbar } from "./toolbar.js";
import { Totals } from "./totals.js";
import { STEPS, worstByHost } from "../../../common/troubles.js";
import { STATUS_SIGNS } from "../../../common/status.js";

/** @typedef {import("./main.js").Surroundings} Surroundings */

/** Time without typing before it is searched for. */
const TYPING_MS = 150;
/** What cells can be coloured by. */
const SHARES = CATALOGUE.metrics.filter(({ unit, sort }) =>
  unit === "percent" && sort !== undefined
);

/** What cells are coloured by in a URL. @param {string} search */
export function shareIn(search) {
  const asked = new URLSearchParams(search).get("cells");
  return SHARES.find(({ id }) => id === asked) ?? /** @type {typeof SHARES[number]} */ (SHARES[0]);
}

/** The search part of a URL with what cells are coloured by. @param {string} search @param {string} share */
function withShare(search, share) {
  const params = new URLSearchParams(search);
  if (share === SHARES[0]?.id) params.delete("cells");
  else params.set("cells", share);
  return params.size === 0 ? "" : `?${params}`;
}

/** Where the stream of the cells of a query is. @param {import("./query.js").Query} query @param {string} share */
export function cellsUrl(query, share) {
  const params = new URLSearchParams(streamSearch({ ...query, open: [] }, { offset: 0, limit: 1 }));
  params.delete("unusual");
  return `${BASE}api/stream?${params}&cells=${share}`;
}

/** Opens the page; the result closes it. @param {Surroundings} surroundings @returns {() => void} */
export function openGridPage({ header, main, go, tab, onTotals, onState }) {
  let query = readQuery(location.search);
  let share = shareIn(location.search);
  let alerts = worstByHost([]);
  /** @type {any} */
  let told = null;
  let isToldAlerts = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;

  const fleetPath = () => BASE + writeQuery(query);
  const totals = new Totals((status) => change(toggled(query, status)));
  const menu = alertMenu();
  const logo = viewsMenu();
  const tabs = viewTabs("grid", {
    hosts: fleetPath,
    grid: () => location.href,
    compare: () => pickedPath(query.text),
  });
  const bar = toolbar({
    onText: (text) => change({ ...query, text }, TYPING_MS),
    onLeave: () => map.focus(),
    onSort: (sort) => change({ ...query, sort }),
    onReverse: () => change({ ...query, descending: !query.descending }),
    onWorst: showWorst,
    onGroup: (group) => change({ ...query, group }),
    onColumns: () => {},
  });
  const shares = element("select", {
    ...{ "aria-label": "Colour by", title: "what cells are coloured by" },
    onchange: () => {
      share = shareIn(`?cells=${shares.value}`);
      change(query);
    },
  });
  for (const { id, label } of SHARES) {
    shares.append(element("option", { value: id }, `colour ${label}`));
  }
  const map = gridMap({ onOpen: (id) => go(hostPath(id)), label: share.label });
  const empty = emptyState();
  const noMatch = noMatchState(showAll);
  bar.node.classList.add("of-grid");
  bar.node.querySelector(".groups")?.before(shares);
  bar.node.querySelector(".count")?.before(legend());
  header.replaceChildren(logo.node, totals.node, tabs.node, menu.node);
  main.replaceChildren(bar.node, empty.node, noMatch.node, map.node);
  const reveal = hiddenUntilTold(header, main);

  /** @param {import("./query.js").Query} next @param {number} [delayMs] */
  function change(next, delayMs = 0) {
    query = next;
    history.replaceState(null, "", gridPath(withShare(writeQuery(query), share.id)));
    showQuery();
    clearTimeout(timer);
    timer = setTimeout(() => stream.restart(), delayMs);
  }

  function showWorst() {
    go(`${BASE}?sort=status&order=desc`);
  }

  function showAll() {
    change({ ...query, text: "", statuses: [] });
  }

  function showQuery() {
    bar.showQuery(query);
    totals.setChosen(query.statuses);
    shares.value = share.id;
  }

  /** @param {any} data */
  function take(data) {
    // Of another share, while the next stream is waited for.
    if (data.metric !== share.id) return;
    told = data;
    totals.draw(data.totals, data.nowMs);
    onTotals(data.totals);
    bar.showTags(data.totals.tagKeys);
    const { hosts } = data.totals;
    const isAll = query.text === "" && query.statuses.length === 0;
    bar.showCount(data.matched, hosts, data.groups?.length ?? 0);
    const isNoMatch = !isAll && data.matched === 0 && hosts > 0;
    empty.show(hosts === 0, data.totals);
    bar.node.hidden = hosts === 0;
    noMatch.show(isNoMatch, query);
    map.node.hidden = hosts === 0 || isNoMatch;
    map.take(data, alerts, share.label);
    if (isToldAlerts) reveal();
  }

  /** @param {any} next */
  function takeAlerts(next) {
    alerts = worstByHost(next.alerts);
    isToldAlerts = true;
    menu.draw(next.destinations);
    if (told === null) return;
    map.take({ ...told, ids: null }, alerts, share.label);
    reveal();
  }

  /** @type {Record<string, () => void>} */
  const commands = {
    ...tabs.keys,
    v: logo.open,
    "/": bar.focus,
    g: () => change({ ...query, group: bar.nextTag() }),
    "!": showWorst,
    Escape: showAll,
  };
  const ignoreKeys = listenForKeys(commands, (event) => {
    if (event.target !== document.body && event.target !== main) return;
    map.onKey(event);
    if (event.defaultPrevented) map.focus();
  }, () => {
    change({ ...query, text: "" });
    map.focus();
  });
  tab.call("Pulso");
  showQuery();
  const stream = new Stream({
    url: () => cellsUrl(query, share.id),
    ...{ on: { cells: take, alerts: takeAlerts }, onState },
  });
  return () => {
    reveal();
    clearTimeout(timer);
    stream.close();
    map.close();
    ignoreKeys();
  };
}

/** What the colours and shapes of cells say. */
function legend() {
  const ramp = STEPS.map((from, step) => {
    const swatch = element("i", {});
    swatch.style.background = `var(--h${step})`;
    return element("span", {}, swatch, step === 0 ? `${from}%` : String(from));
  });
  const signs = /** @type {const} */ (["stale", "offline", "left"]).map((status) =>
    element(
      "span",
      { class: "status", "data-status": status },
      ...signed(STATUS_SIGNS[status], ` ${status}`),
    )
  );
  const alert = element("span", {}, element("i", { class: "corner" }), "alert");
  const node = element("div", { class: "legend", "aria-hidden": "true" });
  node.append(element("span", { class: "ramp" }, ...ramp), ...signs, alert);
  return node;
}
