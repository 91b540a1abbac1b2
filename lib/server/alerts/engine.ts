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
  /** It fires when the value has been above this for so long, in milliseconds. */
  readonly above: number;
  readonly holdMs: number;
  /** It ends when the value has been at this or below for so long. */
  readonly until: number;
  readonly recoveryMs: number;
}

/** What one rule judges: a host in each place, and its value; NaN where that is not known. */
export interface Values {
  readonly places: number;
  /** What tells the host of a place from others; `null` where there is none, or it has gone on purpose. */
  key(place: number): string | null;
  value(place: number): number;
}

/** What has become of one alert. */
export interface Change {
  readonly key: string;
  /** `flapping` is told in place of what fires again and again, and `gone` when its host has gone on purpose. */
  readonly what: "fired" | "recovered" | "flapping" | "gone";
  readonly value: number;
  readonly atMs: number;
}

/** An alert that stands. */
export interface Alert {
  readonly rule: Rule;
  readonly key: string;
  /** When it fired. */
  readonly sinceMs: number;
  /** The newest value that was known. */
  readonly value: number;
  readonly isFlapping: boolean;
}

/** One that has fired so often within this time flaps, until it has been calm for as long. */
const FLAPPING_TIMES = 4;
const FLAPPING_MS = 3_600_000;

/** A rule and a host that are out of the ordinary. */
interface Case {
  readonly key: string;
  /** Whether it has fired and not ended. */
  stands: boolean;
  /** How long the value has been known to be where the case changes. */
  heldMs: number;
  sinceMs: number;
  value: number;
  /** When it fired within the time that tells flapping, the latest last. */
  fired: number[];
  isFlapping: boolean;
}

/** Judges rules look by look. */
export class AlertEngine {
  readonly #rules: readonly Rule[];
  /** For each rule, by place. */
  readonly #cases: readonly Map<number, Case>[];
  readonly #lookedMs: number[];

  constructor(rules: readonly Rule[]) {
    this.#rules = rules;
    this.#cases = rules.map(() => new Map());
    this.#lookedMs = rules.map(() => NaN);
  }

  /** What has changed of one rule since its look before, which was at an earlier time. */
  look(n: number, values: Values, nowMs: number): Change[] {
    const [rule, cases, lookedMs] = [this.#rules[n]!, this.#cases[n]!, this.#lookedMs[n]!];
    const changes: Change[] = [];
    const stepMs = nowMs > lookedMs ? nowMs - lookedMs : 0;
    this.#lookedMs[n] = nowMs;
    for (let place = 0; place < values.places; place++) {
      const value = values.value(place);
      if (!(value > rule.above) && !cases.has(place)) continue;
      const change = judge(rule, cases, { place, key: values.key(place), value, stepMs, nowMs });
      if (change !== null) changes.push(change);
    }
    return changes;
  }

  /** Every alert that stands, rule by rule. */
  *alerts(): Generator<Alert> {
    for (const [n, cases] of this.#cases.entries()) {
      for (const { key, stands, sinceMs, value, isFlapping } of cases.values()) {
        if (stands) yield { rule: this.#rules[n]!, key, sinceMs, value, isFlapping };
      }
    }
  }
}

interface Reading {
  readonly place: number;
  readonly key: string | null;
  readonly value: number;
  /** Since the look before. */
  readonly stepMs: number;
  readonly nowMs: number;
}

function judge(rule: Rule, cases: Map<number, Case>, reading: Reading): Change | null {
  const { place, key, value, nowMs } = reading;
  const known = cases.get(place);
  if (known !== undefined && known.key !== key) {
    // The host has gone, and its place may be another's by now.
    cases.delete(place);
    return known.stands ? changeOf(known, "gone", nowMs) : null;
  }
  if (key === null) return null;
  const now = known ?? newCase(key);
  if (known === undefined) cases.set(place, now);
  else hold(rule, now, reading);
  if (!Number.isNaN(value)) now.value = value;
  now.fired = now.fired.filter((atMs) => nowMs - atMs < FLAPPING_MS);
  const change = now.stands ? end(rule, now, nowMs) : fire(rule, now, nowMs);
  if (!now.stands && now.heldMs === 0 && now.fired.length === 0 && !(value > rule.above)) {
    cases.delete(place);
  }
  return change;
}

function newCase(key: string): Case {
  const began = { stands: false, heldMs: 0, sinceMs: NaN, value: NaN };
  return { key, ...began, fired: [], isFlapping: false };
}

/** Adds the time since the look before where the value is still where the case changes, or begins anew. */
function hold(rule: Rule, now: Case, { value, stepMs }: Reading): void {
  if (Number.isNaN(value)) return;
  const changes = now.stands ? value <= rule.until : value > rule.above;
  const did = now.stands ? now.value <= rule.until : now.value > rule.above;
  now.heldMs = changes && did ? now.heldMs + stepMs : 0;
}

function fire(rule: Rule, now: Case, nowMs: number): Change | null {
  if (!(now.value > rule.above) || now.heldMs < rule.holdMs) return null;
  Object.assign(now, { stands: true, heldMs: 0, sinceMs: nowMs });
  now.fired.push(nowMs);
  now.isFlapping = now.fired.length >= FLAPPING_TIMES;
  return changeOf(now, now.isFlapping ? "flapping" : "fired", nowMs);
}

function end(rule: Rule, now: Case, nowMs: number): Change | null {
  const recoveryMs = now.isFlapping ? Math.max(FLAPPING_MS, rule.recoveryMs) : rule.recoveryMs;
  if (!(now.value <= rule.until) || now.heldMs < recoveryMs) return null;
  Object.assign(now, { stands: false, heldMs: 0, isFlapping: false });
  return changeOf(now, "recovered", nowMs);
}

function changeOf({ key, value }: Case, what: Change["what"], atMs: number): Change {
  return { key, what, value, atMs };
}
