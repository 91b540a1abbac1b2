import { assert, assertEquals } from "@std/assert";
import dashboard from "../docs/grafana.json" with { type: "json" };
import { Fleet } from "../lib/server/fleet/fleet.ts";
import { expose } from "../lib/server/web/prometheus/exposition.ts";
import { expressionsOf } from "./dashboard.ts";
import { readExposition } from "./server/web/exposition.ts";

function exportedNames(): string[] {
  const fleet = new Fleet({ maxHosts: 1, historyMs: 60_000, nowMs: 0 });
  const decoder = new TextDecoder();
  const text = Array.from(expose(fleet, 0, "text"), (piece) => decoder.decode(piece)).join("");
  return [...readExposition(text).keys()];
}

Deno.test("docs/grafana.json asks only for metrics that are exported, and for nearly all of them", () => {
  const queries = [
    ...expressionsOf(dashboard),
    ...dashboard.templating.list.map(({ query }) => JSON.stringify(query)),
  ];
  const asked = new Set(queries.flatMap((query) => query.match(/\bpulso_\w+/g) ?? []));
  const exported = exportedNames();
  assertEquals([...asked].filter((name) => !exported.includes(name)), []);
  assertEquals(exported.filter((name) => !asked.has(name)), [
    "pulso_build_info",
    "pulso_server_received_bytes_total",
    "pulso_server_copied_datagrams_total",
    "pulso_server_forgotten_hosts_total",
    "pulso_datagrams_pending",
    "pulso_datagrams_jitter_seconds",
    "pulso_clock_offset_seconds",
    "pulso_id_shared",
    ...["pulso_way_datagrams_received_total", "pulso_way_datagrams_missing"],
    ...["pulso_way_delay_seconds", "pulso_way_jitter_seconds"],
    ...["pulso_cpu_idle_ratio", "pulso_memory_cached_bytes", "pulso_memory_arc_bytes"],
    ...["pulso_volume_readonly", "pulso_network_up", "pulso_network_speed_bytes_per_second"],
    ...["pulso_open_files_max", "pulso_conntrack_entries_max"],
    ...["pulso_fan_speed_rpm", "pulso_battery_ratio", "pulso_host_info"],
  ]);
});

Deno.test("docs/grafana.json fills in every variable, and names each panel's data source by one", () => {
  for (const expression of expressionsOf(dashboard)) assert(!expression.includes("$"), expression);
  const sources = dashboard.panels.flatMap((panel) =>
    panel.datasource ? [panel.datasource.uid] : []
  );
  assertEquals([...new Set(sources)], ["${datasource}"]);
});

Deno.test("docs/grafana.json has panels that neither share an id nor overlap", () => {
  const { panels } = dashboard;
  assertEquals(new Set(panels.map(({ id }) => id)).size, panels.length);
  const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
    Array.from({ length: w * h }, (_, n) => `${x + n % w},${y + Math.floor(n / w)}`)
  );
  assertEquals(new Set(cells).size, cells.length);
  assert(panels.every(({ gridPos: { x, w } }) => x + w <= 24));
});
