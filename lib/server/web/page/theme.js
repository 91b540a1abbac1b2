// @ts-check
/// <reference lib="dom" />
/**
 * Light or dark: as the system has it, or as was chosen here, which this browser keeps. It stands at the
 * beginning of each page, before anything is drawn; the style does the rest.
 */

import { drawing, element, setAttribute } from "./dom.js";

/** @typedef {"system" | "light" | "dark"} Theme */

const KEY = "pulso-theme";
/** @type {readonly Theme[]} */
const THEMES = ["system", "light", "dark"];
/** Told when the colours are others. @type {Set<() => void>} */
const listeners = new Set();
/** What was asked for last, until the colours are others. @type {Map<string, string>} */
const colors = new Map();

/** What is shown, whether a browser keeps it or not. @type {Theme} */
let theme = keptTheme();

/** @returns {Theme} */
function keptTheme() {
  try {
    const kept = /** @type {Theme} */ (localStorage.getItem(KEY));
    return THEMES.includes(kept) ? kept : "system";
  } catch {
    return "system";
  }
}

/** @param {Theme} next */
function show(next) {
  theme = next;
  document.documentElement.dataset.theme = theme;
  colors.clear();
  for (const listener of listeners) listener();
}

/** Shows the next theme, and keeps it. */
export function nextTheme() {
  show(THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? "system");
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // Then it holds as long as the page does.
  }
}

/** The button for it. */
export function themeButton() {
  const node = element("button", { type: "button", class: "theme", onclick: nextTheme });
  const circle = drawing("circle", { cx: 8, cy: 8, r: 6.25 });
  const half = drawing("path", { d: "M8 1.75a6.25 6.25 0 0 1 0 12.5z" });
  node.append(drawing("svg", { viewBox: "0 0 16 16", "aria-hidden": "true" }, circle, half));
  const tell = () => {
    const words = theme === "system" ? "as the system has it" : theme;
    setAttribute(node, "aria-label", `Theme: ${words}`);
    setAttribute(node, "title", `theme: ${words}  t`);
  };
  onTheme(tell);
  tell();
  return node;
}

/** Tells when the colours are others; the result ends it. @param {() => void} listener @returns {() => void} */
export function onTheme(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** A colour of the style, as a canvas takes it: it knows no `light-dark()`. @param {string} name */
export function colorOf(name) {
  const known = colors.get(name);
  if (known !== undefined) return known;
  const probe = document.createElement("i");
  probe.style.color = `var(${name})`;
  document.body.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  colors.set(name, color);
  return color;
}

show(theme);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => show(theme));
// In another tab.
addEventListener("storage", ({ key }) => key === KEY && show(keptTheme()));
