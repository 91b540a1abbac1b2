/**
 * Whom an alert is for, and when it is to wait: routes, quiet hours, maintenance, mutes, and hosts that are
 * silent anyway. Pure.
 */
import type { Fleet } from "../fleet/fleet.ts";
import type { Rule, Severity } from "./engine/engine.ts";
import { type Scope, type ScopeTest, scopeTest } from "./scope.ts";

/** Who is told of what. */
export interface Route {
  readonly to: readonly string[];
  /** Of at least such severity. */
  readonly severity: Severity;
  readonly scope: Scope | null;
}

/** When what is no worse than a severity is not told: minutes of the day, by this machine's time zone. */
export interface QuietHours {
  readonly from: number;
  readonly to: number;
  readonly severity: Severity;
}

/** When some hosts are worked on, on the wall clock. */
export interface Maintenance {
  readonly scope: Scope;
  readonly fromMs: number;
  readonly toMs: number;
}

/** Who is told, and when not. */
export interface Manners {
  /** The names of all who can be told. */
  readonly destinations: readonly string[];
  readonly tell: readonly Route[];
  readonly quiet: readonly QuietHours[];
  readonly maintenance: readonly Maintenance[];
}

/** Those without a file. */
export const NO_MANNERS: Manners = { destinations: [], tell: [], quiet: [], maintenance: [] };

/** The time of a look, and what is asked of the fleet then. */
export interface Look {
  readonly fleet: Pick<Fleet, "index">;
  readonly nowMs: number;
  readonly wallMs: number;
  readonly isMuted: ScopeTest;
  /** Whether the host of a place is neither live nor late. */
  readonly isSilent: (place: number) => boolean;
  /** Whether an alert that says more stands beside an alert. */
  readonly isOutdone: (alert: Asked) => boolean;
}

/** A rule, and the number that it is of. */
type JudgedRule = Rule & { readonly of: string };

/** What is asked of an alert. */
export interface Asked {
  readonly rule: JudgedRule;
  /** Empty for the fleet as a whole. */
  readonly key: string;
  readonly place: number;
}

const RANK: Readonly<Record<Severity, number>> = { warning: 0, critical: 1 };

/** What tells who is to be told of an alert: there may be many of one rule. */
export function recipients(
  { tell }: Manners,
  { fleet, nowMs }: Look,
): (alert: Asked) => readonly string[] {
  const routes = tell.map(({ to, severity, scope }) => ({
    ...{ to, severity, scope },
    test: scope === null ? () => true : scopeTest(scope, fleet, nowMs),
  }));
  const those = perRule((rule) => {
    const due = routes.filter(({ severity }) => RANK[rule.severity] >= RANK[severity]);
    return { due, isForAll: due.every(({ scope }) => scope === null), all: toOf(due) };
  });
  return ({ rule, key, place }) => {
    const { due, isForAll, all } = those(rule);
    return isForAll ? all : toOf(due.filter(({ test }) => test(rule.id, key, place)));
  };
}

function toOf(routes: readonly Pick<Route, "to">[]): readonly string[] {
  return [...new Set(routes.flatMap(({ to }) => to))];
}

/** What works something out of each rule once. */
function perRule<T>(workOut: (rule: JudgedRule) => T): (rule: JudgedRule) => T {
  const known = new Map<JudgedRule, T>();
  return (rule) => {
    const present = known.get(rule) ?? workOut(rule);
    if (!known.has(rule)) known.set(rule, present);
    return present;
  };
}

/** What tells whether an alert is to wait. */
export function withholder(manners: Manners, look: Look): (alert: Asked) => boolean {
  const { wallMs, isMuted, isSilent, isOutdone } = look;
  const isMaintained = maintained(manners, look);
  const isQuietFor = perRule((rule) => isQuiet(manners, rule, wallMs));
  return (alert) => {
    const { rule, key, place } = alert;
    if (isQuietFor(rule) || isMuted(rule.id, key, place) || isOutdone(alert)) return true;
    // What else there is of a host that is offline follows from that, or is not known.
    if (rule.of !== "offline" && key !== "" && isSilent(place)) return true;
    return isMaintained(rule.id, key, place);
  };
}

/** What is worse than each rule: of the same number, what is more severe, or as severe and further off. */
export function worseRules(
  rules: readonly JudgedRule[],
): (rule: JudgedRule) => readonly JudgedRule[] {
  return perRule((rule) => {
    const further = (other: JudgedRule) =>
      rule.side === "above" ? other.limit > rule.limit : other.limit < rule.limit;
    const isWorse = (other: JudgedRule) =>
      RANK[other.severity] - RANK[rule.severity] || Number(further(other)) - 0.5;
    return rules.filter((other) =>
      other.id !== rule.id && other.of === rule.of && other.side === rule.side && isWorse(other) > 0
    );
  });
}

/** What tells whether an alert is of what is worked on. */
export function maintained(
  { maintenance }: Manners,
  { fleet, nowMs, wallMs }: Pick<Look, "fleet" | "nowMs" | "wallMs">,
): ScopeTest {
  const tests = maintenance.filter(({ fromMs, toMs }) => wallMs >= fromMs && wallMs < toMs)
    .map(({ scope }) => scopeTest(scope, fleet, nowMs));
  return (rule, key, place) => tests.some((test) => test(rule, key, place));
}

/** Whether what is no worse than a rule is not told at that hour. */
export function isQuiet(
  { quiet }: Manners,
  rule: { readonly severity: Severity },
  wallMs: number,
): boolean {
  if (quiet.length === 0) return false;
  const now = new Date(wallMs);
  const minute = 60 * now.getHours() + now.getMinutes();
  return quiet.some(({ from, to, severity }) => {
    const isWithin = from <= to ? minute >= from && minute < to : minute >= from || minute < to;
    return isWithin && RANK[rule.severity] <= RANK[severity];
  });
}
