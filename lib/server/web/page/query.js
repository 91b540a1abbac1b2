// @ts-check
/**
 * Which hosts are shown and in which order, and how that stands in the URL of the page and in that
 * of its stream. Pure.
 */
import { CHOICES } from "./tracks.js";
import { readFilter, TAG_KEY } from "../../../common/filter.js";
import { MAX_SEARCH_LENGTH } from "../../../common/limits.js";
import { CATALOGUE } from "./catalogue.js";
import { HOST_STATUSES } from "../../../common/status.js";

/** @typedef {import("../../../common/status.js").HostStatus} HostStatus */
/**
 * @typedef {object} Query
 * @property {string} text
 * @property {readonly HostStatus[]} statuses
 * @property {string} sort
 * @property {boolean} descending
 * @property {string} group the tag that hosts are grouped by; empty for none
 * @property {readonly string[]} open the values of the groups whose hosts are listed
 * @property {readonly string[] | null} columns those that were chosen; `null` for those that there is room for
 */

/** Every sort there is. @type {readonly string[]} */
export const SORTS = CATALOGUE.sorts;

/** Sorts that do not put the greatest first when they are chosen: what is looked for is the worst. */
const ASCENDING_FIRST = new Set(
  [...CATALOGUE.own, ...CATALOGUE.metrics].filter(({ sort }) => sort === "ascending")
    .map(({ id }) => id),
);

/** Whether a sort begins with the greatest. @param {string} sort */
export function isDescendingFirst(sort) {
  return !ASCENDING_FIRST.has(sort);
}

/** The query with a status chosen, or chosen no longer. @param {Query} query @param {HostStatus} status @returns {Query} */
export function toggled(query, status) {
  const others = query.statuses.filter((chosen) => chosen !== status);
  const isChosen = others.length < query.statuses.length;
  return { ...query, statuses: isChosen ? others : [...others, status] };
}

/** Reads the query from a URL's search part; what makes no sense is left at its default. @param {string} search @returns {Query} */
export function readQuery(search) {
  const params = new URLSearchParams(search);
  const sort = params.get("sort") ?? "name";
  const wanted = (params.get("status") ?? "").split(",");
  return {
    text: (params.get("q") ?? "").slice(0, MAX_SEARCH_LENGTH),
    statuses: HOST_STATUSES.filter((status) => wanted.includes(status)),
    sort: SORTS.includes(sort) ? sort : "name",
    descending: params.get("order") === "desc",
    group: TAG_KEY.test(params.get("group") ?? "") ? params.get("group") ?? "" : "",
    open: readOpen(params.get("open") ?? ""),
    columns: readColumns(params.get("columns")),
  };
}

/** The values, of which the last may be empty: then it ends with a comma. @param {string} text */
function readOpen(text) {
  if (text === "") return [];
  return text.replace(/,$/, "").split(",").flatMap((value) => {
    try {
      return [decodeURIComponent(value)];
    } catch {
      return [];
    }
  });
}

/** @param {readonly string[]} open */
function writeOpen(open) {
  const values = open.toSorted().reverse().map(encodeURIComponent);
  return values.at(-1) === "" ? `${values.join(",")},` : values.join(",");
}

/** @param {string | null} text */
function readColumns(text) {
  const ids = text?.split(",");
  return ids === undefined ? null : CHOICES.map(({ id }) => id).filter((id) => ids.includes(id));
}

/** The search part of the page's URL for a query; what is at its default is not in it. @param {Query} query */
export function writeQuery(query) {
  const params = paramsOf(query);
  if (query.sort === "name") params.delete("sort");
  if (query.open.length === 0) params.delete("open");
  if (query.columns !== null) params.set("columns", query.columns.join(","));
  return params.size === 0 ? "" : `?${params}`;
}

/** That of the stream for a part of the rows. @param {Query} query @param {import("./part.js").Part} part */
export function streamSearch(query, { offset, limit }) {
  const params = paramsOf({ ...query, text: filterOf(query.text).text });
  if (query.group !== "") params.set("unusual", "true");
  params.set("offset", String(offset));
  params.set("limit", String(limit));
  return `?${params}`;
}

/** @param {Query} query */
function paramsOf({ text, statuses, sort, descending, group, open }) {
  const params = new URLSearchParams();
  if (text !== "") params.set("q", text);
  if (statuses.length > 0) params.set("status", statuses.join(","));
  params.set("sort", sort);
  if (descending) params.set("order", "desc");
  if (group !== "") {
    params.set("group", group);
    params.set("open", writeOpen(open));
  }
  return params;
}

/** What a text asks of hosts. @param {string} text */
export function filterOf(text) {
  return readFilter(text, CATALOGUE.compared);
}
