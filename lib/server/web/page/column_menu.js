// @ts-check
/// <reference lib="dom" />
/**
 * The menu of the table's columns: which are shown, and the way back to those that there is room for.
 */
import { element, setAttribute, setText } from "./dom.js";
import { popup } from "./popup.js";
import { CHOICES, leastWidth, shownTracks, tracksOf, WIDE_PX } from "./tracks.js";

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
    const ids = shownTracks(columns, innerWidth).map(({ id }) => id);
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

/** Shows in a table the columns that were chosen, or those that there is room for. @param {import("./query.js").Query} query @param {import("./table.js").Table} table */
export function showColumnsOf({ columns, sort, descending }, table) {
  const tracks = shownTracks(columns, innerWidth);
  table.setColumns(tracks.map(({ id }) => id));
  table.setSort(sort, descending);
  const { style } = table.node;
  style.setProperty("--columns", tracksOf(tracks, columns === null && innerWidth >= WIDE_PX));
  style.setProperty("--least", columns === null ? "" : leastWidth(tracks));
  setAttribute(table.node, "data-chosen", columns !== null);
}
