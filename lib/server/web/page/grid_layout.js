// @ts-check
/**
 * Where the cells of a grid are: the largest with which all of them fit into a room, group below group, each
 * at a place that follows from its number alone. Pure.
 */

/** @typedef {{ first: number, count: number, left: number, top: number, nameTop: number, nameHeight: number }} Block the cells of a group, and where its name is, and how high it may be */
/**
 * @typedef {object} Layout
 * @property {number} size of a cell, in pixels
 * @property {number} step from one to the next
 * @property {number} columns
 * @property {number} height of all
 * @property {readonly Block[]} blocks
 */

/** Sizes of a cell: the largest, on a phone and in a wide room too, and the least that can be told from its neighbours. */
const [LARGEST, LARGEST_ON_PHONE, LARGEST_WIDE, LEAST] = [36, 22, 56, 4];
/** So wide a room would be empty for the most part. */
const WIDE = 1_900;
/** The name of a group stands beside its cells, and above them where there is no room. */
const [GUTTER, ABOVE] = [176, 20];
/** Between two groups. */
const APART = 6;
/** The height of a line of a name, as the style has it: the least of a group whose name stands beside it. */
export const LINE = 18;

/**
 * Lays out groups of so many cells.
 *
 * @param {readonly number[]} counts
 * @param {{ width: number, height: number, isPhone: boolean, isNamed: boolean, largest?: number | undefined }} room `isNamed` where groups have names
 * @returns {Layout}
 */
export function layoutOf(counts, room) {
  let size = room.largest ?? largestIn(room);
  let layout = laidOut(counts, size, room);
  while (layout.height > room.height && size > LEAST) layout = laidOut(counts, --size, room);
  return layout;
}

/** @param {{ width: number, isPhone: boolean }} room */
function largestIn({ width, isPhone }) {
  if (isPhone) return LARGEST_ON_PHONE;
  return width >= WIDE ? LARGEST_WIDE : LARGEST;
}

/** @param {readonly number[]} counts @param {number} size @param {Parameters<typeof layoutOf>[1]} room @returns {Layout} */
function laidOut(counts, size, { width, isPhone, isNamed }) {
  const gap = size > 10 ? 2 : 1;
  const step = size + gap;
  const left = isNamed && !isPhone ? GUTTER : 0;
  const above = isNamed && isPhone ? ABOVE : 0;
  const columns = Math.max(1, Math.floor((width - left + gap) / step));
  let [first, top] = [0, 0];
  const blocks = counts.map((count) => {
    const cells = Math.ceil(count / columns) * step;
    const height = isNamed && !isPhone ? Math.max(LINE, cells) : cells;
    const nameHeight = above > 0 ? above : height;
    const block = { first, count, left, top: top + above, nameTop: top, nameHeight };
    first += count;
    top += above + height + APART;
    return block;
  });
  return { size, step, columns, height: top, blocks };
}

/** How many cells each group has. @param {readonly { hosts: number }[]} groups @param {readonly number[]} sizes how many hosts each cell stands for */
export function cellsOfGroups(groups, sizes) {
  let at = 0;
  return groups.map(({ hosts }) => {
    const first = at;
    for (let left = hosts; left > 0 && at < sizes.length; at++) left -= sizes[at] ?? 0;
    return at - first;
  });
}

/** The place of a cell. @param {Layout} layout @param {number} index @returns {[left: number, top: number] | null} */
export function placeOf({ blocks, step, columns }, index) {
  const block = blocks.findLast(({ first, count }) => first <= index && index < first + count);
  if (block === undefined) return null;
  const at = index - block.first;
  return [block.left + (at % columns) * step, block.top + Math.floor(at / columns) * step];
}

/** The cell at a place; −1 where there is none. @param {Layout} layout @param {number} x @param {number} y */
export function cellAt({ blocks, step, columns }, x, y) {
  const block = blocks.findLast(({ top }) => top <= y);
  if (block === undefined || x < block.left) return -1;
  const column = Math.floor((x - block.left) / step);
  const at = Math.floor((y - block.top) / step) * columns + column;
  return column < columns && at < block.count ? block.first + at : -1;
}

/** The cell that a key moves to from another; `null` for a key that moves to none. @param {Layout} layout @param {number} index @param {string} key */
export function movedTo(layout, index, key) {
  const last = layout.blocks.reduce((sum, { count }) => sum + count, 0) - 1;
  if (last < 0) return null;
  const steps = { ArrowLeft: -1, ArrowRight: 1, h: -1, l: 1 }[key];
  if (steps !== undefined) return Math.min(last, Math.max(0, index + steps));
  if (key === "Home") return 0;
  if (key === "End" || key === "G") return last;
  const way = { ArrowUp: -1, k: -1, ArrowDown: 1, j: 1 }[key];
  if (way === undefined) return null;
  if (index < 0) return 0;
  return nextLine(layout, index, way);
}

/** The cell below or above, or the last one of the line there. @param {Layout} layout @param {number} index @param {number} way */
function nextLine({ blocks, columns }, index, way) {
  const n = blocks.findLastIndex(({ first, count }) => count > 0 && first <= index);
  const { first = 0, count = 0 } = blocks[n] ?? {};
  const column = (index - first) % columns;
  const line = Math.floor((index - first) / columns) + way;
  const lines = Math.ceil(count / columns);
  if (line >= 0 && line < lines) return first + Math.min(count - 1, line * columns + column);
  const others = way > 0 ? blocks.slice(n + 1) : blocks.slice(0, n).reverse();
  const next = others.find(({ count }) => count > 0);
  if (next === undefined) return index;
  const start = way > 0 ? 0 : (Math.ceil(next.count / columns) - 1) * columns;
  return next.first + Math.min(next.count - 1, start + column);
}
