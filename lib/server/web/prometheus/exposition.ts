/**
 * The fleet and the server as Prometheus reads them, as text 0.0.4 or OpenMetrics 1.0, in pieces that each
 * take well under 5 ms to make. Pure: whoever sends the pieces gives the event loop a turn between them.
 */
import type { Fleet } from "../../fleet/fleet.ts";
import {
  DELIVERY_FAMILIES,
  type HostFamily,
  METRIC_FAMILIES,
  OWN_FAMILIES,
  PRESENCE_FAMILIES,
  WAY_FAMILIES,
} from "./families.ts";
import { type Family, hostLabels, type Labels, quote, sampleHost } from "./sample.ts";
import { serverFamilies, type ServerState } from "./server_families.ts";
import { ScrapeTable } from "./table.ts";
import { type Bytes, LineWriter } from "./writer.ts";

/** The format of an exposition. */
export type ExpositionFormat = "text" | "openmetrics";

/** What each format is called in HTTP. */
export const EXPOSITION_TYPES: Readonly<Record<ExpositionFormat, string>> = {
  text: "text/plain; version=0.0.4; charset=utf-8",
  openmetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8",
};

/** Every family with series of hosts. */
export const HOST_FAMILIES: readonly HostFamily[] = [
  ...PRESENCE_FAMILIES,
  ...DELIVERY_FAMILIES,
  ...WAY_FAMILIES,
  ...METRIC_FAMILIES,
  ...OWN_FAMILIES,
];

const NOTHING_TOLD: ServerState = {
  ...{ aheadMs: 0, failures: new Map(), recorded: null },
  ...{ alerts: new Map(), nameOf: (key) => key, remoteWrite: [], bus: null, destinations: [] },
};
const NOTHING: Bytes = new Uint8Array();
/** Hosts that are read in one piece: half a millisecond of work. */
export const HOSTS_PER_PIECE = 50;
/** Hosts that are looked at in one piece even if they have little to say. */
const LOOKS_PER_PIECE = 5_000;

/**
 * Writes the fleet and the server in numbers, family by family, as much in a piece as is made in one
 * turn; an empty one means that it goes on. A host that is offline or left has no metrics, only
 * `pulso_host_up` 0, when it was last seen, and what became of its datagrams. Times are those of the
 * wall clock.
 */
export function* expose(
  fleet: Fleet,
  nowMs: number,
  format: ExpositionFormat,
  state: Partial<ServerState> = {},
): Generator<Bytes> {
  const headerOf = format === "text" ? textHeader : openMetricsHeader;
  const writer = new LineWriter();
  const totals = fleet.totals(nowMs);
  for (const family of serverFamilies(totals, { ...NOTHING_TOLD, ...state })) {
    writer.text(headerOf(family));
    for (const [labels, value] of family.series) {
      writer.text(`${family.name}${bracesOf(labels)} ${value}\n`);
      if (writer.isFull) yield writer.take();
    }
  }
  yield writer.take();
  const table = new ScrapeTable(HOST_FAMILIES);
  try {
    // Hosts may come and go between two turns, and no family may name one twice.
    for (const host of fleet.hosts()) {
      table.add(hostLabels(host), sampleHost(host, nowMs, state.aheadMs));
      if (table.length % HOSTS_PER_PIECE === 0) yield NOTHING;
    }
    yield* write(table, headerOf, writer);
  } finally {
    table.clear();
  }
  if (format === "openmetrics") writer.text("# EOF\n");
  yield writer.take();
}

function* write(
  table: ScrapeTable,
  headerOf: (family: Family) => string,
  writer: LineWriter,
): Generator<Bytes> {
  let looks = 0;
  for (const [familyAt, family] of HOST_FAMILIES.entries()) {
    writer.text(headerOf(family));
    for (let hostAt = 0; hostAt < table.length; hostAt++) {
      table.write(writer, familyAt, hostAt);
      if (++looks < LOOKS_PER_PIECE && !writer.isFull) continue;
      yield writer.take();
      looks = 0;
    }
  }
}

function textHeader({ name, type, help }: Family): string {
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type === "counter" ? type : "gauge"}\n`;
}

function openMetricsHeader({ name, type, help, unit }: Family): string {
  const family = name.replace(/_(total|info)$/, "");
  const lines = [`# TYPE ${family} ${type}`, `# HELP ${family} ${help}`];
  if (unit !== null) lines.splice(1, 0, `# UNIT ${family} ${unit}`);
  return lines.join("\n") + "\n";
}

function bracesOf(labels: Labels): string {
  if (labels.length === 0) return "";
  return `{${labels.map(([name, text]) => `${name}=${quote(text)}`).join()}}`;
}
