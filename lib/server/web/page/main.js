// @ts-check
/// <reference lib="dom" />
/**
 * Starts the page: which of its views a URL stands for, the way from one to the other without a
 * reload, and whether the server is there.
 */
import { behindLine, lossBanner } from "./banner.js";
import { openComparePage } from "./compare_page.js";
import { openHelp } from "./dialog.js";
import { element } from "./dom.js";
import { openFleetPage } from "./fleet_page.js";
import { openGridPage } from "./grid_page.js";
import { openHostPage } from "./host_page.js";
import { listenForKeys } from "./keys.js";
import { BASE, hostOf, isCompare, isGrid, isWays } from "./paths.js";
import { openReplay } from "./replay.js";
import { IS_SHARED } from "./shared.js";
import { hold, Stream, tellOfHold } from "./stream.js";
import { openTab } from "./tab.js";
import { nextTheme, themeButton } from "./theme.js";
import { isWall, openWall } from "./wall.js";
import { openWaysPage } from "./ways_page.js";

/**
 * @typedef {object} Surroundings what a view is given
 * @property {HTMLElement} header
 * @property {HTMLElement} main
 * @property {(path: string, isInstead?: boolean) => void} go to another view; in place of this one, or back leads here
 * @property {ReturnType<typeof openTab>} tab the title and the icon
 * @property {(totals: any) => void} onTotals the whole fleet, as docs/API.md describes its totals
 * @property {(lostSinceMs: number | null, reason: string) => void} onState the connection is lost, or there
 */

const banner = lossBanner(byId("banner"));
const showBehind = behindLine(byId("behind"));
const tab = openTab();
const theme = themeButton();
const help = element(
  "button",
  { type: "button", class: "help", "aria-label": "Keys", title: "keys  ?", onclick: openHelp },
  "?",
);
const held = element("button", {
  ...{ type: "button", class: "held", hidden: true, title: "as it was; goes on when pressed  p" },
  onclick: () => hold(false),
}, "paused");

let close = () => {};
/** @type {import("./banner.js").Loss | null} */
let loss = null;

/** @param {string} id */
function byId(id) {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`Cannot find #${id}: the page is not complete`);
  return found;
}

/** What opens the page of the URL. @returns {(surroundings: Surroundings) => () => void} */
function pageOf() {
  const host = hostOf(location);
  if (host !== null) return (surroundings) => openHostPage(host, surroundings);
  if (isWall(location.search)) return openWall;
  if (isCompare(location)) return openComparePage;
  if (isWays(location)) return openWaysPage;
  return isGrid(location) ? openGridPage : openFleetPage;
}

function route() {
  close();
  const [header, main] = [byId("header"), byId("main")];
  close = pageOf()({ header, main, go, tab, onTotals, onState });
  byId("header").append(held, help, theme);
}

/** @param {string} path @param {boolean} [isInstead] */
function go(path, isInstead = false) {
  history[isInstead ? "replaceState" : "pushState"](null, "", path);
  route();
  byId("main").focus({ preventScroll: true });
}

/** Whether a record is played, which has a bar of its own and stands still by the same key. */
function isReplay() {
  return byId("replay").childElementCount > 0;
}

/** @param {any} totals */
function onTotals({ byStatus, sites = [], view }) {
  tab.count(byStatus);
  showBehind(view);
  // The tab of ways is there where there are several.
  document.documentElement.classList.toggle("has-ways", sites.length > 0);
}

/** @param {number | null} sinceMs @param {string} reason */
function onState(sinceMs, reason) {
  // The beginning of a loss stays what it was: each try after it fails anew, most often without a reason.
  loss = sinceMs === null
    ? null
    : { sinceMs: loss?.sinceMs ?? sinceMs, reason: reason || (loss?.reason ?? "") };
  drawBanner();
}

function drawBanner() {
  tab.lose(banner.draw(loss, Date.now()));
}

addEventListener("popstate", route);
listenForKeys({ t: nextTheme, "?": openHelp, p: () => isReplay() || hold() });
tellOfHold((isHeld) => held.hidden = !isHeld);
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
// Where there is one, its bar may come later than the rest.
addEventListener("load", () => openReplay(byId("replay")));
if (IS_SHARED) {
  // Hidden tabs have one stream together, for their titles and icons.
  new Stream({
    url: () => `${BASE}api/stream?limit=1`,
    when: "hidden",
    on: { window: ({ totals }) => onTotals(totals) },
    onState,
  });
}
