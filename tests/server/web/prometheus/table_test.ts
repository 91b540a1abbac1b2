import { assertEquals } from "@std/assert";
import { Fleet } from "../../../../lib/server/fleet/fleet.ts";
import {
  METRIC_FAMILIES,
  ofHost,
  OWN_FAMILIES,
} from "../../../../lib/server/web/prometheus/families.ts";
import { hostLabels, sampleHost } from "../../../../lib/server/web/prometheus/sample.ts";
import { ScrapeTable } from "../../../../lib/server/web/prometheus/table.ts";
import { LineWriter, Texts } from "../../../../lib/server/web/prometheus/writer.ts";
import { jsonOf } from "../../../messages.ts";

const START_MS = 1_795_442_910_170;

const NAMES = [
  ["pulso_cpu_usage_ratio", "mean"],
  ["pulso_cpu_core_usage_ratio", "core"],
  ["pulso_volume_used_bytes", "used"],
  ["pulso_network_receive_bytes_per_second", "rx"],
] as const;
const FAMILIES = [
  ...OWN_FAMILIES,
  ofHost("gauge")("up", "", ({ up }) => Number(up)),
  ...NAMES.map(([name, short]) => ({
    ...METRIC_FAMILIES.find((family) => family.name === name)!,
    name: short,
  })),
];

function tableOf(...messages: object[]): ScrapeTable {
  const fleet = new Fleet({ maxHosts: 9, historyMs: 60_000, nowMs: START_MS });
  for (const message of messages) {
    fleet.receive(jsonOf({ v: 1, ...message }), { hostname: "192.0.2.7", port: 1 }, START_MS);
  }
  const table = new ScrapeTable(FAMILIES);
  for (const host of fleet.hosts()) table.add(hostLabels(host), sampleHost(host, START_MS));
  return table;
}

/** All lines, host after host in each family, without the labels that name the host. */
function linesOf(table: ScrapeTable): string[] {
  const writer = new LineWriter();
  for (const family of FAMILIES.keys()) {
    for (let host = 0; host < table.length; host++) table.write(writer, family, host);
  }
  const lines = new TextDecoder().decode(writer.take()).split("\n").slice(0, -1);
  return lines.map((line) => line.replace(/host="\w+",id="(\w+)"/, "$1"));
}

Deno.test("ScrapeTable writes each host's own values, whatever parts the others have", () => {
  const table = tableOf(
    {
      ...{ id: "a", host: "a", cpu: { mean: 1, cores: [5, null, 7] } },
      disk: { volumes: [{ mount: "/", used: 3 }, { mount: 'C:"', used: 4 }] },
    },
    { id: "b", host: "b" },
    {
      ...{ id: "c", host: "c", cpu: { mean: 2, cores: [9] } },
      disk: { volumes: [{ mount: 'C:"', used: 6 }, { mount: "/", used: null }] },
      network: { interfaces: [{ name: "0", rx: 8 }] },
    },
  );
  assertEquals(linesOf(table), [
    ...["pulso_host_info{a} 1", "pulso_host_info{b} 1", "pulso_host_info{c} 1"],
    ...["up{a} 1", "up{b} 1", "up{c} 1", "mean{a} 0.01", "mean{c} 0.02"],
    ...['core{a,core="0"} 0.05', 'core{a,core="2"} 0.07', 'core{c,core="0"} 0.09'],
    ...['used{a,mount="/"} 3', 'used{a,mount="C:\\""} 4', 'used{c,mount="C:\\""} 6'],
    'rx{c,interface="0"} 8',
  ]);
  table.clear();
  assertEquals(table.length, 0);
});

Deno.test("ScrapeTable writes what each host says of itself, and its own numbers", () => {
  const table = tableOf(
    { id: "a", host: "a", tags: { role: "db" }, extra: { "a b": -1.5, big: 1e300, zero: 0 } },
    { id: "b", host: "b", extra: { 'q"': 7 } },
    { id: "c", host: "c", tags: { role: "db" } },
    { id: "d", host: "d", tags: { role: "web", id: "x" }, extra: {} },
  );
  assertEquals(linesOf(table).filter((line) => line.startsWith("pulso")), [
    'pulso_host_info{a,role="db"} 1',
    "pulso_host_info{b} 1",
    'pulso_host_info{c,role="db"} 1',
    'pulso_host_info{d,tag_id="x",role="web"} 1',
    'pulso_extra{a,name="a b"} -1.5',
    'pulso_extra{a,name="big"} 1e+300',
    'pulso_extra{a,name="zero"} 0',
    'pulso_extra{b,name="q\\""} 7',
  ]);
});

Deno.test("Texts keeps texts in their order, whatever their length and characters", () => {
  const texts = new Texts();
  const all = ["", "a", "東京", "x".repeat(10_000), "", "é"];
  for (const text of all) texts.push(text);
  const writer = new LineWriter();
  const read = all.map((_, at) => {
    texts.writeTo(writer, at);
    return new TextDecoder().decode(writer.take());
  });
  assertEquals([read, texts.length], [all, all.length]);
});
