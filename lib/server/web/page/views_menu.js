// @ts-check
/// <reference lib="dom" />
/**
 * Views that were saved: links to the fleet with a filter, an order, groups and columns, kept in this browser
 * and listed under the logo. The server knows nothing of them.
 */
import { element, setAttribute } from "./dom.js";
import { cleanText } from "../../../common/text.js";
import { BASE } from "./paths.js";
import { popup } from "./popup.js";

/** @typedef {{ readonly name: string, readonly path: string }} View `path` is behind the base of all paths */

const KEY = "pulso-views";
/** More would be no list that anybody reads. */
const MAX_VIEWS = 50;
/** A name that fits into the list. */
const MAX_NAME = 60;
/** Paths that can be saved: the table, the grid, a comparison. */
const SAVED = /^(grid|compare)?(\?.*)?$/;

/** What a text that was kept says; what is no view is left out. @param {string | null} text @returns {readonly View[]} */
export function readViews(text) {
  try {
    const views = JSON.parse(text ?? "[]");
    if (!Array.isArray(views)) return [];
    return views.filter((view) =>
      typeof view?.name === "string" && typeof view.path === "string" && SAVED.test(view.path)
    ).slice(0, MAX_VIEWS);
  } catch {
    return [];
  }
}

/** With one more, in place of one of the same name. @param {readonly View[]} views @param {View} view */
export function withView(views, { name, path }) {
  const named = { name: cleanText(name).trim().slice(0, MAX_NAME), path };
  if (named.name === "") return views;
  return [...views.filter((other) => other.name !== named.name), named].slice(-MAX_VIEWS);
}

/** The search part of a path. @param {string} path */
export function searchIn(path) {
  return path.slice(path.indexOf("?") + 1 || path.length);
}

/** What a view may be called that has no name yet: what its filter and group say. @param {string} path */
export function nameFor(path) {
  const params = new URLSearchParams(searchIn(path));
  const parts = [
    params.get("q"),
    params.get("status"),
    params.get("group") && `by ${params.get("group")}`,
  ];
  return parts.filter(Boolean).join(", ").slice(0, MAX_NAME);
}

/** Those that this browser keeps. */
export function savedViews() {
  try {
    return readViews(localStorage.getItem(KEY));
  } catch {
    return [];
  }
}

/** @param {readonly View[]} views */
function keep(views) {
  try {
    localStorage.setItem(KEY, JSON.stringify(views));
  } catch {
    // A browser that keeps nothing has no views.
  }
}

/** What is shown now, as a view has it. */
function pathHere() {
  return location.pathname.slice(BASE.length) + location.search;
}

/** The logo with the list under it; `v` opens it. */
export function viewsMenu() {
  const list = element("ul", {});
  const name = element("input", {
    ...{ type: "text", "aria-label": "Name of this view", placeholder: "Name of this view" },
    ...{ maxlength: MAX_NAME, autocomplete: "off" },
  });
  const form = element("form", { onsubmit: save }, name, element("button", {}, "Save"));
  const all = element("a", { href: BASE, "data-route": true }, "All hosts");
  const wall = element("a", { href: `${BASE}?wall`, "data-route": true }, "Wall");
  const panel = element("div", { class: "views" }, all, list, form, wall);
  const title = element("h1", {}, "Pulso");
  const summary = element("summary", { title: "saved views  v" }, title);
  const node = popup(element("details", { class: "logo" }, summary, panel));
  node.addEventListener("toggle", () => node.open && draw());
  // A link leads away from the list as well.
  panel.addEventListener("click", ({ target }) => {
    if (target instanceof Element && target.closest("a") !== null) node.open = false;
  });

  function draw() {
    const views = savedViews();
    const here = pathHere();
    name.value = views.find(({ path }) => path === here)?.name ?? nameFor(here);
    list.replaceChildren(...views.map((view) => {
      const link = element(
        "a",
        { href: BASE + view.path, "data-route": true },
        cleanText(view.name),
      );
      setAttribute(link, "aria-current", view.path === here && "page");
      const remove = element("button", {
        ...{ type: "button", "aria-label": `Remove ${cleanText(view.name)}`, title: "remove" },
        onclick: () => change(views.filter((other) => other !== view)),
      }, "✕");
      return element("li", {}, link, remove);
    }));
    form.hidden = !SAVED.test(here);
  }

  /** @param {Event} event */
  function save(event) {
    event.preventDefault();
    change(withView(savedViews(), { name: name.value, path: pathHere() }));
  }

  /** @param {readonly View[]} next */
  function change(next) {
    keep(next);
    draw();
    name.focus();
  }

  /** Opens the list, for the keyboard. */
  function open() {
    node.open = true;
    all.focus();
  }
  return { node, open };
}
