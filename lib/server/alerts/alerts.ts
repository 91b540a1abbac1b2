/**
 * Looks at the fleet for what is out of the ordinary, keeps the alerts that stand, logs each change once,
 * and has it told. It looks at every rule once in five seconds, in turns, and step by step, so that
 * whoever has a clock can let others go first; what has changed is told when all had their turn. Pure: it
 * is told the time.
 */
import type { Log } from "../../common/log.ts";
import { NOTHING, type Queue, type ShownAlert } from "../../common/alerts.js";
import { isHeard } from "../../common/status.js";
import type { Fleet } from "../fleet/fleet.ts";
import type { Observer } from "../parts.ts";
import { AlertLog } from "./alert_log.ts";
import { Conduct, type Look } from "./conduct.ts";
import { AlertEngine, type TakeChange } from "./engine/engine.ts";
import type { ToldRecord } from "./engine/told.ts";
import { type JudgedRule, type Manners, NO_MANNERS, worseRules } from "./manners.ts";
import { type Mute, Mutes } from "./mutes.ts";
import { keysOf, marked, type MarkedAlert, queueOf, showAlert } from "./queue.ts";
import { type Only, worstOf } from "./queue.ts";
import type { Grouped, Notice, Teller } from "./notice.ts";
import { type AlertRule, goneRule, type Troubles } from "./rule.ts";
import { ROUND, Signals } from "./signals.ts";
import { SILENCE, STOCK } from "./stock.ts";

/** After a start hosts have so long to be heard; of so many hosts of a rule it is told again what stands. */
const [GRACE_MS, MAX_RENEWED] = [60_000, 10_000];

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

/** What is to be known after a start. */
export type AlertsState = { readonly mutes: readonly Mute[]; readonly told: Iterable<ToldRecord> };

/** The alerts of one server. */
export class Alerts implements Observer {
  readonly name = "alerts";
  readonly #fleet: Fleet;
  readonly #log: Pick<Log, "info" | "warn">;
  readonly #aheadMs: () => number;
  readonly #signals: Signals;
  readonly #conduct: Conduct;
  readonly mutes = new Mutes(() => this.wallMs, () => this.#rules);
  /** Why the alerts file is not as it was read last; `null` where it is. */
  problem: string | null = null;
  #rules = STOCK;
  #engine: AlertEngine<AlertRule>;
  #manners = NO_MANNERS;
  #startMs: number;
  #nowMs: number;
  /** What is left of a look, and how many steps there were. */
  #rest: Iterator<unknown> | null = null;
  #steps = 0;
  /** The queue, and for which step and mutes it was made. */
  #queue: readonly [of: string, queue: Queue] = ["", NOTHING];
  /** What has changed in this round. */
  readonly #lines = new AlertLog();

  constructor({ fleet, log, startedMs, ...given }: AlertsSurroundings) {
    const { aheadMs = () => 0, troubles = {}, teller = { tell() {} } } = given;
    this.#fleet = fleet;
    this.#log = log;
    this.#aheadMs = aheadMs;
    this.#conduct = new Conduct(teller);
    this.#engine = new AlertEngine(STOCK, this.#take);
    this.#startMs = this.#nowMs = startedMs;
    const isSilent = () => this.#engine.stands(SILENCE.id, 0);
    const own = { fileWrong: () => this.problem, ...troubles };
    this.#signals = new Signals({ fleet, aheadMs, troubles: own, isSilent });
  }

  /** Goes by these rules, and tells by these manners, from now on. */
  use(rules: readonly AlertRule[], manners: Manners): void {
    this.finish();
    this.#rules = rules;
    this.#manners = manners;
    this.#engine.use(rules);
    this.#conduct.use(rules, manners);
  }

  /** Begins anew at a time, as the fleet does. */
  restart(nowMs: number): void {
    this.#startMs = this.#nowMs = nowMs;
    this.#engine = new AlertEngine(this.#rules, this.#take);
    this.#rest = null;
    this.#lines.clear();
    this.#signals.restart();
    this.#conduct.restart();
  }

  tick(nowMs: number): void {
    this.begin(nowMs);
    this.finish();
  }

  /** Begins a look, and ends the one before; {@link goOn} does one step of it after the other. */
  begin(nowMs: number): void {
    this.finish();
    this.#nowMs = nowMs;
    if (nowMs - this.#startMs >= GRACE_MS) this.#rest = this.#stepsOf(nowMs);
  }

  /** Does one step of the present look; whether there is more of it. */
  goOn(): boolean {
    this.#steps++;
    if (this.#rest?.next().done) this.#rest = null;
    return this.#rest !== null;
  }

  /** Does all that is left of the present look. */
  finish(): void {
    while (this.#rest !== null) this.goOn();
  }

  *#stepsOf(nowMs: number): Generator<void> {
    if (this.#rules.length > 0) yield* this.#signals.begin(nowMs);
    for (const [n, rule] of this.#rules.entries()) {
      const turn = this.#signals.turn(rule, n, nowMs);
      if (turn === null) continue;
      const values = yield* this.#signals.valuesOf(rule, nowMs);
      yield* this.#engine.look(rule.id, values, nowMs, turn);
    }
    if (Math.floor(nowMs / 1_000) % ROUND === ROUND - 1) yield* this.#tell();
  }

  close(): void {}

  /** Those that stand, the worst first, so many at the most; a silent host's others wait. */
  standing(most = Infinity): MarkedAlert[] {
    return worstOf(this.#marked(), most);
  }

  /** The keys of the hosts of all of them, rule by rule. */
  get keys(): ReadonlyMap<AlertRule, readonly string[]> {
    return keysOf(this.#marked());
  }

  /** The same for who has room for a few: the same object until the next look or mute. */
  get queue(): Queue {
    const of = `${this.#nowMs} ${this.#steps} ${this.mutes.version}`;
    if (this.#queue[0] !== of) this.#queue = [of, this.#queueOf()];
    return this.#queue[1];
  }

  /** The queue of one host. */
  of(host: string): Queue {
    return this.#queueOf(this.#fleet.host(host) ?? { key: host, slot: -1 });
  }

  /** An alert in words. */
  show(alert: MarkedAlert): ShownAlert {
    const { rule, key, value } = alert;
    return showAlert(alert, this.#nameOf(key), this.#describe(rule, key, value));
  }

  #queueOf(only?: Only): Queue {
    return queueOf(this.#marked(only), this.mutes.list(), (alert) => this.show(alert));
  }

  #marked(only?: Only) {
    return marked(this.#engine, this.#look(), this.#manners, only);
  }

  /** What stands of what a destination was told, to tell it again, part by part; `null` while it is looked for. */
  renewals(to: string): Iterable<Notice | null> {
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

  /** What is to be known after a start, step by step: as it is until the next look. */
  *state(): Generator<void, AlertsState> {
    const told = yield* this.#conduct.records();
    return { mutes: this.mutes.list(), told };
  }

  /** Goes on from the state of an earlier start: nothing is told anew. */
  restore({ mutes, told }: AlertsState): void {
    this.mutes.restore(mutes);
    for (const record of told) {
      const rule = this.#rules.find(({ id }) => id === record.rule);
      const { key, isFlapping, stands } = record;
      const slot = key === "" ? 0 : this.#fleet.host(key)?.slot;
      const place = rule === undefined ? null : slot ?? null;
      this.#conduct.restore(record, rule ?? goneRule(record.rule), place);
      if (rule === undefined || place === null || !stands) continue;
      const sinceMs = record.sinceMs - this.#aheadMs();
      const host = key === "" ? 1 : this.#fleet.index.entry[place]!;
      this.#engine.restore(rule.id, host, { key, place, sinceMs, isFlapping });
    }
  }

  /** What the wall clock said at the last look. */
  get wallMs() {
    return this.#nowMs + this.#aheadMs();
  }

  #look(): Look {
    const [fleet, engine, nowMs, wallMs] = [this.#fleet, this.#engine, this.#nowMs, this.wallMs];
    const isMuted = this.mutes.test(fleet, nowMs);
    const outdone = (rule: JudgedRule) => {
      const worse = worseRules(this.#rules, rule);
      if (worse.length === 0) return () => false;
      return (key: string, place: number) =>
        worse.some(({ id }) => engine.stands(id, place) && !isMuted(id, key, place));
    };
    return {
      ...{ fleet, nowMs, wallMs, isMuted, outdone },
      isSilent: (place) => !isHeard(fleet.index.status(place, nowMs)),
      describe: ({ rule, key, place, value }) => {
        const newest = engine.valueOf(rule.id, place);
        return this.#describe(rule, key, Number.isNaN(newest) ? value : newest);
      },
    };
  }

  #describe(rule: AlertRule, key: string, value: number): string {
    return this.#signals.describe(rule, this.#fleet.host(key) ?? null, value, this.#nowMs);
  }

  readonly #nameOf = (key: string) => this.#fleet.host(key)?.name ?? key;

  readonly #take: TakeChange<AlertRule> = (rule, what, key, place, value) => {
    this.#conduct.take(rule, what, key, place, value, this.wallMs);
    this.#lines.add(rule, what, key, place, value);
  };

  /** Has told what is due, and logs what has changed in this round. */
  *#tell(): Generator<void> {
    yield* this.#conduct.deliver(this.#look());
    const describe = ({ rule, key, value }: Grouped<AlertRule>) => this.#describe(rule, key, value);
    this.#lines.write(this.#log, this.#nameOf, describe);
  }
}
