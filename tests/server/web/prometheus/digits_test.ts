import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { putDigits, putWhole } from "../../../../lib/server/web/prometheus/writer.ts";

/** The text of the bytes up to where they end. */
function written(put: (bytes: Uint8Array) => number): string {
  const bytes = new Uint8Array(40).fill(0x78);
  return new TextDecoder().decode(bytes.subarray(0, put(bytes)));
}

Deno.test("putWhole() writes a number as String does", () => {
  const powers = Array.from({ length: 16 }, (_, n) => 10 ** n);
  for (const value of [0, ...powers, ...powers.map((power) => power - 1)]) {
    assertEquals(written((bytes) => putWhole(bytes, 0, value)), String(value));
  }
  fc.assert(fc.property(fc.maxSafeNat(), fc.nat(9), (value, at) => {
    assertEquals(written((bytes) => putWhole(bytes, at, value)).slice(at), String(value));
  }));
});

Deno.test("putDigits() writes as many digits as it is told", () => {
  assertEquals(written((bytes) => putDigits(bytes, 0, 42, 5)), "00042");
  assertEquals(written((bytes) => putDigits(bytes, 2, 999_999_999, 9)), "xx999999999");
});
