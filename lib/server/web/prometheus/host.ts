/**
 * The families that tell of every host, whether it is there or not: that it reports, when it last
 * did, and what became of its datagrams. Pure.
 */
import type { Metric } from "../../../message/message.ts";
import { type HostFamily, ofHost } from "./family.ts";

const gauge = ofHost("gauge");
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
  gauge(
    "pulso_host_last_seen_timestamp_seconds",
    "When the host's newest datagram came, by the server's clock.",
    ({ lastSeenMs }) => Math.round(lastSeenMs) / 1_000,
  ),
  gauge(
    "pulso_host_interval_seconds",
    "Time between two samples, as the host declares it.",
    ({ up, intervalMs }) => up ? intervalMs / 1_000 : null,
  ),
];

/** What became of the host's datagrams; of a sender without sequence numbers only what came. */
export const DELIVERY_FAMILIES: readonly HostFamily[] = [
  counter(
    "pulso_datagrams_received_total",
    "Datagrams accepted from the host.",
    ({ received }) => received,
  ),
  // A loss is taken back when its datagram comes late, but a counter that falls counts as one that
  // began anew: what was taken back is a counter of its own, and the sum of both only ever grows.
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
  gauge(
    "pulso_datagrams_jitter_seconds",
    "Interarrival jitter of the host's datagrams, RFC 3550 section 6.4.1.",
    ({ jitterMs }) => inSeconds(jitterMs),
  ),
  gauge(
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

function inSeconds(ms: Metric): Metric {
  return ms === null ? null : ms / 1_000;
}
