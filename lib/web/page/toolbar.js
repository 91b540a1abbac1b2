// @ts-check
/// <reference lib="dom" />
/**
 * What stands above the table of hosts: the filter, the sort where there is no room for headers,
 * and how many hosts are shown.
 */
import { COLUMNS } from "./columns.js";
import { element, setAttribute, setText } from "./dom.js";
import { formatCount, formatCountOf } from "./format.js";
import { MAX_SEARCH_LENGTH } from "./query.js";

/** @param {{ onText: (text: string) => void, onSort: (sort: string) => void, onReverse: () => void }} on */
export function toolbar({ onText, onSort, onReverse }) {
  const filter = element("input", {
    ...{ id: "filter", type: "search", placeholder: "Filter hosts  /" },
    title: "by name, address or status",
    ...{ "aria-label": "Filter hosts", autocomplete: "off", spellcheck: "false" },
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
  const count = element("span", { class: "count", role: "status" });

  /** @param {import("./query.js").Query} query */
  function showQuery({ text, sort, descending }) {
    if (filter.value !== text) filter.value = text;
    sorts.value = sort;
    setText(reverse, descending ? "▼" : "▲");
    setAttribute(reverse, "aria-label", descending ? "Descending" : "Ascending");
  }

  /** @param {number} matched @param {number} all */
  function showCount(matched, all) {
    const hosts = formatCountOf(all, "host");
    setText(count, matched === all ? hosts : `${formatCount(matched)} of ${hosts}`);
  }

  const order = element("span", { class: "order" }, sorts, reverse);
  const node = element("div", { class: "toolbar" }, filter, order, count);
  return { node, showQuery, showCount, focus: () => filter.focus() };
}
