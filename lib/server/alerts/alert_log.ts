/**
 * What the log tells of alerts: each change once, and of many that one round has in common one line. Pure.
 */
import type { Log } from "../../common/log.ts";
import { linesOf } from "../parts.ts";
import type { Outcome } from "./engine/engine.ts";
import { type Grouped, RuleGroups } from "./notice.ts";
import { type AlertRule, lineOf } from "./rule.ts";

/** One more than get a line each. */
const MAX_FIRST = 4;

/** The changes of one round. */
export class AlertLog {
  readonly #groups = new Map<string, RuleGroups<AlertRule, Outcome>>();

  /** Takes what has become of one. */
  add(rule: AlertRule, what: Outcome, key: string, place: number, value: number): void {
    // Which hosts are offline, have left or were rebooted, the watch logs already.
    if (rule.of === "offline" || rule.isEvent || what === "gone") return;
    let groups = this.#groups.get(rule.id);
    if (groups === undefined) {
      this.#groups.set(rule.id, groups = new RuleGroups<AlertRule, Outcome>(rule, MAX_FIRST));
    }
    groups.add("", what, key, place, value, NaN);
  }

  /** Forgets them. */
  clear(): void {
    this.#groups.clear();
  }

  /** Logs them, with the names of hosts by their keys, and their values in words; and forgets them. */
  write(
    log: Pick<Log, "info" | "warn">,
    nameOf: (key: string) => string,
    describe: (alert: Grouped<AlertRule>) => string,
  ): void {
    for (const { what, first, count } of this.#groups.values().flatMap(({ all }) => all)) {
      const { rule } = first[0]!;
      const hosts = first.map((alert) => ({ name: nameOf(alert.key), alert }));
      const lines = linesOf(
        hosts,
        ({ name, alert }) => lineOf(rule, what, [{ name, value: describe(alert) }]),
        () => lineOf(rule, what, hosts.map(({ name }) => ({ name, value: "" })), count),
      );
      for (const line of lines) log[what === "recovered" ? "info" : "warn"](line);
    }
    this.#groups.clear();
  }
}
