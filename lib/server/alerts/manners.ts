/**
 * Whom an alert is for, and when it is to wait: routes, quiet hours, maintenance, mutes, and hosts that are
 * silent anyway. Pure.
 */
import type { Fleet } from "../fleet/fleet.ts";
import type { Rule, Severity } from "./engine/engine.ts";
import { anyOf, type Scope, type ScopeTest, scopeTest } from "./scope.ts";
import type { NameSets } from "./engine/told.ts";

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
  /** What tells of a rule whether an alert that says more stands beside one of its own. */
  readonly outdone: (rule: JudgedRule) => AlertTest;
}

/** A rule, and the number that it is of. */
export type JudgedRule = Rule & { readonly of: string };

/** What is asked of an alert of a rule; its key is empty for the fleet as a whole. */
export type AlertTest = (key: string, place: number) => boolean;

const RANK: Readonly<Record<Severity, number>> = { warning: 0, critical: 1 };

/** What tells of a rule who is to be told of its alerts, as the number of a set of names. */
export function recipients({ tell }: Manners, { fleet, nowMs }: Look, sets: NameSets) {
  const routes = tell.map(({ to, severity, scope }) => ({
    ...{ to: sets.numberOf(to), severity },
    test: scope === null ? null : scopeTest(scope, fleet, nowMs),
  }));
  return ({ id, severity: own }: JudgedRule) => {
    const due = routes.filter(({ severity }) => RANK[own] >= RANK[severity]);
    return (key: string, place: number): number => {
      let set = 0;
      for (let n = 0; n < due.length; n++) {
        const { to, test } = due[n]!;
        if (test === null || test(id, key, place)) set = sets.join(set, to);
      }
      return set;
    };
  };
}

/** What tells of a rule whether an alert of it is to wait. */
export function withholder(
  manners: Manners,
  look: Look,
): (rule: JudgedRule) => AlertTest {
  const { wallMs, isMuted, isSilent, outdone } = look;
  const isMaintained = maintained(manners, look);
  return (rule) => {
    if (isQuiet(manners, rule, wallMs)) return () => true;
    const [{ id, of }, isOutdone] = [rule, outdone(rule)];
    return (key, place) => {
      if (isMuted(id, key, place) || isOutdone(key, place)) return true;
      // What else there is of a host that is offline follows from that, or is not known.
      if (of !== "offline" && key !== "" && isSilent(place)) return true;
      return isMaintained(id, key, place);
    };
  };
}

/** What is worse than a rule: of the same number, what is more severe, or as severe and further off. */
export function worseRules<R extends JudgedRule>(rules: readonly R[], rule: JudgedRule): R[] {
  const further = (other: JudgedRule) =>
    rule.side === "above" ? other.limit > rule.limit : other.limit < rule.limit;
  const isWorse = (other: JudgedRule) =>
    RANK[other.severity] - RANK[rule.severity] || Number(further(other)) - 0.5;
  return rules.filter((other) =>
    other.id !== rule.id && other.of === rule.of && other.side === rule.side && isWorse(other) > 0
  );
}

/** What tells whether an alert is of what is worked on. */
export function maintained(
  { maintenance }: Manners,
  { fleet, nowMs, wallMs }: Pick<Look, "fleet" | "nowMs" | "wallMs">,
): ScopeTest {
  const tests = maintenance.filter(({ fromMs, toMs }) => wallMs >= fromMs && wallMs < toMs)
    .map(({ scope }) => scopeTest(scope, fleet, nowMs));
  return anyOf(tests);
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

/** From this hour of the day on reminders are told. */
const REMINDER_HOUR = 9;
/** The look of the day before may have been later in its minute. */
const REMINDER_SLACK_MS = 60_000;

/** When reminders are due: once a day, at the first look of that hour. */
export class ReminderDays {
  #day = "";

  /** Until when that was told of which this look reminds: the time of day as it is now, a day before; `null` where it does not. */
  due(wallMs: number): number | null {
    const now = new Date(wallMs);
    // By the date, as not every day has 24 hours, or has had nine at nine.
    const before = new Date(wallMs);
    before.setDate(before.getDate() - 1);
    const isLate = now.getHours() >= REMINDER_HOUR;
    const day = (isLate ? now : before).toDateString();
    const isNew = this.#day !== "" && day !== this.#day && isLate;
    if (this.#day === "" || isNew) this.#day = day;
    return isNew ? before.getTime() + REMINDER_SLACK_MS : null;
  }
}
