// @ts-check
/// <reference lib="dom" />
/**
 * The way between the views of the fleet, and the digits that go there.
 */
import { element } from "./dom.js";
import { waysPath } from "./paths.js";

/** @typedef {"hosts" | "grid" | "compare" | "ways"} ViewName */

/** Each with its title and its key, as in the terminal's and the page's other views. @type {Readonly<Record<ViewName, readonly [title: string, key: string]>>} */
const VIEWS = {
  ...{ hosts: ["Table", "1"], grid: ["Grid", "2"], compare: ["Compare", "3"], ways: ["Ways", "4"] },
};

/** Makes it. @param {ViewName} current @param {Readonly<Record<Exclude<ViewName, "ways">, () => string>>} others where each is, when it is pressed */
export function viewTabs(current, others) {
  const paths = { ways: waysPath, ...others };
  const node = element("nav", { class: "tabs", "aria-label": "Views" });
  const views = /** @type {ViewName[]} */ (Object.keys(VIEWS));
  const links = views.map((view) => {
    const [title, key] = VIEWS[view];
    const properties = { "data-route": true, "data-view": view, title: `key ${key}` };
    const link = element("a", { ...properties, "aria-current": view === current && "page" }, title);
    // As it is when it is needed: what it leads to depends on what is chosen.
    for (const event of ["pointerdown", "focus", "click"]) {
      link.addEventListener(event, () => link.href = paths[view](), true);
    }
    link.href = paths[view]();
    return { key, link };
  });
  node.append(...links.map(({ link }) => link));
  /** What each key does; nothing where its view is not there. */
  const keys = Object.fromEntries(
    links.map(({ key, link }) => [key, () => link.checkVisibility() && link.click()]),
  );
  return { node, keys };
}
