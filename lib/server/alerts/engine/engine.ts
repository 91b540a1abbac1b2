/**
 * Which rules hold for which hosts: from the values at one time after the other to what is to be told.
 * Nothing fires without its hold, nothing ends without its recovery, and what is not known does neither.
 * Pure: values and time are arguments, and what it keeps is only of hosts that are out of the ordinary.
 */
import { type Bounds, Cases, fires } from "./cases.ts";
import { floats, integers, NONE } from "./rows.ts";

/** How bad it is when a rule holds. */
export type Severity = "warning" | "critical";

/** A condition that alerts are made of. */
export interface Rule extends Bounds {
  /** Its one name, as in `/metrics`. */
  readonly id: string;
  readonly severity: Severity;
}

/** What one rule judges: a host in each place, and its value; NaN where that is not known. */
export interface Values {
  readonly places: number;
  /** What tells the host of a place from others; 0 where there is none, or it has gone on purpose. */
  host(place: number): number;
  /** The key of the host that is there. */
  key(place: number): string;
  value(place: number): number;
  /** Where there is one: what `value` is by place, wherever it is known. */
  readonly column?: Float64Array | undefined;
  /** Where the column is made for this look: writes some places of it, before they are read. */
  readonly write?: (from: number, to: number) => void;
  /** How many cases could be judged while one value is read: {@link READ_WORK} where nothing is said. */
  readonly work?: number | undefined;
}

/** Which places a look is at: every `step`-th from the first one on. */
export interface Turn {
  readonly first: number;
  readonly step: number;
}

/** What becomes of an alert: `flapping` is told in place of what fires again and again, and `gone` when its host has gone on purpose. */
export type Outcome = "fired" | "recovered" | "flapping" | "gone";

/** Takes what becomes of alerts, one after the other: there may be a hundred thousand at once, too many for objects. */
export type TakeChange<R extends Rule = Rule> = (
  rule: R,
  what: Outcome,
  key: string,
  place: number,
  value: number,
) => void;

/** An alert that stands. */
export interface Alert<R extends Rule = Rule> {
  readonly rule: R;
  readonly key: string;
  readonly place: number;
  /** When it fired. */
  readonly sinceMs: number;
  /** The newest value that was known. */
  readonly value: number;
  readonly isFlapping: boolean;
}

/** All of them. */
export const EVERY_PLACE: Turn = { first: 0, step: 1 };
/** So many alerts are judged or told in one step: few enough before the engine has compiled what does it. */
export const STEP = 25;
/** The work of reading one value of a column, where judging one case is 1. */
const READ_WORK = 0.05;

/** A rule with its cases. */
interface Judged<R extends Rule> {
  readonly rule: R;
  readonly cases: Cases;
}

/** Judges rules look by look. */
export class AlertEngine<R extends Rule = Rule> {
  #judged: ReadonlyMap<string, Judged<R>> = new Map();
  readonly #take: TakeChange<R>;
  /** What is to be judged in this look; each look overwrites it. */
  readonly #places = integers();
  readonly #values = floats();

  /** What changes is handed to `take`. */
  constructor(rules: readonly R[], take: TakeChange<R>) {
    this.#take = take;
    this.use(rules);
  }

  /** Judges by these rules from now on: an alert of one that stays goes on, and of another it is gone. */
  use(rules: readonly R[]): void {
    const before = this.#judged;
    this.#judged = new Map(
      rules.map((rule) => [rule.id, { rule, cases: before.get(rule.id)?.cases ?? new Cases() }]),
    );
    for (const judged of before.values()) {
      if (this.#judged.has(judged.rule.id)) continue;
      for (const row of judged.cases.standing()) this.#tell(judged, row, "gone");
    }
  }

  /**
   * Judges one rule at these places, after a look at an earlier time: all values are read first. It does so
   * step by step.
   */
  *look(id: string, values: Values, nowMs: number, turn = EVERY_PLACE): Generator<void> {
    const judged = this.#judged.get(id)!;
    const { cases } = judged;
    const { places, work = READ_WORK } = values;
    const { first, step } = turn;
    const part = Math.ceil(STEP / work);
    let found = 0;
    for (let from = first; from < places; from += step * part) {
      const to = Math.min(places, from + step * part);
      values.write?.(from, to);
      found = this.#findBeyond(judged, values, found, from, to, step);
      yield;
    }
    for (let from = 0; from < cases.rows; from += part) {
      const to = Math.min(cases.rows, from + part);
      found = this.#findCases(judged, values, found, from, to, turn);
      yield;
    }
    for (let from = 0; from < found; from += STEP) {
      const to = Math.min(found, from + STEP);
      for (let n = from; n < to; n++) {
        this.#judge(judged, values, this.#places.get(n), this.#values.get(n), nowMs);
      }
      yield;
    }
  }

  /** Notes, behind those found, the places where a value is beyond the limit: how many are found then. */
  #findBeyond(
    { rule: { side, limit } }: Judged<R>,
    values: Values,
    found: number,
    from: number,
    to: number,
    step: number,
  ): number {
    const { column } = values;
    const sign = side === "above" ? 1 : -1;
    for (let place = from; place < to; place += step) {
      if (column !== undefined && !(sign * column[place]! > sign * limit)) continue;
      const value = values.value(place);
      if (sign * value > sign * limit) this.#note(found++, place, value);
    }
    return found;
  }

  /** Notes the places of the others that have a case, of some rows. */
  #findCases(
    { rule: { side, limit }, cases }: Judged<R>,
    values: Values,
    found: number,
    from: number,
    to: number,
    { first, step }: Turn,
  ): number {
    const sign = side === "above" ? 1 : -1;
    for (let row = from; row < to; row++) {
      const place = cases.place.get(row);
      if (place < first || (place - first) % step !== 0) continue;
      const value = values.value(place);
      if (!(sign * value > sign * limit)) this.#note(found++, place, value);
    }
    return found;
  }

  #note(at: number, place: number, value: number): void {
    this.#places.set(at, place);
    this.#values.set(at, value);
  }

  #judge(judged: Judged<R>, values: Values, place: number, value: number, nowMs: number): void {
    const { rule, cases } = judged;
    const host = values.host(place);
    const known = cases.rowOf(place);
    if (known !== NONE && cases.host.get(known) !== host) {
      // The host has gone, and its place may be another's by now.
      if (cases.stands.get(known) === 1) this.#tell(judged, known, "gone");
      return cases.end(known);
    }
    if (host === 0) return;
    const row = known === NONE ? cases.begin(place, host, nowMs) : known;
    const what = cases.follow(row, rule, value, nowMs);
    if (what === "fired" || what === "flapping") cases.key.set(row, values.key(place));
    if (what !== null) this.#tell(judged, row, what);
    const isWatched = cases.stands.get(row) === 1 || cases.heldMs.get(row) !== 0;
    if (!isWatched && !cases.hasFired(row, nowMs) && !fires(rule, value)) cases.end(row);
  }

  #tell({ rule, cases }: Judged<R>, row: number, what: Outcome): void {
    this.#take(rule, what, cases.key.get(row), cases.place.get(row), cases.value.get(row));
  }

  /** Whether a rule's alert of a place stands. */
  stands(id: string, place: number): boolean {
    const cases = this.#judged.get(id)?.cases;
    const row = cases?.rowOf(place) ?? NONE;
    return row !== NONE && cases!.stands.get(row) === 1;
  }

  /** The newest value that a rule has known of a place; NaN where it is in order. */
  valueOf(id: string, place: number): number {
    const cases = this.#judged.get(id)?.cases;
    const row = cases?.rowOf(place) ?? NONE;
    return row === NONE ? NaN : cases!.value.get(row);
  }

  /** Takes every alert that stands, rule by rule, by its row; of one place alone where that is given. */
  visit(take: (rule: R, cases: Cases, row: number) => void, only?: number): void {
    for (const { rule, cases } of this.#judged.values()) {
      const at = only === undefined ? 0 : cases.rowOf(only);
      if (at === NONE) continue;
      const end = only === undefined ? cases.rows : at + 1;
      for (let row = at; row < end; row++) if (cases.stands.get(row) === 1) take(rule, cases, row);
    }
  }

  /** An alert of an earlier start goes on, of the host that is in its place now. */
  restore(
    id: string,
    host: number,
    { key, place, sinceMs, isFlapping }: Omit<Alert, "rule" | "value">,
  ): void {
    const cases = this.#judged.get(id)?.cases;
    if (cases === undefined) return;
    const known = cases.rowOf(place);
    const row = known === NONE ? cases.begin(place, host, NaN) : known;
    cases.key.set(row, key);
    cases.stands.set(row, 1);
    cases.sinceMs.set(row, sinceMs);
    cases.isFlapping.set(row, Number(isFlapping));
  }
}
