/**
 * What the log tells of alerts: each change once, and of many that one look has in common one line. Pure.
 */
import type { Log } from "../../common/log.ts";
import { linesOf } from "../parts.ts";
import type { Change } from "./engine/engine.ts";
import { type AlertRule, lineOf } from "./rule.ts";

/** What has become of some alerts of one rule: how many, and those of them that have names in a line. */
interface Group {
  count: number;
  readonly first: Change<AlertRule>[];
}

/** One more than get a line each. */
const MAX_FIRST = 4;

/** The changes of one look. */
export class AlertLog {
  readonly #groups = new Map<string, Group>();

  /** Takes one. */
  add(change: Change<AlertRule>): void {
    const { rule, what } = change;
    // Which hosts are offline, have left or were rebooted, the watch logs already.
    if (rule.of === "offline" || rule.isEvent || what === "gone") return;
    const id = `${what} ${rule.id}`;
    const group = this.#groups.get(id) ?? { count: 0, first: [] };
    this.#groups.set(id, group);
    group.count++;
    if (group.first.length < MAX_FIRST) group.first.push(change);
  }

  /** Logs them, with the names of hosts by their keys, and their values in words. */
  write(
    log: Pick<Log, "info" | "warn">,
    nameOf: (key: string) => string,
    describe: (change: Change<AlertRule>) => string,
  ): void {
    for (const { count, first } of this.#groups.values()) {
      const { rule, what } = first[0]!;
      const hosts = first.map((change) => ({ name: nameOf(change.key), change }));
      const lines = linesOf(
        hosts,
        ({ name, change }) => lineOf(rule, what, [{ name, value: describe(change) }]),
        () => lineOf(rule, what, hosts.map(({ name }) => ({ name, value: "" })), count),
      );
      for (const line of lines) log[what === "recovered" ? "info" : "warn"](line);
    }
  }
}
