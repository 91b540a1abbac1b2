// @ts-check
/// <reference lib="dom" />
/**
 * The cells of a grid on a canvas: which of them is pointed at or has the focus, by mouse and by keys, and
 * the names of groups beside them. A cell moves only when hosts come or go. What has the focus is said.
 */
import { element, setText } from "./dom.js";
import { gridCard } from "./grid_card.js";
import { countNode } from "./group_line.js";
import { cellAt, cellsOfGroups, layoutOf, LINE, movedTo, placeOf } from "./grid_layout.js";
import { paintCells } from "./grid_paint.js";
import { groupCounts, groupTitle } from "../../../common/host_words.js";
import { isWithModifier } from "./keys.js";
import { onTheme } from "./theme.js";
import { troubleOf } from "../../../common/troubles.js";
import { formatPercent, formatShortCount } from "../../../common/format.js";
import { HOST_STATUSES } from "../../../common/status.js";

/** @typedef {import("../../../common/alerts.js").ShownAlert} ShownAlert */
/**
 * @typedef {object} Cells the last event, as docs/API.md describes it
 * @property {readonly string[]} ids
 * @property {readonly string[]} names
 * @property {readonly number[]} sizes how many hosts each stands for
 * @property {readonly (number | null)[]} values
 * @property {string} statuses
 * @property {string} [group]
 * @property {readonly import("./store.js").Group[]} [groups]
 */

const PHONE = matchMedia("(max-width: 700px)");
/** @type {Cells} */
const NONE = { ids: [], names: [], sizes: [], values: [], statuses: "" };

/**
 * Makes it.
 *
 * @param {object} on
 * @param {(id: string) => void} on.onOpen
 * @param {string} on.label what the values are of
 * @param {number} [on.largest] size of a cell
 */
export function gridMap({ onOpen, label, largest }) {
  const canvas = element("canvas", { "aria-hidden": "true" });
  const ring = element("div", { class: "ring", hidden: true });
  const names = element("div", { class: "names" });
  const card = gridCard();
  const spoken = element("p", { class: "spoken", role: "status" });
  const field = element(
    "div",
    {
      ...{ class: "field", role: "application", tabindex: 0, "aria-label": "Grid of hosts" },
      ...{ onpointermove: point, onpointerleave: unpoint, onclick: press, onblur: unpoint },
    },
    canvas,
    ring,
  );
  const node = element("div", { class: "map" }, names, field, card.node, spoken);
  let cells = NONE;
  let named = label;
  /** @type {ReadonlyMap<string, ShownAlert>} */
  let alerts = new Map();
  let layout = layoutOf([], { width: 0, height: 0, isPhone: false, isNamed: false });
  let chosen = -1;
  let shape = "";
  /** Where the keyboard is; a pointer goes away again. */
  let isKept = false;
  const resized = new ResizeObserver(() => draw());
  resized.observe(node);
  const endTheme = onTheme(() => draw());

  /** Shows an event. @param {any} next @param {ReadonlyMap<string, ShownAlert>} standing @param {string} of */
  function take(next, standing, of) {
    const { ids, names, sizes } = next.ids === null ? cells : next;
    const id = cells.ids[chosen];
    cells = { ...next, ids, names, sizes };
    alerts = standing;
    named = of;
    if (next.ids !== null) chosen = id === undefined ? -1 : ids.indexOf(id);
    draw();
  }

  function draw() {
    const { clientWidth, clientHeight } = node;
    if (clientWidth === 0) return;
    const { group, groups } = cells;
    const isNamed = group !== undefined && groups !== undefined;
    const counts = isNamed ? cellsOfGroups(groups ?? [], cells.sizes) : [cells.ids.length];
    const style = getComputedStyle(node);
    const inset = 2 * Number.parseFloat(style.paddingLeft);
    const room = { width: clientWidth - inset, height: clientHeight - 12 };
    // As long as neither the room nor the counts are others, everything is where it was.
    const next = JSON.stringify([room, counts, PHONE.matches, isNamed]);
    if (next !== shape) {
      shape = next;
      layout = layoutOf(counts, { ...room, isPhone: PHONE.matches, isNamed, largest });
      const ratio = devicePixelRatio;
      canvas.width = room.width * ratio;
      canvas.height = layout.height * ratio;
      canvas.style.width = `${room.width}px`;
      canvas.style.height = `${layout.height}px`;
      canvas.getContext("2d")?.scale(ratio, ratio);
    }
    if (isNamed) drawNames(group ?? "", groups ?? []);
    else names.replaceChildren();
    const context = canvas.getContext("2d");
    if (context === null) return;
    context.clearRect(0, 0, room.width, layout.height);
    const isAlerted = (/** @type {number} */ index) => alerts.has(cells.ids[index] ?? "");
    paintCells(context, layout, { ...cells, isAlerted }, style.fontFamily);
    drawChosen();
  }

  /** @param {string} tag @param {readonly import("./store.js").Group[]} groups */
  function drawNames(tag, groups) {
    while (names.childElementCount > groups.length) names.lastElementChild?.remove();
    while (names.childElementCount < groups.length) {
      names.append(element("p", {}, element("b", {}), element("span", {}), element("span", {})));
    }
    groups.forEach((group, n) => {
      const line = /** @type {HTMLElement} */ (names.children[n]);
      const [title, hosts, counts] = line.children;
      const { nameTop = 0, nameHeight = 0 } = layout.blocks[n] ?? {};
      line.style.transform = `translateY(${nameTop}px)`;
      line.style.flexWrap = nameHeight < 2 * LINE ? "nowrap" : "wrap";
      line.style.maxHeight = `${nameHeight}px`;
      if (title !== undefined) setText(title, groupTitle(tag, group.value));
      const unusual = groupCounts(group).filter(({ name }) => name !== "left");
      if (hosts !== undefined) setText(hosts, formatShortCount(group.hosts));
      const nodes = unusual.map((one) => countNode(one, formatShortCount(one.count)));
      const text = nodes.map(({ textContent }) => textContent).join("");
      if (counts?.textContent !== text) counts?.replaceChildren(...nodes);
    });
  }

  function drawChosen() {
    const place = placeOf(layout, chosen);
    ring.hidden = place === null;
    const id = cells.ids[chosen];
    if (place === null || id === undefined) return card.show(null);
    const [left, top] = place;
    ring.style.cssText =
      `transform:translate(${left}px,${top}px);width:${layout.size}px;height:${layout.size}px`;
    const name = cells.names[chosen] ?? "";
    const status = HOST_STATUSES[Number(cells.statuses[chosen])] ?? "live";
    const value = cells.values[chosen] ?? null;
    const alert = alerts.get(id);
    const others = (cells.sizes[chosen] ?? 1) - 1;
    const text = `${named} ${formatPercent(value)}`;
    card.show({ id, name, status, text, others, alert });
    const { offsetWidth, offsetHeight } = card.node;
    const { scrollTop, clientWidth, clientHeight } = node;
    const x = Math.max(8, Math.min(left + layout.step + 24, clientWidth - offsetWidth - 8));
    const below = top + layout.step + 16;
    const isBelow = below + offsetHeight <= scrollTop + clientHeight;
    const y = isBelow ? below : Math.max(scrollTop, top - offsetHeight - 4);
    if (!PHONE.matches) card.node.style.transform = `translate(${x}px, ${y}px)`;
    if (!isKept) return;
    const trouble = troubleOf({ status, alert });
    setText(spoken, [name, status, text, trouble?.text ?? ""].filter(Boolean).join(", "));
  }

  /** @param {number} index @param {boolean} keeps */
  function choose(index, keeps) {
    if (index === chosen && keeps === isKept) return;
    chosen = index;
    isKept = keeps;
    drawChosen();
    if (keeps) ring.scrollIntoView({ block: "nearest" });
  }

  /** @param {PointerEvent | MouseEvent} event */
  function cellUnder({ clientX, clientY }) {
    const { left, top } = canvas.getBoundingClientRect();
    return cellAt(layout, clientX - left, clientY - top);
  }

  /** @param {PointerEvent} event */
  function point(event) {
    if (event.pointerType === "mouse") choose(cellUnder(event), false);
  }

  function unpoint() {
    if (!isKept || document.activeElement !== field) choose(-1, false);
  }

  /** A touch shows the card first, and opens the host when it is there. @param {PointerEvent} event */
  function press(event) {
    const index = cellUnder(event);
    const isTouch = event.pointerType !== "mouse";
    if (index < 0 || (isTouch && index !== chosen)) return choose(index, true);
    open(index);
  }

  /** @param {number} index */
  function open(index) {
    const id = cells.ids[index];
    if (id !== undefined) onOpen(id);
  }

  /** Moves to another cell, or opens the host. @param {KeyboardEvent} event */
  function onKey(event) {
    if (isWithModifier(event)) return;
    if (event.key === "Enter" && chosen >= 0) return open(chosen);
    const next = movedTo(layout, chosen, event.key);
    if (next === null) return;
    event.preventDefault();
    choose(next, true);
  }

  field.addEventListener("keydown", onKey);
  return {
    ...{ node, take, onKey },
    focus: () => field.focus(),
    close() {
      resized.disconnect();
      endTheme();
      card.show(null);
    },
  };
}
