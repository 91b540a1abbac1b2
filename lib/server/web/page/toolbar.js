// @ts-check
/// <reference lib="dom" />
/**
 * What stands above the table of hosts: the filter, the sort where there is no room for headers,
 * and how many hosts are shown.
 */
import { columnMenu } from "./column_menu.js";
import { COLUMNS } from "./columns.js";
import { element, setAttribute, setText } from "./dom.js";
import { formatCount, formatCountOf } from "../../../common/format.js";
import { MAX_SEARCH_LENGTH } from "../../../common/limits.js";
import { filterOf } from "./query.js";

/** What is sorted by, where its head says it too shortly. @type {Readonly<Record<string, string>>} */
const NAMES = { status: "worst first" };

/**
 * @param {object} on
 * @param {(text: string) => void} on.onText
 * @param {() => void} on.onLeave Enter or ↓ in the filter: to what it has found
 * @param {(sort: string) => void} on.onSort
 * @param {() => void} on.onReverse
 * @param {() => void} on.onWorst
 * @param {(group: string) => void} on.onGroup
 * @param {(columns: readonly string[] | null) => void} on.onColumns
 */
export function toolbar({ onText, onLeave, onSort, onReverse, onWorst, onGroup, onColumns }) {
  const filter = element("input", {
    ...{ id: "filter", type: "search", placeholder: "Filter: name, role:db, cpu>80  /" },
    title: "by words of name, address, id or status, by tags and by numbers; all have to hold",
    ...{ "aria-label": "Filter hosts", "aria-describedby": "problem" },
    ...{ autocomplete: "off", spellcheck: "false" },
    ...{ maxlength: MAX_SEARCH_LENGTH, oninput: () => onText(filter.value) },
  });
  filter.addEventListener("keydown", (event) => {
    if (event.isComposing || !["Enter", "ArrowDown"].includes(event.key)) return;
    event.preventDefault();
    onLeave();
  });
  const sorts = element("select", {
    "aria-label": "Sort by",
    onchange: () => onSort(sorts.value),
  });
  for (const { key, title, sorts: canSort } of COLUMNS) {
    const name = NAMES[key] ?? title;
    if (canSort) sorts.append(element("option", { value: key }, `sort ${name}`));
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
  const groups = element("select", {
    ...{ "aria-label": "Group by", title: "group by a tag  g", class: "groups", hidden: true },
    onchange: () => onGroup(groups.value),
  });
  const columns = columnMenu(onColumns);
  const count = element("span", { class: "count", role: "status" });
  const problem = element("p", { class: "problem", id: "problem", role: "status", hidden: true });

  /** The tags that there are, and the one that is grouped by. @type {readonly string[]} */
  let tags = [];
  let asked = "";

  /** @param {import("./query.js").Query} query */
  function showQuery({ text, sort, descending, group, columns: chosen }) {
    asked = group;
    showTags(tags);
    columns.show(chosen);
    if (filter.value !== text) filter.value = text;
    const { problem: state } = filterOf(text);
    problem.hidden = state === null;
    setText(problem, state === null ? "" : `Not understood, and left out: ${state}`);
    setAttribute(filter, "aria-invalid", state !== null && "true");
    sorts.value = sort;
    setText(reverse, descending ? "▼" : "▲");
    setAttribute(reverse, "aria-label", descending ? "Descending" : "Ascending");
  }

  /** Offers to group by tags. @param {readonly string[]} keys */
  function showTags(keys) {
    tags = keys;
    const all = asked === "" || keys.includes(asked) ? keys : [...keys, asked];
    groups.hidden = all.length === 0;
    if (
      groups.options.length !== all.length + 1 ||
      all.some((key, n) => groups.options[n + 1]?.value !== key)
    ) {
      groups.replaceChildren(
        element("option", { value: "" }, "no groups"),
        ...all.map((key) => element("option", { value: key }, `group ${key}`)),
      );
    }
    groups.value = asked;
  }

  /** The tag after the one that is grouped by; after the last one none. */
  function nextTag() {
    return tags[asked === "" ? 0 : tags.indexOf(asked) + 1] ?? "";
  }

  /** @param {number} matched @param {number} all @param {number} groups */
  function showCount(matched, all, groups) {
    const hosts = formatCountOf(all, "host");
    const matching = matched === all ? hosts : `${formatCount(matched)} of ${hosts}`;
    setText(count, groups === 0 ? matching : `${matching} in ${formatCountOf(groups, "group")}`);
  }

  /** Offers to show who is missing first, as long as somebody is. @param {Record<string, number>} counts */
  function showMissing({ offline = 0, stale = 0 }) {
    worst.hidden = offline + stale === 0;
    setText(worst, `${formatCountOf(offline + stale, "host")} missing: show first`);
  }

  const order = element("span", { class: "order" }, sorts, reverse);
  const node = element(
    "div",
    { class: "toolbar" },
    filter,
    groups,
    order,
    columns.node,
    worst,
    count,
    problem,
  );
  return {
    ...{ node, showQuery, showCount, showMissing, showTags, nextTag },
    focus: () => filter.focus(),
    openColumns: columns.open,
  };
}
