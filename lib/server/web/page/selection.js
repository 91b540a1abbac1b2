// @ts-check
/**
 * A part of many rows that is known, and which row is selected, known or not yet. Pure.
 */

/** @typedef {import("./store.js").Row} Row */

/** @typedef {import("./store.js").Group} Group */
/** @typedef {{ id: string, tag: string, group: Group, rest?: { rest: number, unusual: number } }} GroupLine the line of a group, or of its `rest` of hosts that are not listed, by an id that no host has */
/** @typedef {{ line: GroupLine, first: number, before: number, listed: number, rest: GroupLine | null }} Place of a group: its line and where that is, how many rows are before it, how many of its own, and the line behind those */
/** @typedef {{ first: number, count: number }} View */

/** The known ones of many rows, with the line of each group before its rows where they are grouped. */
export class KnownRows {
  #rows;
  #offset;
  /** @type {Place[]} */
  #groups = [];

  /**
   * @param {readonly Row[]} rows
   * @param {number} offset the place of the first among all rows
   * @param {number} length how many rows there are in all, where they are not grouped
   * @param {{ tag: string, groups: readonly Group[] }} [grouping]
   */
  constructor(rows, offset, length, { tag, groups } = { tag: "", groups: [] }) {
    this.#rows = rows;
    this.#offset = offset;
    let [first, before] = [0, 0];
    for (const group of groups) {
      const listed = group.listed ?? (group.open ? group.hosts : 0);
      const rest = restOf(tag, group, listed);
      const line = { id: `\0${group.value}`, tag, group };
      this.#groups.push({ line, first, before, listed, rest });
      before += listed;
      first += 1 + listed + (rest === null ? 0 : 1);
    }
    /** How many rows there are, and with the lines of groups. */
    this.rowCount = groups.length === 0 ? length : before;
    this.length = groups.length === 0 ? length : first;
  }

  /** What stands in a line; `undefined` where that is not known. @param {number} index @returns {Row | GroupLine | undefined} */
  at(index) {
    const place = this.#placeAt(index);
    if (place === undefined) return this.#rows[index - this.#offset];
    const inGroup = index - place.first - 1;
    if (inGroup < 0) return place.line;
    if (inGroup < place.listed) return this.#rows[place.before + inGroup - this.#offset];
    return inGroup === place.listed ? place.rest ?? undefined : undefined;
  }

  /** The line of a host or a group; −1 where it is not known. @param {string} id */
  indexOf(id) {
    for (const { line, first, listed, rest } of this.#groups) {
      if (line.id === id) return first;
      if (rest?.id === id) return first + 1 + listed;
    }
    const found = this.#rows.findIndex((row) => row.id === id);
    if (found < 0) return -1;
    const row = found + this.#offset;
    const place = this.#groups.findLast(({ before, listed }) => listed > 0 && before <= row);
    return place === undefined ? row : place.first + 1 + row - place.before;
  }

  /** Which rows are among some lines. @param {View} view @returns {View} */
  rowsIn({ first, count }) {
    const place = this.#placeAt(first);
    if (place === undefined) return { first, count };
    const inGroup = Math.max(0, Math.min(first - place.first - 1, place.listed));
    return { first: place.before + inGroup, count };
  }

  /** The last group whose line is not behind a line. @param {number} index */
  #placeAt(index) {
    return this.#groups.findLast(({ first }) => first <= index);
  }
}

/** The line behind those of a folded group that are listed as they are unusual; of one without such, none. @param {string} tag @param {Group} group @param {number} listed @returns {GroupLine | null} */
function restOf(tag, group, listed) {
  const rest = group.hosts - listed;
  if (group.open || listed === 0 || rest === 0) return null;
  const unusual = (group.unusual ?? listed) - listed;
  return { id: `\0\0${group.value}`, tag, group, rest: { rest, unusual } };
}

/** What is selected. */
export class Selection {
  /** The host; `null` where there is none, or its row is not known yet. @type {string | null} */
  id = null;
  /** Where it was seen last; −1 where it is not among the rows. */
  index = -1;

  /** Selects a place. @param {number} index @param {KnownRows} rows */
  choose(index, rows) {
    this.index = index;
    this.id = rows.at(index)?.id ?? null;
  }

  /** What is selected, its line, and its place among the rows, which no line of a group has. @param {KnownRows} rows */
  placeAmong(rows) {
    const { id, index } = this;
    const isRow = id !== null && index >= 0 && !id.startsWith("\0");
    return { id, index, row: isRow ? rows.rowsIn({ first: index, count: 1 }).first : -1 };
  }

  /** Selects what was selected before, where it is now or was then. @param {{ id: string | null, index: number }} place @param {KnownRows} rows */
  goBack({ id, index }, rows) {
    const found = id === null ? -1 : rows.indexOf(id);
    this.id = id;
    this.index = id !== null && found < 0 ? index : found;
  }

  /**
   * Looks for itself among rows that have changed.
   *
   * @param {KnownRows} rows
   * @param {boolean} isTurn whether they are an answer to another question
   * @returns {number | null} by how many places it has moved; `null` where that is not known
   */
  settle(rows, isTurn) {
    const before = this.index;
    if (this.id === null && !isTurn) {
      // The keyboard came here before the row did.
      this.choose(before, rows);
      return null;
    }
    const found = this.id === null ? -1 : rows.indexOf(this.id);
    if (found >= 0 || isTurn) this.index = found;
    return found < 0 ? null : found - before;
  }
}

/** The line that a key leads to from a line, by pages of so many, up to the last; −1 where it leads to none. @param {string} key @param {{ index: number, page: number, last: number }} from */
export function targetOf(key, { index, page, last }) {
  /** @type {Readonly<Record<string, number>>} */
  const targets = {
    ...{ ArrowDown: index + 1, j: index + 1, ArrowUp: index - 1, k: index - 1 },
    ...{ PageDown: index + page, " ": index + page, PageUp: index - page },
    ...{ Home: 0, End: last, G: last },
  };
  const target = Object.hasOwn(targets, key) ? targets[key] : undefined;
  return target === undefined ? -1 : Math.min(last, Math.max(0, target));
}
