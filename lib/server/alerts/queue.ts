/**
 * The alerts that stand, for those who look: one by one, and for who has room for a few the worst of them
 * in words, how many there are of each rule, and what each rule waits for. Pure.
 */
import { COMPARED_NUMBERS } from "../../common/columns.ts";
import {
  byWorst,
  type Queue,
  type ShownAlert,
  type ShownMute,
  type ShownRule,
} from "../../common/alerts.js";
import { toHundredths } from "../../common/status.js";
import type { Alert, AlertEngine } from "./engine/engine.ts";
import { type AlertTest, type Look, maintained, type Manners } from "./manners.ts";
import type { Column } from "./engine/rows.ts";
import { type AlertRule, describeRule, formatValue } from "./rule.ts";

/** An alert, and whether it is muted, or its host is worked on. Its key is empty where it is of the fleet. */
export interface MarkedAlert extends Omit<Alert<AlertRule>, "place"> {
  readonly isMuted: boolean;
}

/** Alerts by their rows: objects are made of few, as a hundred thousand may stand. */
export interface AlertRows {
  readonly key: Pick<Column<string>, "get">;
  readonly sinceMs: Pick<Column<number>, "get">;
  at(row: number): Omit<MarkedAlert, "rule" | "isMuted">;
}

/** Hands over one alert after the other. */
export type Visit = (
  take: (rule: AlertRule, isMuted: boolean, rows: AlertRows, row: number) => void,
) => void;

/** Most alerts of a queue, and of one rule in it; a hundred thousand hosts may be offline at once. */
export const MAX_QUEUE = 100;
/** The other of the two. */
export const MAX_OF_RULE = 20;

/** The one host whose alerts are asked for. */
export interface Only {
  readonly key: string;
  readonly slot: number;
}

/** Alerts without those that wait while their host is silent or beside one that says more; and which are muted, or their hosts worked on. */
export function marked(
  engine: Pick<AlertEngine<AlertRule>, "visit">,
  look: Look,
  manners: Manners,
  only?: Only,
): Visit {
  const { isSilent, isMuted, outdone } = look;
  const isMaintained = maintained(manners, look);
  return (take) => {
    let of: AlertRule | null = null;
    let isOutdone: AlertTest = () => false;
    engine.visit((rule, cases, row) => {
      const [key, place] = [cases.key.get(row), cases.place.get(row)];
      if (only !== undefined && key !== only.key) return;
      if (rule.of !== "offline" && key !== "" && isSilent(place)) return;
      if (rule !== of) [of, isOutdone] = [rule, outdone(rule)];
      if (isOutdone(key, place)) return;
      const isLeftOut = isMuted(rule.id, key, place) || isMaintained(rule.id, key, place);
      take(rule, isLeftOut, cases, row);
    }, only?.slot);
  };
}

/** Alerts of one rule: how many, and those that have stood longest. */
class Group {
  #total = 0;
  readonly #rule: AlertRule;
  readonly #most: number;
  #first: MarkedAlert[] = [];
  /** What fired then or later is none of them. */
  #endMs = Infinity;

  constructor(rule: AlertRule, most: number) {
    this.#rule = rule;
    this.#most = most;
  }

  add(isMuted: boolean, rows: AlertRows, row: number): void {
    this.#total++;
    if (rows.sinceMs.get(row) >= this.#endMs) return;
    this.#first.push({ rule: this.#rule, ...rows.at(row), isMuted });
    if (this.#first.length === 2 * this.#most) this.#settle();
  }

  /** How many they are, and the first of them in their order. */
  end(): { readonly total: number; readonly first: readonly MarkedAlert[] } {
    this.#settle();
    return { total: this.#total, first: this.#first };
  }

  /** Sorts what has come: all of them would take too long. */
  #settle(): void {
    this.#first.sort(byWorst);
    if (this.#first.length < this.#most) return;
    this.#first.length = this.#most;
    this.#endMs = this.#first.at(-1)!.sinceMs;
  }
}

/** By rule: of alerts in any order so many each at the most, muted ones only where they are wanted; and how many are muted. */
function groupsOf(visit: Visit, most: number, isMutedToo: boolean) {
  const groups = new Map<AlertRule, Group>();
  let muted = 0;
  visit((rule, isMuted, rows, row) => {
    if (isMuted) muted++;
    if (isMuted && !isMutedToo) return;
    let group = groups.get(rule);
    if (group === undefined) groups.set(rule, group = new Group(rule, most));
    group.add(isMuted, rows, row);
  });
  return { groups: Array.from(groups.values(), (group) => group.end()), muted };
}

/** The worst alerts, so many at the most, of these those first that have stood longest. */
export function worstOf(visit: Visit, most: number): MarkedAlert[] {
  const { groups } = groupsOf(visit, most, true);
  return groups.flatMap(({ first }) => first).sort(byWorst).slice(0, most);
}

/** The queue of alerts in any order; only those that are in it are shown, and only what is not muted counts. */
export function queueOf(
  visit: Visit,
  mutes: readonly ShownMute[],
  show: (alert: MarkedAlert) => ShownAlert,
): Queue {
  const { groups, muted } = groupsOf(visit, MAX_OF_RULE, false);
  const worst = groups.sort((a, b) => byWorst(a.first[0]!, b.first[0]!));
  return {
    ...{ total: worst.reduce((sum, { total }) => sum + total, 0), muted, mutes },
    rules: worst.map(({ first: [first], total }) => showRule(first!, total)),
    alerts: worst.flatMap(({ first }) => first).sort(byWorst).slice(0, MAX_QUEUE).map(show),
  };
}

/** By rule: the keys of the hosts of its alerts. */
export function keysOf(visit: Visit): ReadonlyMap<AlertRule, readonly string[]> {
  const keys = new Map<AlertRule, string[]>();
  visit((rule, _, rows, row) => {
    let own = keys.get(rule);
    if (own === undefined) keys.set(rule, own = []);
    own.push(rows.key.get(row));
  });
  return keys;
}

/** An alert in words; what is said of its value may have the name of what that is of. */
export function showAlert(alert: MarkedAlert, name: string, said: string): ShownAlert {
  const { rule, key, sinceMs, value, isFlapping, isMuted } = alert;
  const number = formatValue(rule, value);
  const isNumber = number !== "" && said.startsWith(number);
  return {
    ...{ alert: rule.id, severity: rule.severity, id: key, name, text: rule.words[0] },
    detail: isNumber ? said.slice(number.length).replace(/^, /, "") : said,
    ...{ value: toHundredths(value)!, valueText: isNumber ? number : "" },
    ...{ sinceMs, flapping: isFlapping, muted: isMuted },
  };
}

function showRule({ rule, sinceMs }: MarkedAlert, total: number): ShownRule {
  const { id, severity, words: [text, several] } = rule;
  const [fires, ends] = describeRule(rule);
  const filter = filterOf(rule);
  return { alert: id, severity, text, several, fires, ends, filter, total, sinceMs };
}

/** By which the fleet is searched for the hosts of a rule; `null` where nothing does. */
function filterOf(rule: AlertRule): string | null {
  const { of, side, limit, scope } = rule;
  if (of === "offline") return "offline";
  if (!COMPARED_NUMBERS.some(({ id }) => id === of)) return null;
  return [`${of}${side === "above" ? ">" : "<"}${limit}`, scope?.filter ?? ""].join(" ").trim();
}
