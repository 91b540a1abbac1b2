import { assert, assertEquals } from "@std/assert";
import { compareNaturally } from "../../../../lib/server/fleet/index/names.ts";
import fc from "fast-check";

const collator = new Intl.Collator("en", { numeric: true });

Deno.test("compareNaturally() sorts names as people do", () => {
  const sorted = ["", "9", "10", "a", "a-1", "a-2", "a-10", "a-10.b", "a1", "a02", "a3", "ab", "b"];
  for (const [n, a] of sorted.entries()) {
    for (const [m, b] of sorted.entries()) {
      assertEquals(Math.sign(compareNaturally(a, b)), Math.sign(n - m), `${a} and ${b}`);
    }
  }
});

Deno.test("compareNaturally() knows numbers of any length, and no leading zeros", () => {
  assert(compareNaturally("a9007199254740993", "a9007199254740992") > 0);
  assert(compareNaturally("1".repeat(400), "2".repeat(399)) > 0);
  assertEquals(compareNaturally("a007", "a7"), 0);
  assertEquals(compareNaturally("0", "000"), 0);
});

Deno.test("compareNaturally() looks at no case and no accent", () => {
  assertEquals(compareNaturally("Émile", "emile"), 0);
  assertEquals(compareNaturally("WEB-1", "web-1"), 0);
  assert(compareNaturally("émile", "ezra") < 0);
  assert(compareNaturally("東京", "zoo") > 0);
});

Deno.test("compareNaturally() sorts letters, hyphens and digits as the engine's collator does", () => {
  const names = fc.string({ unit: fc.constantFrom(..."ab-1029"), maxLength: 12 });
  fc.assert(
    fc.property(names, names, (a, b) => {
      assertEquals(Math.sign(compareNaturally(a, b)), Math.sign(collator.compare(a, b)));
    }),
    { numRuns: 5_000 },
  );
});

Deno.test("compareNaturally() is an order", () => {
  const texts = fc.string({ unit: fc.constantFrom(..."ab\n09é"), maxLength: 5 });
  fc.assert(
    fc.property(texts, texts, texts, (a, b, c) => {
      assertEquals(Math.sign(compareNaturally(a, b)), -Math.sign(compareNaturally(b, a)));
      if (compareNaturally(a, b) <= 0 && compareNaturally(b, c) <= 0) {
        assert(compareNaturally(a, c) <= 0);
      }
    }),
    { numRuns: 5_000 },
  );
});
