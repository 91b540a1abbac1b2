/**
 * The command `rehearse`: plays a record, and says what would have been told of it, when and to whom, by
 * the rules of an alerts file. It tells nobody. Looks are at whole seconds of the record's clock, so that
 * it says what a server told that ran by these rules.
 */
import { Clock } from "../../../common/clock.ts";
import { type Environment, type OptionValues, readOptions } from "../../../common/option_reader.ts";
import { formatCountOf } from "../../../common/format.js";
import { Fleet } from "../../fleet/fleet.ts";
import { requireSpan } from "../../options.ts";
import { Failures, Observers } from "../../parts.ts";
import { SERVER_COMMANDS } from "../../program.ts";
import { openReplay } from "../../record/replay.ts";
import { Alerts } from "../alerts.ts";
import type { AlertsConfig, ReadDestination } from "../config.ts";
import type { Manners } from "../manners.ts";
import type { Notice } from "../notice.ts";
import { AlertsFile } from "./alerts_file.ts";

/** Where nobody is named, it is said what somebody would be told. */
const ANYBODY: Pick<Manners, "destinations" | "tell"> = {
  destinations: ["anybody"],
  tell: [{ to: ["anybody"], severity: "warning", scope: null }],
};
/** None of the rules looks further back. */
const HISTORY_MS = 60_000;

type Options = OptionValues<typeof SERVER_COMMANDS.rehearse.options>;

/** A notice, and who is told. */
export interface ToldNotice {
  readonly to: readonly string[];
  readonly notice: Notice;
}

/** The command `rehearse`. @throws {RangeError} for a wrong command line. */
export function runRehearse(
  argv: readonly string[],
  environment: Environment,
  readDestination: ReadDestination<unknown>,
): () => Promise<string> {
  const options = readOptions(SERVER_COMMANDS.rehearse.options, argv, environment);
  const { replay: folder, alerts: path } = options;
  requireSpan(options);
  if (folder === null) {
    throw new RangeError("Cannot rehearse: name a record, as in rehearse --replay DIR");
  }
  if (path === "off") throw new RangeError("Cannot rehearse without alerts: name their file");
  return async () => {
    const { readAlerts } = await import("../config.ts");
    const config = path === null
      ? readAlerts("", readDestination)
      : await new AlertsFile(path, readDestination).read();
    return describeTold(await rehearse({ ...options, replay: folder }, config)).join("\n");
  };
}

/** What would have been told of a record. @throws {RangeError} with one line for the user when it cannot be played. */
export async function rehearse(
  options: Omit<Options, "replay"> & { readonly replay: string },
  { rules, manners }: Pick<AlertsConfig<unknown>, "rules" | "manners">,
): Promise<readonly ToldNotice[]> {
  const { replay: folder, from: fromMs, to: toMs, "max-hosts": maxHosts } = options;
  const clock = new Clock();
  const silent = <T>(line: T) => line;
  const log = { info: silent, warn: silent, error: silent };
  const steadyMs = () => clock.nowMs();
  const replay = await openReplay({
    ...{ folder, fromMs, toMs, maxHosts, steadyMs, log, speed: Infinity },
  });
  const { decoder, startMs } = replay;
  const fleet = new Fleet({ decoder, maxHosts, historyMs: HISTORY_MS, nowMs: startMs });
  const told: ToldNotice[] = [];
  const alerts = new Alerts({
    ...{ fleet, log, startedMs: startMs, aheadMs: () => replay.clock.aheadMs() },
    teller: { tell: (to, notice) => void told.push({ to, notice }) },
  });
  alerts.use(rules, manners.destinations.length === 0 ? { ...manners, ...ANYBODY } : manners);
  const observers = new Observers([alerts], new Failures(log));
  replay.follow(() => {}, true);
  await replay.run((bytes, origin, atMs) => {
    observers.advance(atMs);
    fleet.receive(bytes, origin, atMs);
  });
  observers.advance(replay.clock.nowMs());
  return told;
}

/** What was told, a line for each notice, and how often each is told. */
export function describeTold(told: readonly ToldNotice[]): string[] {
  const lines = told.map(({ to, notice: { atMs, what, severity, text } }) =>
    `${new Date(atMs).toISOString().slice(0, 19)}Z  ${
      to.join(", ")
    }  ${what} (${severity})  ${text}`
  );
  const counts = Map.groupBy(
    told.flatMap(({ to, notice }) => to.map((name) => ({ name, notice }))),
    (
      { name },
    ) => name,
  );
  const sums = Array.from(counts, ([name, those]) => {
    const byWhat = Map.groupBy(those, ({ notice }) => `${notice.rule} ${notice.what}`);
    const parts = Array.from(byWhat, ([what, { length }]) => `${what} ${length}`);
    return `${name}: ${formatCountOf(those.length, "notice")} (${parts.join(", ")})`;
  });
  return [...lines, ...(sums.length === 0 ? ["Nothing would have been told"] : sums)];
}
