/**
 * What is worth telling of any fleet, without a file: the rules that hold out of the box, with their
 * thresholds, holds and recoveries. A rule judges one number of the fleet's index. Pure.
 */
import type { SummaryMetric } from "../../message/metrics.ts";
import type { Rule } from "./engine.ts";

/** A rule over a metric of the catalogue; one that judges the status of hosts has none. */
export interface StockRule extends Rule {
  readonly metric: SummaryMetric | null;
  /** What is so of one host, and of several, in words that stand behind their names. */
  readonly words: readonly [one: string, several: string];
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/** A number that is high for minutes. */
const high = (metric: SummaryMetric, above: number, until: number, minutes: number) => ({
  ...{ id: metric, severity: "warning" as const, metric },
  ...{ above, until, holdMs: minutes * MINUTE, recoveryMs: 2 * MINUTE },
});

/** A host is silent; its other alerts wait then. One more look tells whether it is the only one. */
export const OFFLINE: StockRule = {
  ...{ id: "offline", severity: "critical", metric: null, words: ["is offline", "are offline"] },
  ...{ above: 0, holdMs: 5 * SECOND, until: 0, recoveryMs: 30 * SECOND },
};

/** More than half of the fleet is silent at once, in percent: then that is told, and not of each host. */
export const SILENCE: StockRule = {
  ...{ id: "fleet-silent", severity: "critical", metric: null },
  words: ["of all hosts are silent: look at this server's network first", ""],
  ...{ above: 50, holdMs: 0, until: 25, recoveryMs: 30 * SECOND },
};

/** The rules over numbers. */
export const METRIC_RULES: readonly StockRule[] = [
  { ...high("cpu", 95, 85, 10), words: ["has a busy CPU", "have a busy CPU"] },
  { ...high("memory", 95, 90, 5), words: ["is short of memory", "are short of memory"] },
  {
    ...high("volume", 90, 88, 5),
    words: ["has a volume that is nearly full", "have a volume that is nearly full"],
  },
  {
    ...{ ...high("volume", 97, 95, 1), id: "volume-full", severity: "critical" },
    words: ["has a volume that is full", "have a volume that is full"],
  },
  { ...high("swap", 80, 70, 10), words: ["uses most of its swap", "use most of their swap"] },
  {
    ...high("pressure", 60, 40, 10),
    words: ["has tasks that wait most of the time", "have tasks that wait most of the time"],
  },
  { ...high("temperature", 90, 80, 5), words: ["is hot", "are hot"] },
];
