/**
 * How the server shows the fleet on stdout: as a full-screen table, as a line for each datagram that was
 * accepted, to read or in JSON, or not at all. It only looks at the fleet, never changes it, and no
 * control character of a sender passes.
 */
import { type CatalogueRow, metricOf, METRICS } from "../../catalogue.ts";
import type { Alerts } from "../alerts/alerts.ts";
import type { Fleet } from "../fleet/fleet.ts";
import { type Address, formatAddress, type Origin } from "../../common/address.ts";
import { type Log, LoggedOutput } from "../../common/log.ts";
import type { Observer } from "../parts.ts";
import type { ReplayControls } from "../record/replay.ts";
import type { View as ViewName } from "../options.ts";
import { isReaderGone } from "../../common/output.ts";
import { hostsOfFleet, messageReader } from "./terminal/state/hosts.ts";
import { KEPT } from "../store/columns.ts";
import { type PastStore, readPast } from "../store/reading.ts";
import type { Moment } from "../store/stretches.ts";
import type { MuteCommand } from "./terminal/state/state.ts";
import type { ViewState } from "../../common/ways.js";
import type { ReadPast } from "./terminal/state/past.ts";
import { charsetOf } from "./terminal/charset.ts";
import { openTerminal } from "./terminal/terminal.ts";
import { isStderrHere } from "./terminal/tty.ts";
import { type Host, hostIntervalMs } from "../fleet/host/host.ts";
import { type HostRow, hostRow } from "../fleet/host/row.ts";
import { hostStatus } from "../../common/status.js";
import { cleanText, UNSAFE_CHARACTERS } from "../../common/text.js";
import { FORMATS, formatShortCount, formatTime, UNKNOWN } from "../../common/format.js";
import { type LegacyMessage, type Message, METRIC_GROUPS } from "../../message/message.ts";

/** What a view shows, and whom it tells. */
export interface ViewContext {
  readonly fleet: Fleet;
  readonly alerts: Pick<Alerts, "queue" | "of" | "mutes">;
  /** Where the server receives; the first is shown. */
  readonly listening: readonly Address[];
  /** Where the page is, with the token where one was made; `null` where there is none. */
  readonly webUrl: string | null;
  readonly nowMs: () => number;
  /** A clock that never stands still. */
  readonly steadyMs: () => number;
  /** By how much the wall clock is ahead of the fleet's. */
  readonly aheadMs: () => number;
  /** The record that is played; `null` where none is. */
  readonly replay: ReplayControls | null;
  /** What is told of the bus; `null` where there is none. */
  readonly bus: () => { readonly view: ViewState | null } | null;
  /** What is kept on disk; `null` where nothing is. */
  readonly store: PastStore | null;
  readonly log: Log;
  /** Called when the user quits, or nobody reads stdout any more; with an error when the terminal fails. */
  readonly onEnd: (failure: Error | null) => void;
}

const NAME = "view";

/** A view, and whether a user can type to it. */
interface View extends Observer {
  readonly isInteractive?: boolean;
}

/** Opens the view of that name; none named: the table on a terminal that can show it, else lines. @throws {Error} without a terminal for the table. */
export function openView(name: ViewName | null, context: ViewContext): View {
  const isTerminal = Deno.stdout.isTerminal();
  switch (name ?? (isTerminal && !isDumb() ? "table" : "lines")) {
    case "table":
      if (isTerminal) return tableView(context);
      throw new Error("Cannot show the table: stdout is not a terminal; see --view");
    case "lines":
      return linesView(context, renderLine);
    case "json":
      return linesView(context, renderJsonLine);
    case "none":
      return { name: NAME, close: () => {} };
  }
}

/** Whether the terminal is known to understand no escape sequences. */
function isDumb(): boolean {
  if (Deno.build.os === "windows" || !isGranted("TERM")) return false;
  return ["dumb", ""].includes(Deno.env.get("TERM") ?? "");
}

/** Nothing is known without the permission. */
function isGranted(variable: string): boolean {
  return Deno.permissions.querySync({ name: "env", variable }).state === "granted";
}

function tableView(
  { fleet, alerts, listening, webUrl, nowMs, steadyMs, aheadMs, replay, bus, store, log, onEnd }:
    ViewContext,
): View {
  if (isStderrHere()) log.hold();
  const messageOf = messageReader();
  const terminal = openTerminal({
    looks: {
      colour: !Deno.noColor,
      charset: charsetOf((name) => isGranted(name) ? Deno.env.get(name) : undefined),
    },
    listenAddress: listening[0] === undefined ? "" : formatAddress(listening[0]),
    webUrl,
    read: {
      hosts: (nowMs) => hostsOfFleet(fleet, nowMs, messageOf),
      rows: (nowMs) => fleet.rows(nowMs),
      totals: () => fleet.totals(nowMs()),
      view: () => bus()?.view ?? null,
      host: (key) => fleet.host(key),
      alerts: () => alerts.queue,
      alertsOf: (key) => alerts.of(key),
      past: store && pastReader(store, fleet, () => ({ nowMs: nowMs(), aheadMs: aheadMs() })),
    },
    nowMs,
    steadyMs,
    aheadMs,
    replay,
    mute: (command) => mute(alerts.mutes, command),
    onQuit: (error) => onEnd(error === undefined || isReaderGone(error, true) ? null : error),
  });
  return {
    name: NAME,
    isInteractive: true,
    async close() {
      await terminal.close();
      log.release();
    },
  };
}

/** Mutes something, or ends a mute; what came of it, or why it cannot be. */
export function mute(
  mutes: Pick<Alerts["mutes"], "add" | "remove">,
  command: MuteCommand,
): string {
  if ("end" in command) {
    mutes.remove(String(command.end));
    return "Muted no more";
  }
  try {
    return `Muted until ${formatTime(mutes.add(command.filter, command.forMs).untilMs)}`;
  } catch (error) {
    if (error instanceof RangeError) return error.message;
    throw error;
  }
}

/** What the terminal reads the past of a host by: every metric that is kept. */
function pastReader(store: PastStore, fleet: Fleet, moment: () => Moment): ReadPast {
  const metrics = KEPT.map(({ id }) => id);
  return async (key, { spanMs, untilMs: endMs, points }) => {
    const host = fleet.host(key);
    if (host === undefined) return null;
    const { nowMs, aheadMs } = moment();
    const untilMs = endMs ?? nowMs + aheadMs;
    const query = { metrics, fromMs: untilMs - spanMs, untilMs, points };
    const { plan, pasts: [past] } = await readPast(store, [host], query, { nowMs, aheadMs });
    const { series, gaps, shares } = past!;
    const values = Object.fromEntries(series.map(({ mean }, n) => [metrics[n]!, mean]));
    const { fromMs, stepMs, count } = plan;
    return { fromMs, toMs: fromMs + count * stepMs, stepMs, values, gaps, shares };
  };
}

function linesView(
  { steadyMs, aheadMs, log, onEnd }: ViewContext,
  render: typeof renderLine,
): Observer {
  const output = new LoggedOutput(Deno.stdout, log, () => onEnd(null));
  return {
    name: NAME,
    accepted({ host, message, sender }, atMs) {
      const receivedAtMs = atMs + aheadMs();
      output.write(render({ host, message, sender, nowMs: atMs, receivedAtMs }), steadyMs());
    },
    close: () => output.close(),
  };
}

/** One datagram that was accepted, as a line tells of it. */
export interface LineContext {
  /** The host as it is after the datagram. */
  readonly host: Host;
  /** What the datagram said; a late one is not the host's newest. */
  readonly message: Message | LegacyMessage;
  /** Who sent it. */
  readonly sender: Origin;
  /** When it came, on the fleet's clock, in milliseconds. */
  readonly nowMs: number;
  /** When it came, on the wall clock, in milliseconds since 1970. */
  readonly receivedAtMs: number;
}

/** A line to read: time in UTC, name, sender, and the sample in short; `lost` counts datagrams. */
export function renderLine({ host, message, sender, nowMs, receivedAtMs }: LineContext): string {
  const time = new Date(receivedAtMs).toISOString();
  const name = message.v === 1 ? message.host : sender.hostname;
  return `${time} ${name} (${formatAddress(sender)}) ${describe(host, message, nowMs)}`;
}

function describe(host: Host, message: Message | LegacyMessage, nowMs: number): string {
  if (message.v !== 1) return `legacy ${cleanText(JSON.stringify(message.body))}`;
  const sample = describeSample(hostRow(host, nowMs, message));
  if (!message.bye) return sample;
  return METRIC_GROUPS.some((group) => message[group] !== undefined) ? `${sample}  bye` : "bye";
}

const LINE_METRICS = METRICS.filter(({ line }) => line);

function describeSample(row: HostRow): string {
  const numbers = LINE_METRICS.map((metric) => `${metric.id} ${describeMetric(metric, row)}`);
  return [...numbers, `lost ${formatShortCount(row.datagramsLost)}`].join("  ");
}

/** A number of a row: of a share its part and its whole, of a highest one also which that is. */
function describeMetric(metric: CatalogueRow, row: HostRow): string {
  const { from } = metric;
  const written = ({ unit, field }: CatalogueRow) => FORMATS[unit](row[field as "cpuPercent"]);
  if (from !== undefined && "part" in from) {
    return [from.part, from.of[0]!].map((id) => written(metricOf(id))).join("/");
  }
  const name = from !== undefined && "names" in from
    ? `${row[from.names as "volumeMount"] ?? UNKNOWN} `
    : "";
  return name + written(metric);
}

/**
 * A line for programs: `{"receivedAt":ms,"address":"ip:port","status":"live","delivery":{…}|null,
 * "message":{…}}`, stable. A legacy message is its body; cores are always numbers.
 */
export function renderJsonLine(
  { host, message, sender, nowMs, receivedAtMs }: LineContext,
): string {
  const ageMs = nowMs - host.lastSeenMs;
  const line = JSON.stringify({
    receivedAt: receivedAtMs,
    address: formatAddress(sender),
    status: hostStatus({ ageMs, intervalMs: hostIntervalMs(host), left: host.left }),
    delivery: host.delivery?.counts ?? null,
    message: message.v === 1 ? message : message.body,
  });
  return line.replace(UNSAFE_CHARACTERS, escapeForJson);
}

/** The same character to a JSON parser, and harmless to a terminal. */
function escapeForJson(character: string): string {
  return character.split("").map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)
    .join("");
}
