// @ts-check
/// <reference lib="dom" />
/**
 * The menu of the table's columns: which are shown, and the way back to those that there is room for.
 */
import { element, setText } from "./dom.js";
import { popup } from "./popup.js";
import { CHOICES, chosenTracks, leastWidth, shownAt, tracksOf } from "./tracks.js";

/** Makes the menu; `onChoice` is told of the columns that are chosen. @param {(ids: readonly string[] | null) => void} onChoice */
export function columnMenu(onChoice) {
  const state = element("span", {});
  const boxes = CHOICES.map(({ id, label }) => {
    const box = element("input", { type: "checkbox", onchange: choose });
    return { id, box, node: element("label", {}, box, label) };
  });
  const back = element(
    "button",
    { type: "button", onclick: () => onChoice(null) },
    "As there is room",
  );
  const list = element("div", { class: "choices", role: "group", "aria-label": "Columns" });
  list.append(back, ...boxes.map(({ node }) => node));
  const node = popup(element(
    "details",
    { class: "columns" },
    element("summary", { title: "which columns are shown  c" }, "columns ", state),
    list,
  ));

  function choose() {
    onChoice(boxes.filter(({ box }) => box.checked).map(({ id }) => id));
  }

  /** Shows which are chosen. @param {readonly string[] | null} columns */
  function show(columns) {
    const ids = columns ?? shownAt(innerWidth);
    for (const { id, box } of boxes) box.checked = ids.includes(id);
    setText(state, columns === null ? "" : String(columns.length));
  }

  /** Opens it, for the keyboard. */
  function open() {
    node.open = true;
    boxes[0]?.box.focus();
  }
  return { node, show, open };
}

/** Shows in a table the columns that were chosen, or with `null` those that there is room for. @param {HTMLElement} node @param {readonly string[] | null} ids */
export function showTracks(node, ids) {
  const tracks = chosenTracks(ids ?? []);
  if (ids === null) node.removeAttribute("data-chosen");
  else node.dataset.chosen = tracks.map(({ id }) => id).join(" ");
  node.style.setProperty("--chosen-columns", ids === null ? "" : tracksOf(tracks));
  node.style.setProperty("--least", ids === null ? "" : leastWidth(tracks));
}
