/**
 * Every family of metrics that the server has of itself: what came, what it dropped, its hosts by status,
 * its parts, its record and the alerts that stand. Pure.
 */
import type { AlertRule } from "../../alerts/rule.ts";
import { VERSION } from "../../../common/options.ts";
import { DROP_REASONS, type DropReason, HOST_STATUSES } from "../../../common/status.js";
import type { Fleet } from "../../fleet/fleet.ts";
import type { FleetTotals, RecordCounts } from "../../fleet/receipt.ts";
import type { BusState } from "../../bus/open.ts";
import type { ReceiverState } from "../../export/remote_queue.ts";
import type { DestinationState } from "../../outlets/destination.ts";
import { busFamilies } from "./bus_families.ts";
import { counter, labelled, type ServerFamily } from "./sample.ts";

/** What is told of the server besides its fleet, and by how much the wall clock is ahead of the fleet's. */
export interface ServerState {
  readonly aheadMs: number;
  readonly failures: ReadonlyMap<string, number>;
  readonly recorded: RecordCounts | null;
  /** The keys of the hosts of alerts that stand, rule by rule, and the name of each. */
  readonly alerts: ReadonlyMap<Pick<AlertRule, "id" | "severity">, readonly string[]>;
  readonly nameOf: (key: string) => string;
  readonly remoteWrite: readonly ReceiverState[];
  readonly bus: BusState | null;
  readonly destinations: readonly DestinationState[];
}

/** What knows it. */
export interface ServerContext {
  readonly aheadMs: () => number;
  readonly failures: ReadonlyMap<string, number>;
  readonly recorded: () => RecordCounts | null;
  readonly fleet: Pick<Fleet, "host">;
  readonly alerts: { readonly keys: ServerState["alerts"] };
  readonly remoteWrite: () => readonly ReceiverState[];
  readonly bus: () => BusState | null;
  readonly outbox: { readonly state: readonly DestinationState[] };
}

/** What is told of the server now. */
export function stateOf(context: ServerContext): ServerState {
  const { fleet, aheadMs, failures, recorded, alerts, remoteWrite, bus, outbox } = context;
  return {
    ...{ aheadMs: aheadMs(), failures, recorded: recorded() },
    ...{ alerts: alerts.keys, nameOf: (key) => fleet.host(key)?.name ?? key },
    ...{ remoteWrite: remoteWrite(), bus: bus() },
    destinations: outbox.state,
  };
}

/** Every family of the server's own. */
export function serverFamilies(
  totals: FleetTotals,
  state: ServerState,
): readonly ServerFamily[] {
  const { aheadMs, failures, recorded, remoteWrite, bus, destinations } = state;
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
      "Datagrams accepted; received = accepted + copied + dropped.",
      totals.accepted,
    ),
    counter(
      "pulso_server_copied_datagrams_total",
      "datagrams",
      "Datagrams that another site had delivered.",
      totals.copies,
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
    ...remoteWriteFamilies(remoteWrite),
    ...busFamilies(bus),
    alertFamily(state),
    ...notificationFamilies(destinations),
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

/** What became of the samples that are pushed, where any are. */
function remoteWriteFamilies(receivers: readonly ReceiverState[]): readonly ServerFamily[] {
  if (receivers.length === 0) return [];
  const name = "pulso_server_remote_write";
  const series = receivers.flatMap(({ receiver, sent, refused, dropped }) =>
    Object.entries({ sent, refused, dropped }).map(([result, count]) =>
      [[["receiver", receiver], ["result", result]], count] as const
    )
  );
  const per = (value: "retries" | "waitingBytes") =>
    receivers.map((state) => [state.receiver, state[value]] as const);
  const [retries, waiting] = ["Requests sent again.", "Bytes of requests that wait."];
  return [
    {
      ...{ name: `${name}_samples_total`, type: "counter", unit: null, series },
      help: "Samples that receivers took, refused for good, or that too many others waited for.",
    },
    labelled(`${name}_retries_total`, "counter", retries, "receiver", per("retries")),
    labelled(`${name}_waiting_bytes`, "gauge", waiting, "receiver", per("waitingBytes"), "bytes"),
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
function alertFamily({ alerts, nameOf }: ServerState): ServerFamily {
  const [name, help] = ["pulso_alert", "Alerts that stand, by rule, severity and host."];
  // One by one, as they are written: as many may stand as there are hosts.
  const series = alerts.entries().flatMap(([{ id, severity }, keys]) =>
    keys.values().map((key) =>
      [[["alert", id], ["severity", severity], ["host", nameOf(key)], ["id", key]], 1] as const
    )
  );
  return { name, type: "gauge", unit: null, help, series };
}

/** What became of the notices for each destination, where there are any. */
function notificationFamilies(
  destinations: readonly DestinationState[],
): readonly ServerFamily[] {
  if (destinations.length === 0) return [];
  const name = "pulso_notifications";
  const series = destinations.flatMap(({ name, sent, retried, givenUp }) =>
    Object.entries({ sent, retried, given_up: givenUp }).map(([result, count]) =>
      [[["destination", name], ["result", result]], count] as const
    )
  );
  const waiting = destinations.map(({ name, waiting }) => [name, waiting] as const);
  return [
    {
      ...{ name: `${name}_total`, type: "counter", unit: null, series },
      help: "Notices sent and given up, and attempts that failed and were made again.",
    },
    labelled(
      `${name}_waiting`,
      "gauge",
      "Notices that are still to be sent.",
      "destination",
      waiting,
    ),
  ];
}

const DROPS = Object.keys(DROP_REASONS) as readonly DropReason[];
