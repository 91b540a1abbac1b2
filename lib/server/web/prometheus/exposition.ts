/**
 * The fleet and the server as Prometheus reads them, as text 0.0.4 or OpenMetrics 1.0, in pieces that each
 * take well under 5 ms to make. Pure: whoever sends the pieces gives the event loop a turn between them.
 */
import type { StandingAlert } from "../../alerts/alerts.ts";
import type { Fleet } from "../../fleet/fleet.ts";
import {
  DELIVERY_FAMILIES,
  type Family,
  type FamilyType,
  type HostFamily,
  METRIC_FAMILIES,
  OWN_FAMILIES,
  PRESENCE_FAMILIES,
} from "./families.ts";
import { quote, sampleHost } from "./sample.ts";
import { ScrapeTable } from "./table.ts";
import { type Bytes, LineWriter } from "./writer.ts";
import { DROP_REASONS, type DropReason, HOST_STATUSES } from "../../../common/status.js";
import type { FleetTotals, RecordCounts } from "../../fleet/receipt.ts";
import { VERSION } from "../../../common/options.ts";

/** The format of an exposition. */
export type ExpositionFormat = "text" | "openmetrics";

/** What each format is called in HTTP. */
export const EXPOSITION_TYPES: Readonly<Record<ExpositionFormat, string>> = {
  text: "text/plain; version=0.0.4; charset=utf-8",
  openmetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8",
};

const HOST_FAMILIES: readonly HostFamily[] = [
  ...PRESENCE_FAMILIES,
  ...DELIVERY_FAMILIES,
  ...METRIC_FAMILIES,
  ...OWN_FAMILIES,
];

const NOTHING: Bytes = new Uint8Array();
/** Hosts that are read in one piece: half a millisecond of work. */
export const HOSTS_PER_PIECE = 50;
/** Hosts that are looked at in one piece even if they have little to say. */
const LOOKS_PER_PIECE = 5_000;

/** What is told of the server besides its fleet, and by how much the wall clock is ahead of the fleet's. */
interface ServerState {
  readonly aheadMs: number;
  readonly failures: ReadonlyMap<string, number>;
  readonly recorded: RecordCounts | null;
  readonly alerts: readonly StandingAlert[];
}

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
  { aheadMs = 0, failures = new Map(), recorded = null, alerts = [] }: Partial<ServerState> = {},
): Generator<Bytes> {
  const headerOf = format === "text" ? textHeader : openMetricsHeader;
  const writer = new LineWriter();
  const totals = fleet.totals(nowMs);
  for (const family of serverFamilies(totals, { aheadMs, failures, recorded, alerts })) {
    writer.text(headerOf(family) + family.lines);
  }
  yield writer.take();
  const table = new ScrapeTable(HOST_FAMILIES);
  try {
    // Hosts may come and go between two turns, and no family may name one twice.
    for (const host of Array.from(fleet.hosts())) {
      table.add(sampleHost(host, nowMs, aheadMs));
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

/** A family of the server's own, its lines written out. */
interface ServerFamily extends Family {
  readonly lines: string;
}

/** Every family of the server's own. */
function serverFamilies(
  totals: FleetTotals,
  { aheadMs, failures, recorded, alerts }: ServerState,
): readonly ServerFamily[] {
  return [
    labelled("pulso_build_info", "info", "The version of Pulso.", "version", [[VERSION, 1]]),
    counter(
      "pulso_server_received_datagrams_total",
      "datagrams",
      "Datagrams that came, of any kind.",
      totals.received,
    ),
    counter(
      "pulso_server_received_bytes_total",
      "bytes",
      "Payload bytes of all datagrams that came.",
      totals.receivedBytes,
    ),
    counter(
      "pulso_server_accepted_datagrams_total",
      "datagrams",
      "Datagrams accepted; received = accepted + dropped.",
      totals.accepted,
    ),
    labelled(
      "pulso_server_dropped_total",
      "counter",
      "Datagrams not accepted, by reason.",
      "reason",
      DROPS.map((reason) => [reason, totals.dropped.get(reason) ?? 0]),
    ),
    labelled(
      "pulso_server_hosts",
      "gauge",
      "Hosts known to the server, by status.",
      "status",
      HOST_STATUSES.map((status) => [status, totals.byStatus[status]]),
    ),
    counter(
      "pulso_server_forgotten_hosts_total",
      null,
      "Silent hosts forgotten, as others needed the room.",
      totals.forgotten,
    ),
    ...kernelFamilies(totals),
    ...keyFamilies(totals, aheadMs),
    ...failureFamilies(failures),
    ...(recorded === null ? [] : recordFamilies(recorded)),
    alertFamily(alerts),
  ];
}

/** What is recorded, where something is. */
function recordFamilies({ datagrams, bytes, omitted }: RecordCounts): readonly ServerFamily[] {
  const name = "pulso_server_record";
  return [
    counter(`${name}_datagrams_total`, "datagrams", "Datagrams written to the record.", datagrams),
    counter(`${name}_bytes_total`, "bytes", "Bytes of the record's files.", bytes),
    counter(
      `${name}_omitted_datagrams_total`,
      "datagrams",
      "Datagrams left out of the record, as it could not be written in time.",
      omitted,
    ),
  ];
}

/** What the kernel dropped, where that is known. */
function kernelFamilies({ kernelDropped }: FleetTotals): readonly ServerFamily[] {
  if (kernelDropped === null) return [];
  const name = "pulso_server_kernel_dropped_datagrams_total";
  const help = "Datagrams that the kernel dropped at the server's socket.";
  return [counter(name, "datagrams", help, kernelDropped)];
}

/** The use of keys, once any was used. */
function keyFamilies({ keyUses }: FleetTotals, aheadMs: number): readonly ServerFamily[] {
  if (keyUses.size === 0) return [];
  const series = Array.from(
    keyUses,
    ([id, timeMs]) => [String(id), (timeMs + aheadMs) / 1_000] as const,
  );
  const name = "pulso_server_key_last_use_timestamp_seconds";
  const help = "When a datagram sealed with a key was last accepted, by the id of the key.";
  return [labelled(name, "gauge", help, "key", series, "seconds")];
}

/** What has failed inside the server, where its parts are known. */
function failureFamilies(failures: ReadonlyMap<string, number>): readonly ServerFamily[] {
  if (failures.size === 0) return [];
  const help = "Failures of the server's own sources and observers, by part.";
  return [labelled("pulso_server_failures_total", "counter", help, "part", [...failures])];
}

/** The alerts that stand; one of the fleet as a whole names no host. */
function alertFamily(alerts: readonly StandingAlert[]): ServerFamily {
  const [name, help] = ["pulso_alert", "Alerts that stand, by rule, severity and host."];
  const lines = alerts.map(({ rule: { id, severity }, name: host, key }) => {
    const labels = [["alert", id], ["severity", severity], ["host", host], ["id", key]] as const;
    return `${name}{${labels.map(([label, text]) => `${label}=${quote(text)}`).join()}} 1\n`;
  });
  return { name, type: "gauge", unit: null, help, lines: lines.join("") };
}

const DROPS = Object.keys(DROP_REASONS) as readonly DropReason[];

function counter(
  name: string,
  unit: string | null,
  help: string,
  value: number,
): ServerFamily {
  return { name, type: "counter", unit, help, lines: `${name} ${value}\n` };
}

function labelled(
  name: string,
  type: FamilyType,
  help: string,
  key: string,
  series: readonly (readonly [string, number])[],
  unit: string | null = null,
): ServerFamily {
  const lines = series.map(([label, value]) => `${name}{${key}=${quote(label)}} ${value}\n`);
  return { name, type, unit, help, lines: lines.join("") };
}
