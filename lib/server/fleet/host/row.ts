/**
 * One host as a view shows it in one line: what it last said and how it is now. Pure: derived
 * from a host and the time when a view asks, and kept by nobody.
 */
import {
  type CatalogueRow,
  type Device,
  DEVICES,
  type KnownRow,
  metricOf,
  METRICS,
} from "../../../catalogue.ts";
import { deviceReader, devicesIn, highestReader, hostReader } from "../../../message/metrics.ts";
import type { LegacyMessage, Message, Metric, Metrics, Tags } from "../../../message/message.ts";
import { type Host, hostIntervalMs } from "./host.ts";
import { hostMessage } from "./host_message.ts";
import { type HostStatus, hostStatus, isHeard, offlineAfterMs } from "../../../common/status.js";
import type { Refusal } from "./stores.ts";

type FieldOf<Row> = Row extends { field: infer Field extends string } ? Field : never;
type NameOf<Row> = Row extends { from: { names: infer Name extends string } } ? Name : never;

/** The metrics of a row, by the fields of the catalogue; a list for each kind of device, and the name of a highest one. */
type RowMetrics =
  & { readonly [Field in FieldOf<Extract<KnownRow, { kind: "host" }>>]: Metric }
  & { readonly [Field in FieldOf<Exclude<KnownRow, { kind: "host" }>>]: readonly Metric[] }
  & { readonly [Name in NameOf<KnownRow>]: string | null };

/** One host in one line: percent 0 to 100, bytes, bytes per second, milliseconds; `null` is not known. */
export interface HostRow extends RowMetrics {
  /** What the fleet knows the host by. */
  readonly key: string;
  /** The host's name; for a legacy sender its address. */
  readonly name: string;
  /** `ip:port` of the last datagram. */
  readonly address: string;
  readonly status: HostStatus;
  readonly tags: Tags;
  /** The version of its agent; `null` where it does not say. */
  readonly agent: string | null;
  /** Whether its last datagram was sealed, and so is authentic. */
  readonly sealed: boolean;
  /** Where another agent under the same id sends from (a cloned machine); `null` when there is none, or none is heard. */
  readonly sharedWith: string | null;
  /**
   * Datagrams sealed as its own that were refused: `null` where there was none since its last one, nor
   * within the time after which it is offline.
   */
  readonly refused: Refusal | null;
  /** When its last datagram came, on the server's clock. */
  readonly lastSeenMs: number;
  /** The interval by which its status is judged. */
  readonly intervalMs: number;
  /** Time since the last datagram. */
  readonly ageMs: number;
  /** Datagrams of this host that never came; `null` where it sends no sequence. */
  readonly datagramsLost: Metric;
}

/** Derives a host's row at a time, from its newest message or another one. */
export function hostRow(
  host: Host,
  nowMs: number,
  message: Message | LegacyMessage = hostMessage(host),
): HostRow {
  const ageMs = Math.max(0, nowMs - host.lastSeenMs);
  const intervalMs = hostIntervalMs(host);
  const status = hostStatus({ ageMs, intervalMs, left: host.left });
  return {
    key: host.key,
    name: host.name,
    address: host.address,
    status,
    tags: host.tags,
    agent: message.v === 1 ? message.texts?.agent ?? null : null,
    sealed: host.keyId !== null,
    sharedWith: isHeard(status) && host.glimpse?.isShared ? host.otherAddress : null,
    refused: presentRefusal(host, nowMs),
    lastSeenMs: host.lastSeenMs,
    intervalMs,
    ageMs,
    ...metricsOf(message.v === 1 ? message : {}),
    datagramsLost: Number.isNaN(host.lost) ? null : host.lost,
  };
}

/** Refused datagrams of a host that still matter: those since its last accepted one, and very recent ones. */
export function presentRefusal(host: Host, nowMs: number): Refusal | null {
  const { refusal, lastSeenMs } = host;
  const isPresent = refusal !== null && (refusal.lastMs >= lastSeenMs ||
    nowMs - refusal.lastMs <= offlineAfterMs(hostIntervalMs(host)));
  return isPresent ? refusal : null;
}

/** What reads each field of the catalogue's off a message. */
const READERS = METRICS.filter(({ field }) => field !== undefined).flatMap((row) => [
  ...nameReader(row),
  [row.field!, row.kind === "host" ? hostReader(row) : listReader(row, row.kind)] as const,
]);

function listReader(row: CatalogueRow, kind: Device): (metrics: Metrics) => readonly Metric[] {
  const read = deviceReader(row);
  if (DEVICES[kind].key === null) return (metrics) => devicesIn(metrics, kind) as Metric[];
  return (metrics) => devicesIn(metrics, kind).map(read);
}

/** The name of what is the highest of all: a device, or a number of the host. */
function nameReader(row: CatalogueRow) {
  if (row.from !== undefined && "most" in row.from) return [mostNameReader(row.from)];
  if (row.from === undefined || !("highest" in row.from)) return [];
  const highest = highestReader(row);
  const key = DEVICES[metricOf(row.from.highest).kind as Device].key!;
  const read = (metrics: Metrics) =>
    (highest(metrics) as Readonly<Record<string, string>> | null)?.[key] ?? null;
  return [[row.from.names, read] as const];
}

function mostNameReader({ most, names }: { most: readonly string[]; names: string }) {
  const readers = most.map((id) => [metricOf(id).short, hostReader(metricOf(id))] as const);
  const read = (metrics: Metrics) => {
    const known = readers.map(([name, read]) => [name, read(metrics) ?? -1] as const);
    const [name, value] = known.reduce((most, next) => next[1] > most[1] ? next : most);
    return value < 0 ? null : name;
  };
  return [names, read] as const;
}

function metricsOf(metrics: Metrics): RowMetrics {
  const row: Record<string, unknown> = {};
  for (const [field, read] of READERS) row[field] = read(metrics);
  return row as RowMetrics;
}
