/**
 * Rows of numbers, of which each may be found by a place: what typed arrays are long enough for, and which
 * rows are free to be used again. Pure.
 */

/** No row, and no place. */
export const NONE = -1;
/** The first of the places of rows of nobody. */
const FREE = -2;
/** So many rows there is room for at first. */
export const FIRST_ROOM = 16;

/** Rows without columns of their own but where each is. */
export abstract class Rows {
  /** Where each is: {@link NONE} for one in no place, below that for a row of nobody. */
  place = new Int32Array(FIRST_ROOM);
  /** How many there are, those of nobody included. */
  rows = 0;
  /** By place: its row and one, or 0. */
  #at = new Int32Array(0);
  /** The last row that was freed; `place` leads from it to the one before. */
  #free = NONE;

  /** The row of a place; {@link NONE} where it has none. */
  rowOf(place: number): number {
    return (this.#at[place] ?? 0) - 1;
  }

  /** Makes room for so many rows, if there is none. */
  reserve(rows: number): void {
    if (rows <= this.place.length) return;
    this.place = longer(this.place, rows);
    this.lengthen(rows);
  }

  /** Makes room for so many rows in each column. */
  protected abstract lengthen(room: number): void;

  /** A row of nobody, which is in no place yet. */
  protected takeRow(): number {
    const row = this.#free;
    if (row === NONE) return this.#addRow();
    this.#free = FREE + NONE - this.place[row]!;
    this.place[row] = NONE;
    return row;
  }

  /** Frees a row. */
  protected freeRow(row: number): void {
    this.move(row, NONE);
    this.place[row] = FREE + NONE - this.#free;
    this.#free = row;
  }

  /** A row is in another place, or in none any more. */
  protected move(row: number, place: number): void {
    const before = this.place[row]!;
    if (before !== NONE && this.#at[before] === row + 1) this.#at[before] = 0;
    this.place[row] = place;
    if (place >= this.#at.length) this.#at = longer(this.#at, 2 * place + FIRST_ROOM);
    if (place !== NONE) this.#at[place] = row + 1;
  }

  #addRow(): number {
    const row = this.rows++;
    if (row === this.place.length) this.reserve(roomAfter(row));
    this.place[row] = NONE;
    return row;
  }
}

/** The room that follows one that is taken: few steps, as those are copied, and memory that is not used yet takes none. */
export function roomAfter(room: number): number {
  return 4 * room;
}

/** The same with room for more. */
export function longer<T extends Float64Array | Int32Array | Uint8Array>(
  array: T,
  length: number,
): T {
  const grown = new (array.constructor as new (length: number) => T)(length);
  grown.set(array);
  return grown;
}
