/**
 * What has been told of each alert: of what stands, those are told who are to be and have not been, and of
 * its end those who were. Once a day there is a reminder. Pure.
 */
import type { Fleet } from "../fleet/fleet.ts";
import { type Group, Groups } from "./groups.ts";
import { type AlertRule, lineOf } from "./rule.ts";
import { type Change, SLICE } from "./engine/engine.ts";
import { isQuiet, type Look as Moment, type Manners } from "./manners.ts";
import { NO_MANNERS, recipients, withholder } from "./manners.ts";
import { MAX_NOTICE_HOSTS, type Notice, type NoticeHost, type Teller } from "./notice.ts";

/** What has been told of one alert. */
interface Told {
  rule: AlertRule;
  readonly key: string;
  place: number;
  /** When it fired, on the wall clock. */
  sinceMs: number;
  stands: boolean;
  isFlapping: boolean;
  /** The newest value when it fired or ended. */
  value: number;
  /** Those who were told that it fired, and when they were told of it last. */
  to: readonly string[];
  toldMs: number;
  /** Whether somebody is still to be told something. */
  isPending: boolean;
}

/** The same as it is written down. */
export type ToldRecord = Readonly<Omit<Told, "rule" | "place" | "value" | "isPending">> & {
  readonly rule: string;
};

/** The moment of a delivery, and what a notice says of hosts. */
export interface Look extends Moment {
  readonly fleet: Pick<Fleet, "host" | "index">;
  /** The newest value of an alert in words. */
  readonly describe: (alert: Pick<Told, "rule" | "key" | "place" | "value">) => string;
}

type ToldWhat = Exclude<Notice["what"], "test">;

const DAY_MS = 86_400_000;
/** From this hour of the day on reminders are told. */
const REMINDER_HOUR = 9;

/** What one look goes by. */
interface Telling {
  readonly groups: Groups<Told, ToldWhat>;
  readonly recipientsOf: (told: Told) => readonly string[];
  readonly isWithheld: (told: Told) => boolean;
  readonly wallMs: number;
}

const NOBODY: readonly string[] = [];

/** Tells what changes. */
export class Conduct {
  readonly #teller: Teller;
  /** By rule and key. */
  readonly #told = new Map<string, Map<string, Told>>();
  /** Those of which somebody is still to be told something, in the order in which they came. */
  #pending: Told[] = [];
  #manners = NO_MANNERS;
  #day = "";
  /** Grows with each change of what has been told. */
  version = 0;

  constructor(teller: Teller) {
    this.#teller = teller;
  }

  /** Goes by these from now on. */
  use(rules: readonly AlertRule[], manners: Manners): void {
    this.#manners = manners;
    const byId = new Map(rules.map((rule) => [rule.id, rule]));
    for (const told of this.#all()) {
      told.rule = byId.get(told.rule.id) ?? told.rule;
      this.#keep(told);
    }
  }

  /** Forgets all that stands. */
  restart(): void {
    this.#told.clear();
    this.#pending = [];
  }

  /** Takes what has become of an alert; it is told at the next delivery. */
  take({ rule, key, place, what, value }: Change<AlertRule>, wallMs: number): void {
    const stands = what === "fired" || what === "flapping";
    const known = this.#told.get(rule.id)?.get(key);
    if (known === undefined && !stands) return;
    const told = known ?? this.#add(rule, key, wallMs);
    told.place = place;
    told.value = value;
    told.stands = stands;
    told.isFlapping = what === "flapping";
    if (stands) told.sinceMs = wallMs;
    this.#keep(told);
  }

  #add(rule: AlertRule, key: string, sinceMs: number): Told {
    const told: Told = {
      ...{ rule, key, place: -1, sinceMs, stands: false, isFlapping: false, value: NaN },
      ...{ to: NOBODY, toldMs: NaN, isPending: false },
    };
    const known = this.#told.get(rule.id) ?? new Map();
    this.#told.set(rule.id, known.set(key, told));
    return told;
  }

  #keep(told: Told): void {
    if (told.isPending) return;
    told.isPending = true;
    this.#pending.push(told);
  }

  *#all(): Generator<Told> {
    for (const those of this.#told.values()) yield* those.values();
  }

  /** Tells all that is due, a notice for each rule and whom it is for; part by part, and the notices at last. */
  *deliver(look: Look): Generator<void> {
    const groups = new Groups<Told, ToldWhat>(MAX_NOTICE_HOSTS);
    const telling = {
      ...{ groups, wallMs: look.wallMs, recipientsOf: recipients(this.#manners, look) },
      isWithheld: withholder(this.#manners, look),
    };
    const pending = this.#pending;
    this.#pending = [];
    for (let n = 0; n < pending.length; n++) {
      if (n % SLICE === SLICE - 1) yield;
      const told = pending[n]!;
      told.isPending = false;
      const isDone = told.stands ? this.#tellBegin(told, telling) : this.#tellEnd(told, telling);
      if (!isDone) this.#keep(told);
    }
    if (this.#isReminderDue(look.wallMs)) this.#remind(telling);
    for (const group of groups.all()) {
      this.#teller.tell([group.to], noticeOf(group, look));
      this.version++;
    }
  }

  /** What stands of what a destination was told, to tell it again. */
  standing(to: string, look: Look, mostHosts: number): Notice[] {
    const groups = new Groups<Told, ToldWhat>(mostHosts);
    for (const told of this.#all()) {
      if (told.stands && told.to.includes(to)) groups.add(to, "fired", told);
    }
    return groups.all().map((group) => noticeOf(group, look));
  }

  /** What is to be known after a start. */
  *records(): Generator<ToldRecord> {
    for (
      const { rule: { id: rule }, key, sinceMs, stands, isFlapping, to, toldMs } of this.#all()
    ) {
      if (to.length > 0) yield { rule, key, sinceMs, stands, isFlapping, to, toldMs };
    }
  }

  /** What an earlier start has told; of a host that is not there it is over. */
  restore({ rule: _rule, ...record }: ToldRecord, rule: AlertRule, place: number | null): void {
    const told = this.#add(rule, record.key, record.sinceMs);
    Object.assign(told, record, { stands: record.stands && place !== null, place: place ?? -1 });
    this.#keep(told);
  }

  /** Whether nobody is to be told any more. */
  #tellBegin(told: Told, { groups, recipientsOf, isWithheld, wallMs }: Telling): boolean {
    const all = recipientsOf(told);
    // Most often nobody was told.
    const to = told.to.length === 0 ? all : all.filter((name) => !told.to.includes(name));
    if (to.length === 0) return true;
    if (isWithheld(told)) return false;
    for (const name of to) groups.add(name, told.isFlapping ? "flapping" : "fired", told);
    told.to = told.to.length === 0 ? to : [...told.to, ...to];
    told.toldMs = wallMs;
    return true;
  }

  /** Whether nobody is to be told any more. */
  #tellEnd(told: Told, { groups, wallMs }: Telling): boolean {
    const isUntold = told.to.length === 0 || told.rule.isEvent;
    if (!isUntold && isQuiet(this.#manners, told.rule, wallMs)) return false;
    this.#told.get(told.rule.id)!.delete(told.key);
    if (isUntold) return true;
    for (const name of told.to) groups.add(name, "recovered", told);
    return true;
  }

  #remind({ groups, isWithheld, wallMs }: Telling): void {
    for (const told of this.#all()) {
      const isDue = told.stands && !told.rule.isEvent && wallMs - told.toldMs >= DAY_MS;
      if (!isDue || isWithheld(told)) continue;
      for (const name of told.to) groups.add(name, "reminder", told);
      told.toldMs = wallMs;
    }
  }

  /** Once a day, at the first look of that hour. */
  #isReminderDue(wallMs: number): boolean {
    const now = new Date(wallMs);
    const day = new Date(wallMs - REMINDER_HOUR * 3_600_000).toDateString();
    const isNew = this.#day !== "" && day !== this.#day && now.getHours() >= REMINDER_HOUR;
    if (this.#day === "" || isNew) this.#day = day;
    return isNew;
  }
}

function noticeOf({ what, first, count }: Group<Told, ToldWhat>, look: Look): Notice {
  const { rule } = first[0]!;
  const hosts = first.map((told): NoticeHost => {
    const { key, sinceMs } = told;
    const { name = key, tags = {} } = look.fleet.host(key) ?? {};
    return { key, name, tags, value: look.describe(told), sinceMs };
  });
  return {
    ...{ what, rule: rule.id, severity: rule.severity, atMs: look.wallMs, hosts },
    text: lineOf(rule, what, hosts, count),
    omitted: count - hosts.length,
  };
}
