/**
 * Rows of numbers, of which each may be found by a place: columns that grow piece by piece, and which rows
 * are free to be used again. Pure.
 */

/** No row, and no place. */
export const NONE = -1;
/** The first of the places of rows of nobody. */
const FREE = -2;
/** A column grows by so many rows. */
const [PIECE_BITS, PIECE] = [9, 512];

/** What each row has of one kind. It lies in pieces, so that room for more needs no copy of what there is. */
export class Column<T> {
  readonly #pieces: T[][] = [];
  readonly #make: (length: number) => ArrayLike<T>;

  /** `make` makes a piece, with what a row has before it is set. */
  constructor(make: (length: number) => ArrayLike<T>) {
    this.#make = make;
  }

  /** What a row has that was set before, or one before it. */
  get(row: number): T {
    return this.#pieces[row >> PIECE_BITS]![row & (PIECE - 1)]!;
  }

  set(row: number, value: T): void {
    const piece = row >> PIECE_BITS;
    while (piece >= this.#pieces.length) this.#pieces.push(this.#make(PIECE) as T[]);
    this.#pieces[piece]![row & (PIECE - 1)] = value;
  }

  /** The same, as it is now. */
  copy(): Column<T> {
    const column = new Column(this.#make);
    for (const piece of this.#pieces) column.#pieces.push(piece.slice());
    return column;
  }

  /** How many rows there is room for. */
  get room(): number {
    return PIECE * this.#pieces.length;
  }
}

/** Columns of numbers, of whole numbers, of bits, and of texts. */
export const floats = () => new Column<number>((length) => new Float64Array(length));
export const integers = () => new Column<number>((length) => new Int32Array(length));
export const bits = () => new Column<number>((length) => new Uint8Array(length));
export const texts = () => new Column<string>((length) => new Array(length).fill(""));

/** Rows without columns of their own but where each is. */
export abstract class Rows {
  /** Where each is: {@link NONE} for one in no place, below that for a row of nobody. */
  readonly place = integers();
  /** How many there are, those of nobody included. */
  rows = 0;
  /** By place: its row and one, or 0. */
  readonly #at = integers();
  /** The last row that was freed; `place` leads from it to the one before. */
  #free = NONE;

  /** The row of a place; {@link NONE} where it has none. */
  rowOf(place: number): number {
    return place >= 0 && place < this.#at.room ? this.#at.get(place) - 1 : NONE;
  }

  /** A row of nobody, which is in no place yet. */
  protected takeRow(): number {
    let row = this.#free;
    if (row === NONE) row = this.rows++;
    else this.#free = FREE + NONE - this.place.get(row);
    this.place.set(row, NONE);
    return row;
  }

  /** Frees a row. */
  protected freeRow(row: number): void {
    this.move(row, NONE);
    this.place.set(row, FREE + NONE - this.#free);
    this.#free = row;
  }

  /** A row is in another place, or in none any more. */
  protected move(row: number, place: number): void {
    const before = this.place.get(row);
    if (before !== NONE && this.#at.get(before) === row + 1) this.#at.set(before, 0);
    this.place.set(row, place);
    if (place !== NONE) this.#at.set(place, row + 1);
  }
}
