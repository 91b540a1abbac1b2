/** A fleet whose hosts are heard each second, and what its alerts say and tell. */
import {
  Alerts,
  type AlertsState,
  type AlertsSurroundings,
} from "../../../lib/server/alerts/alerts.ts";
import { type Manners, NO_MANNERS } from "../../../lib/server/alerts/manners.ts";
import type { AlertRows, MarkedAlert, Visit } from "../../../lib/server/alerts/queue.ts";
import type { Notice } from "../../../lib/server/alerts/notice.ts";
import { encodeMessage } from "../../../lib/message/encode.ts";
import type { Message } from "../../../lib/message/message.ts";
import { Fleet } from "../../../lib/server/fleet/fleet.ts";
import { sampleOf } from "../../messages.ts";

const SENDER = { hostname: "192.0.2.1", port: 4_000 };
/** A Thursday, 12:00 in UTC. */
export const NOON_MS = Date.UTC(2026, 10, 26, 12);

/** A server of a test, which is told each second. */
export class Watched {
  readonly fleet: Fleet;
  readonly lines: string[] = [];
  readonly told: (readonly [to: string, notice: Notice])[] = [];
  readonly alerts: Alerts;
  nowMs = 0;
  /** By how much the wall clock is ahead. */
  aheadMs = NOON_MS;
  readonly #seqs = new Map<string, number>();
  readonly #startedMs: number;

  constructor(
    given: Partial<AlertsSurroundings> = {},
    open = (given: AlertsSurroundings) => new Alerts(given),
  ) {
    this.#startedMs = given.startedMs ?? 0;
    const note = <T>(line: T): T => {
      this.lines.push(String(line));
      return line;
    };
    this.fleet = given.fleet ?? new Fleet({ maxHosts: 1_000, historyMs: 60_000, nowMs: 0 });
    this.alerts = open({
      ...{ fleet: this.fleet, startedMs: 0, aheadMs: () => this.aheadMs },
      log: { info: note, warn: note },
      teller: { tell: (to, notice) => this.told.push([to.join(), notice]) },
      ...given,
    });
  }

  /** For some seconds these hosts are heard, with changes of their samples. */
  hear(seconds: number, hosts: readonly string[], changes: object = {}): this {
    for (let second = 0; second < seconds; second++) {
      this.nowMs += 1_000;
      for (const id of hosts) this.send(id, changes);
      this.alerts.tick(this.nowMs);
    }
    return this;
  }

  /** A host is heard. */
  send(id: string, changes: object = {}): void {
    const message = { ...sampleOf({ cores: 1, volumes: 1, interfaces: 1 }), ...changes };
    const seq = (this.#seqs.get(id) ?? 0) + 1;
    this.#seqs.set(id, seq);
    const head = { id, host: id, interval: 1_000, seq, time: this.nowMs + this.aheadMs };
    const bytes = encodeMessage(
      { ...message, ...head, session: `${id}-${this.#startedMs}`, ...changes } as Message,
    );
    this.fleet.receive(bytes, SENDER, this.nowMs);
  }

  /** The alerts that stand: rule, host, and whether it flaps or is muted. */
  get standing(): string[] {
    return this.alerts.standing().map(({ rule, key, isFlapping, isMuted }) =>
      [
        rule.id,
        this.fleet.host(key)?.name ?? key,
        isFlapping ? "flapping" : "",
        isMuted ? "muted" : "",
      ].filter(Boolean).join(
        " ",
      )
    );
  }

  /** What has been told since it was asked last: to whom, what, and which hosts. */
  takeTold(): string[] {
    return this.told.splice(0).map(([to, { what, rule, hosts }]) =>
      [`${to}:`, what, rule, ...hosts.map(({ name }) => name)].join(" ")
    );
  }
}

/** What is known of alerts after a start, as its file has it. */
export function stateOf(alerts: Alerts): AlertsState {
  const steps = alerts.state();
  for (;;) {
    const { value, done } = steps.next();
    if (!done) continue;
    const { mutes, told } = value;
    return JSON.parse(JSON.stringify({ mutes, told: [...told] }));
  }
}

/** Manners by which one destination is told of everything. */
export const TO_CHAT: Manners = {
  ...NO_MANNERS,
  destinations: ["chat"],
  tell: [{ to: ["chat"], severity: "warning", scope: null }],
};
/** Names of hosts. */
export const names = (count: number) => Array.from({ length: count }, (_, n) => `web-${n}`);
/** A CPU that is busy. */
export const busy = { cpu: { mean: 99, cores: [99], iowait: 0, steal: 0 } };

/** What hands over some alerts, one after the other. */
export function visitOf(alerts: readonly MarkedAlert[]): Visit {
  const rows: AlertRows = {
    key: { get: (row) => alerts[row]!.key },
    sinceMs: { get: (row) => alerts[row]!.sinceMs },
    at: (row) => alerts[row]!,
  };
  return (take) => alerts.forEach(({ rule, isMuted }, row) => take(rule, isMuted, rows, row));
}
