// @ts-check
/// <reference lib="dom" />
/**
 * What stands above the table of hosts: the filter, the sort where there is no room for headers,
 * and how many hosts are shown.
 */
import { COLUMNS } from "./columns.js";
import { element, setAttribute, setText } from "./dom.js";
import { formatCount, formatCountOf } from "../../../common/format.js";
import { MAX_SEARCH_LENGTH } from "../../../common/limits.js";
import { filterOf } from "./query.js";

/** @param {{ onText: (text: string) => void, onSort: (sort: string) => void, onReverse: () => void, onWorst: () => void }} on */
export function toolbar({ onText, onSort, onReverse, onWorst }) {
  const filter = element("input", {
    ...{ id: "filter", type: "search", placeholder: "Filter: name, role:db, cpu>80  /" },
    title: "by words of name, address, id or status, by tags and by numbers; all have to hold",
    ...{ "aria-label": "Filter hosts", "aria-describedby": "problem" },
    ...{ autocomplete: "off", spellcheck: "false" },
    ...{ maxlength: MAX_SEARCH_LENGTH, oninput: () => onText(filter.value) },
  });
  const sorts = element("select", {
    "aria-label": "Sort by",
    onchange: () => onSort(sorts.value),
  });
  for (const { key, title, sorts: canSort } of COLUMNS) {
    if (canSort) sorts.append(element("option", { value: key }, title));
  }
  const reverse = element("button", {
    type: "button",
    title: "other way round",
    onclick: onReverse,
  });
  const worst = element("button", {
    ...{ type: "button", class: "worst", hidden: true, title: "offline and stale first  !" },
    onclick: onWorst,
  });
  const count = element("span", { class: "count", role: "status" });
  const problem = element("p", { class: "problem", id: "problem", role: "status", hidden: true });

  /** @param {import("./query.js").Query} query */
  function showQuery({ text, sort, descending }) {
    if (filter.value !== text) filter.value = text;
    const { problem: state } = filterOf(text);
    problem.hidden = state === null;
    setText(problem, state === null ? "" : `Not understood, and left out: ${state}`);
    setAttribute(filter, "aria-invalid", state !== null && "true");
    sorts.value = sort;
    setText(reverse, descending ? "▼" : "▲");
    setAttribute(reverse, "aria-label", descending ? "Descending" : "Ascending");
  }

  /** @param {number} matched @param {number} all */
  function showCount(matched, all) {
    const hosts = formatCountOf(all, "host");
    setText(count, matched === all ? hosts : `${formatCount(matched)} of ${hosts}`);
  }

  /** Offers to show who is missing first, as long as somebody is. @param {Record<string, number>} counts */
  function showMissing({ offline = 0, stale = 0 }) {
    worst.hidden = offline + stale === 0;
    setText(worst, `${formatCountOf(offline + stale, "host")} missing: show first`);
  }

  const order = element("span", { class: "order" }, sorts, reverse);
  const node = element("div", { class: "toolbar" }, filter, order, worst, count, problem);
  return { node, showQuery, showCount, showMissing, focus: () => filter.focus() };
}
