// @ts-check
/// <reference lib="dom" />
/**
 * The page of the whole fleet: totals, filter, and the table of hosts, live. It asks the server for
 * the rows in view alone, in their order, and draws as they change: five times a second at most.
 */
import { COLUMNS } from "./columns.js";
import { hiddenUntilTold, setAttribute } from "./dom.js";
import { muteRow } from "./dialog.js";
import { emptyState } from "./empty.js";
import { listenForKeys } from "./keys.js";
import { fleetPath, leaveAt, placeIn } from "./list.js";
import { noMatchState } from "./no_match.js";
import { PartStream } from "./part_stream.js";
import { alertMenu } from "./alert_menu.js";
import { NOTHING } from "../../../common/alerts.js";
import { gridPath, hostPath } from "./paths.js";
import { isPicked, pick, pickedPath } from "./picks.js";
import { isDescendingFirst, readQuery, SORTS, toggled, writeQuery } from "./query.js";
import { openQueue } from "./queue.js";
import { KnownRows } from "./selection.js";
import { Store } from "./store.js";
import { Table } from "./table.js";
import { viewTabs } from "./tabs.js";
import { showColumnsOf } from "./column_menu.js";
import { viewsMenu } from "./views_menu.js";
import { toolbar } from "./toolbar.js";
import { Totals } from "./totals.js";

/** @typedef {import("./main.js").Surroundings} Surroundings */

/** Between two drawings, at least: the server tells of changes five times a second. */
const DRAW_MS = 100;
/** So long nothing more is typed before it is searched for. */
const TYPING_MS = 150;

/** What is known of the fleet stays while one host is looked at. */
const store = new Store();
let standing = NOTHING;

/** Opens the page; the result closes it. @param {Surroundings} surroundings @returns {() => void} */
export function openFleetPage({ header, main, go, tab, onTotals, onState }) {
  let query = readQuery(location.search);
  let [drawnMs, isDue, isOpen] = [-Infinity, false, true];
  let known = new KnownRows([], 0, 0);
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;

  const reverse = () => sortBy(query.sort);
  const totals = new Totals((status) => change(toggled(query, status)));
  const queue = openQueue(() => table.node.focus());
  const menu = alertMenu();
  const logo = viewsMenu();
  const bar = toolbar({
    onText: (text) => change({ ...query, text }, TYPING_MS),
    onLeave: () => table.enter(),
    onSort: (sort) => change({ ...query, sort, descending: isDescendingFirst(sort) }),
    onReverse: reverse,
    onWorst: showWorst,
    onGroup: groupBy,
    onColumns: showColumns,
  });
  const table = new Table(COLUMNS, {
    onSort: sortBy,
    onOpen: (id) => go(hostPath(id)),
    onFold: fold,
    ...{ isPicked, onView: () => stream.follow(known.rowCount) },
  });
  const empty = emptyState();
  const noMatch = noMatchState(showAll);
  const grid = () => gridPath(writeQuery({ ...query, open: [], columns: null }));
  const compare = () => pickedPath(query.text);
  const tabs = viewTabs("hosts", { hosts: fleetPath, grid, compare });
  header.replaceChildren(logo.node, totals.node, tabs.node, menu.node);
  main.replaceChildren(queue.spoken, queue.node, bar.node, empty.node, noMatch.node, table.node);

  const reveal = hiddenUntilTold(header, main);

  /** @param {import("./query.js").Query} next @param {number} [delayMs] @param {boolean} [stays] whether the rows in view do */
  function change(next, delayMs = 0, stays = false) {
    note(next);
    stream.turn(query, delayMs, stays);
  }

  /** @param {import("./query.js").Query} next */
  function note(next) {
    query = next;
    leaveAt({ search: writeQuery(query) });
    history.replaceState(null, "", fleetPath());
    showQuery();
  }

  /** @param {string} group */
  function groupBy(group) {
    change({ ...query, group, open: [] });
  }

  /** Opens a group, or folds it. @param {string} value */
  function fold(value) {
    const isOpen = query.open.includes(value);
    const open = isOpen ? query.open.filter((other) => other !== value) : [...query.open, value];
    change({ ...query, open }, 0, true);
  }

  /** Shows others at once: a frame without rows would be seen. @param {readonly string[] | null} columns */
  function showColumns(columns) {
    note({ ...query, columns });
    table.draw();
  }

  function showQuery() {
    bar.showQuery(query);
    totals.setChosen(query.statuses);
    showColumnsOf(query, table);
  }

  /** @param {string} sort */
  function sortBy(sort) {
    const descending = sort === query.sort ? !query.descending : isDescendingFirst(sort);
    change({ ...query, sort, descending });
  }

  function sortByNext() {
    const sorts = table.sorts.length > 0 ? table.sorts : SORTS;
    const sort = sorts[(sorts.indexOf(query.sort) + 1) % sorts.length] ?? query.sort;
    change({ ...query, sort, descending: isDescendingFirst(sort) });
  }

  function pickSelected() {
    const row = table.selected;
    if (row !== undefined && !("group" in row)) pick(row.id, request);
  }

  /** Offline and stale first. */
  function showWorst() {
    change({ ...query, text: "", statuses: [], sort: "status", descending: true });
  }

  function showAll() {
    change({ ...query, text: "", statuses: [] });
    table.node.focus();
  }

  /** @param {any} data @param {boolean} isTurn */
  function take(data, isTurn) {
    store.takeWindow(data);
    setRows(isTurn);
    request();
  }

  /** @param {import("../../../common/alerts.js").Queue & { destinations: readonly import("./alert_menu.js").Destination[] }} next */
  function takeAlerts(next) {
    standing = next;
    store.takeAlerts(next.alerts);
    menu.draw(next.destinations);
    request();
  }

  /** @param {boolean} isTurn */
  function setRows(isTurn) {
    known = new KnownRows(store.rows, store.offset, store.matched, store.grouping);
    table.setRows(known, isTurn);
  }

  function draw() {
    isDue = false;
    // Nothing is shown before the alerts are told, which comes at once behind the first rows.
    if (standing === NOTHING) return;
    drawnMs = performance.now();
    store.settle();
    totals.draw(store.totals, store.nowMs);
    queue.draw(store.nowMs, standing);
    if (store.totals !== null) {
      onTotals(store.totals);
      bar.showMissing(store.totals.byStatus);
      bar.showTags(store.totals.tagKeys);
    }
    const hosts = store.totals?.hosts;
    if (hosts !== undefined) {
      bar.showCount(isAll() ? hosts : store.matched, hosts, store.groupCount);
    }
    const isNoMatch = !isAll() && store.matched === 0 && hosts > 0;
    empty.show(hosts === 0, store.totals);
    bar.node.hidden = hosts === 0;
    noMatch.show(isNoMatch, query);
    setAttribute(table.node, "hidden", hosts === 0 || isNoMatch);
    if (store.totals !== null) reveal();
    table.draw(store.nowMs);
  }

  /** Whether no host is left out: then those count that came since the rows were put in order. */
  function isAll() {
    return query.text === "" && query.statuses.length === 0;
  }

  /** Draws soon, together with whatever else arrives until then. */
  function request() {
    if (isDue) return;
    isDue = true;
    clearTimeout(timer);
    const drawNext = () => requestAnimationFrame(() => isOpen && draw());
    const waitMs = DRAW_MS - (performance.now() - drawnMs);
    if (waitMs > 0) timer = setTimeout(drawNext, waitMs);
    else drawNext();
  }

  /** @type {Record<string, () => void>} */
  const commands = {
    ...{ ...tabs.keys, v: logo.open, "/": bar.focus, "!": showWorst, c: bar.openColumns },
    ...{ s: sortByNext, r: reverse, S: reverse, g: () => groupBy(bar.nextTag()) },
    ...{ a: queue.focus, x: pickSelected, m: () => muteRow(table.selected) },
    Escape: () => !isAll() && showAll(),
  };
  const onResize = () => {
    showColumnsOf(query, table);
    table.draw();
  };
  const ignoreKeys = listenForKeys(commands, (event) => {
    // Nothing has the focus, as after the page was opened: the table takes the keys that it knows.
    if (event.target !== document.body && event.target !== main) return;
    table.onKey(event);
    if (event.defaultPrevented) table.node.focus();
  }, () => {
    change({ ...query, text: "" });
    table.node.focus();
  });
  addEventListener("resize", onResize);
  tab.call("Pulso");
  const place = placeIn(writeQuery(query));
  leaveAt(place);
  if (store.totals !== null) reveal();
  showQuery();
  setRows(false);
  table.begin(place);
  const stream = new PartStream(query, {
    view: () => table.rowsInView,
    ...{ onWindow: take, onAlerts: takeAlerts, onState },
  });
  // Not at once: a tab that is hidden draws when it is looked at.
  request();
  return () => {
    isOpen = false;
    reveal();
    leaveAt(table.place);
    stream.close();
    clearTimeout(timer);
    removeEventListener("resize", onResize);
    ignoreKeys();
  };
}
