// @ts-check
/// <reference lib="dom" />
/**
 * The last day of each way as a strip: what share was lost in each part of it, told by height as well as by
 * colour, what is not known a line, and nothing of the time before the server counted. A finger or the pointer
 * reads a part out. It asks nobody.
 */
import { formatCountOf } from "../../../common/format.js";
import { cleanText } from "../../../common/text.js";
import { formatLoss, lossLevel } from "../../../common/ways.js";
import { drawing, element, setText } from "./dom.js";
import { nameOf } from "./ways_table.js";

/** @typedef {import("../../../common/ways.js").Counted} Counted */
/** @typedef {import("./ways_table.js").Answer} Answer */
/** @typedef {import("./ways_table.js").Group} Group */
/** @typedef {{ readonly name: string, readonly site: string, readonly day: Counted & { readonly shares: readonly (number | null)[] } }} Strip */

/** Less than any share. */
const NONE = -1;
/** So many are shown, the worst of all. */
const MAX_STRIPS = 24;
/** How high a level stands; what is not known is a line. */
const HEIGHT = 14;
const HEIGHTS = { unknown: 1, none: 4, some: 7, warning: 11, critical: HEIGHT };
const DAY_MS = 86_400_000;
/** Times below the strips. */
const TICKS = 5;

/** The strips of some groups. */
export function lossStrips() {
  const list = element("div", { class: "strips" });
  const times = element("span", { class: "axis" });
  const axis = element("div", { class: "strip", "aria-hidden": "true" }, element("span"), times);
  const more = element("p", { class: "hint" });
  const heading = element("h2");
  const node = element("section", { class: "days", "aria-label": "24 hours" });
  node.append(heading, list, axis, more);
  let drawn = "";

  /** @param {Answer} answer @param {readonly Group[]} groups */
  function draw({ group: key, day }, groups) {
    const all = groups.flatMap((group) => stripsOf(nameOf(key, group.value), group));
    const worst = all.toSorted((a, b) => highest(b) - highest(a)).slice(0, MAX_STRIPS);
    node.hidden = day === undefined || all.length === 0;
    const text = JSON.stringify([day, worst]);
    if (day === undefined || text === drawn) return;
    drawn = text;
    setText(heading, `Each way ${daySaid(day)}, share lost in 10 minutes`);
    list.replaceChildren(
      ...all.filter((strip) => worst.includes(strip)).map((strip) => rowOf(strip, day)),
    );
    times.replaceChildren(...ticksOf(day).map((text) => element("span", {}, text)));
    const left = all.length - worst.length;
    setText(more, left === 0 ? "" : `${formatCountOf(left, "more way")}, none of which lost more`);
  }
  return { node, draw };
}

/** @param {string} name @param {Group} group @returns {Strip[]} */
function stripsOf(name, { sites }) {
  return sites.flatMap(({ site, day }) => day ? [{ name, site: cleanText(site), day }] : []);
}

/** @param {Strip} strip */
function highest({ day: { shares } }) {
  return Math.max(NONE, ...shares.map((share) => share ?? NONE));
}

/** @param {Strip} strip @param {NonNullable<Answer["day"]>} day */
function rowOf(strip, day) {
  const { name, site, day: counted } = strip;
  const { shares } = counted;
  const total = formatLoss(counted);
  const value = element("b", { "data-level": lossLevel(counted) }, total);
  const worst = shares.map((share) => share ?? NONE).indexOf(highest(strip));
  const label = `${name} to ${site}: ${total} lost ${daySaid(day)}; most ${
    partText(shares, worst, day)
  }`;
  const picture = pictureOf(shares, label, Math.floor((day.sinceMs - day.fromMs) / day.stepMs));
  picture.addEventListener("pointermove", (event) => {
    const { left, width } = picture.getBoundingClientRect();
    const at = Math.floor((event.clientX - left) / width * shares.length);
    setText(value, partText(shares, Math.min(shares.length - 1, Math.max(0, at)), day));
  });
  picture.addEventListener("pointerleave", () => setText(value, total));
  const way = element(
    "span",
    { class: "name", title: `${name} → ${site}` },
    element("span", {}, name),
    element("span", { class: "to" }, `→ ${site}`),
  );
  return element("div", { class: "strip" }, way, picture, value);
}

/** One part: when it began, and what was lost. @param {readonly (number | null)[]} shares @param {number} at @param {NonNullable<Answer["day"]>} day */
function partText(shares, at, { fromMs, stepMs }) {
  const share = shares[at] ?? null;
  return `${timeOf(fromMs + at * stepMs)} ${share === null ? "unknown" : `${share.toFixed(2)}%`}`;
}

/** @param {readonly (number | null)[]} shares @param {string} label @param {number} first part that was counted */
function pictureOf(shares, label, first) {
  /** @type {Record<keyof typeof HEIGHTS, string>} */
  const paths = { unknown: "", none: "", some: "", warning: "", critical: "" };
  shares.forEach((share, at) => {
    if (at < first) return;
    const level = share === null ? "unknown" : lossLevel({ sent: 100, lost: share });
    const height = HEIGHTS[level];
    paths[level] += `M${at} ${HEIGHT - height}h1v${height}h-1z`;
  });
  const drawn = Object.entries(paths).filter(([, d]) => d !== "")
    .map(([level, d]) => drawing("path", { d, "data-level": level }));
  // The pointer is to find what is empty, too.
  const size = { width: String(shares.length), height: String(HEIGHT) };
  const ground = drawing("rect", { ...size, fill: "transparent" });
  const box = { viewBox: `0 0 ${shares.length} ${HEIGHT}`, preserveAspectRatio: "none" };
  return drawing("svg", { ...box, role: "img", "aria-label": label }, ground, ...drawn);
}

/** @param {NonNullable<Answer["day"]>} day */
function ticksOf({ fromMs }) {
  return Array.from({ length: TICKS }, (_, n) => timeOf(fromMs + DAY_MS * n / (TICKS - 1)));
}

/** Since when something is counted that is to be of a time on; `null` where that is so. @param {Answer["day"]} day @param {number} fromMs */
export function sinceSaid(day, fromMs) {
  return day !== undefined && day.sinceMs > fromMs ? `since ${timeOf(day.sinceMs)}` : null;
}

/** @param {NonNullable<Answer["day"]>} day */
function daySaid(day) {
  return sinceSaid(day, day.fromMs) ?? "in 24 hours";
}

/** @param {number} timeMs */
function timeOf(timeMs) {
  const time = { hour: "2-digit", minute: "2-digit", hour12: false };
  return new Date(timeMs).toLocaleTimeString([], /** @type {Intl.DateTimeFormatOptions} */ (time));
}
