// @ts-check
/**
 * Which hosts are shown and in which order, and how that stands in the URL of the page and in that
 * of its stream. Pure.
 */
import { readFilter } from "../../../common/filter.js";
import { MAX_SEARCH_LENGTH } from "../../../common/limits.js";
import { CATALOGUE } from "./catalogue.js";
import { HOST_STATUSES } from "../../../common/status.js";

/** @typedef {import("../../../common/status.js").HostStatus} HostStatus */
/** @typedef {{ text: string, statuses: readonly HostStatus[], sort: string, descending: boolean }} Query */

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
  };
}

/** The search part of the page's URL for a query; what is at its default is not in it. @param {Query} query */
export function writeQuery(query) {
  const params = paramsOf(query);
  if (query.sort === "name") params.delete("sort");
  return params.size === 0 ? "" : `?${params}`;
}

/** That of the stream for a part of the rows. @param {Query} query @param {import("./part.js").Part} part */
export function streamSearch(query, { offset, limit }) {
  const params = paramsOf({ ...query, text: filterOf(query.text).text });
  params.set("offset", String(offset));
  params.set("limit", String(limit));
  return `?${params}`;
}

/** @param {Query} query */
function paramsOf({ text, statuses, sort, descending }) {
  const params = new URLSearchParams();
  if (text !== "") params.set("q", text);
  if (statuses.length > 0) params.set("status", statuses.join(","));
  params.set("sort", sort);
  if (descending) params.set("order", "desc");
  return params;
}

/** What a text asks of hosts. @param {string} text */
export function filterOf(text) {
  return readFilter(text, CATALOGUE.compared);
}
