/**
 * What a rule is besides its thresholds: what it looks at, of which hosts, and in which words it is told.
 * Log, API, page and messages take their words from here. Pure.
 */
import { metricOf, METRICS, type Unit } from "../../catalogue.ts";
import { formatCount, formatDuration, FORMATS } from "../../common/format.js";
import { cleanText } from "../../common/text.js";
import type { Outcome, Rule } from "./engine/engine.ts";
import type { Scope } from "./scope.ts";

/** What the server works out of a host, or of the fleet as a whole, beside what messages say. */
export const SIGNALS = {
  offline: { unit: "flag", label: "offline", isOfFleet: false },
  rebooted: { unit: "flag", label: "booted within 10m", isOfFleet: false },
  timeToFull: { unit: "seconds", label: "time until the fullest volume is full", isOfFleet: false },
  lostShare: { unit: "percent", label: "datagrams lost within 5m", isOfFleet: false },
  refused: { unit: "flag", label: "sealed datagrams refused", isOfFleet: false },
  sharedId: { unit: "flag", label: "several agents under one id", isOfFleet: false },
  clockOff: { unit: "milliseconds", label: "clock off the server's", isOfFleet: false },
  silentShare: { unit: "percent", label: "hosts silent", isOfFleet: true },
  kernelDrops: { unit: "flag", label: "datagrams dropped within 1m", isOfFleet: true },
  storePaused: { unit: "flag", label: "writing is paused", isOfFleet: true },
  recordOmitted: { unit: "flag", label: "datagrams left out within 1m", isOfFleet: true },
  logDropped: { unit: "flag", label: "lines left out within 1m", isOfFleet: true },
  notTold: { unit: "flag", label: "a destination fails", isOfFleet: true },
  fileWrong: { unit: "flag", label: "the file is wrong", isOfFleet: true },
} as const satisfies Readonly<Record<string, SignalFacts>>;

interface SignalFacts {
  readonly unit: Unit;
  readonly label: string;
  readonly isOfFleet: boolean;
}

/** The name of one. */
export type Signal = keyof typeof SIGNALS;

/** What the server notices of itself, in words; `null` while there is nothing, absent where it cannot be known. */
export type Troubles = Partial<Record<Signal, (nowMs: number) => string | null>>;

/** Prefix of the name of a custom metric. */
export const EXTRA = "extra.";

/** A rule that can be told of. */
export interface AlertRule extends Rule {
  /** A signal, the id of a metric of the catalogue, or a custom metric after `extra.`. */
  readonly of: string;
  /** What is so of one host, and of several, in words that stand behind their names. */
  readonly words: readonly [one: string, several: string];
  /** The hosts that it is for; all where it is `null`. */
  readonly scope: Scope | null;
  /** Whether it happens and is over: then nobody is told of its end. */
  readonly isEvent?: boolean;
}

/** What stands for a rule that is not in the file any more: of what was told of it, the end is still to be told. */
export function goneRule(id: string): AlertRule {
  const bounds = { side: "above", limit: 0, until: 0, holdMs: 0, recoveryMs: 0 } as const;
  return { id, of: EXTRA + id, severity: "warning", words: ["", ""], scope: null, ...bounds };
}

/** Whether a name is that of a signal. */
export function isSignal(name: string): name is Signal {
  return Object.hasOwn(SIGNALS, name);
}

/** What the value of a rule counts. */
export function unitOf({ of }: Pick<AlertRule, "of">): Unit {
  if (isSignal(of)) return SIGNALS[of].unit;
  return of.startsWith(EXTRA) ? "number" : metricOf(of).unit;
}

/** Whether a rule is of the fleet as a whole. */
export function isOfFleet({ of }: Pick<AlertRule, "of">): boolean {
  return isSignal(of) && SIGNALS[of].isOfFleet;
}

/** A value of a rule as it is written; empty where a rule is told by its words alone. */
export function formatValue(rule: Pick<AlertRule, "of">, value: number): string {
  const unit = unitOf(rule);
  if (Number.isNaN(value) || unit === "flag") return "";
  return FORMATS[unit](value);
}

/** When a rule fires, and when it ends. */
export function describeRule(rule: AlertRule): readonly [fires: string, ends: string] {
  const { of, side, limit, until, holdMs, recoveryMs } = rule;
  const hold = (text: string, ms: number) => ms === 0 ? text : `${text} for ${formatDuration(ms)}`;
  const name = isSignal(of) ? SIGNALS[of].label : METRICS.find(({ id }) => id === of)?.label ?? of;
  if (unitOf(rule) === "flag") {
    const ends = recoveryMs === 0 ? "is over" : `has been over for ${formatDuration(recoveryMs)}`;
    return [hold(name, holdMs), `when that ${ends}`];
  }
  const format = FORMATS[unitOf(rule)];
  const beyond = side === "above" ? "or below" : "or above";
  return [
    hold(`${name} ${side} ${format(limit)}`, holdMs),
    hold(`at ${format(until)} ${beyond}`, recoveryMs),
  ];
}

/** A host that a line is about. */
export interface ToldHost {
  readonly name: string;
  readonly value: string;
}

/** Of so many hosts at the most a line has the names. */
const MAX_NAMES = 3;

/** What a line begins with, by what has become of an alert. */
const BEGINNINGS = {
  ...{ fired: "", flapping: "", recovered: " ended", gone: " ended", reminder: " still stands" },
} as const;

/** What is told of an alert that is not told again for a while. */
const FLAPPING = ", again and again: not told until it has been calm for an hour";

/** One line of what has become of one rule for some hosts, of which the first few are given; the fleet as a whole has no name. */
export function lineOf(
  rule: Pick<AlertRule, "id" | "of" | "words">,
  what: Outcome | "reminder",
  hosts: readonly ToldHost[],
  count = hosts.length,
): string {
  const { id, words: [one, several] } = rule;
  const beginning = `Alert ${id}${BEGINNINGS[what]}`;
  const [{ name, value }] = hosts as readonly [ToldHost];
  const isEnd = BEGINNINGS[what] === " ended";
  const end = what === "flapping" ? FLAPPING : "";
  if (name === "" && isEnd) return beginning;
  if (name === "") {
    const words = unitOf(rule) === "flag" ? `${one}${inBrackets(value)}` : `${value} ${one}`;
    return cleanText(`${beginning}: ${words}${end}`);
  }
  if (count === 1) {
    const state = isEnd ? name : `${name} ${one}${inBrackets(value)}`;
    return cleanText(`${beginning}: ${state}${end}`);
  }
  const more = count > MAX_NAMES ? ` and ${formatCount(count - MAX_NAMES)} more` : "";
  const names = hosts.slice(0, MAX_NAMES).map(({ name }) => name).join(", ") + more;
  const all = `${formatCount(count)} hosts`;
  return cleanText(`${beginning}: ${isEnd ? all : `${all} ${several}`}: ${names}${end}`);
}

function inBrackets(value: string): string {
  return value === "" ? "" : ` (${value})`;
}
