/**
 * What is worth telling of any fleet, without a file: the rules that hold out of the box, with their
 * thresholds, holds and recoveries. Pure.
 */
import type { Rule } from "./engine/engine.ts";
import type { AlertRule, Signal } from "./rule.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR_S = 3_600;

type Words = AlertRule["words"];
type Bounds = Partial<Pick<Rule, "id" | "severity" | "holdMs" | "recoveryMs">>;

/** A number that is high for minutes. */
function high(of: string, limit: number, until: number, minutes: number, more: Bounds = {}) {
  const times = { holdMs: minutes * MINUTE, recoveryMs: 2 * MINUTE };
  return {
    id: of,
    of,
    severity: "warning",
    scope: null,
    side: "above",
    limit,
    until,
    ...times,
    ...more,
  } as const;
}

/** What is so or is not. */
function state(id: string, of: Signal, words: Words, more: Bounds = {}): AlertRule {
  const times = { holdMs: MINUTE, recoveryMs: MINUTE };
  const bounds = { severity: "warning", side: "above", limit: 0, until: 0 } as const;
  return { id, of, words, scope: null, ...bounds, ...times, ...more };
}

/** More than half of the fleet is silent at once, in percent: then that is told, and not of each host. */
export const SILENCE: AlertRule = {
  ...high("silentShare", 50, 25, 0, { id: "fleet-silent", severity: "critical" }),
  recoveryMs: 30 * SECOND,
  words: ["of all hosts are silent: look at this server's network first", ""],
};

/** A host is silent; its other alerts wait then. One more look tells whether it is the only one. */
export const OFFLINE: AlertRule = state("offline", "offline", ["is offline", "are offline"], {
  ...{ severity: "critical", holdMs: 5 * SECOND, recoveryMs: 30 * SECOND },
});

/** Of this server: what it notices of itself is over once nothing of the kind was for some minutes. */
const own = (id: string, of: Signal, words: string): AlertRule =>
  state(id, of, [words, ""], { holdMs: 0, recoveryMs: 5 * MINUTE });

/** Every rule, in the order in which they are looked at. */
export const STOCK: readonly AlertRule[] = [
  SILENCE,
  OFFLINE,
  {
    ...state("rebooted", "rebooted", ["has rebooted", "have rebooted"]),
    ...{ holdMs: 0, recoveryMs: 0, isEvent: true },
  },
  { ...high("cpu", 95, 85, 10), words: ["has a busy CPU", "have a busy CPU"] },
  { ...high("memory", 95, 90, 5), words: ["is short of memory", "are short of memory"] },
  {
    ...high("volume", 90, 88, 5),
    words: ["has a volume that is nearly full", "have a volume that is nearly full"],
  },
  {
    ...high("volume", 97, 95, 1, { id: "volume-full", severity: "critical" }),
    words: ["has a volume that is full", "have a volume that is full"],
  },
  {
    ...high("timeToFull", 12 * HOUR_S, 24 * HOUR_S, 20, { id: "volume-filling" }),
    ...{ side: "below", recoveryMs: 20 * MINUTE },
    words: ["has a volume that is filling up", "have a volume that is filling up"],
  },
  {
    ...high("volumeReadOnly", 0, 0, 1, { id: "read-only", severity: "critical" }),
    words: ["has a filesystem that cannot be written", "have a filesystem that cannot be written"],
  },
  { ...high("swap", 80, 70, 10), words: ["uses most of its swap", "use most of their swap"] },
  {
    ...high("pressure", 60, 40, 10),
    words: ["has tasks that wait most of the time", "have tasks that wait most of the time"],
  },
  { ...high("temperature", 90, 80, 5), words: ["is hot", "are hot"] },
  {
    ...high("lostShare", 5, 2, 0, { id: "datagrams-lost", recoveryMs: 0 }),
    words: ["loses datagrams on the way", "lose datagrams on the way"],
  },
  state("refused", "refused", [
    "sends datagrams that are refused",
    "send datagrams that are refused",
  ]),
  state("shared-id", "sharedId", [
    "shares its id with another agent",
    "share their ids with other agents",
  ], {
    recoveryMs: 10 * MINUTE,
  }),
  {
    ...high("clockOff", 30 * SECOND, 10 * SECOND, 5, { id: "clock-off" }),
    words: ["has a clock that is off", "have clocks that are off"],
  },
  own(
    "kernel-drops",
    "kernelDrops",
    "the kernel drops datagrams: this server is too slow, or its buffer too small",
  ),
  own("store-paused", "storePaused", "history is not written"),
  own("record-omitted", "recordOmitted", "the record leaves datagrams out"),
  own("log-dropped", "logDropped", "lines of the log are left out"),
  own("not-told", "notTold", "alerts cannot be told"),
  own("alerts-file", "fileWrong", "the alerts file is wrong; the previous rules hold"),
];
