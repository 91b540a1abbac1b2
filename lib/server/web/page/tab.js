// @ts-check
/// <reference lib="dom" />
/**
 * The tab of the page: its title and its icon say how many hosts are missing, also while another tab is
 * looked at, and that the server is not heard.
 */
import { STATUS_SIGNS } from "../../../common/status.js";

/** @typedef {Readonly<Record<import("../../../common/status.js").HostStatus, number>>} Counts */

/** The greatest number that the icon has room for. */
const MAX_NUMBER = 99;
const COLORS = { offline: "#c01f2b", stale: "#8a5a00" };

/** The hosts that are missing, the worst first. @param {Counts | null} counts */
export function missingOf(counts) {
  return /** @type {const} */ (["offline", "stale"])
    .map((status) => ({ status, count: counts?.[status] ?? 0 }))
    .filter(({ count }) => count > 0);
}

/** The title: what is missing first, as a narrow tab shows no more. @param {string} name @param {Counts | null} counts @param {boolean} isLost */
export function titleOf(name, counts, isLost) {
  if (isLost) return `No connection · ${name}`;
  const missing = missingOf(counts).map(({ status, count }) => STATUS_SIGNS[status] + count);
  return [...missing, ...(missing.length > 0 ? ["·"] : []), name].join(" ");
}

/** The icon as a drawing with the number of the worst; `null` where nothing is missing. @param {Counts | null} counts */
export function iconOf(counts) {
  const [worst] = missingOf(counts);
  if (worst === undefined) return null;
  const { status, count } = worst;
  const text = count > MAX_NUMBER ? `${MAX_NUMBER}+` : String(count);
  const size = [12, 11, 8][text.length - 1];
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16">` +
    `<rect width="16" height="16" rx="3" fill="${COLORS[status]}"/>` +
    `<text x="8" y="8.5" fill="#fff" font-family="sans-serif" font-weight="700" font-size="${size}" ` +
    `text-anchor="middle" dominant-baseline="central">${text}</text></svg>`;
}

/** The tab of a document. */
export function openTab() {
  const icon = /** @type {HTMLLinkElement} */ (document.querySelector("link[rel=icon]"));
  const { href } = icon;
  let name = "Pulso";
  let isLost = false;
  /** @type {Counts | null} */
  let counts = null;

  function draw() {
    const title = titleOf(name, counts, isLost);
    if (document.title !== title) document.title = title;
    const svg = iconOf(isLost ? null : counts);
    const next = svg === null ? href : `data:image/svg+xml,${encodeURIComponent(svg)}`;
    if (icon.href !== next) icon.href = next;
  }

  return {
    /** What is looked at. @param {string} text */
    call(text) {
      name = text;
      draw();
    },
    /** How many hosts are how. @param {Counts} next */
    count(next) {
      counts = next;
      draw();
    },
    /** Whether the server is not heard. @param {boolean} next */
    lose(next) {
      isLost = next;
      draw();
    },
  };
}
