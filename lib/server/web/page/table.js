// @ts-check
/// <reference lib="dom" />
/**
 * A table of any length of which only the visible rows exist, and only a part is known. A row of the
 * page is made once and shows one host after another; what is the same is not touched.
 */
import { headCell } from "./cells.js";
import { element, setAttribute } from "./dom.js";
import { groupLine } from "./group_line.js";
import { isWithModifier } from "./keys.js";
import { troubleOf } from "../../../common/troubles.js";
import { KnownRows, Selection, targetOf } from "./selection.js";

/** @typedef {import("./store.js").Row} Row */
/** @typedef {typeof import("./columns.js").COLUMNS[number]} Column */
/** @typedef {{ node: HTMLElement, cells: readonly import("./cells.js").Cell[], group: ReturnType<typeof groupLine> }} Slot */

/** Rows beyond both edges, so that a short scroll shows them at once; made with the second drawing. */
const MARGIN_ROWS = 4;
/** The height of a row on a desk, as the style has it: the least. */
const ROW_PX = 28;

/** A table with sortable headers, a selection, and the keyboard. */
export class Table {
  #all;
  #on;
  /** Those that are shown. @type {readonly Column[]} */
  #columns = [];
  #head = element("div", { role: "row", class: "row", "aria-rowindex": 1 });
  #body = element("div", { role: "rowgroup", class: "body" });
  /** @type {Slot[]} */
  #slots = [];
  #rows = new KnownRows([], 0, 0);
  #selection = new Selection();
  #nowMs = 0;

  /**
   * @param {readonly Column[]} all that may be shown; none is until `setColumns`
   * @param {{ onSort: (key: string) => void, onOpen: (id: string) => void, onFold: (value: string) => void, isPicked: (id: string) => boolean, onView: () => void }} on
   *   `onFold` is told to open a group or fold it; `onView` when other rows may have come into view
   */
  constructor(all, on) {
    this.#all = all;
    this.#on = on;
    this.node = element(
      "div",
      { role: "grid", class: "grid", tabindex: 0, "aria-label": "Hosts" },
      element("div", { role: "rowgroup", class: "head" }, this.#head),
      this.#body,
    );
    this.node.addEventListener("scroll", () => this.draw(), { passive: true });
    this.node.addEventListener("keydown", (event) => {
      if (event.target === this.node) this.onKey(event);
    });
    this.#body.addEventListener("click", (event) => this.#onClick(event));
  }

  /** Shows other columns, by their keys from left to right: no others are made. @param {readonly string[]} keys */
  setColumns(keys) {
    if (`${keys}` === `${this.#columns.map(({ key }) => key)}`) return;
    this.#columns = this.#all.filter(({ key }) => keys.includes(key));
    this.#head.replaceChildren(...this.#columns.map((column) => headCell(column, this.#on.onSort)));
    this.#body.replaceChildren();
    this.#slots = [];
  }

  /** Marks the column that the rows are sorted by. @param {string} sort @param {boolean} descending */
  setSort(sort, descending) {
    for (const [n, { key }] of this.#columns.entries()) {
      const mark = key === sort && (descending ? "descending" : "ascending");
      setAttribute(/** @type {Element} */ (this.#head.children[n]), "aria-sort", mark);
    }
  }

  /** What the rows can be sorted by in the columns that are seen. */
  get sorts() {
    return this.#columns.filter(({ sorts }) => sorts).map(({ key }) => key);
  }

  /** The line that is selected; `undefined` where none is. */
  get selected() {
    const { id } = this.#selection;
    return id === null ? undefined : this.#rows.at(this.#rows.indexOf(id));
  }

  /** The rows in view, without the lines of groups. */
  get rowsInView() {
    return this.#rows.rowsIn(this.view);
  }

  /** The lines in view; where none is known, as many as a window may show: nobody waits for a layout to ask for them. */
  get view() {
    if (this.#rows.length === 0) return { first: 0, count: Math.ceil(innerHeight / ROW_PX) };
    const height = this.#rowHeight();
    const first = Math.max(0, Math.floor(this.node.scrollTop / height));
    return { first, count: Math.ceil(this.node.clientHeight / height) };
  }

  /**
   * Shows other rows, or the same in another order; a selected row that is in view stays where it is.
   *
   * @param {KnownRows} rows
   * @param {boolean} isTurn to others, which begins at the top
   */
  setRows(rows, isTurn) {
    const [{ first, count }, { index }] = [this.view, this.#selection];
    const wasInView = index >= first && index < first + count;
    this.#rows = rows;
    const moved = this.#selection.settle(rows, isTurn);
    this.#body.style.height = `${rows.length > 0 ? rows.length * this.#rowHeight() : 0}px`;
    setAttribute(this.node, "aria-rowcount", rows.length + 1);
    // Only the rows of a tree can be opened.
    setAttribute(this.node, "role", rows.length === rows.rowCount ? "grid" : "treegrid");
    if (wasInView && moved !== null) this.node.scrollTop += moved * this.#rowHeight();
    else if (isTurn) this.node.scrollTop = 0;
  }

  /** Shows the rows that are in view as they are now. @param {number} [nowMs] the server's clock */
  draw(nowMs = this.#nowMs) {
    this.#nowMs = nowMs;
    const height = this.#rowHeight();
    const view = this.view;
    const first = Math.max(0, view.first - MARGIN_ROWS);
    const spare = this.#slots.length === 0 ? 0 : 2 * MARGIN_ROWS;
    const needed = Math.min(view.count + spare, this.#rows.length);
    while (this.#slots.length < needed) this.#addSlot();
    // Each index has its slot for good, so that a scroll changes only the rows that come in.
    for (let index = first; index < first + this.#slots.length; index++) {
      const slot = this.#slots[index % this.#slots.length];
      if (slot !== undefined) this.#drawSlot(slot, index, height);
    }
    const { index: selected } = this.#selection;
    const isDrawn = selected >= first && selected < first + this.#slots.length &&
      this.#rows.at(selected) !== undefined;
    const active = isDrawn && `row-${selected % this.#slots.length}`;
    setAttribute(this.node, "aria-activedescendant", active);
    this.#on.onView();
  }

  #addSlot() {
    const node = element("div", { role: "row", class: "row", id: `row-${this.#slots.length}` });
    const cells = this.#columns.map((column) => {
      const cell = column.cell();
      node.append(element("div", { role: "gridcell", class: `cell ${column.key}` }, cell.node));
      return cell;
    });
    const group = groupLine();
    // The worst of a group takes the place of what only one host has.
    node.prepend(group.node);
    this.#body.append(node);
    this.#slots.push({ node, cells, group });
  }

  /** @param {Slot} slot @param {number} index @param {number} height */
  #drawSlot({ node, cells, group }, index, height) {
    const row = this.#rows.at(index);
    node.hidden = row === undefined;
    if (row === undefined) return;
    const position = `translateY(${index * height}px)`;
    if (node.style.transform !== position) node.style.transform = position;
    setAttribute(node, "aria-rowindex", index + 2);
    setAttribute(node, "aria-selected", String(row.id === this.#selection.id));
    const isGroup = "group" in row;
    setAttribute(node, "aria-expanded", isGroup && String(row.group.open));
    setAttribute(node, "data-group", isGroup && (row.rest === undefined ? "" : "rest"));
    setAttribute(node, "data-picked", this.#on.isPicked(row.id));
    setAttribute(node, "data-status", isGroup ? false : row.status);
    setAttribute(node, "data-level", !isGroup && (troubleOf(row)?.level ?? false));
    group.node.hidden = !isGroup;
    const shown = isGroup ? group.show(row) : row;
    this.#columns.forEach(({ grouped }, n) => {
      const has = !isGroup || grouped !== null && grouped in shown;
      setAttribute(/** @type {Element} */ (cells[n]?.node.parentElement), "data-blank", !has);
      if (has) cells[n]?.show(shown, this.#nowMs);
    });
  }

  /** As the style says, which makes rows higher on narrow screens. */
  #rowHeight() {
    return parseFloat(getComputedStyle(this.node).getPropertyValue("--row-height")) || ROW_PX;
  }

  /** Where it is, and what is selected. */
  get place() {
    return { top: this.node.scrollTop, ...this.#selection.placeAmong(this.#rows) };
  }

  /** Goes on where it was left: what is selected comes into view. @param {{ top: number, id: string | null, index: number }} place */
  begin({ top, ...place }) {
    if (top > 0) this.node.scrollTop = top;
    this.#selection.goBack(place, this.#rows);
    if (this.#selection.index >= 0) this.#reveal(this.#selection.index);
  }

  /** Takes the keys, from its first row where none is selected. */
  enter() {
    this.node.focus();
    if (this.#selection.index < 0 && this.#rows.length > 0) this.#select(0);
  }

  /** Moves the selection, or opens the selected host. @param {KeyboardEvent} event */
  onKey(event) {
    if (isWithModifier(event)) return;
    const page = Math.max(1, Math.floor(this.node.clientHeight / this.#rowHeight()) - 2);
    const { id, index } = this.#selection;
    if (event.key === "Enter" && id !== null && index >= 0) return this.#open(id);
    const target = targetOf(event.key, { index, page, last: this.#rows.length - 1 });
    if (target < 0) return;
    event.preventDefault();
    this.#select(target);
  }

  /** @param {MouseEvent} event */
  #onClick(event) {
    if (!(event.target instanceof Element)) return;
    const node = event.target.closest("[role=row]");
    if (node === null || getSelection()?.isCollapsed === false) return;
    const index = Number(node.getAttribute("aria-rowindex")) - 2;
    const row = this.#rows.at(index);
    if (row === undefined) return;
    const isLink = event.target.closest("a") !== null;
    if (!isLink && (row.id === this.#selection.id || "group" in row)) this.#open(row.id);
    this.#selection.choose(index, this.#rows);
    this.draw();
  }

  /** Opens a host; opens a group or folds it. @param {string} id */
  #open(id) {
    const row = this.#rows.at(this.#rows.indexOf(id));
    if (row !== undefined && "group" in row) this.#on.onFold(row.group.value);
    else this.#on.onOpen(id);
  }

  /** @param {number} index */
  #select(index) {
    this.#selection.choose(index, this.#rows);
    this.#reveal(index);
    this.draw();
  }

  /** Scrolls as far as a line needs to be seen. @param {number} index */
  #reveal(index) {
    const height = this.#rowHeight();
    const top = index * height;
    const head = this.node.firstElementChild?.getBoundingClientRect().height ?? 0;
    const room = this.node.clientHeight - head - height;
    if (top < this.node.scrollTop) this.node.scrollTop = top;
    else if (top > this.node.scrollTop + room) this.node.scrollTop = top - room;
  }
}
