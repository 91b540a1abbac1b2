/**
 * The fleet as Prometheus reads it, as text 0.0.4 or OpenMetrics 1.0, in pieces that each take well
 * under 5 ms to make. Pure: whoever sends the pieces gives the event loop a turn between them.
 */
import type { Fleet } from "../fleet/fleet.ts";
import { HOSTS_PER_TURN } from "./context.ts";
import type { Family, HostFamily } from "./prometheus_family.ts";
import { DELIVERY_FAMILIES, PRESENCE_FAMILIES } from "./prometheus_host.ts";
import {
  CPU_FAMILIES,
  DISK_FAMILIES,
  MEMORY_FAMILIES,
  NETWORK_FAMILIES,
} from "./prometheus_metrics.ts";
import { sampleHost } from "./prometheus_sample.ts";
import { serverFamilies } from "./prometheus_server.ts";
import { ScrapeTable } from "./prometheus_table.ts";

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
  ...CPU_FAMILIES,
  ...MEMORY_FAMILIES,
  ...DISK_FAMILIES,
  ...NETWORK_FAMILIES,
];

/** A chunk of this many characters is full: one or two milliseconds of work. */
export const CHUNK_LENGTH = 524_288;
/** Hosts that are looked at for one chunk even if they have little to say. */
const LOOKS_PER_TURN = 20_000;

/**
 * Writes the fleet and the server in numbers, family by family; an empty piece means that it goes on. A host that is offline or left has
 * no metrics, only `pulso_host_up` 0, when it was last seen, and what became of its datagrams.
 */
export function* expose(
  fleet: Fleet,
  nowMs: number,
  format: ExpositionFormat,
): Generator<string> {
  const headerOf = format === "text" ? textHeader : openMetricsHeader;
  yield serverFamilies(fleet.totals(nowMs)).map((own) => headerOf(own) + own.lines).join("");
  const table = new ScrapeTable(HOST_FAMILIES);
  // Hosts may come and go between two turns, and no family may name one twice.
  for (const host of Array.from(fleet.hosts())) {
    table.add(sampleHost(host, nowMs));
    if (table.length % HOSTS_PER_TURN === 0) yield "";
  }
  let text = "";
  let looks = 0;
  for (const [familyAt, family] of HOST_FAMILIES.entries()) {
    text += headerOf(family);
    const linesOf = table.writer(familyAt);
    for (let at = 0; at < table.length; at++) {
      text += linesOf(at);
      if (++looks < LOOKS_PER_TURN && text.length < CHUNK_LENGTH) continue;
      yield text;
      text = "";
      looks = 0;
    }
  }
  yield format === "openmetrics" ? `${text}# EOF\n` : text;
}

function textHeader({ name, type, help }: Family): string {
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type === "counter" ? type : "gauge"}\n`;
}

function openMetricsHeader({ name, type, help }: Family): string {
  const family = name.replace(/_(total|info)$/, "");
  const unit = /_(bytes_per_second|bytes|seconds|ratio|packets|datagrams)$/.exec(family)?.[1];
  const lines = [`# TYPE ${family} ${type}`, `# HELP ${family} ${help}`];
  if (unit !== undefined) lines.splice(1, 0, `# UNIT ${family} ${unit}`);
  return lines.join("\n") + "\n";
}
