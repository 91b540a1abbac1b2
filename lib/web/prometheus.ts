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
import { type HostSample, sampleHost } from "./prometheus_sample.ts";
import { serverFamilies } from "./prometheus_server.ts";

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

/** A chunk of this many characters is full, however few its hosts: one may have a thousand cores. */
const CHUNK_LENGTH = 65_536;

/**
 * Writes the fleet and the server in numbers, family by family. A host that is offline or left has
 * no metrics, only `pulso_host_up` 0, when it was last seen, and what became of its datagrams.
 */
export function* expose(
  fleet: Fleet,
  nowMs: number,
  format: ExpositionFormat,
): Generator<string> {
  const headerOf = format === "text" ? textHeader : openMetricsHeader;
  // Hosts may come and go between two chunks, and no family may name one twice.
  const hosts = Array.from(fleet.hosts());
  const samples: HostSample[] = [];
  let text = serverFamilies(fleet.totals(nowMs)).map((own) => headerOf(own) + own.lines).join("");
  let steps = 0;
  for (const family of HOST_FAMILIES) {
    text += headerOf(family);
    for (let index = 0; index < hosts.length; index++) {
      text += family.linesOf(samples[index] ??= sampleHost(hosts[index]!, nowMs));
      if (++steps < HOSTS_PER_TURN && text.length < CHUNK_LENGTH) continue;
      yield text;
      text = "";
      steps = 0;
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
