import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { TextMap } from "../../lib/common/text_map.ts";

Deno.test("TextMap holds what a Map holds, whatever is put in and taken out", () => {
  const keys = fc.nat(200).map((n) => `key-${n}`);
  const steps = fc.array(fc.tuple(fc.boolean(), keys), { maxLength: 1_000, size: "max" });
  fc.assert(fc.property(steps, (steps) => {
    const map = new TextMap<{ key: string; value: number }>();
    const expected = new Map<string, number>();
    steps.forEach(([isSet, key], value) => {
      if (isSet) {
        map.set({ key, value });
        expected.set(key, value);
      } else {
        map.delete(key);
        expected.delete(key);
      }
      assertEquals([map.size, map.get(key)?.value], [expected.size, expected.get(key)]);
    });
    for (const [key, value] of expected) assertEquals(map.get(key)?.value, value);
    assertEquals([...map.values()].length, expected.size);
  }));
});

Deno.test("TextMap grows, and finds all that it held before", () => {
  const map = new TextMap();
  const keys = Array.from({ length: 5_000 }, (_, n) => String(n * 1_048_576));
  for (const key of keys) map.set({ key });
  assertEquals(keys.every((key) => map.get(key)?.key === key), true);
  assertEquals(map.get("1"), undefined);
});
