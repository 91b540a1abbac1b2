// @ts-check
/// <reference lib="dom" />
/**
 * Starts the page: which of its views a URL stands for, the way from one to the other without a
 * reload, and the banner that says when the server is gone.
 */
import { element } from "./dom.js";
import { openFleetPage } from "./fleet_page.js";
import { formatAge } from "./format.js";
import { openHostPage } from "./host_page.js";

/**
 * @typedef {object} Surroundings what a view is given
 * @property {HTMLElement} header
 * @property {HTMLElement} main
 * @property {(path: string) => void} go to another view
 * @property {(lostSinceMs: number | null, reason: string) => void} onState the connection is lost, or there
 */

const banner = byId("banner");
/** How long a connection may take to come back before it is worth a word. */
const PATIENCE_MS = 1500;

let close = () => {};
/** @type {number | null} */
let lostSinceMs = null;
let lostReason = "";

/** @param {string} id */
function byId(id) {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`Cannot find #${id}: the page is not complete`);
  return found;
}

function route() {
  close();
  const surroundings = { header: byId("header"), main: byId("main"), go, onState };
  const [, host] = /^\/hosts\/([^/]+)$/.exec(location.pathname) ?? [];
  close = host === undefined
    ? openFleetPage(surroundings)
    : openHostPage(decodeURIComponent(host), surroundings);
}

/** @param {string} path */
function go(path) {
  history.pushState(null, "", path);
  route();
  byId("main").focus({ preventScroll: true });
}

/** @param {number | null} sinceMs @param {string} reason */
function onState(sinceMs, reason) {
  lostSinceMs = sinceMs;
  lostReason = reason;
  drawBanner();
}

function drawBanner() {
  const isLost = lostSinceMs !== null && Date.now() - lostSinceMs > PATIENCE_MS;
  document.documentElement.classList.toggle("is-lost", isLost);
  if (!isLost) return banner.replaceChildren();
  const age = element(
    "span",
    { "aria-hidden": "true" },
    formatAge(Date.now() - (lostSinceMs ?? 0)),
  );
  // The words stay as they are, so that a screen reader says them once; the time beside them goes on.
  if (banner.firstElementChild?.textContent) return banner.lastElementChild?.replaceWith(age);
  const reason = lostReason === "" ? "" : ` (${lostReason})`;
  const text =
    `No connection to the server${reason}. What you see is what was heard last. Trying again.`;
  banner.replaceChildren(element("span", {}, text), " ", age);
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
