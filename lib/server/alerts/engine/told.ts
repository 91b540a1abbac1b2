/**
 * What has been told of the alerts of one rule, and to whom, as rows of numbers: there may be a hundred
 * thousand, and as objects the engine's garbage collector would follow each of them. Pure.
 */
import { bits, floats, integers, NONE, Rows, texts } from "./rows.ts";

/** A rule, of which only the name matters here. */
type Named = { readonly id: string };

/** So many rows are looked at in one step. */
const COUNTED = 5_000;

/** The alerts of one rule of which something was told, or is to be. */
export class ToldRows<R extends Named> extends Rows {
  rule: R;
  /** Whose each is. */
  readonly key = texts();
  /** When it fired, on the wall clock. */
  readonly sinceMs = floats();
  readonly stands = bits();
  readonly isFlapping = bits();
  /** The newest value when it fired or ended. */
  readonly value = floats();
  /** The set of those who were told that it fired, and when they were told of it last. */
  readonly to = integers();
  readonly toldMs = floats();
  /** The rows of which somebody is still to be told something, in the order in which they came, and whether each is. */
  readonly due = integers();
  dues = 0;
  readonly isDue = bits();
  readonly #counts = [this.stands, this.isFlapping, this.to, this.isDue];
  readonly #numbers = [this.sinceMs, this.value, this.toldMs];
  /** By key: the rows of hosts that have gone, and may be back in another place. */
  readonly #gone = new Map<string, number>();

  constructor(rule: R) {
    super();
    this.rule = rule;
  }

  /** The row of a host; {@link NONE} where there is none. */
  find(key: string, place: number): number {
    const row = this.rowOf(place);
    if (row !== NONE && this.key.get(row) === key) return row;
    return this.#gone.size === 0 ? NONE : this.#gone.get(key) ?? NONE;
  }

  /** A new row of a host that has none. */
  add(key: string): number {
    const row = this.takeRow();
    this.key.set(row, key);
    for (const column of this.#counts) column.set(row, 0);
    for (const column of this.#numbers) column.set(row, NaN);
    return row;
  }

  /** The host of a row is in a place, or in none any more. */
  settle(row: number, place: number): void {
    this.#unsettle(row);
    this.move(row, place);
    if (place === NONE && this.to.get(row) !== 0) this.#gone.set(this.key.get(row), row);
  }

  /** Every row of somebody. */
  *each(): Generator<number> {
    for (let row = 0; row < this.rows; row++) if (this.place.get(row) >= NONE) yield row;
  }

  /** Whether somebody was told of an alert that stands. */
  isTold(row: number, sets: NameSets, name: string): boolean {
    return this.stands.get(row) === 1 && sets.names(this.to.get(row)).includes(name);
  }

  /** The rows of which somebody was told, so many at the most, and how many there are; part by part. */
  *findTold(isTold: (row: number) => boolean, most: number) {
    const first: number[] = [];
    let count = 0;
    for (let row = 0; row < this.rows; row++) {
      if (row % COUNTED === COUNTED - 1) yield null;
      if (isTold(row) && ++count <= most) first.push(row);
    }
    return { first, count };
  }

  /** What a row is of. */
  at(row: number) {
    const { rule } = this;
    const [key, place] = [this.key.get(row), this.place.get(row)];
    return { rule, key, place, value: this.value.get(row), sinceMs: this.sinceMs.get(row) };
  }

  /** Frees a row. */
  end(row: number): void {
    this.#unsettle(row);
    this.key.set(row, "");
    for (const column of this.#counts) column.set(row, 0);
    this.freeRow(row);
  }

  /** Somebody is to be told something of a row. */
  await(row: number): void {
    if (this.isDue.get(row) === 1) return;
    this.isDue.set(row, 1);
    this.due.set(this.dues++, row);
  }

  /** The rows as they are now, for one who reads them later. */
  snapshot() {
    const { rule, rows, key, sinceMs, stands, isFlapping, to, toldMs } = this;
    return {
      ...{ rule: rule.id, rows, key: key.copy(), sinceMs: sinceMs.copy(), toldMs: toldMs.copy() },
      ...{ stands: stands.copy(), isFlapping: isFlapping.copy(), to: to.copy() },
    };
  }

  #unsettle(row: number): void {
    if (this.#gone.size > 0 && this.#gone.get(this.key.get(row)) === row) {
      this.#gone.delete(this.key.get(row));
    }
  }
}

/** What has been told of one alert, as it is written down. */
export interface ToldRecord {
  readonly rule: string;
  readonly key: string;
  /** When it fired, on the wall clock. */
  readonly sinceMs: number;
  readonly stands: boolean;
  readonly isFlapping: boolean;
  /** Those who were told that it fired, and when they were told of it last. */
  readonly to: readonly string[];
  readonly toldMs: number;
}

/** What rows say, without those of which nobody was told. */
export function* recordsOf(
  all: readonly ReturnType<ToldRows<Named>["snapshot"]>[],
  sets: NameSets,
): Generator<ToldRecord> {
  for (const { rule, rows, key, sinceMs, stands, isFlapping, to, toldMs } of all) {
    for (let row = 0; row < rows; row++) {
      const set = to.get(row);
      if (set === 0) continue;
      yield {
        ...{ rule, key: key.get(row), sinceMs: sinceMs.get(row), stands: stands.get(row) === 1 },
        ...{ isFlapping: isFlapping.get(row) === 1, to: sets.names(set), toldMs: toldMs.get(row) },
      };
    }
  }
}

/** Sets of names by number: of very many alerts the same are told. */
export class NameSets {
  /** The first is empty. */
  readonly #sets: (readonly string[])[] = [[]];
  readonly #numbers = new Map<string, number>([["", 0]]);
  /** By two sets: that of both. */
  readonly #joined = new Map<number, Map<number, number>>();

  /** The number of the set of some names, none of which has a comma. */
  numberOf(names: readonly string[]): number {
    const set = [...new Set(names)];
    const known = this.#numbers.get(set.join());
    if (known !== undefined) return known;
    this.#numbers.set(set.join(), this.#sets.length);
    return this.#sets.push(set) - 1;
  }

  /** The names of a set. */
  names(number: number): readonly string[] {
    return this.#sets[number]!;
  }

  /** The set of what is in either. */
  join(a: number, b: number): number {
    if (a === b || b === 0) return a;
    if (a === 0) return b;
    const known = this.#joined.get(a)?.get(b);
    if (known !== undefined) return known;
    const joined = this.numberOf([...this.names(a), ...this.names(b)]);
    const those = this.#joined.get(a) ?? new Map();
    this.#joined.set(a, those.set(b, joined));
    return joined;
  }

  /** The set of what is in the first and not in the second. */
  without(a: number, b: number): number {
    if (a === b || b === 0) return a === b ? 0 : a;
    const others = this.names(b);
    return this.numberOf(this.names(a).filter((name) => !others.includes(name)));
  }
}
