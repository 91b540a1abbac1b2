/**
 * Which rules hold for which hosts: from the values at one time after the other to what is to be told.
 * Nothing fires without its hold, nothing ends without its recovery, and what is not known does neither.
 * Pure: values and time are arguments, and what it keeps is only of hosts that are out of the ordinary.
 */

/** How bad it is when a rule holds. */
export type Severity = "warning" | "critical";

/** When an alert fires, and when it ends. */
export interface Rule {
  /** Its one name, as in `/metrics`. */
  readonly id: string;
  readonly severity: Severity;
  /** It fires when the value has been on this side of the limit for so long, in milliseconds. */
  readonly side: "above" | "below";
  readonly limit: number;
  readonly holdMs: number;
  /** It ends when the value has been at this, or on the other side of it, for so long. */
  readonly until: number;
  readonly recoveryMs: number;
}

/** What one rule judges: a host in each place, and its value; NaN where that is not known. */
export interface Values {
  readonly places: number;
  /** What tells the host of a place from others; `null` where there is none, or it has gone on purpose. */
  key(place: number): string | null;
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

/** One that has fired so often within this time flaps, until it has been calm for as long. */
const FLAPPING_TIMES = 4;
const FLAPPING_MS = 3_600_000;

/** All of them. */
export const EVERY_PLACE: Turn = { first: 0, step: 1 };
const NO_CASE = newCase("", NaN);

/** A rule and a host that are out of the ordinary. */
interface Case {
  readonly key: string;
  /** Whether it has fired and not ended. */
  stands: boolean;
  /** When it was looked at last, and how long the value has been known to be where the case changes. */
  lookedMs: number;
  heldMs: number;
  sinceMs: number;
  value: number;
  /** When it fired within the time that tells flapping, the latest last. */
  fired: number[];
  isFlapping: boolean;
}

/** A rule with its cases by place, and a mark for each place that has one: to look there costs least. */
interface Judged<R extends Rule> {
  readonly rule: R;
  readonly cases: Map<number, Case>;
  marks: Uint8Array;
}

/** Judges rules look by look. */
export class AlertEngine<R extends Rule = Rule> {
  #judged: ReadonlyMap<string, Judged<R>> = new Map();

  constructor(rules: readonly R[]) {
    this.use(rules, NaN);
  }

  /** Judges by these rules from now on: an alert of one that stays goes on, and of another it is gone. */
  use(rules: readonly R[], nowMs: number): Change<R>[] {
    const before = this.#judged;
    this.#judged = new Map(rules.map((rule) => {
      const { cases = new Map(), marks = new Uint8Array() } = before.get(rule.id) ?? {};
      return [rule.id, { rule, cases, marks }];
    }));
    const lost = [...before.values()].filter(({ rule }) => !this.#judged.has(rule.id));
    return lost.flatMap(({ rule, cases }) =>
      [...cases].filter(([, { stands }]) => stands)
        .map(([place, gone]) => changeOf(rule, place, gone, "gone", nowMs))
    );
  }

  /** What has changed of one rule since the look before at these places, which was at an earlier time. */
  look(id: string, values: Values, nowMs: number, { first, step } = EVERY_PLACE): Change<R>[] {
    const judged = this.#judged.get(id)!;
    const { places, column } = values;
    if (judged.marks.length < places) judged.marks = withRoom(judged.marks, places);
    const { rule, marks } = judged;
    const [sign, limit] = rule.side === "above" ? [1, rule.limit] : [-1, -rule.limit];
    const changes: Change<R>[] = [];
    for (let place = first; place < places; place += step) {
      const isUsual = column !== undefined && !(sign * column[place]! > limit);
      if (isUsual && marks[place] === 0) continue;
      const value = values.value(place);
      if (!(sign * value > limit) && marks[place] === 0) continue;
      const change = judge(judged, { place, key: values.key(place), value, nowMs });
      if (change !== null) changes.push(change);
    }
    return changes;
  }

  /** Whether a rule's alert of a place stands. */
  stands(id: string, place: number): boolean {
    return this.#judged.get(id)?.cases.get(place)?.stands ?? false;
  }

  /** The newest value that a rule has known of a place; NaN where it is in order. */
  valueOf(id: string, place: number): number {
    return this.#judged.get(id)?.cases.get(place)?.value ?? NaN;
  }

  /** Every alert that stands, rule by rule; of one place alone where that is given. */
  *alerts(only?: number): Generator<Alert<R>> {
    for (const { rule, cases } of this.#judged.values()) {
      const those = only === undefined ? cases : [[only, cases.get(only) ?? NO_CASE]] as const;
      for (const [place, { key, stands, sinceMs, value, isFlapping }] of those) {
        if (stands) yield { rule, key, place, sinceMs, value, isFlapping };
      }
    }
  }

  /** An alert of an earlier start goes on. */
  restore(id: string, { key, place, sinceMs, isFlapping }: Omit<Alert, "rule" | "value">): void {
    const judged = this.#judged.get(id);
    if (judged === undefined) return;
    judged.cases.set(place, { ...newCase(key, NaN), stands: true, sinceMs, isFlapping });
    if (judged.marks.length <= place) judged.marks = withRoom(judged.marks, place + 1);
    judged.marks[place] = 1;
  }
}

function withRoom(marks: Uint8Array, places: number): Uint8Array {
  const longer = new Uint8Array(2 * places);
  longer.set(marks);
  return longer;
}

interface Reading {
  readonly place: number;
  readonly key: string | null;
  readonly value: number;
  readonly nowMs: number;
}

function judge<R extends Rule>(
  { rule, cases, marks }: Judged<R>,
  reading: Reading,
): Change<R> | null {
  const { place, key, value, nowMs } = reading;
  const known = cases.get(place);
  if (known !== undefined && known.key !== key) {
    // The host has gone, and its place may be another's by now.
    cases.delete(place);
    marks[place] = 0;
    return known.stands ? changeOf(rule, place, known, "gone", nowMs) : null;
  }
  if (key === null) return null;
  const now = known ?? newCase(key, nowMs);
  if (known === undefined) cases.set(place, now);
  marks[place] = 1;
  hold(rule, now, reading);
  while (nowMs - now.fired[0]! >= FLAPPING_MS) now.fired.shift();
  const what = now.stands ? end(rule, now) : fire(rule, now, nowMs);
  const isOrdinary = !now.stands && now.heldMs === 0 && now.fired.length === 0;
  if (isOrdinary && !fires(rule, value)) {
    cases.delete(place);
    marks[place] = 0;
  }
  return what === null ? null : changeOf(rule, place, now, what, nowMs);
}

function newCase(key: string, lookedMs: number): Case {
  const [stands, isFlapping] = [false, false];
  return { key, stands, lookedMs, heldMs: 0, sinceMs: NaN, value: NaN, fired: [], isFlapping };
}

function fires({ side, limit }: Rule, value: number): boolean {
  return side === "above" ? value > limit : value < limit;
}

function ends({ side, until }: Rule, value: number): boolean {
  return side === "above" ? value <= until : value >= until;
}

/** Adds the time since the look before where the value is still where the case changes, or begins anew. */
function hold(rule: Rule, now: Case, { value, nowMs }: Reading): void {
  const stepMs = nowMs > now.lookedMs ? nowMs - now.lookedMs : 0;
  now.lookedMs = nowMs;
  if (Number.isNaN(value)) return;
  const changes = now.stands ? ends : fires;
  now.heldMs = changes(rule, value) && changes(rule, now.value) ? now.heldMs + stepMs : 0;
  now.value = value;
}

function fire(rule: Rule, now: Case, nowMs: number): Change["what"] | null {
  if (!fires(rule, now.value) || now.heldMs < rule.holdMs) return null;
  [now.stands, now.heldMs, now.sinceMs] = [true, 0, nowMs];
  now.fired.push(nowMs);
  now.isFlapping = now.fired.length >= FLAPPING_TIMES;
  return now.isFlapping ? "flapping" : "fired";
}

function end(rule: Rule, now: Case): Change["what"] | null {
  const recoveryMs = now.isFlapping ? Math.max(FLAPPING_MS, rule.recoveryMs) : rule.recoveryMs;
  if (!ends(rule, now.value) || now.heldMs < recoveryMs) return null;
  Object.assign(now, { stands: false, heldMs: 0, isFlapping: false });
  return "recovered";
}

function changeOf<R extends Rule>(
  rule: R,
  place: number,
  { key, value }: Case,
  what: Change["what"],
  atMs: number,
): Change<R> {
  return { rule, key, place, what, value, atMs };
}
