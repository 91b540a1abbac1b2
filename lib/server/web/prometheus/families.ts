/**
 * Every family of metrics with series of hosts: whether each is there, what became of its datagrams, and the
 * metrics of the catalogue. Pure; a value that is not known has no line, never NaN and never a made-up 0.
 */
import {
  type CatalogueRow,
  groupOf,
  helpOf,
  METRICS,
  type Unit,
  UNITS,
} from "../../../catalogue.ts";
import type { Metric, MetricGroup } from "../../../message/message.ts";
import { deviceReader, hostReader } from "../../../message/metrics.ts";
import type { Way } from "../../fleet/ways/way.ts";
import type { Family, FamilyType, HostSample, Part } from "./sample.ts";

/** Where values go, in their order; NaN, `null` and nothing stand for one that is not known. */
interface Column {
  push(value: Metric | undefined): void;
}

/** A family with series of each host. */
export interface HostFamily extends Family {
  /** What it has a series of for each host; `null` for one of the host as a whole, `tags` for one with them. */
  readonly part: Part | null;
  /** The group of a message that it is read from; `null` where it is read from elsewhere, or from several. */
  readonly group: MetricGroup | null;
  /** Adds a host's values, one for each part in their order. */
  readonly keep: (host: HostSample, column: Column) => void;
}

type Read = (host: HostSample) => Metric | undefined;

/** Starts a family of one type and unit: its name, its help, and what reads it off a host. */
export function ofHost(type: FamilyType, unit: string | null = null) {
  return (name: string, help: string, read: Read): HostFamily => ({
    ...{ name, type, help, unit, part: null, group: null },
    keep: (host, column) => column.push(read(host)),
  });
}

const BYTES_PER_MEGABIT = 125_000;
/** What brings the units of the catalogue into those. */
const IN_BASE: Partial<Record<Unit, (value: Metric) => Metric>> = {
  percent: ratio,
  milliseconds: inSeconds,
  megabits: (speed) => speed === null ? null : BYTES_PER_MEGABIT * speed,
};

/** How many units of the catalogue one of Prometheus's base units is; 1 where nothing is said. */
export const PER_BASE: Partial<Record<Unit, number>> = {
  ...{ percent: 100, milliseconds: 1_000, megabits: 1 / BYTES_PER_MEGABIT },
};

/** A family for each metric that is exported, in the base units of Prometheus. */
export const METRIC_FAMILIES: readonly HostFamily[] = METRICS
  .filter(({ prometheus }) => prometheus !== undefined).map(familyOf);

/** A host that is not there has no line in it. */
function familyOf(row: CatalogueRow): HostFamily {
  const { kind, prometheus } = row;
  const { name, type = "gauge" } = prometheus!;
  const inBase = IN_BASE[row.unit] ?? ((value: Metric) => value);
  const group = row.from === undefined ? groupOf(row) as MetricGroup : null;
  const unit = UNITS[row.unit].prometheus;
  const family: Omit<HostFamily, "keep" | "part"> = { name, help: helpOf(row), type, unit, group };
  if (kind === "host") {
    const read = hostReader(row);
    return {
      ...{ ...family, part: null },
      keep: ({ metrics }, column) => column.push(inBase(read(metrics))),
    };
  }
  const read = deviceReader(row);
  return {
    ...{ ...family, part: kind },
    keep({ devices }, column) {
      for (const device of devices[kind]) column.push(inBase(read(device)));
    },
  };
}

/** A share of 1, without the stray digits that a division by 100 adds. */
export function ratio(percent: Metric): Metric {
  return percent === null ? null : Math.round(percent * 1_000) / 100_000;
}

const gauge = ofHost("gauge");
const seconds = ofHost("gauge", "seconds");
const counter = ofHost("counter");

/** Whether the host is there. */
export const PRESENCE_FAMILIES: readonly HostFamily[] = [
  gauge(
    "pulso_host_up",
    "Whether the host reports: 1 while live or stale, 0 when offline or left.",
    ({ up }) => Number(up),
  ),
  gauge(
    "pulso_host_left",
    "Whether the host's last datagram was a good-bye.",
    ({ left }) => Number(left),
  ),
  gauge(
    "pulso_host_refused",
    "Whether datagrams sealed as the host's own are refused: for the session or the clock of its agent.",
    ({ isRefused }) => isRefused === null ? null : Number(isRefused),
  ),
  seconds(
    "pulso_host_last_seen_timestamp_seconds",
    "When the host's newest datagram came, by the server's clock.",
    ({ lastSeenMs }) => Math.round(lastSeenMs) / 1_000,
  ),
  seconds(
    "pulso_host_interval_seconds",
    "Time between two samples, as the host declares it.",
    ({ up, intervalMs }) => up ? intervalMs / 1_000 : null,
  ),
];

/** What the host says of itself, and numbers that Pulso does not know. */
export const OWN_FAMILIES: readonly HostFamily[] = [
  {
    ...{ name: "pulso_host_info", type: "info", unit: null, part: "tags", group: null },
    help: "The tags of the host, as labels.",
    keep: (_, column) => column.push(1),
  },
  {
    ...{ name: "pulso_extra", type: "gauge", unit: null, part: "extra", group: null },
    help: "A custom metric of the host, by its name.",
    keep({ extra }, column) {
      for (const value of Object.values(extra)) column.push(value);
    },
  },
];

/** What became of the host's datagrams; of a sender without sequence numbers only what came. */
export const DELIVERY_FAMILIES: readonly HostFamily[] = [
  counter(
    "pulso_datagrams_received_total",
    "Datagrams accepted from the host.",
    ({ received }) => received,
  ),
  // A loss is taken back when its datagram comes late, but a counter that falls counts as one that
  // started over: what was taken back is a counter of its own, and the sum of both only ever grows.
  counter(
    "pulso_datagrams_lost_total",
    "Datagrams missing when a later one came; one that came late counts as recovered too.",
    ({ delivery }) => delivery && delivery.lost + delivery.recovered,
  ),
  counter(
    "pulso_datagrams_recovered_total",
    "Datagrams that had been missing and came late after all.",
    ({ delivery }) => delivery?.recovered,
  ),
  gauge(
    "pulso_datagrams_missing",
    "Datagrams sent that have not come so far: lost less recovered.",
    ({ delivery }) => delivery?.lost,
  ),
  counter(
    "pulso_datagrams_reordered_total",
    "Datagrams accepted after one with a higher number.",
    ({ delivery }) => delivery?.reordered,
  ),
  counter(
    "pulso_datagrams_duplicate_total",
    "Copies of a datagram that had come before.",
    ({ delivery }) => delivery?.duplicate,
  ),
  counter(
    "pulso_datagrams_old_total",
    "Datagrams too far behind to tell whether they are copies.",
    ({ delivery }) => delivery?.old,
  ),
  counter(
    "pulso_datagrams_refused_total",
    "Datagrams sealed as the host's own that were refused, for the session or the clock of its agent.",
    ({ refused }) => refused,
  ),
  counter(
    "pulso_agent_restarts_total",
    "New sessions of the host's agent since the server first heard it.",
    ({ delivery }) => delivery?.restarts,
  ),
  gauge(
    "pulso_datagrams_pending",
    "Of the missing datagrams, those so recent that they may still come.",
    ({ pending }) => pending,
  ),
  seconds(
    "pulso_datagrams_jitter_seconds",
    "Interarrival jitter of the host's datagrams, RFC 3550 section 6.4.1.",
    ({ jitterMs }) => inSeconds(jitterMs),
  ),
  seconds(
    "pulso_clock_offset_seconds",
    "By how much the host's clock seems to be behind the server's, the way here included.",
    ({ clockOffsetMs }) => inSeconds(clockOffsetMs),
  ),
  gauge(
    "pulso_id_shared",
    "Whether several agents send under the host's id (1), as cloned machines do.",
    ({ isShared }) => isShared === null ? null : Number(isShared),
  ),
];

/** Starts a family of the ways of a host to several sites. */
function ofWay(type: FamilyType, unit: string | null, read: (way: Way) => Metric) {
  return (name: string, help: string): HostFamily => ({
    ...{ name, type, help, unit, part: "site", group: null },
    keep({ ways }, column) {
      for (const way of ways) column.push(read(way));
    },
  });
}

/** What came by each way, where there are several. */
export const WAY_FAMILIES: readonly HostFamily[] = [
  ofWay("counter", null, ({ received }) => received)(
    "pulso_way_datagrams_received_total",
    "Datagrams of the host that came by this site, each counted once.",
  ),
  ofWay("gauge", null, ({ lost }) => lost)(
    "pulso_way_datagrams_missing",
    "Datagrams of the host that did not come by this site so far.",
  ),
  ofWay("gauge", "seconds", ({ delayMs }) => inSeconds(delayMs))(
    "pulso_way_delay_seconds",
    "Mean time beyond the shortest transit of the host by any site, RFC 5481 section 4.2.",
  ),
  ofWay("gauge", "seconds", ({ jitterMs }) => inSeconds(jitterMs))(
    "pulso_way_jitter_seconds",
    "Interarrival jitter of the host's datagrams by this site, RFC 3550 section 6.4.1.",
  ),
];

function inSeconds(ms: Metric): Metric {
  return ms === null ? null : ms / 1_000;
}
