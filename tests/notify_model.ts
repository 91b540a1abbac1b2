/**
 * What is to be told of hosts that are silent or busy, as docs/ALERTS.md says it: a model of alerts, one
 * object for each rule and host, that shares no code with them.
 */

/** One thing that is told: when, what, and of which host. */
export type Told = string;

const [ROUND, GRACE_MS, HOUR_MS] = [5, 60_000, 3_600_000];
/** A day, but for a minute: the look of the day before may have been later. */
const REMINDED_MS = 86_340_000;
/** The interval of all hosts is a second. */
const OFFLINE_MS = 7_000;
const RULES = {
  offline: { holdMs: 5_000, recoveryMs: 30_000, limit: 0, until: 0, to: ["chat", "mail"] },
  busy: { holdMs: 10_000, recoveryMs: 20_000, limit: 90, until: 80, to: ["chat"] },
};
type RuleName = keyof typeof RULES;

/** An alert that may stand. */
class Item {
  readonly rule: RuleName;
  readonly host: string;
  stands = false;
  isFlapping = false;
  isTold = false;
  toldMs = NaN;
  /** For how long the value has been where the state changes, what it was, and when it was looked at. */
  heldMs = 0;
  value = NaN;
  lookedMs = NaN;
  fired: number[] = [];

  constructor(rule: RuleName, host: string) {
    this.rule = rule;
    this.host = host;
  }

  /** A look at a value; NaN is not known. */
  look(value: number, nowMs: number): void {
    const { limit, until, holdMs, recoveryMs } = RULES[this.rule];
    const changes = (value: number) => this.stands ? value <= until : value > limit;
    const stepMs = Number.isNaN(this.lookedMs) ? 0 : nowMs - this.lookedMs;
    this.lookedMs = nowMs;
    if (Number.isNaN(value)) return;
    this.heldMs = changes(value) && changes(this.value) ? this.heldMs + stepMs : 0;
    this.value = value;
    if (!changes(value)) return;
    if (this.stands) {
      if (this.heldMs < (this.isFlapping ? HOUR_MS : recoveryMs)) return;
      [this.stands, this.isFlapping] = [false, false];
    } else {
      if (this.heldMs < holdMs) return;
      this.fired = [...this.fired.filter((ms) => nowMs - ms < HOUR_MS), nowMs];
      [this.stands, this.isFlapping] = [true, this.fired.length >= 4];
    }
    this.heldMs = 0;
  }
}

/** The alerts of one server, over all of its starts. */
export class AlertsModel {
  readonly #order: readonly string[];
  readonly #told = new Map<string, Told[]>();
  readonly #heard = new Map<string, { atMs: number; isBusy: boolean }>();
  #items: Item[] = [];
  #startMs = 0;
  #day = "";

  /** With the names of all rules, in the order in which they are looked at. */
  constructor(order: readonly string[]) {
    this.#order = order;
  }

  /** What a destination is told, in its order. */
  toldTo(name: string): readonly Told[] {
    return this.#told.get(name) ?? [];
  }

  /** A host is heard. */
  hear(host: string, isBusy: boolean, atMs: number): void {
    this.#heard.set(host, { atMs, isBusy });
    if (this.#items.some((item) => item.host === host)) return;
    this.#items.push(new Item("offline", host), new Item("busy", host));
  }

  /** The server starts anew: what was told is known, and nothing else. */
  startAnew(nowMs: number): void {
    this.#startMs = nowMs;
    this.#day = "";
    this.#items = this.#items.map((item) => {
      const next = new Item(item.rule, item.host);
      if (!item.isTold) return next;
      const { stands, isFlapping, isTold, toldMs } = item;
      return Object.assign(next, { stands, isFlapping, isTold, toldMs });
    });
  }

  /** A second of both clocks. */
  tick(nowMs: number, wallMs: number): void {
    if (nowMs - this.#startMs < GRACE_MS) return;
    const turn = Math.floor(nowMs / 1_000) % ROUND;
    for (const item of this.#items) {
      if (this.#order.indexOf(item.rule) % ROUND !== turn) continue;
      const { atMs, isBusy } = this.#heard.get(item.host)!;
      const isOffline = nowMs - atMs > OFFLINE_MS;
      const cpu = isOffline ? NaN : isBusy ? 99 : 10;
      item.look(item.rule === "offline" ? Number(isOffline) : cpu, nowMs);
    }
    if (turn === ROUND - 1) this.#tell(nowMs, wallMs);
  }

  #tell(nowMs: number, wallMs: number): void {
    const wall = new Date(wallMs);
    const minute = 60 * wall.getHours() + wall.getMinutes();
    const isQuiet = minute >= 12 * 60 + 30 && minute < 12 * 60 + 45;
    const isReminderDue = this.#isReminderDue(wall);
    const news: [to: string, line: Told][] = [];
    for (const item of this.#items) {
      const { rule, host, stands, isTold } = item;
      const isSilent = nowMs - this.#heard.get(host)!.atMs > OFFLINE_MS;
      const waits = rule === "busy" && (isQuiet || (stands && isSilent));
      const say = (what: string) => {
        const line = `${wall.toISOString()} ${what} ${rule} ${host}`;
        news.push(...RULES[rule].to.map((to): [string, Told] => [to, line]));
      };
      if (waits) continue;
      if (stands && !isTold) {
        say(item.isFlapping ? "flapping" : "fired");
        Object.assign(item, { isTold: true, toldMs: wallMs });
      } else if (stands && isReminderDue && wallMs - item.toldMs >= REMINDED_MS) {
        say("reminder");
        item.toldMs = wallMs;
      } else if (!stands && isTold) {
        say("recovered");
        item.isTold = false;
      }
    }
    for (const [to, line] of news.sort(([, a], [, b]) => a < b ? -1 : 1)) {
      this.#told.set(to, [...this.#told.get(to) ?? [], line]);
    }
  }

  /** At the first look from nine in the morning on. */
  #isReminderDue(wall: Date): boolean {
    const day = new Date(wall.getTime() - 9 * HOUR_MS).toDateString();
    const isFirst = this.#day === "";
    const isNew = !isFirst && day !== this.#day && wall.getHours() >= 9;
    if (isFirst || isNew) this.#day = day;
    return isNew;
  }
}
