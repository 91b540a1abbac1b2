/**
 * The alerts that stand, for those who look: one by one, and for who has room for a few the worst of them
 * in words, how many there are of each rule, and what each rule waits for. Pure.
 */
import { COMPARED_NUMBERS } from "../../catalogue.ts";
import {
  byWorst,
  type Queue,
  type ShownAlert,
  type ShownMute,
  type ShownRule,
} from "../../common/alerts.js";
import { toHundredths } from "../../common/status.js";
import type { Alert } from "./engine/engine.ts";
import { type AlertTest, type Look, maintained, type Manners } from "./manners.ts";
import { type AlertRule, describeRule, formatValue } from "./rule.ts";

/** An alert, and whether it is muted, or its host is worked on. */
export interface MarkedAlert extends Omit<Alert<AlertRule>, "place"> {
  readonly isMuted: boolean;
}

/** An alert as those show it who are asked. Key and name of its host are empty where it is of the fleet. */
export interface StandingAlert extends MarkedAlert {
  readonly name: string;
}

/** Most alerts of a queue, and of one rule in it; a hundred thousand hosts may be offline at once. */
export const MAX_QUEUE = 100;
/** The other of the two. */
export const MAX_OF_RULE = 20;

/** Alerts without those that wait while their host is silent or beside one that says more; and which are muted, or their hosts worked on. */
export function* marked(
  alerts: Iterable<Alert<AlertRule>>,
  look: Look,
  manners: Manners,
): Generator<MarkedAlert> {
  const { isSilent, isMuted, outdone } = look;
  const outdoneBy = new Map<AlertRule, AlertTest>();
  const isMaintained = maintained(manners, look);
  for (const { rule, key, place, sinceMs, value, isFlapping } of alerts) {
    if (rule.of !== "offline" && key !== "" && isSilent(place)) continue;
    const isOutdone = outdoneBy.get(rule) ?? outdone(rule);
    outdoneBy.set(rule, isOutdone);
    if (isOutdone(key, place)) continue;
    const isLeftOut = isMuted(rule.id, key, place) || isMaintained(rule.id, key, place);
    yield { rule, key, sinceMs, value, isFlapping, isMuted: isLeftOut };
  }
}

/** Alerts of one rule: how many, and those that have stood longest. */
class Group {
  total = 0;
  readonly first: MarkedAlert[] = [];

  /** Sorting all of them would take too long. */
  add(alert: MarkedAlert): void {
    this.total++;
    const { first } = this;
    if (first.length === MAX_OF_RULE && first.at(-1)!.sinceMs <= alert.sinceMs) return;
    const after = first.findLastIndex(({ sinceMs }) => sinceMs <= alert.sinceMs);
    first.splice(after + 1, 0, alert);
    first.length = Math.min(first.length, MAX_OF_RULE);
  }
}

/** The queue of alerts in any order; only those that are in it are shown, and only what is not muted counts. */
export function queueOf(
  alerts: Iterable<MarkedAlert>,
  mutes: readonly ShownMute[],
  show: (alert: MarkedAlert) => ShownAlert,
): Queue {
  const groups = new Map<AlertRule, Group>();
  let muted = 0;
  for (const alert of alerts) {
    if (alert.isMuted) muted++;
    else {
      const group = groups.get(alert.rule) ?? new Group();
      groups.set(alert.rule, group);
      group.add(alert);
    }
  }
  const worst = [...groups.values()].sort((a, b) => byWorst(a.first[0]!, b.first[0]!));
  return {
    ...{ total: worst.reduce((sum, { total }) => sum + total, 0), muted, mutes },
    rules: worst.map(({ first: [first], total }) => showRule(first!, total)),
    alerts: worst.flatMap(({ first }) => first).sort(byWorst).slice(0, MAX_QUEUE).map(show),
  };
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
