// @ts-check
/// <reference lib="dom" />
/**
 * The page of the whole fleet: totals, filter, and the table of hosts, live. The rows are put in
 * order at a calm pace, and drawn as the server tells of changes: four times a second at most.
 */
import { COLUMNS } from "./columns.js";
import { element, setAttribute, setText } from "./dom.js";
import { emptyState } from "./empty.js";
import { formatCount } from "./format.js";
import { isDescendingFirst, readQuery, select, writeQuery } from "./query.js";
import { Store } from "./store.js";
import { Stream } from "./stream.js";
import { Table } from "./table.js";
import { Totals } from "./totals.js";

/** @typedef {import("./main.js").Surroundings} Surroundings */
/** @typedef {import("./status.js").Status} Status */

/** Between two drawings, at least: the server tells of changes four times a second, in one event or in several. */
const DRAW_MS = 100;
/** Ages and statuses go on when nothing arrives. */
const TICK_MS = 1000;
/** Rows that trade places all the time cannot be read. */
const REORDER_MS = 2000;
/** Orders that only change when a host comes, goes or is renamed. */
const CALM_SORTS = new Set(["name"]);

/** What is known of the fleet stays while one host is looked at. */
const store = new Store();
/** @type {string | null} */
let lastId = null;
let lastSearch = "";

/** Where the fleet was left: with its filter and its order. */
export function fleetPath() {
  return `/${lastSearch}`;
}

/** Opens the page; the result closes it. @param {Surroundings} surroundings @returns {() => void} */
export function openFleetPage({ header, main, go, onState }) {
  let query = readQuery(location.search);
  let orderedMs = -Infinity;
  let orderedMembership = -1;
  let drawnMs = -Infinity;
  let isDue = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;

  const totals = new Totals(toggleStatus);
  const table = new Table(COLUMNS, {
    onSort: sortBy,
    onOpen: (row) => go(`/hosts/${encodeURIComponent(row.id)}`),
  });
  const filter = element("input", {
    ...{ id: "filter", type: "search", placeholder: "Filter by name, address, status  /" },
    ...{ "aria-label": "Filter hosts", autocomplete: "off", spellcheck: "false" },
    oninput: () => change({ ...query, text: filter.value }),
  });
  const sorts = element("select", {
    "aria-label": "Sort by",
    class: "sorts",
    onchange: () =>
      change({ ...query, sort: sorts.value, descending: isDescendingFirst(sorts.value) }),
  });
  for (const { key, title, sorts: canSort } of COLUMNS) {
    if (canSort) sorts.append(element("option", { value: key }, title));
  }
  const count = element("span", { class: "count", role: "status" });
  const { node: empty, show: showEmpty } = emptyState();
  header.replaceChildren(element("h1", {}, "Pulso"), totals.node);
  main.replaceChildren(
    element("div", { class: "toolbar" }, filter, sorts, count),
    empty,
    table.node,
  );

  /** @param {import("./query.js").Query} next */
  function change(next) {
    query = next;
    lastSearch = writeQuery(query);
    history.replaceState(null, "", fleetPath());
    showQuery();
    reorder();
    draw();
  }

  function showQuery() {
    if (filter.value !== query.text) filter.value = query.text;
    sorts.value = query.sort;
    totals.setChosen(query.statuses);
    table.setSort(query.sort, query.descending);
  }

  /** @param {Status} status */
  function toggleStatus(status) {
    const statuses = query.statuses.includes(status)
      ? query.statuses.filter((chosen) => chosen !== status)
      : [...query.statuses, status];
    change({ ...query, statuses });
  }

  /** @param {string} sort */
  function sortBy(sort) {
    const descending = sort === query.sort ? !query.descending : isDescendingFirst(sort);
    change({ ...query, sort, descending });
  }

  function reorder() {
    orderedMs = performance.now();
    orderedMembership = store.membership;
    store.settle(Date.now());
    const rows = select(store.rows.values(), query);
    table.setRows(rows);
    const all = formatCount(store.rows.size);
    setText(
      count,
      rows.length === store.rows.size
        ? `${all} hosts`
        : `${formatCount(rows.length)} of ${all} hosts`,
    );
  }

  /** Whether the rows may have to trade places by now. */
  function isOrderDue() {
    const isCalm = CALM_SORTS.has(query.sort) && query.statuses.length === 0;
    if (store.membership !== orderedMembership) return performance.now() - orderedMs > DRAW_MS;
    return !isCalm && performance.now() - orderedMs > REORDER_MS;
  }

  function draw() {
    drawnMs = performance.now();
    isDue = false;
    if (isOrderDue()) reorder();
    else store.settle(Date.now());
    totals.draw(store.totals);
    const isEmpty = store.totals !== null && store.rows.size === 0;
    showEmpty(isEmpty);
    setAttribute(table.node, "hidden", isEmpty);
    table.draw(store.nowMs(Date.now()));
    clearTimeout(timer);
    timer = setTimeout(request, TICK_MS);
  }

  /** Draws soon, together with whatever else arrives until then. */
  function request() {
    if (isDue) return;
    isDue = true;
    clearTimeout(timer);
    const waitMs = Math.max(0, DRAW_MS - (performance.now() - drawnMs));
    timer = setTimeout(() => requestAnimationFrame(drawIfOpen), waitMs);
  }

  let isOpen = true;
  function drawIfOpen() {
    if (isOpen) draw();
  }

  /** @param {(data: any, localMs: number) => void} take */
  const taking = (take) => (/** @type {any} */ data) => {
    take(data, Date.now());
    request();
  };
  const stream = new Stream({
    url: (id) => `/api/stream${id === null ? "" : `?since=${id}`}`,
    on: {
      snapshot: taking((data, localMs) => store.takeSnapshot(data, localMs)),
      changes: taking((data, localMs) => store.takeChanges(data, localMs)),
    },
    onState,
  }, lastId);
  const onResize = () => table.draw();
  const onKey = (/** @type {KeyboardEvent} */ event) => {
    const isTyping = event.target instanceof HTMLInputElement;
    if (event.key === "/" && !isTyping) {
      event.preventDefault();
      filter.focus();
    } else if (event.key === "Escape" && isTyping) {
      change({ ...query, text: "" });
      table.node.focus();
    }
  };
  addEventListener("resize", onResize);
  addEventListener("keydown", onKey);
  document.title = "Pulso";
  lastSearch = writeQuery(query);
  showQuery();
  reorder();
  draw();
  return () => {
    isOpen = false;
    lastId = stream.lastId;
    stream.close();
    clearTimeout(timer);
    removeEventListener("resize", onResize);
    removeEventListener("keydown", onKey);
  };
}
