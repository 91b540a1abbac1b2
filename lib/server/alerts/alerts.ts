/**
 * Looks at the fleet for what is out of the ordinary, keeps the alerts that stand, logs each change once,
 * and has it told. It looks at every rule once in five seconds, in turns, so that no look takes long; what
 * has changed is told when all had their turn. Pure: it is told the time.
 */
import type { Log } from "../../common/log.ts";
import { byWorst, NOTHING, type Queue, type ShownAlert } from "../../common/alerts.js";
import { isHeard } from "../../common/status.js";
import type { Fleet } from "../fleet/fleet.ts";
import { linesOf, type Observer } from "../parts.ts";
import { Conduct, type Look, type ToldRecord } from "./conduct.ts";
import { type Alert, AlertEngine, type Change } from "./engine.ts";
import { type Manners, NO_MANNERS } from "./manners.ts";
import { type Mute, Mutes } from "./mutes.ts";
import { marked, type MarkedAlert, queueOf, showAlert } from "./queue.ts";
import type { Notice, Teller } from "./notice.ts";
import { type AlertRule, lineOf } from "./rule.ts";
import { ROUND, Signals, type Troubles } from "./signals.ts";
import { OFFLINE, SILENCE, STOCK } from "./stock.ts";

/** After a start hosts have so long to be heard; and of so many hosts of a rule it is told again what stands. */
const [GRACE_MS, MAX_RENEWED] = [60_000, 10_000];

/** What is to be known of alerts after a start, as JSON. */
interface AlertsState {
  readonly v: 1;
  readonly mutes: readonly Mute[];
  readonly told: readonly ToldRecord[];
}

/** What alerts work with. */
export interface AlertsSurroundings {
  readonly fleet: Fleet;
  readonly log: Pick<Log, "info" | "warn">;
  /** When the server was started, on the fleet's clock. */
  readonly startedMs: number;
  /** By how much the wall clock is ahead of it. */
  readonly aheadMs?: () => number;
  readonly troubles?: Troubles;
  readonly teller?: Teller;
}

/** The alerts of one server. */
export class Alerts implements Observer {
  readonly name = "alerts";
  readonly #fleet: Fleet;
  readonly #log: Pick<Log, "info" | "warn">;
  readonly #aheadMs: () => number;
  readonly #signals: Signals;
  readonly #conduct: Conduct;
  readonly mutes = new Mutes(() => this.#wallMs);
  /** Why the alerts file is not as it was read last; `null` where it is. */
  problem: string | null = null;
  #engine = new AlertEngine(STOCK);
  #rules = STOCK;
  #manners = NO_MANNERS;
  #startMs: number;
  #nowMs: number;
  /** The queue, and for which look and mutes it was made. */
  #queue: readonly [of: string, queue: Queue] = ["", NOTHING];
  /** Of this round. */
  #changes: Change<AlertRule>[] = [];

  constructor({ fleet, log, startedMs, ...given }: AlertsSurroundings) {
    const { aheadMs = () => 0, troubles = {}, teller = { tell() {} } } = given;
    this.#fleet = fleet;
    this.#log = log;
    this.#aheadMs = aheadMs;
    this.#conduct = new Conduct(teller);
    this.#startMs = this.#nowMs = startedMs;
    const isSilent = () => this.#engine.stands(SILENCE.id, 0);
    const own = { fileWrong: () => this.problem, ...troubles };
    this.#signals = new Signals({ fleet, aheadMs, troubles: own, isSilent });
  }

  /** Goes by these rules, and tells by these manners, from now on. */
  use(rules: readonly AlertRule[], manners: Manners): void {
    this.#rules = rules;
    this.#manners = manners;
    this.#changes.push(...this.#engine.use(rules, this.#nowMs));
    this.#conduct.use(manners);
  }

  /** Begins anew at a time, as the fleet does. */
  restart(nowMs: number): void {
    this.#startMs = this.#nowMs = nowMs;
    this.#engine = new AlertEngine(this.#rules);
    this.#changes = [];
    this.#signals.restart();
    this.#conduct.restart();
  }

  tick(nowMs: number): void {
    this.#nowMs = nowMs;
    if (nowMs - this.#startMs < GRACE_MS) return;
    this.#signals.begin(nowMs);
    for (const [n, rule] of this.#rules.entries()) {
      const turn = this.#signals.turn(rule, n, nowMs);
      if (turn === null) continue;
      const values = this.#signals.valuesOf(rule, nowMs);
      this.#changes.push(...this.#engine.look(rule.id, values, nowMs, turn));
    }
    if (Math.floor(nowMs / 1_000) % ROUND === ROUND - 1) this.#tell();
  }

  close(): void {}

  /** Those that stand, the worst first, of these those that have stood longest; a silent host's others wait. */
  standing() {
    const named = (alert: MarkedAlert) => ({ ...alert, name: this.#nameOf(alert.key) });
    return [...this.#marked(this.#engine.alerts()).map(named)].sort(byWorst);
  }

  /** The same for who has room for a few: the same object until the next look or mute. */
  get queue(): Queue {
    const of = `${this.#nowMs} ${this.mutes.version}`;
    if (this.#queue[0] !== of) this.#queue = [of, this.#queueOf(this.#engine.alerts())];
    return this.#queue[1];
  }

  /** The queue of one host. */
  of(host: string): Queue {
    const own = this.#engine.alerts(this.#fleet.host(host)?.slot ?? -1);
    return this.#queueOf(own.filter(({ key }) => key === host));
  }

  /** An alert in words. */
  show(alert: MarkedAlert): ShownAlert {
    const { rule, key, value } = alert;
    return showAlert(alert, this.#nameOf(key), this.#describe(rule, key, value));
  }

  #queueOf(alerts: Iterable<Alert<AlertRule>>): Queue {
    return queueOf(this.#marked(alerts), this.mutes.list(), (alert) => this.show(alert));
  }

  #marked(alerts: Iterable<Alert<AlertRule>>) {
    return marked(alerts, this.#look(), this.#manners);
  }

  /** What stands of what a destination was told, to tell it again. */
  renewals(to: string): Notice[] {
    return this.#conduct.standing(to, this.#look(), MAX_RENEWED);
  }

  /** The names of all who can be told. */
  get destinations(): readonly string[] {
    return this.#manners.destinations;
  }

  /** Grows with each change of what is to be known after a start. */
  get version(): number {
    return this.#conduct.version + this.mutes.version;
  }

  /** What is to be known after a start. */
  state(): AlertsState {
    return { v: 1, mutes: this.mutes.list(), told: this.#conduct.records() };
  }

  /** Goes on from the state of an earlier start: nothing is told anew. */
  restore({ mutes, told }: AlertsState): void {
    this.mutes.restore(mutes);
    for (const record of told) {
      const rule = this.#rules.find(({ id }) => id === record.rule);
      if (rule === undefined) continue;
      const { key, isFlapping, stands } = record;
      const place = key === "" ? 0 : this.#fleet.host(key)?.slot ?? null;
      this.#conduct.restore(record, rule, place);
      if (place === null || !stands) continue;
      const sinceMs = record.sinceMs - this.#aheadMs();
      this.#engine.restore(rule.id, { key, place, sinceMs, isFlapping });
    }
  }

  get #wallMs(): number {
    return this.#nowMs + this.#aheadMs();
  }

  #look(): Look {
    const [fleet, nowMs, wallMs] = [this.#fleet, this.#nowMs, this.#wallMs];
    return {
      ...{ fleet, nowMs, wallMs },
      isMuted: this.mutes.test(fleet, nowMs),
      isSilent: (place) => !isHeard(fleet.index.status(place, nowMs)),
      describe: ({ rule, key, place, value }) => {
        const newest = this.#engine.valueOf(rule.id, place);
        return this.#describe(rule, key, Number.isNaN(newest) ? value : newest);
      },
    };
  }

  #describe(rule: AlertRule, key: string, value: number): string {
    return this.#signals.describe(rule, this.#fleet.host(key) ?? null, value, this.#nowMs);
  }

  #nameOf(key: string): string {
    return this.#fleet.host(key)?.name ?? key;
  }

  /** Logs what has changed in this round, and has it told. */
  #tell(): void {
    const changes = this.#changes;
    this.#changes = [];
    for (const change of changes) this.#conduct.take(change, this.#wallMs);
    this.#conduct.deliver(this.#look());
    for (const those of Map.groupBy(changes, ({ rule, what }) => `${what} ${rule.id}`).values()) {
      this.#logChanges(those);
    }
  }

  #logChanges(changes: readonly Change<AlertRule>[]): void {
    const [{ rule, what }] = changes as readonly [Change<AlertRule>];
    // Which hosts are offline, have left or were rebooted, the watch logs already.
    if (rule.id === OFFLINE.id || rule.isEvent || what === "gone") return;
    const hosts = changes.map(({ key, value }) => ({ key, name: this.#nameOf(key), value }));
    const lines = linesOf(
      hosts,
      ({ key, name, value }) =>
        lineOf(rule, what, [{ name, value: this.#describe(rule, key, value) }]),
      () => lineOf(rule, what, hosts.map(({ name }) => ({ name, value: "" }))),
    );
    for (const line of lines) this.#log[what === "recovered" ? "info" : "warn"](line);
  }
}
