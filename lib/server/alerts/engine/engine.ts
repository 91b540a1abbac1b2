/**
 * Which rules hold for which hosts: from the values at one time after the other to what is to be told.
 * Nothing fires without its hold, nothing ends without its recovery, and what is not known does neither.
 * Pure: values and time are arguments, and what it keeps is only of hosts that are out of the ordinary.
 */
import { type Bounds, Cases, fires } from "./cases.ts";

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
}

/** Which places a look is at: every `step`-th from the first one on. */
export interface Turn {
  readonly first: number;
  readonly step: number;
}

/** What has become of one alert. */
export interface Change<R extends Rule = Rule> {
  readonly rule: R;
  readonly key: string;
  readonly place: number;
  /** `flapping` is told in place of what fires again and again, and `gone` when its host has gone on purpose. */
  readonly what: "fired" | "recovered" | "flapping" | "gone";
  readonly value: number;
  readonly atMs: number;
}

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
/** So many alerts are judged or told in one slice, or a few more. */
export const SLICE = 2_000;

/** A rule with its cases. */
interface Judged<R extends Rule> {
  readonly rule: R;
  readonly cases: Cases;
}

/** Judges rules look by look. */
export class AlertEngine<R extends Rule = Rule> {
  #judged: ReadonlyMap<string, Judged<R>> = new Map();
  /** What is to be judged in this look; each look overwrites it. */
  readonly #found: { place: number[]; value: number[] } = { place: [], value: [] };

  constructor(rules: readonly R[]) {
    this.use(rules, NaN);
  }

  /** Judges by these rules from now on: an alert of one that stays goes on, and of another it is gone. */
  use(rules: readonly R[], nowMs: number): Change<R>[] {
    const before = this.#judged;
    this.#judged = new Map(
      rules.map((rule) => [rule.id, { rule, cases: before.get(rule.id)?.cases ?? new Cases() }]),
    );
    const lost = [...before.values()].filter(({ rule }) => !this.#judged.has(rule.id));
    return lost.flatMap((judged) =>
      Array.from(judged.cases.standing(), (row) => changeOf(judged, row, "gone", nowMs))
    );
  }

  /**
   * What has changed of one rule since the look before at these places, which was at an earlier time. All
   * values are read at once, and judged part by part: how many, and what changed.
   */
  *look(
    id: string,
    values: Values,
    nowMs: number,
    turn = EVERY_PLACE,
  ): Generator<{ readonly judged: number; readonly changes: readonly Change<R>[] }> {
    const judged = this.#judged.get(id)!;
    const found = this.#find(judged, values, turn);
    for (let first = 0; first < found; first += SLICE) {
      const end = Math.min(found, first + SLICE);
      const changes: Change<R>[] = [];
      for (let n = first; n < end; n++) {
        const change = judge(judged, values, this.#found.place[n]!, this.#found.value[n]!, nowMs);
        if (change !== null) changes.push(change);
      }
      yield { judged: end - first, changes };
    }
  }

  /** Notes the places where a value is beyond the limit, and those that have a case: how many they are. */
  #find({ rule, cases }: Judged<R>, values: Values, { first, step }: Turn): number {
    const { places, column } = values;
    const { place: foundAt, value: foundValue } = this.#found;
    const [sign, limit] = rule.side === "above" ? [1, rule.limit] : [-1, -rule.limit];
    let found = 0;
    for (let place = first; place < places; place += step) {
      if (column !== undefined && !(sign * column[place]! > limit)) continue;
      const value = values.value(place);
      if (!(sign * value > limit)) continue;
      foundAt[found] = place;
      foundValue[found++] = value;
    }
    for (let row = 0; row < cases.rows; row++) {
      const place = cases.place[row]!;
      if (place < first || (place - first) % step !== 0) continue;
      const value = values.value(place);
      if (sign * value > limit) continue;
      foundAt[found] = place;
      foundValue[found++] = value;
    }
    return found;
  }

  /** Whether a rule's alert of a place stands. */
  stands(id: string, place: number): boolean {
    const cases = this.#judged.get(id)?.cases;
    return cases !== undefined && cases.stands[cases.rowOf(place)] === 1;
  }

  /** The newest value that a rule has known of a place; NaN where it is in order. */
  valueOf(id: string, place: number): number {
    const cases = this.#judged.get(id)?.cases;
    return cases?.value[cases.rowOf(place)] ?? NaN;
  }

  /** Every alert that stands, rule by rule; of one place alone where that is given. */
  *alerts(only?: number): Generator<Alert<R>> {
    for (const { rule, cases } of this.#judged.values()) {
      const rows = only === undefined ? cases.standing() : [cases.rowOf(only)];
      for (const row of rows) {
        if (cases.stands[row] !== 1) continue;
        const [key, place, value] = [cases.key[row]!, cases.place[row]!, cases.value[row]!];
        const [sinceMs, isFlapping] = [cases.sinceMs[row]!, cases.isFlapping[row] === 1];
        yield { rule, key, place, sinceMs, value, isFlapping };
      }
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
    const row = known < 0 ? cases.begin(place, host, NaN) : known;
    cases.key[row] = key;
    cases.stands[row] = 1;
    cases.sinceMs[row] = sinceMs;
    cases.isFlapping[row] = Number(isFlapping);
  }
}

function judge<R extends Rule>(
  judged: Judged<R>,
  values: Values,
  place: number,
  value: number,
  nowMs: number,
): Change<R> | null {
  const { rule, cases } = judged;
  const host = values.host(place);
  const known = cases.rowOf(place);
  if (known >= 0 && cases.host[known] !== host) {
    // The host has gone, and its place may be another's by now.
    const change = cases.stands[known] === 1 ? changeOf(judged, known, "gone", nowMs) : null;
    cases.end(known);
    return change;
  }
  if (host === 0) return null;
  const row = known < 0 ? cases.begin(place, host, nowMs) : known;
  const what = cases.follow(row, rule, value, nowMs);
  if (what === "fired" || what === "flapping") cases.key[row] = values.key(place);
  const change = what === null ? null : changeOf(judged, row, what, nowMs);
  const isWatched = cases.stands[row] === 1 || cases.heldMs[row] !== 0;
  if (!isWatched && !cases.hasFired(row, nowMs) && !fires(rule, value)) cases.end(row);
  return change;
}

function changeOf<R extends Rule>(
  { rule, cases }: Judged<R>,
  row: number,
  what: Change["what"],
  atMs: number,
): Change<R> {
  // Written out: there may be very many.
  const [key, place, value] = [cases.key[row]!, cases.place[row]!, cases.value[row]!];
  return { rule, key, place, what, value, atMs };
}
