import { assert, assertEquals } from "@std/assert";
import { Arena } from "../../../../lib/server/fleet/memory/arena.ts";
import {
  decodePercent,
  decodeRate,
  encodePercent,
  encodeRate,
  PointRoom,
  STRIDE,
} from "../../../../lib/server/fleet/past/points.ts";
import fc from "fast-check";

Deno.test("PointRoom.grow() gives the smaller room to another, and its points stay", () => {
  const store = new Arena();
  const room = new PointRoom(store);
  room.grow(900);
  const [first, length] = [room.first, STRIDE * room.points];
  room.words.fill(7, first, first + length);
  room.grow(900);
  const other = new PointRoom(store);
  other.grow(900);
  assertEquals(other.first, first);
  other.words.fill(8, first, first + length);
  assertEquals([...room.words.subarray(room.first, room.first + length)], Array(length).fill(7));
});

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
