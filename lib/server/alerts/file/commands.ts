/**
 * The commands that alerts have: what a file says, and what a running server is to mute. Its one job is
 * to tell people.
 */
import { readQuantity } from "../../../common/filter.js";
import type { Environment } from "../../../common/option_reader.ts";
import type { Outcome } from "../../../common/usage.ts";
import { type Orders, runOrder } from "../../store/door.ts";
import type { Alerts } from "../alerts.ts";
import type { AlertsConfig, ReadDestination } from "../config.ts";
import type { Severity } from "../engine/engine.ts";
import { type Mute, Mutes } from "../mutes.ts";
import { describeRule } from "../rule.ts";
import { STOCK } from "../stock.ts";
import { AlertsFile } from "./alerts_file.ts";

/** The command `check-alerts`: what a file says in words; fails with the line of what is wrong. @throws {RangeError} for a wrong command line. */
export function runCheckAlerts<D extends { readonly name: string; readonly where: string }>(
  [path, ...rest]: readonly string[],
  readDestination: ReadDestination<D>,
): () => Promise<Outcome> {
  if (path === undefined || path.startsWith("-") || rest.length > 0) {
    throw new RangeError("Cannot check alerts: name their file, as in check-alerts FILE");
  }
  return async () => {
    try {
      const config = await new AlertsFile(path, readDestination).read();
      return { text: describeConfig(config).join("\n"), hasFailed: false };
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      return { text: error.message, hasFailed: true };
    }
  };
}

/** What a file says, in lines. */
export function describeConfig(
  { destinations, rules, manners }: AlertsConfig<{ readonly name: string; readonly where: string }>,
): string[] {
  // As those hours are of this machine's.
  const { timeZone: zone } = new Intl.DateTimeFormat().resolvedOptions();
  const off = STOCK.filter(({ id }) => !rules.some((rule) => rule.id === id));
  return [
    "Rules:",
    ...rules.map((rule) => {
      const [fires, ends] = describeRule(rule);
      const hosts = rule.scope === null ? "" : `, of ${rule.scope.text}`;
      return `  ${rule.id} (${rule.severity}${hosts}): ${fires}; ends ${ends}`;
    }),
    ...(off.length > 0 ? [`Off: ${off.map(({ id }) => id).join(", ")}`] : []),
    "Told:",
    ...destinations.flatMap(({ name, where }) => {
      const routes = manners.tell.filter(({ to }) => to.includes(name));
      if (routes.length === 0) return [`  ${name} (${where}): nothing`];
      return routes.map(({ severity, scope }) =>
        `  ${name} (${where}): ${severityText(severity)} of ${scope?.text ?? "all hosts"}`
      );
    }),
    ...(destinations.length === 0 ? ["  nobody; alerts are logged and shown"] : []),
    ...manners.quiet.map(({ from, to, severity }) =>
      `Quiet: ${timeText(from)} to ${timeText(to)}, ${zone}: ${
        severity === "critical" ? "nothing is told" : "only critical alerts are told"
      }`
    ),
    ...manners.maintenance.map(({ scope, fromMs, toMs }) =>
      `Maintenance: ${scope.text} from ${dateText(fromMs)} to ${dateText(toMs)}`
    ),
  ];
}

function severityText(severity: Severity): string {
  return severity === "critical" ? "critical alerts" : "all alerts";
}

function timeText(minute: number): string {
  return [Math.floor(minute / 60), minute % 60].map((n) => String(n).padStart(2, "0")).join(":");
}

function dateText(ms: number): string {
  return new Date(ms).toISOString().replace(/:\d\d\.\d+Z$/, "Z");
}

/** What became of a test of one destination; no error where it could be told. */
interface TestResult {
  readonly name: string;
  readonly error: string | null;
}

/** What a server does about alerts when it is told to; `test` tells every destination at once. */
export function alertOrders(
  { mutes }: Pick<Alerts, "mutes">,
  test: () => Promise<readonly TestResult[]>,
): Orders {
  return {
    "test-alerts": async () => {
      const results = await test();
      if (results.length === 0) throw new RangeError("no destination is in the alerts file");
      const lines = results.map(({ name, error }) => `${name}: ${error ?? "told"}`);
      if (results.some(({ error }) => error !== null)) throw new RangeError(lines.join("; "));
      return lines.join("\n");
    },
    mute: (argument) => {
      const { filter, forMs } = JSON.parse(argument);
      return Promise.resolve(`Muted ${muteText(mutes.add(filter, forMs))}`);
    },
    mutes: () => Promise.resolve(mutes.list().map(muteText).join("\n") || "Nothing is muted"),
    unmute: (which) => {
      const ended = mutes.remove(which);
      if (ended.length === 0) throw new RangeError("no mute has that number or filter");
      return Promise.resolve(`Ended ${ended.map(muteText).join("\n")}`);
    },
  };
}

function muteText({ id, filter, untilMs }: Mute): string {
  return `${id}: ${filter} until ${dateText(untilMs)}`;
}

/** The command `mute`. @throws {RangeError} for a wrong command line. */
export function runMute(
  [filter, time, ...argv]: readonly string[],
  environment: Environment,
): () => Promise<string> {
  if (filter === undefined || time === undefined || [filter, time].some(isOption)) {
    throw new RangeError("Cannot mute: say what and how long, as in mute 'role:db' 2h");
  }
  const forMs = readQuantity(time, "milliseconds")!;
  // What no server would take is a wrong command line.
  new Mutes(() => 0).add(filter, forMs);
  return runOrder("mute", JSON.stringify({ filter, forMs }), argv, environment);
}

function isOption(text: string): boolean {
  return text.startsWith("--");
}

/** The command `unmute`. @throws {RangeError} for a wrong command line. */
export function runUnmute(
  [which, ...argv]: readonly string[],
  environment: Environment,
): () => Promise<string> {
  if (which === undefined || isOption(which)) {
    throw new RangeError("Cannot end a mute: name its number or filter, or all, as in unmute all");
  }
  return runOrder("unmute", which, argv, environment);
}
