import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { TextCache, TextMap } from "../../lib/common/text_tables.ts";
import { bytesOf } from "../messages.ts";

Deno.test("TextCache.get() gives the text of the bytes, however many share a place", () => {
  const cache = new TextCache(1);
  const texts = fc.array(fc.string({ unit: "binary-ascii", maxLength: 80 }), { maxLength: 60 });
  fc.assert(fc.property(texts, (texts) => {
    for (const text of [...texts, ...texts]) {
      const bytes = bytesOf(`<${text}>`);
      assertEquals(cache.get(bytes, 1, bytes.length - 1), text);
    }
  }));
});

/** Asks for texts once, and tells how many of them were made for it. */
function countMade(cache: TextCache, texts: readonly string[]): number {
  const { decode } = TextDecoder.prototype;
  let made = 0;
  TextDecoder.prototype.decode = function (...bytes) {
    made++;
    return decode.apply(this, bytes);
  };
  try {
    for (const text of texts) {
      const bytes = bytesOf(text);
      cache.get(bytes, 0, bytes.length);
    }
  } finally {
    TextDecoder.prototype.decode = decode;
  }
  return made;
}

const namesOf = (count: number) => Array.from({ length: count }, (_, n) => `host-${n}`);

Deno.test("TextCache.get() makes all its texts only once", () => {
  const cache = new TextCache(3_000);
  const names = namesOf(3_000);
  const made = countMade(cache, [...names, ...names, ...names]);
  assert(made < 3_300, `${made} texts made`);
});

Deno.test("TextCache.get() keeps no more than a few times as many texts as it has room for", () => {
  const most = 3_000;
  const cache = new TextCache(most);
  const names = namesOf(10 * most);
  assertEquals(countMade(cache, names), names.length);
  const kept = names.length - countMade(cache, names);
  assert(kept < 4 * most, `${kept} texts kept`);
});

Deno.test("TextCache.get() keeps no text that is longer than 64 characters", async (t) => {
  for (const [length, made] of [[0, 1], [64, 1], [65, 2]] as const) {
    await t.step(`${length} characters`, () => {
      const text = "x".repeat(length);
      assertEquals(countMade(new TextCache(1), [text, text]), made);
    });
  }
});

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
