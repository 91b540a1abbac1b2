/** What the tests of the terminal show: hosts, totals and hosts' details, with all that a test does not name filled in. */
import { hostsOfRows } from "../../../../lib/server/views/terminal/state/hosts.ts";
import { assertEquals } from "@std/assert";
import { NOTHING, type Queue } from "../../../../lib/common/alerts.js";
import { queueOf, showAlert } from "../../../../lib/server/alerts/queue.ts";
import { visitOf } from "../../alerts/watched.ts";
import { STOCK } from "../../../../lib/server/alerts/stock.ts";
import { METRICS } from "../../../../lib/catalogue.ts";
import { HISTORY_METRICS } from "../../../../lib/server/fleet/past/points.ts";
import type { HostRow } from "../../../../lib/server/fleet/host/row.ts";
import type { FleetTotals } from "../../../../lib/server/fleet/receipt.ts";
import type { HostDetail } from "../../../../lib/server/views/terminal/state/hosts.ts";
import type { Frame, Line, Size } from "../../../../lib/server/views/terminal/text/line.ts";
import type { ViewData } from "../../../../lib/server/views/terminal/pages/render.ts";
import { textWidth } from "../../../../lib/server/views/terminal/text/line.ts";

const GIB = 2 ** 30;

/** The time of every sample, in milliseconds. */
export const NOW_MS = 1_000_000_000;

/** A row of which no metric is known. */
const UNKNOWN = Object.fromEntries(
  METRICS.filter(({ field }) => field !== undefined)
    .map(({ field, kind }) => [field!, kind === "host" ? null : []]),
) as unknown as HostRow;

/** A host in one line. */
export function row(name: string, changes: Partial<HostRow> = {}): HostRow {
  return {
    ...UNKNOWN,
    key: `key of ${name}`,
    name,
    address: "192.0.2.7:40312",
    status: "live",
    tags: {},
    sealed: false,
    sharedWith: null,
    refused: null,
    lastSeenMs: NOW_MS - 2_000,
    intervalMs: 5_000,
    ageMs: 2_000,
    cpuPercent: 14.1,
    coresPercent: [12.3, 15.9, 0, 100],
    memoryUsedBytes: 7.4 * GIB,
    memoryTotalBytes: 16 * GIB,
    memoryPercent: 46.25,
    volumeMount: "/",
    volumePercent: 71,
    readBytesPerSecond: 1_200_000,
    writeBytesPerSecond: 0,
    receiveBytesPerSecond: 34_000,
    sendBytesPerSecond: 560,
    interfaceLost: 0,
    datagramsLost: 0,
    ...changes,
  };
}

/** A host of which nothing is known but that it is there. */
export function unknownRow(name: string, changes: Partial<HostRow> = {}): HostRow {
  return row(name, {
    ...UNKNOWN,
    volumeMount: null,
    datagramsLost: null,
    ...changes,
  });
}

/** The fleet in numbers. */
export function totals(changes: Partial<FleetTotals> = {}): FleetTotals {
  return {
    hosts: 0,
    byStatus: { live: 0, stale: 0, offline: 0, left: 0 },
    datagramsPerSecond: 2.4,
    received: 0,
    receivedBytes: 0,
    accepted: 0,
    copies: 0,
    dropped: new Map(),
    kernelDropped: null,
    lost: 0,
    keyUses: new Map(),
    forgotten: 0,
    ...changes,
  };
}

/** A fleet of these hosts. */
export function data(rows: readonly HostRow[], changes: Partial<ViewData> = {}): ViewData {
  const count = (status: HostRow["status"]) => rows.filter((row) => row.status === status).length;
  const byStatus = {
    live: count("live"),
    stale: count("stale"),
    offline: count("offline"),
    left: count("left"),
  };
  return {
    nowMs: NOW_MS,
    aheadMs: 0,
    alerts: NOTHING,
    listenAddress: "0.0.0.0:5005",
    webUrl: null,
    replay: null,
    hosts: hostsOfRows(rows),
    totals: totals({ hosts: rows.length, byStatus }),
    ...{ view: null, detail: null },
    compared: [],
    ...changes,
  };
}

/** A past without a point. */
export const NO_PAST = Object.fromEntries(
  HISTORY_METRICS.map((metric) => [metric, []]),
) as unknown as HostDetail["history"];

/** A queue of alerts: which rule of which host, since so many minutes, and what is said of the value. */
export function queue(
  ...alerts: [rule: string, host: string, minutes: number, value: number, said: string][]
): Queue {
  const said = new Map<string, string>();
  const all = alerts.map(([id, key, minutes, value, text]) => {
    const rule = STOCK.find((rule) => rule.id === id)!;
    const sinceMs = NOW_MS - 60_000 * minutes;
    const alert = { rule, key, sinceMs, value, isFlapping: false, isMuted: false };
    said.set(`${id} ${key}`, text);
    return alert;
  });
  return queueOf(
    visitOf(all),
    [],
    (alert) => showAlert(alert, alert.key, said.get(`${alert.rule.id} ${alert.key}`)!),
  );
}

/** Everything of one host. */
export function detail(changes: Partial<HostDetail> = {}): HostDetail {
  const { message = { v: 1, host: "web-01" } } = changes;
  return {
    row: row("web-01"),
    alerts: NOTHING,
    aheadMs: 0,
    message,
    intervalMs: 5_000,
    firstSeenMs: NOW_MS - 3 * 3_600_000,
    rebootedMs: null,
    datagrams: 1_234,
    bytes: 812_000,
    delivery: {
      received: 1_234,
      lost: 3,
      recovered: 1,
      pending: 1,
      beforeFirst: 0,
      duplicate: 2,
      reordered: 1,
      old: 0,
      restarts: 4,
    },
    jitterMs: null,
    ways: null,
    clockOffsetMs: null,
    times: [],
    history: NO_PAST,
    ranges: null,
    ...changes,
  };
}

/** Lines as text, without the spaces at their ends. */
export function linesText(lines: readonly Line[]): string {
  return lines.map((line) => line.map(({ text }) => text).join("").trimEnd()).join("\n");
}

/** A frame as text, after a check that it fills its screen exactly; empty lines at the end are left out. */
export function frameText(frame: Frame, { columns, rows }: Size): string {
  assertEquals(frame.length, rows);
  for (const line of frame) {
    const text = line.map(({ text }) => text).join("");
    assertEquals(textWidth(text), columns, `width of "${text}"`);
  }
  return linesText(frame);
}

/** A text with all times of the day alike, which depend on where it is run. */
export function withoutTimes(text: string): string {
  return text.replace(/\d\d:\d\d:\d\d/g, "hh:mm:ss").replace(/\d\d:\d\d/g, "hh:mm");
}

const FRAMES = new URL("frames/", import.meta.url);
/** Whether frames that are kept can be read; `-- --frames` writes them. */
export const MAY_READ_FRAMES =
  Deno.permissions.querySync({ name: "read", path: FRAMES }).state === "granted";

/** Compares a text with the one that is kept under a name; all times of the day are alike. */
export function assertFrame(name: string, text: string): void {
  const path = new URL(`${name}.txt`, FRAMES);
  const shown = `${withoutTimes(text)}\n`;
  if (Deno.args.includes("--frames")) Deno.writeTextFileSync(path, shown);
  assertEquals(shown, Deno.readTextFileSync(path));
}
