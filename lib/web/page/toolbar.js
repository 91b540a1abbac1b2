// @ts-check
/// <reference lib="dom" />
/**
 * What stands above the table of hosts: the filter, the sort where there is no room for headers,
 * and how many hosts are shown.
 */
import { COLUMNS } from "./columns.js";
import { element, setText } from "./dom.js";
import { formatCount } from "./format.js";
import { MAX_SEARCH_LENGTH } from "./query.js";

/** @param {{ onText: (text: string) => void, onSort: (sort: string) => void }} on */
export function toolbar({ onText, onSort }) {
  const filter = element("input", {
    ...{ id: "filter", type: "search", placeholder: "Filter by name, address, status  /" },
    ...{ "aria-label": "Filter hosts", autocomplete: "off", spellcheck: "false" },
    ...{ maxlength: MAX_SEARCH_LENGTH, oninput: () => onText(filter.value) },
  });
  const sorts = element("select", {
    "aria-label": "Sort by",
    class: "sorts",
    onchange: () => onSort(sorts.value),
  });
  for (const { key, title, sorts: canSort } of COLUMNS) {
    if (canSort) sorts.append(element("option", { value: key }, title));
  }
  const count = element("span", { class: "count", role: "status" });

  /** @param {import("./query.js").Query} query */
  function showQuery({ text, sort }) {
    if (filter.value !== text) filter.value = text;
    sorts.value = sort;
  }

  /** @param {number} matched @param {number} all */
  function showCount(matched, all) {
    const hosts = `${formatCount(all)} hosts`;
    setText(count, matched === all ? hosts : `${formatCount(matched)} of ${hosts}`);
  }

  const node = element("div", { class: "toolbar" }, filter, sorts, count);
  return { node, showQuery, showCount, focus: () => filter.focus() };
}
