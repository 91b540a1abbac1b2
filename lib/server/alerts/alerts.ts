/**
 * Looks at the fleet for what is out of the ordinary, keeps the alerts that stand, and logs each change
 * once. It looks at every rule once in five seconds, in turns, so that no look takes long. Pure: it is
 * told the time.
 */
import { metricOf, type Unit } from "../../catalogue.ts";
import { FORMATS } from "../../common/format.js";
import type { Log } from "../../common/log.ts";
import { isHeard } from "../../common/status.js";
import type { Fleet } from "../fleet/fleet.ts";
import { linesOf, type Observer } from "../parts.ts";
import { type Alert, AlertEngine, type Change, type Values } from "./engine.ts";
import { METRIC_RULES, OFFLINE, SILENCE, type StockRule } from "./stock.ts";

/** Every rule, in the order in which they are looked at. */
export const RULES: readonly StockRule[] = [SILENCE, OFFLINE, ...METRIC_RULES];
/** Ticks between two looks at a rule. */
const TURNS = 5;
/** After a start hosts have so long to be heard: none is told as silent that this server has not heard yet. */
const GRACE_MS = 60_000;
/** In a smaller fleet half of it is no sign of anything. */
const LEAST_FLEET = 4;
/** The one place of what is judged of the fleet as a whole. */
const FLEET_KEY = "";

/** An alert as those show it who are asked. */
export interface StandingAlert {
  readonly rule: StockRule;
  /** The key and the name of its host; both empty where it is of the fleet. */
  readonly key: string;
  readonly name: string;
  readonly sinceMs: number;
  readonly value: number;
  readonly isFlapping: boolean;
}

/** The alerts of one server. */
export class Alerts implements Observer {
  readonly name = "alerts";
  readonly #fleet: Fleet;
  readonly #log: Pick<Log, "info" | "warn">;
  readonly #engine = new AlertEngine(RULES);
  readonly #startMs: number;
  #turn = 0;

  constructor(fleet: Fleet, log: Pick<Log, "info" | "warn">, nowMs: number) {
    this.#fleet = fleet;
    this.#log = log;
    this.#startMs = nowMs;
  }

  tick(nowMs: number): void {
    if (nowMs - this.#startMs < GRACE_MS) return;
    const turn = this.#turn++ % TURNS;
    for (let n = turn; n < RULES.length; n += TURNS) this.#look(n, nowMs);
  }

  close(): void {}

  /** Those that stand, the worst first, of these those that have stood longest; an offline host's others wait. */
  standing(): StandingAlert[] {
    const alerts = [...this.#engine.alerts()];
    const offline = new Set(alerts.filter(({ rule }) => rule === OFFLINE).map(({ key }) => key));
    return alerts.filter(({ rule, key }) => rule === OFFLINE || !offline.has(key))
      .map((alert) => this.#shown(alert))
      .sort((a, b) => rank(a) - rank(b) || a.sinceMs - b.sinceMs);
  }

  #shown({ rule, key, sinceMs, value, isFlapping }: Alert): StandingAlert {
    return { rule: rule as StockRule, key, name: this.#nameOf(key), sinceMs, value, isFlapping };
  }

  #nameOf(key: string): string {
    return this.#fleet.host(key)?.name ?? key;
  }

  #look(n: number, nowMs: number): void {
    const rule = RULES[n]!;
    const changes = this.#engine.look(n, this.#valuesOf(rule, nowMs), nowMs);
    // Which hosts are offline, the watch logs already.
    if (rule !== OFFLINE) this.#tell(rule, changes);
  }

  #valuesOf(rule: StockRule, nowMs: number): Values {
    if (rule === SILENCE) return this.#silence(nowMs);
    const { index } = this.#fleet;
    const places = index.slots;
    const key = (slot: number) =>
      index.status(slot, nowMs) === "left" ? null : index.host(slot)?.key ?? null;
    if (rule === OFFLINE) {
      // While most of the fleet is silent, that alone is told.
      const isUnknown = this.#engine.alerts().some((alert) => alert.rule === SILENCE);
      const value = (slot: number) =>
        isUnknown ? NaN : Number(index.status(slot, nowMs) === "offline");
      return { places, key, value };
    }
    const column = index.metric(rule.metric!);
    const value = (slot: number) => isHeard(index.status(slot, nowMs)) ? column[slot]! : NaN;
    return { places, key, value };
  }

  /** The share of the fleet that is silent. */
  #silence(nowMs: number): Values {
    const { live, stale, offline } = this.#fleet.index.countByStatus(nowMs);
    const all = live + stale + offline;
    const percent = all < LEAST_FLEET ? 0 : 100 * offline / all;
    return { places: 1, key: () => FLEET_KEY, value: () => percent };
  }

  #tell(rule: StockRule, changes: readonly Change[]): void {
    const told = changes.filter(({ what }) => what !== "gone");
    for (const [what, those] of Map.groupBy(told, ({ what }) => what)) {
      const lines = linesOf(
        those.map((change) => ({ ...change, name: this.#nameOf(change.key) })),
        (change) => describe(rule, change),
        (hosts, names) => describeMany(rule, what, hosts, names),
      );
      for (const line of lines) this.#log[what === "recovered" ? "info" : "warn"](line);
    }
  }
}

/** What the value of a rule counts. */
export function unitOf({ metric }: StockRule): Unit {
  return metric === null ? "percent" : metricOf(metric).unit;
}

function rank({ rule }: StandingAlert): number {
  return rule.severity === "critical" ? 0 : 1;
}

function describe(rule: StockRule, { what, value, key, name }: Change & { name: string }): string {
  const { id, words: [words] } = rule;
  const number = FORMATS[unitOf(rule)](value);
  if (what === "recovered") return `Alert ${id} ended${key === FLEET_KEY ? "" : `: ${name}`}`;
  const text = key === FLEET_KEY ? `${number} ${words}` : `${name} ${words} (${number})`;
  return `Alert ${id}: ${text}${what === "flapping" ? FLAPPING : ""}`;
}

/** What is told of an alert that is not told again for a while. */
const FLAPPING = ", again and again: not told until it has been calm for an hour";

function describeMany(
  { id, words: [, words] }: StockRule,
  what: Change["what"],
  hosts: string,
  names: string,
): string {
  if (what === "recovered") return `Alert ${id} ended: ${hosts}: ${names}`;
  const flapping = what === "flapping" ? FLAPPING : "";
  return `Alert ${id}: ${hosts} ${words}: ${names}${flapping}`;
}
