/**
 * The families of metrics of the server itself: its account of datagrams, its hosts by status, its
 * version. Pure; drop reasons that did not occur are 0, as those are known to be none.
 */
import type { DropReason } from "../../../common/drop_reasons.js";
import type { FleetTotals } from "../../fleet/totals.ts";
import { DROP_REASONS } from "../../../common/drop_reasons.js";
import { HOST_STATUSES } from "../../../common/status.js";
import { VERSION } from "../../../common/options.ts";
import type { Family, FamilyType } from "./families.ts";
import { quote } from "./sample.ts";

/** A family of the server's own, its lines written out. */
export interface ServerFamily extends Family {
  readonly lines: string;
}

/** Every family of the server's own. */
export function serverFamilies(
  totals: FleetTotals,
  aheadMs: number,
  failures: ReadonlyMap<string, number>,
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
  ];
}

/** What the kernel dropped, where that is known. */
function kernelFamilies({ kernelDropped }: FleetTotals): readonly ServerFamily[] {
  if (kernelDropped === null) return [];
  const name = "pulso_server_kernel_dropped_datagrams_total";
  return [
    counter(
      name,
      "datagrams",
      "Datagrams that the kernel dropped at the server's socket.",
      kernelDropped,
    ),
  ];
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
