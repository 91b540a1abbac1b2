/**
 * One row is a metric: a metric of each kind is added to a copy of the catalogue, in a copy of the tree,
 * and found wherever metrics are. Nothing else of the copy is changed.
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { DEVICES, groupOf, metricOf, METRICS, ROW_GROUPS, sourcesOf } from "../lib/catalogue.ts";

const ROOT = new URL("..", import.meta.url);
const MAY_ALL = (["read", "write", "run"] as const)
  .every((name) => Deno.permissions.querySync({ name }).state === "granted");

/** A metric of each kind; the marker stands for each one's own name. */
const ADDED = `
  {
    ...{ id: "fans", path: "hardware.fans", kind: "host", unit: "number", field: "fansOfHost" },
    ...{ label: "Fans", short: "fans", formula: "how fast they turn", past: "fans", chart: "Fans" },
    ...{ sort: "descending", terminal: [[186, 5]], page: { from: 0, track: "6ch" } },
    recent: { id: "lastFans", field: "fansRecent", from: 0, track: "84px" },
    ...{ line: true, prometheus: { name: "pulso_fans" } },
  },
  {
    ...{ id: "quota", path: "disk.volumes[].quota", kind: "volume", unit: "percent" },
    ...{ label: "Quota", short: "quota", formula: "share of a quota in use" },
    prometheus: { name: "pulso_volume_quota_ratio", help: "Share of a quota in use." },
  },
  {
    ...{ id: "errors", path: "network.interfaces[].errors", kind: "interface", unit: "packets" },
    ...{ label: "Errors", short: "errors", formula: "packets with errors" },
    prometheus: { name: "pulso_network_errors_packets_total", help: "Errors.", type: "counter" },
  },
  {
    ...{ id: "retries", path: "disk.disks[].retries", kind: "disk", unit: "number" },
    ...{ label: "Retries", short: "retries", formula: "operations tried again" },
    prometheus: { name: "pulso_disk_retries", help: "Retries." },
  },
  {
    ...{ id: "limit", path: "sensors.temps[].limit", kind: "temperature", unit: "number" },
    ...{ label: "Limit", short: "limit", formula: "where it is too hot" },
    prometheus: { name: "pulso_temperature_limit", help: "Limit." },
  },
  {
    ...{ id: "blades", path: "sensors.fans[].blades", kind: "fan", unit: "number" },
    ...{ label: "Blades", short: "blades", formula: "how many it has" },
    prometheus: { name: "pulso_fan_blades", help: "Blades." },
  },
  {
    ...{ id: "clocks", path: "cpu.clocks[]", kind: "clock", unit: "number" },
    ...{ label: "Clocks", short: "clocks", formula: "how fast each is" },
    prometheus: { name: "pulso_core_clock", help: "Clock." },
  },
  {
    ...{ id: "errorsInAll", from: { total: ["errors"] }, kind: "host", unit: "packets" },
    ...{ label: "All errors", short: "all err", formula: "errors of all", field: "errorsInAll" },
    ...{ sort: "ascending", terminal: [[187, 8]] },
  },
`;

/** Another number of each core: the list of cores has one, so that it is a kind with a list of its own. */
const ADDED_KIND = `
  clock: {
    ...{ list: "cpu.clocks", key: null, most: 1_024, keyLength: 0, sums: false, optional: true },
    ...{ omitted: "clocksOmitted", label: "Clock", labels: "Clocks", prometheus: "core" },
  },
`;

/** What is asked of the copy, in a process of its own. */
const PROBE = `
import { METRIC_GROUPS } from "./lib/message/message.ts";
import { decodeMessage } from "./lib/message/decode.ts";
import { encodeMessage } from "./lib/message/encode.ts";
import { CanonicalReader, Digest } from "./lib/message/digest.ts";
import { PLACE } from "./lib/message/summary.ts";
import { TextCache } from "./lib/common/hash.ts";
import { Fleet } from "./lib/server/fleet/fleet.ts";
import { ASSETS } from "./lib/server/web/assets.ts";
import { recentRowJson } from "./lib/server/web/api/api.ts";
import { renderLine } from "./lib/server/views/view.ts";
import { expose } from "./lib/server/web/prometheus/exposition.ts";
import { withTables } from "./tools/documents.ts";
import { rarestSampleOf } from "./tests/messages.ts";

const sample = rarestSampleOf({ cores: 2, volumes: 1, interfaces: 2 });
const withAll = (devices, more) => devices.map((device) => ({ ...device, ...more }));
const message = {
  ...sample,
  hardware: { fans: 12.345 },
  cpu: { ...sample.cpu, clocks: [7, 8] },
  disk: {
    ...sample.disk,
    volumes: withAll(sample.disk.volumes, { quota: 33.33 }),
    disks: withAll(sample.disk.disks, { retries: 5 }),
  },
  network: { ...sample.network, interfaces: withAll(sample.network.interfaces, { errors: 4 }) },
  sensors: {
    ...sample.sensors,
    temps: withAll(sample.sensors.temps, { limit: 90 }),
    fans: withAll(sample.sensors.fans, { blades: 9 }),
  },
};
const bytes = encodeMessage(message);
const digest = new Digest();
const isRead = new CanonicalReader(new TextCache(9)).read(bytes, digest);
const fleet = new Fleet({ maxHosts: 9, historyMs: 60_000, nowMs: 0 });
fleet.receive(bytes, { hostname: "192.0.2.7", port: 1 }, 0);
const [row] = fleet.rows(0);
const host = [...fleet.hosts()][0];
const decoder = new TextDecoder();
const decoded = decodeMessage(bytes);
const { placeColumns } = await import("./lib/server/views/terminal/pages/columns.ts");
console.log(JSON.stringify({
  groups: METRIC_GROUPS,
  hardware: decoded.hardware,
  devices: [
    decoded.disk.volumes[0].quota,
    decoded.network.interfaces[1].errors,
    decoded.disk.disks[0].retries,
    decoded.sensors.temps[1].limit,
    decoded.sensors.fans[0].blades,
    decoded.cpu.clocks,
  ],
  isRead,
  summary: [digest.summary[PLACE.fans], digest.summary[PLACE.errorsInAll]],
  row: [row.fansOfHost, row.errorsInAll],
  past: host.history.values("fans"),
  columns: placeColumns(250).map(({ name }) => name),
  recent: recentRowJson(host, { nowMs: 0, aheadMs: 0 }).fansRecent,
  line: renderLine({ host, message, sender: host, nowMs: 0, receivedAtMs: 0 }),
  page: [
    ["page.js", '"id":"fans"'],
    ["page.js", '"hardware":"Hardware"'],
    ["page.css", '.cell.fans { grid-area: fans; --label: "FANS"; }'],
  ].map(([name, text]) => ASSETS.get(name).text.includes(text)),
  metrics: Array.from(expose(fleet, 0, "openmetrics"), (piece) => decoder.decode(piece)).join(""),
  documents: ["row", "families", "message"].map((name) =>
    withTables("<!-- catalogue: " + name + " -->\\n<!-- end of catalogue -->")
  ),
}));
`;

async function copyTree(to: string): Promise<void> {
  const { success } = await new Deno.Command("cp", {
    args: ["-r", ...["lib", "tools", "tests", "deno.json", "deno.lock"], to],
    cwd: ROOT,
  }).output();
  assert(success);
}

Deno.test({
  name: "a metric of each kind is a row, and found everywhere (needs --allow-all)",
  ignore: !MAY_ALL,
  async fn() {
    const folder = await Deno.makeTempDir();
    try {
      await copyTree(folder);
      const path = `${folder}/lib/catalogue.ts`;
      const text = await Deno.readTextFile(path);
      const end = "] as const satisfies readonly CatalogueRow[];";
      const endOfKinds = "} as const satisfies Readonly<Record<string, DeviceKind>>;";
      for (const mark of [end, endOfKinds]) assertEquals(text.split(mark).length, 2);
      await Deno.writeTextFile(
        path,
        text.replace(end, ADDED + end).replace(endOfKinds, ADDED_KIND + endOfKinds),
      );
      await Deno.writeTextFile(`${folder}/probe.ts`, PROBE);
      const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
        args: ["run", "--no-prompt", "--allow-all", "--no-check", "--quiet", "probe.ts"],
        cwd: folder,
      }).output();
      const decoder = new TextDecoder();
      assertEquals(decoder.decode(stderr), "");
      assertFound(JSON.parse(decoder.decode(stdout)));
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

// deno-lint-ignore no-explicit-any
function assertFound(found: any): void {
  assertEquals(found.groups.at(-1), "hardware");
  assertEquals(found.hardware, { fans: 12.35 });
  assertEquals(found.devices, [33.3, 4, 5, 90, 9, [7, 8]]);
  assertEquals([found.isRead, found.summary, found.row], [true, [12.35, 8], [12.35, 8]]);
  assertEquals(found.past, [12.35]);
  for (const column of ["fans", "errorsInAll"]) assert(found.columns.includes(column), column);
  assertEquals([found.recent, found.page], [[12.35], [true, true, true]]);
  assertStringIncludes(found.line, "  fans 12.3  lost ");
  for (
    const line of [
      "# TYPE pulso_fans gauge",
      "# HELP pulso_fans How fast they turn.",
      /^pulso_fans\{host="[^"]*",id="[^"]*"\} 12.35$/m,
      "# UNIT pulso_volume_quota_ratio ratio",
      /^pulso_volume_quota_ratio\{.*,mount="\/"\} 0.333$/m,
      "# UNIT pulso_network_errors_packets packets",
      /^pulso_network_errors_packets_total\{.*,interface="eth1"\} 4$/m,
      /^pulso_disk_retries\{.*,disk="nvme0n1"\} 5$/m,
      /^pulso_temperature_limit\{.*,sensor="Composite"\} 90$/m,
      /^pulso_fan_blades\{.*,fan="fan1"\} 9$/m,
      /^pulso_core_clock\{.*,core="1"\} 8$/m,
    ]
  ) {
    assert(
      typeof line === "string" ? found.metrics.includes(line) : line.test(found.metrics),
      `${line}`,
    );
  }
  const [row, families, message] = found.documents;
  for (const word of ["fansOfHost", "errorsInAll"]) assert(row.includes(word), word);
  for (const name of ["pulso_volume_quota_ratio", "pulso_core_clock", "pulso_fan_blades"]) {
    assert(families.includes(name), name);
  }
  for (
    const path of [
      ...["hardware.fans", "disk.volumes[].quota", "network.interfaces[].errors", "cpu.clocks"],
      ...["disk.disks[].retries", "sensors.temps[].limit", "sensors.fans[].blades"],
    ]
  ) {
    assert(message.includes(`\`${path}\``), path);
  }
}

Deno.test("METRICS has one row for each id, path, field, name of the past and of Prometheus", () => {
  for (const key of ["id", "path", "field", "past"] as const) {
    const values = METRICS.map((row) => row[key]).filter((value) => value !== undefined);
    assertEquals(values.length, new Set(values).size, key);
  }
  const names = METRICS.flatMap(({ prometheus }) => prometheus?.name ?? []);
  assertEquals(names.length, new Set(names).size);
});

Deno.test("METRICS that stand in an array have their place in every message", () => {
  for (const row of METRICS.filter(({ path }) => path !== undefined)) {
    const inArray = row.kind === "host"
      ? ROW_GROUPS.includes(groupOf(row))
      : DEVICES[row.kind].isRow;
    assert(!(inArray && row.optional), row.id);
  }
});

Deno.test("METRICS name only what is there, and wholes come before their parts", () => {
  METRICS.forEach(({ path, from, partOf, kind }, at) => {
    assert((path === undefined) !== (from === undefined));
    const sources = [...(from === undefined ? [] : sourcesOf(from)), ...(partOf ? [partOf] : [])];
    for (const id of sources) assert(metricOf(id) !== undefined);
    if (partOf === undefined) return;
    const whole = METRICS.findIndex(({ id }) => id === partOf);
    assert(whole < at && METRICS[whole]!.kind === kind);
  });
});
