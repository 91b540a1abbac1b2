// @ts-check
/// <reference lib="dom" />
/**
 * The way between the views of the fleet, and the digits that go there.
 */
import { element } from "./dom.js";

/** Makes it. @param {"hosts" | "compare"} current @param {Readonly<Record<"hosts" | "compare", () => string>>} paths where each is, when it is pressed */
export function viewTabs(current, paths) {
  const node = element("nav", { class: "tabs", "aria-label": "Views" });
  const views = /** @type {const} */ (["hosts", "compare"]);
  const links = views.map((view, n) => {
    const title = view === "hosts" ? "Table" : "Compare";
    const key = KEYS[n] ?? "";
    const properties = { "data-route": true, title: `key ${key}` };
    const link = element("a", { ...properties, "aria-current": view === current && "page" }, title);
    // As it is when it is needed: what it leads to depends on what is chosen.
    for (const event of ["pointerdown", "focus", "click"]) {
      link.addEventListener(event, () => link.href = paths[view](), true);
    }
    link.href = paths[view]();
    return { key, link };
  });
  node.append(...links.map(({ link }) => link));
  /** What each key does. */
  const keys = Object.fromEntries(links.map(({ key, link }) => [key, () => link.click()]));
  return { node, keys };
}

/** As in the terminal's and the page's other views. */
const KEYS = ["1", "3"];
