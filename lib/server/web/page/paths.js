// @ts-check
/**
 * Where everything is: a proxy may serve all of it below a path of its own. Pure.
 */

/** What every path begins with, as that of this script does: `BASE/assets/VERSION/page.js`. */
export const BASE = new URL("../..", import.meta.url).pathname;

/**
 * The page of a host. Proxies refuse or decode an encoded slash, so an id that has one stands behind the
 * question mark.
 *
 * @param {string} id
 */
export function hostPath(id) {
  const text = encodeURIComponent(id);
  return `${BASE}hosts/${id.includes("/") ? "?id=" : ""}${text}`;
}

/** The host of such a path; `null` for any other. @param {{ pathname: string, search: string }} location */
export function hostOf({ pathname, search }) {
  const name = pathname.startsWith(`${BASE}hosts/`) ? pathname.slice(BASE.length + 6) : null;
  if (name === "") return new URLSearchParams(search).get("id");
  return name === null || name.includes("/") ? null : decodeURIComponent(name);
}

/** Whether a path is that of the grid. @param {{ pathname: string }} location */
export function isGrid({ pathname }) {
  return pathname === `${BASE}grid`;
}

/** The way to the grid from the search part of the fleet's. @param {string} search */
export function gridPath(search) {
  return `${BASE}grid${search}`;
}

/** Where the page of ways is. */
export function waysPath() {
  return `${BASE}ways`;
}

/** Whether a path is that of the ways. @param {{ pathname: string }} location */
export function isWays({ pathname }) {
  return pathname === waysPath();
}

/** Whether a path is that of the comparison. @param {{ pathname: string }} location */
export function isCompare({ pathname }) {
  return pathname === `${BASE}compare`;
}
