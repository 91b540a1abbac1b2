import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { METRICS } from "../../../lib/catalogue.ts";
import { cleanText } from "../../../lib/common/text.js";
import { partsOf, queriesOf, selectorOf, topQuery } from "../../../lib/server/export/promql.ts";

const KEPT = METRICS.filter(({ store }) => store).map(({ id }) => id);

/** What a selector of PromQL lets through: a text in quotes, as Go writes it, and the whole of a label by RE2. */
function readSelector(selector: string): (label: string) => boolean {
  const [, text] = /^id=~"((?:[^"\\\n]|\\[\\"])*)"$/u.exec(selector)!;
  const pattern = new RegExp(`^(?:${text!.replace(/\\([\\"])/g, "$1")})$`, "u");
  return (label) => pattern.test(label);
}

/** Ids as hosts have them that send none: an address, and any name. */
const ids = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 20 }),
  fc.string({ unit: fc.constantFrom(...'a.*+?()[]{}|^$\\"-/\n\u202e\ud800\u0301'), maxLength: 12 }),
);

Deno.test("selectorOf() selects the hosts that are named, by what their ids are there, and no other", () => {
  fc.assert(
    fc.property(fc.array(ids, { minLength: 1, maxLength: 4 }), ids, (named, other) => {
      const selects = readSelector(selectorOf(named));
      const known = named.map(cleanText);
      for (const id of known) assert(selects(id));
      assertEquals(selects(cleanText(other)), known.includes(cleanText(other)));
    }),
    { numRuns: 300 },
  );
});

Deno.test("queriesOf() asks for every part of every host once, in queries that are short", () => {
  const all = fc.array(ids, { minLength: 1, maxLength: 50 });
  fc.assert(
    fc.property(all, fc.integer({ min: 1, max: 5_000 }), (hosts, count) => {
      const parts = partsOf(KEPT.slice(0, 8));
      const queries = [...queriesOf(parts, hosts, { stepMs: 60_000, count })];
      const asked = queries.flatMap((query) => {
        const names = Array.from(query.matchAll(/, "part", "([^"]+)"/g), ([, name]) => name!);
        const [, selector] = /(id=~"(?:[^"\\]|\\.)*")/u.exec(query)!;
        const selects = readSelector(selector!);
        const selected = hosts.filter((id) => selects(cleanText(id)));
        const isOne = names.length === 1 && new Set(selected).size === 1;
        assert(isOne || query.length <= 12_000);
        return names.flatMap((name) => selected.map((id) => JSON.stringify([name, id])));
      });
      const wanted = parts.flatMap(([name]) => hosts.map((id) => JSON.stringify([name, id])));
      assertEquals(new Set(asked), new Set(wanted));
    }),
    { numRuns: 20 },
  );
});

Deno.test("partsOf() asks by the formula of the catalogue", async (t) => {
  const cases: [id: string, mean: string][] = [
    ["cpu", "avg by (id) (avg_over_time(pulso_cpu_usage_ratio{H}[60s]))"],
    [
      "memory",
      "avg by (id) (avg_over_time((pulso_memory_used_bytes{H} / (pulso_memory_total_bytes{H}))[60s:15s]))",
    ],
    [
      "volume",
      "avg by (id) (avg_over_time((max without (mount) (pulso_volume_used_bytes{H} / " +
      "(pulso_volume_used_bytes{H} + pulso_volume_free_bytes{H})))[60s:15s]))",
    ],
    [
      "interfaceLost",
      'avg by (id) (avg_over_time((sum without (interface) ({__name__=~"pulso_network_receive_lost_packets_total' +
      '|pulso_network_transmit_lost_packets_total",H}))[60s:15s]))',
    ],
  ];
  for (const [id, mean] of cases) {
    await t.step(id, () => {
      const parts = new Map(partsOf([id]));
      assertEquals(parts.get(`${id}.mean`)!("H", 60_000), mean);
      const lowest = mean.replace("avg by", "min by").replace("avg_over_time", "min_over_time");
      assertEquals(parts.get(`${id}.lowest`)!("H", 60_000), lowest);
    });
  }
  const day = new Map(partsOf(["memory"])).get("memory.highest")!("H", 86_400_000);
  assert(day.startsWith("max by (id) (max_over_time(") && day.endsWith("[86400s:720s]))"), day);
});

Deno.test("every metric that is kept can be asked for, and ranked by", () => {
  for (const [, part] of partsOf(KEPT)) assert(part("H", 60_000).includes("pulso_"));
  for (const id of KEPT) assert(topQuery(id, 60_000, 5).startsWith("topk(5, avg by (id) ("));
});
