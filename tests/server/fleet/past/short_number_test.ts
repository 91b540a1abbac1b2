import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  decodePercent,
  decodeRate,
  encodePercent,
  encodeRate,
} from "../../../../lib/server/fleet/past/short_number.ts";

Deno.test("encodePercent() keeps two digits after the point", () => {
  for (const percent of [0, 0.01, 14.1, 99.99, 100, null]) {
    assertEquals(decodePercent(encodePercent(percent ?? NaN)), percent);
  }
  assertEquals(decodePercent(encodePercent(33.333333)), 33.33);
});

Deno.test("encodeRate() keeps small numbers exactly, and what is not known", () => {
  for (let rate = 0; rate <= 2_048; rate++) assertEquals(decodeRate(encodeRate(rate)), rate);
  assertEquals(decodeRate(encodeRate(NaN)), null);
});

Deno.test("encodeRate() is wrong by 0.1 % at most, fits 16 bits, and keeps the order", () => {
  const rates = fc.oneof(fc.maxSafeNat(), fc.integer({ min: 0, max: 2 ** 20 }));
  fc.assert(
    fc.property(rates, rates, (a, b) => {
      const short = encodeRate(a);
      assert(Number.isInteger(short) && short >= 0 && short < 0xffff);
      assert(Math.abs(decodeRate(short)! - a) <= a / 1_000, `${a}: ${decodeRate(short)}`);
      if (a <= b) assert(short <= encodeRate(b));
    }),
    { numRuns: 5_000 },
  );
});
