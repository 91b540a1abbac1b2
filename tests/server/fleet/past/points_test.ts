import { assert, assertEquals } from "@std/assert";
import { Arena } from "../../../../lib/server/fleet/memory/arena.ts";
import {
  CODES,
  decode,
  encode,
  HISTORY_METRICS,
  pointReader,
  PointRoom,
  STRIDE,
  writePoint,
} from "../../../../lib/server/fleet/past/points.ts";
import { numbersOf } from "../../../messages.ts";
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

/** What is read of a number of a unit that was kept. */
function kept(unit: keyof typeof CODES, value: number): number | null {
  return decode(CODES[unit], encode(CODES[unit], value));
}

Deno.test("CODES keep what a chart can show", async (t) => {
  const cases: [keyof typeof CODES, number, number | null][] = [
    ["percent", 0, 0],
    ["percent", NaN, null],
    ["number", NaN, null],
    ["percent", 14.1, 14.1],
    ["percent", 33.333333, 33.3],
    ["percent", 100, 100],
    ["celsius", 45.5, 45.5],
    ["celsius", -3.5, -3.5],
    ["celsius", 38.85, 38.75],
    ["celsius", -100, -60],
    ["celsius", 250, 195.5],
    ["number", 0.52, 0.52],
    ["number", 20.47, 20.47],
    ["number", 1_234, 1_234],
    ["number", 1e6, 5_222],
    ["bytesPerSecond", 1_000, 1_000],
    ["bytesPerSecond", 16_777_217, 16_780_000],
    ["bytesPerSecond", 1e15, 2.197e12],
  ];
  for (const [unit, value, expected] of cases) {
    await t.step(`${value} in ${unit}`, () => assertEquals(kept(unit, value), expected));
  }
  for (let rate = 0; rate <= 2_048; rate++) assertEquals(kept("bytesPerSecond", rate), rate);
});

Deno.test("CODES are wrong by 0.1 % of a rate at most, fit their bits, and keep the order", () => {
  const { bits } = CODES.bytesPerSecond;
  const rates = fc.integer({ min: 0, max: 2e12 });
  const small = fc.integer({ min: 0, max: 2 ** 20 });
  fc.assert(
    fc.property(fc.oneof(rates, small), fc.oneof(rates, small), (a, b) => {
      const code = encode(CODES.bytesPerSecond, a);
      assert(Number.isInteger(code) && code >= 0 && code < 2 ** bits - 1);
      assert(Math.abs(kept("bytesPerSecond", a)! - a) <= a / 1_000, `${a}`);
      if (a <= b) assert(code <= encode(CODES.bytesPerSecond, b));
    }),
    { numRuns: 5_000 },
  );
});

Deno.test("pointReader() reads what writePoint() wrote, each metric beside all others", () => {
  const known = { cpu: 100, memory: 0.1, read: 2e12, write: 0, receive: 2_047, send: 1 };
  const point = { ...known, load1: 20.47, pressure: 99.9, temperature: -60 };
  const words = new Uint16Array(3 * STRIDE).fill(0xffff);
  writePoint(words, STRIDE, numbersOf(point));
  const read = () => HISTORY_METRICS.map((id) => [id, pointReader(id)(words, STRIDE)]);
  assertEquals(Object.fromEntries(read()), point);
  assertEquals([...words.subarray(0, STRIDE + 1)], Array(STRIDE + 1).fill(0xffff));
  assertEquals([...words.subarray(2 * STRIDE)], Array(STRIDE).fill(0xffff));
  for (const id of HISTORY_METRICS) {
    const { [id]: _, ...others } = point;
    writePoint(words, STRIDE, numbersOf(others));
    assertEquals(Object.fromEntries(read()), { ...point, [id]: null });
  }
});
