/**
 * What has been told of each alert: of what stands, those are told who are to be and have not been, and of
 * its end those who were. Once a day there is a reminder. Pure.
 */
import type { Fleet } from "../fleet/fleet.ts";
import { NONE } from "./engine/rows.ts";
import { NameSets, recordsOf, type ToldRecord, ToldRows } from "./engine/told.ts";
import { type Outcome, STEP } from "./engine/engine.ts";
import { type AlertTest, isQuiet, type Look as Moment, type Manners } from "./manners.ts";
import { NO_MANNERS, recipients, ReminderDays, withholder } from "./manners.ts";
import { type Group, type Grouped, MAX_NOTICE_HOSTS, type Notice } from "./notice.ts";
import { type NoticeHost, RuleGroups, type Teller } from "./notice.ts";
import { type AlertRule, lineOf } from "./rule.ts";

/** The moment of a delivery, and what a notice says of hosts. */
export interface Look extends Moment {
  readonly fleet: Pick<Fleet, "host" | "index">;
  /** The newest value of an alert in words. */
  readonly describe: (alert: Grouped<AlertRule>) => string;
}

type ToldWhat = Exclude<Notice["what"], "test">;

/** What the alerts of one rule are told by at one look. */
interface Telling {
  readonly rows: ToldRows<AlertRule>;
  readonly groups: RuleGroups<AlertRule, ToldWhat>;
  readonly recipientsOf: (key: string, place: number) => number;
  readonly isWithheld: AlertTest;
  /** Whether the end of what was told is to wait. */
  readonly isQuiet: boolean;
  readonly wallMs: number;
}

/** Tells what changes. */
export class Conduct {
  readonly #teller: Teller;
  /** By rule. */
  readonly #told = new Map<string, ToldRows<AlertRule>>();
  readonly #sets = new NameSets();
  #manners = NO_MANNERS;
  readonly #reminders = new ReminderDays();
  /** Grows with each change of what has been told. */
  version = 0;

  constructor(teller: Teller) {
    this.#teller = teller;
  }

  /** Goes by these from now on. */
  use(rules: readonly AlertRule[], manners: Manners): void {
    this.#manners = manners;
    const byId = new Map(rules.map((rule) => [rule.id, rule]));
    for (const rows of this.#told.values()) {
      rows.rule = byId.get(rows.rule.id) ?? rows.rule;
      for (const row of rows.each()) rows.await(row);
    }
  }

  /** Forgets all that stands. */
  restart(): void {
    this.#told.clear();
  }

  /** Takes what has become of an alert; it is told at the next delivery. */
  take(
    rule: AlertRule,
    what: Outcome,
    key: string,
    place: number,
    value: number,
    wallMs: number,
  ): void {
    const stands = what === "fired" || what === "flapping";
    const rows = this.#rowsOf(rule);
    let row = rows.find(key, place);
    if (row === NONE && !stands) return;
    if (row === NONE) row = rows.add(key);
    rows.settle(row, what === "gone" ? NONE : place);
    rows.value.set(row, value);
    rows.stands.set(row, Number(stands));
    rows.isFlapping.set(row, Number(what === "flapping"));
    if (stands) rows.sinceMs.set(row, wallMs);
    rows.await(row);
  }

  #rowsOf(rule: AlertRule): ToldRows<AlertRule> {
    const known = this.#told.get(rule.id);
    if (known !== undefined) return known;
    const rows = new ToldRows(rule);
    this.#told.set(rule.id, rows);
    return rows;
  }

  /** Tells all that is due, a notice for each rule and whom it is for; part by part, and the notices at last. */
  *deliver(look: Look): Generator<void> {
    const remindMs = this.#reminders.due(look.wallMs);
    const tellingOf = this.#telling(look);
    const tellings: Telling[] = [];
    let seen = 0;
    for (const rows of this.#told.values()) {
      if (rows.dues === 0 && remindMs === null) continue;
      const telling = tellingOf(rows);
      tellings.push(telling);
      let kept = 0;
      for (let at = 0; at < rows.dues; at++) {
        if (++seen % STEP === 0) yield;
        const row = rows.due.get(at);
        const tell = rows.stands.get(row) === 1 ? this.#tellBegin : this.#tellEnd;
        if (tell.call(this, row, telling)) rows.isDue.set(row, 0);
        else rows.due.set(kept++, row);
      }
      rows.dues = kept;
      if (remindMs !== null) yield* this.#remind(telling, remindMs);
    }
    const notices: [to: string, notice: Notice][] = [];
    for (const group of tellings.flatMap(({ groups: { all } }) => all)) {
      notices.push([group.to, noticeOf(group, look)]);
      if (group.first.length === MAX_NOTICE_HOSTS) yield;
    }
    // In one turn, so that a destination gets one message of them.
    for (const [to, notice] of notices) this.#teller.tell([to], notice);
    this.version += notices.length;
  }

  /** What tells the alerts of a rule at a look. */
  #telling(look: Look): (rows: ToldRows<AlertRule>) => Telling {
    const recipientsOf = recipients(this.#manners, look, this.#sets);
    const withholds = withholder(this.#manners, look);
    return (rows) => {
      const { rule } = rows;
      const groups = new RuleGroups<AlertRule, ToldWhat>(rule, MAX_NOTICE_HOSTS);
      const isQuietNow = isQuiet(this.#manners, rule, look.wallMs);
      return {
        ...{ rows, groups, wallMs: look.wallMs, isQuiet: isQuietNow },
        ...{ recipientsOf: recipientsOf(rule), isWithheld: withholds(rule) },
      };
    };
  }

  /** What stands of what a destination was told, to tell it again: a notice for every few hosts, made when it is asked for; `null` while they are counted. */
  *standing(to: string, look: Look, mostHosts: number): Generator<Notice | null> {
    for (const rows of this.#told.values()) {
      const isTold = (row: number) => rows.isTold(row, this.#sets, to);
      const { first: own, count } = yield* rows.findTold(isTold, mostHosts);
      for (let from = 0; from < own.length; from += MAX_NOTICE_HOSTS) {
        // What has ended meanwhile is told by itself.
        const part = own.slice(from, from + MAX_NOTICE_HOSTS);
        const first = part.filter(isTold).map((row) => rows.at(row));
        if (first.length > 0) yield noticeOf({ what: "fired", first, count }, look);
      }
    }
  }

  /** What is to be known after a start: as it is until the next look, for one who reads it later; rule by rule. */
  *records(): Generator<void, Iterable<ToldRecord>> {
    const snapshots = [];
    for (const rows of this.#told.values()) yield void snapshots.push(rows.snapshot());
    return recordsOf(snapshots, this.#sets);
  }

  /** What an earlier start has told; of a host that is not there it is over. */
  restore({ key, ...record }: ToldRecord, rule: AlertRule, place: number | null): void {
    const rows = this.#rowsOf(rule);
    const row = rows.add(key);
    rows.to.set(row, this.#sets.numberOf(record.to));
    rows.settle(row, place ?? NONE);
    rows.stands.set(row, Number(record.stands && place !== null));
    rows.isFlapping.set(row, Number(record.isFlapping));
    rows.sinceMs.set(row, record.sinceMs);
    rows.toldMs.set(row, record.toldMs);
    rows.await(row);
  }

  /** Whether nobody is to be told any more of what stands. */
  #tellBegin(row: number, telling: Telling): boolean {
    const { rows, groups, recipientsOf, isWithheld, wallMs } = telling;
    // Written out, here and below: there may be very many.
    const key = rows.key.get(row);
    const place = rows.place.get(row);
    const told = rows.to.get(row);
    const to = this.#sets.without(recipientsOf(key, place), told);
    if (to === 0) return true;
    if (isWithheld(key, place)) return false;
    const what = rows.isFlapping.get(row) === 1 ? "flapping" : "fired";
    this.#addToAll(to, groups, what, rows, row);
    rows.to.set(row, this.#sets.join(told, to));
    rows.toldMs.set(row, wallMs);
    return true;
  }

  /** The same of what has ended. */
  #tellEnd(row: number, { rows, groups, isQuiet }: Telling): boolean {
    const to = rows.rule.isEvent ? 0 : rows.to.get(row);
    if (to !== 0 && isQuiet) return false;
    this.#addToAll(to, groups, "recovered", rows, row);
    rows.end(row);
    return true;
  }

  /** Has each of a set of names told of an alert. */
  #addToAll(
    set: number,
    groups: RuleGroups<AlertRule, ToldWhat>,
    what: ToldWhat,
    rows: ToldRows<AlertRule>,
    row: number,
  ): void {
    const names = this.#sets.names(set);
    const { key, place, value, sinceMs } = rows;
    for (let n = 0; n < names.length; n++) {
      groups.add(
        ...[names[n]!, what, key.get(row), place.get(row), value.get(row), sinceMs.get(row)],
      );
    }
  }

  /** Reminds of what was told until a time and not since. */
  *#remind({ rows, groups, isWithheld, wallMs }: Telling, untilMs: number): Generator<void> {
    if (rows.rule.isEvent) return;
    for (const row of rows.each()) {
      if (row % STEP === STEP - 1) yield;
      const isDue = rows.stands.get(row) === 1 && rows.toldMs.get(row) <= untilMs;
      if (!isDue || isWithheld(rows.key.get(row), rows.place.get(row))) continue;
      this.#addToAll(rows.to.get(row), groups, "reminder", rows, row);
      rows.toldMs.set(row, wallMs);
    }
  }
}

function noticeOf(
  { what, first, count }: Omit<Group<AlertRule, ToldWhat>, "to">,
  look: Look,
): Notice {
  const { rule } = first[0]!;
  const hosts = first.map((alert): NoticeHost => {
    const { key, sinceMs } = alert;
    const { name = key, tags = {} } = look.fleet.host(key) ?? {};
    return { key, name, tags, value: look.describe(alert), sinceMs };
  });
  return {
    ...{ what, rule: rule.id, severity: rule.severity, atMs: look.wallMs, hosts },
    text: lineOf(rule, what, hosts, count),
    omitted: count - hosts.length,
  };
}
