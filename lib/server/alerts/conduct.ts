/**
 * What has been told of each alert: of what stands, those are told who are to be and have not been, and of
 * its end those who were. Once a day there is a reminder. Pure.
 */
import type { Fleet } from "../fleet/fleet.ts";
import { type AlertRule, lineOf } from "./rule.ts";
import type { Change } from "./engine.ts";
import {
  isQuiet,
  type Look as Moment,
  type Manners,
  NO_MANNERS,
  recipients,
  withholder,
} from "./manners.ts";
import { MAX_NOTICE_HOSTS, type Notice, type NoticeHost, type Teller } from "./notice.ts";

/** What has been told of one alert. */
interface Told {
  readonly rule: AlertRule;
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
}

/** The same as it is written down. */
export type ToldRecord = Readonly<Omit<Told, "rule" | "place" | "value">> & {
  readonly rule: string;
};

/** The moment of a delivery, and what a notice says of hosts. */
export interface Look extends Moment {
  readonly fleet: Pick<Fleet, "host" | "index">;
  /** The newest value of an alert in words. */
  readonly describe: (alert: Pick<Told, "rule" | "key" | "place" | "value">) => string;
}

const DAY_MS = 86_400_000;
/** From this hour of the day on reminders are told. */
const REMINDER_HOUR = 9;

type ToldWhat = Exclude<Notice["what"], "test">;

/** What is told by one notice, to whom. */
interface Group {
  readonly to: string;
  readonly what: ToldWhat;
  readonly rule: AlertRule;
  readonly alerts: Told[];
  count: number;
}

/** Tells what changes. */
export class Conduct {
  readonly #teller: Teller;
  readonly #told = new Map<string, Told>();
  /** Those of which somebody is still to be told something. */
  readonly #pending = new Set<Told>();
  #manners = NO_MANNERS;
  #day = "";
  /** Grows with each change of what has been told. */
  version = 0;

  constructor(teller: Teller) {
    this.#teller = teller;
  }

  /** Goes by these from now on. */
  use(manners: Manners): void {
    this.#manners = manners;
    for (const told of this.#told.values()) this.#pending.add(told);
  }

  /** Forgets all that stands. */
  restart(): void {
    this.#told.clear();
    this.#pending.clear();
  }

  /** Takes what has become of an alert; it is told at the next delivery. */
  take({ rule, key, place, what, value }: Change<AlertRule>, wallMs: number): void {
    const stands = what === "fired" || what === "flapping";
    const id = idOf(rule.id, key);
    const known = this.#told.get(id);
    if (known === undefined && !stands) return;
    const isFlapping = what === "flapping";
    const told = known ??
      { rule, key, place, value, sinceMs: wallMs, stands, isFlapping, to: [], toldMs: NaN };
    Object.assign(told, { place, value, stands, isFlapping });
    if (stands) told.sinceMs = wallMs;
    if (known === undefined) this.#told.set(id, told);
    this.#pending.add(told);
  }

  /** Tells all that is due, a notice for each rule and whom it is for. */
  deliver(look: Look): void {
    const groups = new Map<string, Group>();
    const isWithheld = withholder(this.#manners, look);
    const recipientsOf = recipients(this.#manners, look);
    for (const told of this.#pending) {
      if (told.stands) this.#tellBegin(told, groups, recipientsOf, isWithheld, look.wallMs);
      else this.#tellEnd(told, groups, look.wallMs);
    }
    if (this.#isReminderDue(look.wallMs)) this.#remind(groups, isWithheld, look.wallMs);
    for (const group of groups.values()) {
      this.#teller.tell([group.to], noticeOf(group, look));
      this.version++;
    }
  }

  /** What stands of what a destination was told, to tell it again. */
  standing(to: string, look: Look, mostHosts: number): Notice[] {
    const groups = new Map<string, Group>();
    for (const told of this.#told.values()) {
      if (told.stands && told.to.includes(to)) put(groups, to, "fired", told, mostHosts);
    }
    return Array.from(groups.values(), (group) => noticeOf(group, look));
  }

  /** What is to be known after a start. */
  records(): ToldRecord[] {
    return Array.from(this.#told.values()).filter(({ to }) => to.length > 0)
      .map(({ rule, place: _place, value: _value, ...told }) => ({ ...told, rule: rule.id }));
  }

  /** What an earlier start has told; of a host that is not there it is over. */
  restore({ rule: _rule, ...record }: ToldRecord, rule: AlertRule, place: number | null): void {
    const stands = record.stands && place !== null;
    const told = { ...record, rule, place: place ?? -1, value: NaN, stands };
    this.#told.set(idOf(rule.id, record.key), told);
    this.#pending.add(told);
  }

  #tellBegin(
    told: Told,
    groups: Map<string, Group>,
    recipientsOf: (told: Told) => readonly string[],
    isWithheld: (told: Told) => boolean,
    wallMs: number,
  ): void {
    const all = recipientsOf(told);
    // Most often nobody was told, and there may be many alerts.
    const to = told.to.length === 0 ? all : all.filter((name) => !told.to.includes(name));
    if (to.length > 0 && isWithheld(told)) return;
    this.#pending.delete(told);
    if (to.length === 0) return;
    for (const name of to) put(groups, name, told.isFlapping ? "flapping" : "fired", told);
    told.to = told.to.length === 0 ? to : [...told.to, ...to];
    told.toldMs = wallMs;
  }

  #tellEnd(told: Told, groups: Map<string, Group>, wallMs: number): void {
    const isUntold = told.to.length === 0 || told.rule.isEvent;
    if (!isUntold && isQuiet(this.#manners, told.rule, wallMs)) return;
    this.#pending.delete(told);
    this.#told.delete(idOf(told.rule.id, told.key));
    if (isUntold) return;
    for (const name of told.to) put(groups, name, "recovered", told);
  }

  #remind(
    groups: Map<string, Group>,
    isWithheld: (told: Told) => boolean,
    wallMs: number,
  ): void {
    for (const told of this.#told.values()) {
      const isDue = told.stands && !told.rule.isEvent && wallMs - told.toldMs >= DAY_MS;
      if (!isDue || isWithheld(told)) continue;
      for (const name of told.to) put(groups, name, "reminder", told);
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

function idOf(rule: string, key: string): string {
  return `${rule} ${key}`;
}

function put(
  groups: Map<string, Group>,
  to: string,
  what: ToldWhat,
  told: Told,
  most = MAX_NOTICE_HOSTS,
): void {
  const id = `${to} ${what} ${told.rule.id}`;
  let group = groups.get(id);
  if (group === undefined) {
    group = { to, what, rule: told.rule, alerts: [], count: 0 };
    groups.set(id, group);
  }
  group.count++;
  if (group.alerts.length < most) group.alerts.push(told);
}

function noticeOf({ what, rule, alerts, count }: Group, look: Look): Notice {
  const hosts = alerts.map((told): NoticeHost => {
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
