/**
 * What each rule looks at, by place: a number of the fleet's index, of a host's newest message, or what
 * the server works out. And how a value is told, with the name of the device that it is of. Pure.
 */
import { type Device, DEVICES, fieldOf, metricOf, METRICS } from "../../catalogue.ts";
import { formatAge, formatClockOffset } from "../../common/format.js";
import { isHeard } from "../../common/status.js";
import type { LegacyMessage, Message, Metric } from "../../message/message.ts";
import { deviceReader, devicesIn, hostReader } from "../../message/metrics.ts";
import type { SummaryMetric } from "../../message/summary.ts";
import type { Fleet } from "../fleet/fleet.ts";
import type { Host } from "../fleet/host/host.ts";
import { hostMessage } from "../fleet/host/host_message.ts";
import { type HostRow, hostRow, presentRefusal } from "../fleet/host/row.ts";
import { EVERY_PLACE, type Turn, type Values } from "./engine/engine.ts";
import type { AlertRule, Signal, Troubles } from "./rule.ts";
import { EXTRA, formatValue, isOfFleet, isSignal } from "./rule.ts";
import { scopeTest } from "./scope.ts";
import { fillingText, silentShare, Tracks } from "./tracks.ts";

/** What is asked of the fleet, and of the server. */
export interface Observed {
  readonly fleet: Fleet;
  /** By how much the wall clock is ahead of the fleet's. */
  readonly aheadMs: () => number;
  readonly troubles: Troubles;
  /** Whether it is told that most of the fleet is silent. */
  readonly isSilent: () => boolean;
}

/** A rule looks at all hosts once in so many seconds. */
export const ROUND = 5;
/** The same where it costs more than a number of the index. */
const SLOW_ROUND = 12 * ROUND;
const SLOW: ReadonlySet<string> = new Set<Signal>(["refused", "sharedId", "clockOff"]);
/** Messages that are read in a second at the most, and the work of reading one and of asking an account. */
const [MESSAGES_PER_TURN, MESSAGE_WORK, ACCOUNT_WORK] = [200, 10, 0.5];

/** What stands of a host that said good-bye is kept so long. */
const LEFT_MS = 600_000;

/** The one place of a rule that is of the fleet as a whole. */
const FLEET = { places: 1, host: () => 1, key: () => "" };

type Read = (slot: number, nowMs: number) => number;

/** What the rules look at. */
export class Signals {
  readonly #observed: Observed;
  #tracks = new Tracks();
  /** Which hosts are offline, as of the last look. */
  #silent = new Float64Array(0);
  readonly #messages = new Map<number, Message | LegacyMessage>();

  constructor(observed: Observed) {
    this.#observed = observed;
  }

  /** Begins a turn, part by part. */
  begin(nowMs: number): Generator<void> {
    this.#messages.clear();
    return this.#tracks.follow(this.#observed.fleet.index, turnOf(ROUND, nowMs), nowMs);
  }

  /** Forgets what it remembers of hosts. */
  restart(): void {
    this.#tracks = new Tracks();
  }

  /**
   * At which places the n-th rule is to look now; `null` for none. Numbers of the index are looked at all at
   * once, rule by rule, so that what happens at one time is told at one; what costs more place by place.
   */
  turn({ of }: AlertRule, n: number, nowMs: number): Turn | null {
    const isFast = (isSignal(of) && !SLOW.has(of)) || columnOf(of) !== null;
    if (isFast) return Math.floor(nowMs / 1_000) % ROUND === n % ROUND ? EVERY_PLACE : null;
    const { slots } = this.#observed.fleet.index;
    const messages = Math.max(ROUND, Math.ceil(slots / MESSAGES_PER_TURN));
    return turnOf(SLOW.has(of) ? SLOW_ROUND : messages, nowMs);
  }

  /** What a rule judges; part by part where hosts are counted for it. */
  *valuesOf(rule: AlertRule, nowMs: number): Generator<void, Values> {
    const { of, scope } = rule;
    if (of === "silentShare") {
      const share = yield* silentShare(this.#observed.fleet.index, nowMs);
      return { ...FLEET, value: () => share };
    }
    if (isOfFleet(rule)) return { ...FLEET, value: () => this.#ofFleet(of as Signal, nowMs) };
    const { fleet, fleet: { index } } = this.#observed;
    const isFor = scope === null ? null : scopeTest(scope, fleet, nowMs);
    const key = (slot: number) => index.host(slot)!.key;
    const hasLeft = (slot: number) =>
      index.status(slot, nowMs) === "left" && nowMs - index.lastSeenMs[slot]! > LEFT_MS;
    const host = (slot: number) => {
      if (index.host(slot) === null || hasLeft(slot)) return 0;
      return isFor?.(rule.id, key(slot), slot) === false ? 0 : index.entry[slot]!;
    };
    const places = index.slots;
    const values = { places, host, key };
    if (of === "offline") {
      if (this.#silent.length < places) this.#silent = new Float64Array(2 * places);
      const column = this.#silent;
      // While most of the fleet is silent, nothing is known of a single host.
      const mark = this.#observed.isSilent() ? NaN : 1;
      const write = (from: number, to: number) => index.writeOffline(column, mark, nowMs, from, to);
      return { ...values, column, write, value: (slot) => column[slot]! };
    }
    const column = this.#column(of);
    const read = column === null ? this.#reader(rule, host) : (slot: number) => column[slot]!;
    const work = column === null ? SLOW.has(of) ? ACCOUNT_WORK : MESSAGE_WORK : undefined;
    const isKnown = (slot: number) =>
      index.host(slot) !== null && isHeard(index.status(slot, nowMs));
    const value = (slot: number) => isKnown(slot) ? read(slot, nowMs) : NaN;
    return { ...values, column: column ?? undefined, value, work };
  }

  #column(of: string): Float64Array | null {
    if (of === "rebooted" || of === "lostShare" || of === "timeToFull") return this.#tracks[of];
    const metric = columnOf(of);
    return metric === null ? null : this.#observed.fleet.index.metric(metric);
  }

  #reader({ of, side }: AlertRule, judged: Values["host"]): Read {
    const { fleet, aheadMs } = this.#observed;
    const { accounts, refusals } = fleet.index;
    const host = (slot: number) => fleet.index.host(slot)!;
    const hasSession = (slot: number) => host(slot).session !== null;
    switch (of) {
      case "refused":
        return (slot, nowMs) =>
          Number(refusals.has(slot) && presentRefusal(host(slot), nowMs) !== null);
      case "sharedId":
        return (slot) => Number(accounts.isShared(slot) && hasSession(slot));
      case "clockOff":
        return (slot) =>
          hasSession(slot) ? Math.abs(accounts.clockOffsetOf(slot) + aheadMs()) : NaN;
    }
    const [read, sure] = [messageReader(of, side), flagReader(of)];
    return (slot) =>
      judged(slot) === 0 ? NaN : sure?.(host(slot).text) ?? read(this.#message(slot)) ?? NaN;
  }

  #message(slot: number): Message | LegacyMessage {
    const known = this.#messages.get(slot) ?? hostMessage(this.#observed.fleet.index.host(slot)!);
    this.#messages.set(slot, known);
    return known;
  }

  #ofFleet(of: Signal, nowMs: number): number {
    const read = this.#observed.troubles[of];
    return read === undefined ? NaN : Number(read(nowMs) !== null);
  }

  /** A value of a rule in words, with what it is of; empty where the rule says it all. */
  describe(rule: AlertRule, host: Host | null, value: number, nowMs: number): string {
    const { of } = rule;
    if (host === null) {
      return this.#observed.troubles[of as Signal]?.(nowMs) ?? formatValue(rule, value);
    }
    const row = () => hostRow(host, nowMs);
    switch (of) {
      case "offline": {
        const refused = presentRefusal(host, nowMs);
        const why = refused === null ? "" : `; its datagrams are refused: ${refused.reason}`;
        return `last heard ${formatAge(nowMs - host.lastSeenMs)} ago${why}`;
      }
      case "refused":
        return presentRefusal(host, nowMs)?.reason ?? "";
      case "sharedId":
        return row().sharedWith ?? "";
      case "rebooted":
        return `up ${formatAge(1_000 * (row().uptimeSeconds ?? NaN))}`;
      case "clockOff":
        return formatClockOffset(host.timing?.clockOffsetFrom(this.#observed.aheadMs()));
      case "timeToFull":
        return [row().volumeMount, fillingText(this.#tracks.filling(host.slot))].join(" ").trim();
    }
    const name = nameReader(of)?.(row()) ?? deviceName(of, hostMessage(host), value);
    return [formatValue(rule, value), name].filter(Boolean).join(", ");
  }
}

function turnOf(step: number, nowMs: number): Turn {
  return { first: Math.floor(nowMs / 1_000) % step, step };
}

/** Metrics that the index has a column of. */
function columnOf(of: string): SummaryMetric | null {
  return METRICS.some(({ id, sort, past, bar }) => id === of && (sort || past || bar))
    ? of as SummaryMetric
    : null;
}

/** What reads off a text that a flag is not in it, or not set, where a metric is one: most often that is all. */
function flagReader(of: string): ((text: string) => number | null) | null {
  const row = METRICS.find(({ id, unit, path }) => id === of && unit === "flag" && path);
  if (row === undefined) return null;
  const set = new RegExp(`"${fieldOf(row)}":\\s*1`);
  const name = `"${fieldOf(row)}":`;
  return (text) => !text.includes(name) ? NaN : set.test(text) ? null : 0;
}

/** What reads a number of a host off its message; of several devices the one that is worst. */
function messageReader(
  of: string,
  side: AlertRule["side"],
): (message: Message | LegacyMessage) => Metric {
  if (of.startsWith(EXTRA)) {
    const name = of.slice(EXTRA.length);
    return (message) =>
      message.v === 1 && Object.hasOwn(message.extra ?? {}, name) ? message.extra![name]! : null;
  }
  const row = metricOf(of);
  if (row.kind === "host") {
    const read = hostReader(row);
    return (message) => message.v === 1 ? read(message) : null;
  }
  const [kind, read] = [row.kind, deviceReader(row)];
  const worst = side === "above" ? Math.max : Math.min;
  return (message) => {
    if (message.v !== 1) return null;
    const values = devicesIn(message, kind).map(read).filter((value) => value !== null);
    return values.length === 0 ? null : worst(...values);
  };
}

/** The device of which a metric has a value; `null` where that is no device's. */
function deviceName(of: string, message: Message | LegacyMessage, value: number): string | null {
  const row = METRICS.find(({ id }) => id === of);
  const key = row === undefined || row.kind === "host" ? null : DEVICES[row.kind].key;
  if (message.v !== 1 || key === null) return null;
  const read = deviceReader(row!);
  const device = devicesIn(message, row!.kind as Device).find((device) => read(device) === value);
  return (device as Readonly<Record<string, string>> | undefined)?.[key] ?? null;
}

/** The field of a row that names what a metric is of. */
function nameReader(of: string): ((row: HostRow) => string | null) | null {
  const from = METRICS.find(({ id }) => id === of)?.from;
  if (from === undefined || !("names" in from)) return null;
  return (row) => row[from.names as "volumeMount"];
}
