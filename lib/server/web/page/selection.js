// @ts-check
/**
 * A part of many rows that is known, and which row is selected, known or not yet. Pure.
 */

/** @typedef {import("./store.js").Row} Row */

/** The known ones of many rows. */
export class KnownRows {
  #rows;
  #offset;

  /** @param {readonly Row[]} rows @param {number} offset the place of the first @param {number} length how many there are in all */
  constructor(rows, offset, length) {
    this.#rows = rows;
    this.#offset = offset;
    this.length = length;
  }

  /** The row at a place; `undefined` where it is not known. @param {number} index */
  at(index) {
    return this.#rows[index - this.#offset];
  }

  /** The place of a host; −1 where it is not known. @param {string} id */
  indexOf(id) {
    const found = this.#rows.findIndex((row) => row.id === id);
    return found < 0 ? -1 : found + this.#offset;
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
