// @ts-check
/**
 * A part of many rows that is known, and which row is selected, known or not yet. Pure.
 */

/** @typedef {import("./store.js").Row} Row */

/** @typedef {import("./store.js").Group} Group */
/** @typedef {{ id: string, tag: string, group: Group }} GroupLine the line of a group, by an id that no host has */
/** @typedef {{ first: number, count: number }} View */

/** The known ones of many rows, with the line of each group before its rows where they are grouped. */
export class KnownRows {
  #rows;
  #offset;
  /** Where the line of each group is, and how many rows are before it. @type {{ line: GroupLine, first: number, before: number }[]} */
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
    let before = 0;
    for (const group of groups) {
      const line = { id: `\0${group.value}`, tag, group };
      this.#groups.push({ line, first: this.#groups.length + before, before });
      if (group.open) before += group.hosts;
    }
    /** How many rows there are, and with the lines of groups. */
    this.rowCount = groups.length === 0 ? length : before;
    this.length = this.rowCount + groups.length;
  }

  /** What stands in a line; `undefined` where that is not known. @param {number} index @returns {Row | GroupLine | undefined} */
  at(index) {
    const place = this.#placeAt(index);
    if (place?.first === index) return place.line;
    return this.#rows[index - this.#ahead(place) - this.#offset];
  }

  /** The line of a host or a group; −1 where it is not known. @param {string} id */
  indexOf(id) {
    const group = this.#groups.find(({ line }) => line.id === id);
    if (group !== undefined) return group.first;
    const found = this.#rows.findIndex((row) => row.id === id);
    if (found < 0) return -1;
    const row = found + this.#offset;
    return row +
      this.#ahead(this.#groups.findLast(({ line, before }) => line.group.open && before <= row));
  }

  /** Which rows are among some lines. @param {View} view @returns {View} */
  rowsIn({ first, count }) {
    const place = this.#placeAt(first);
    return { first: first - this.#ahead(place) + (place?.first === first ? 1 : 0), count };
  }

  /** The last group whose line is not behind a line. @param {number} index */
  #placeAt(index) {
    return this.#groups.findLast(({ first }) => first <= index);
  }

  /** By how many lines a row of a group is farther on than its place. @param {{ first: number, before: number } | undefined} place */
  #ahead(place) {
    return place === undefined ? 0 : place.first + 1 - place.before;
  }
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
