import { assert, assertEquals } from "@std/assert";
import { quickHash, strongHash, TextCache, TextMap } from "../../lib/common/hash.ts";
import { bytesOf } from "../messages.ts";
import fc from "fast-check";

const HASHES: Readonly<Record<string, (text: string) => number>> = {
  strongHash,
  quickHash: (text) => quickHash(bytesOf(text), 0, bytesOf(text).length),
};
const COUNT = 20_000;
const BUCKETS = 1_024;

Deno.test("hashes tell texts apart that differ in anything, and in few bits of their numbers", async (t) => {
  const texts: Record<string, (n: number) => string> = {
    "names": (n) => `host-${n}.example.org`,
    "whole numbers far apart": (n) => String(n * 1_048_576),
    "blanks": (n) => "a" + " ".repeat(n % 100) + "b".repeat(n / 100),
    "beyond ASCII": (n) => String.fromCodePoint(0x4e00 + n),
  };
  for (const [name, hash] of Object.entries(HASHES)) {
    for (const [kind, textOf] of Object.entries(texts)) {
      await t.step(`${name}() of ${kind}`, () => {
        const loads = new Uint32Array(BUCKETS);
        for (let n = 0; n < COUNT; n++) loads[hash(textOf(n)) & (BUCKETS - 1)]!++;
        // 19.5 each: one with more than 60 comes once in 10^10 runs.
        assert(Math.max(...loads) < 60, `${Math.max(...loads)} in one bucket`);
      });
    }
  }
});

Deno.test("hashes are the same of the same text, wherever it lies", () => {
  assertEquals(strongHash("ab"), strongHash(["a", "b"].join("")));
  assert(strongHash("ab") !== strongHash("ab\0") && strongHash("") !== strongHash("\0"));
  assertEquals(quickHash(bytesOf("xaby"), 1, 3), quickHash(bytesOf("ab"), 0, 2));
});

const HASH_URL = new URL("../../lib/common/hash.ts", import.meta.url);

Deno.test({
  name:
    "hashes are others in each process, so that nobody can choose what collides (needs --allow-read)",
  ignore: Deno.permissions.querySync({ name: "read", path: HASH_URL }).state !== "granted",
  async fn() {
    const other = await import(`${HASH_URL}?again`) as typeof import("../../lib/common/hash.ts");
    assert(other.strongHash("host-1") !== strongHash("host-1"));
    assert(other.quickHash(bytesOf("host-1"), 0, 6) !== quickHash(bytesOf("host-1"), 0, 6));
  },
});

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
