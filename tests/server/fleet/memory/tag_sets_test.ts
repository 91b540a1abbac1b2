import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { TagSets } from "../../../../lib/server/fleet/memory/tag_sets.ts";

const DB = '{"role":"db"}';
const WEB = '{"role":"web","site":"fra"}';

Deno.test("TagSets keep the same tags of all slots once", () => {
  const sets = new TagSets();
  for (let slot = 0; slot < 1_000; slot++) sets.put(slot, slot % 2 === 0 ? DB : WEB);
  assertEquals([sets.of(0), sets.of(999), sets.of(5_000)], [
    { role: "db" },
    { role: "web", site: "fra" },
    {},
  ]);
  assertEquals(sets.of(2), sets.of(998));
  assertEquals(sets.idOf(2), sets.idOf(998));
  assertEquals(sets.keys(), ["role", "site"]);
  assertEquals(sets.map(({ role = "" }) => role), ["", "db", "web"]);
  const isDb = sets.test(({ role }) => role === "db");
  assertEquals([0, 1, 998, 5_000].filter(isDb), [0, 998]);
});

Deno.test("TagSets forget those that no slot has any more", () => {
  const sets = new TagSets();
  for (let n = 0; n < 100; n++) sets.put(7, `{"n":"${n}"}`);
  assertEquals([sets.of(7), sets.map(({ n }) => n)], [{ n: "99" }, [undefined, undefined, "99"]]);
  sets.put(7, "");
  assertEquals([sets.of(7), sets.keys()], [{}, []]);
});

Deno.test("TagSets have for each slot what was put there last", () => {
  const step = fc.tuple(fc.nat(200), fc.constantFrom("", DB, WEB, '{"__proto__":"x"}'));
  fc.assert(fc.property(fc.array(step), (steps) => {
    const sets = new TagSets();
    const texts = new Map<number, string>();
    for (const [slot, text] of steps) {
      sets.put(slot, text);
      texts.set(slot, text);
    }
    for (const [slot, text] of texts) assertEquals(sets.of(slot), JSON.parse(text || "{}"));
    const used = new Set(texts.values());
    assertEquals(sets.keys(), [
      ...(used.has('{"__proto__":"x"}') ? ["__proto__"] : []),
      ...(used.has(DB) || used.has(WEB) ? ["role"] : []),
      ...(used.has(WEB) ? ["site"] : []),
    ]);
  }));
});
