// @ts-check
/// <reference lib="dom" />
/**
 * Starts the page: which of its views a URL stands for, the way from one to the other without a
 * reload, and whether the server is there.
 */
import { lossBanner } from "./banner.js";
import { openFleetPage } from "./fleet_page.js";
import { openHostPage } from "./host_page.js";
import { hostOf } from "./paths.js";

/**
 * @typedef {object} Surroundings what a view is given
 * @property {HTMLElement} header
 * @property {HTMLElement} main
 * @property {(path: string) => void} go to another view
 * @property {(lostSinceMs: number | null, reason: string) => void} onState the connection is lost, or there
 */

const banner = lossBanner(byId("banner"));

let close = () => {};
/** @type {import("./banner.js").Loss | null} */
let loss = null;

/** @param {string} id */
function byId(id) {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`Cannot find #${id}: the page is not complete`);
  return found;
}

function route() {
  close();
  const surroundings = { header: byId("header"), main: byId("main"), go, onState };
  const host = hostOf(location);
  close = host === null ? openFleetPage(surroundings) : openHostPage(host, surroundings);
}

/** @param {string} path */
function go(path) {
  history.pushState(null, "", path);
  route();
  byId("main").focus({ preventScroll: true });
}

/** @param {number | null} sinceMs @param {string} reason */
function onState(sinceMs, reason) {
  // The beginning of a loss stays what it was: each try after it fails anew, and without a reason.
  loss = sinceMs === null ? null : loss ?? { sinceMs, reason };
  drawBanner();
}

function drawBanner() {
  banner.draw(loss, Date.now());
}

addEventListener("popstate", route);
document.addEventListener("click", (event) => {
  if (event.defaultPrevented || event.button !== 0) return;
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  const link = event.target instanceof Element ? event.target.closest("a[data-route]") : null;
  const path = link?.getAttribute("href");
  if (!path) return;
  event.preventDefault();
  go(path);
});
setInterval(drawBanner, 1000);
route();
