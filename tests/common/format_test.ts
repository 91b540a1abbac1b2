import { assertEquals, assertMatch } from "@std/assert";
import fc from "fast-check";
import {
  formatAge,
  formatAny,
  formatBytes,
  formatClockOffset,
  formatCount,
  formatCountOf,
  formatDuration,
  formatMs,
  formatPercent,
  formatRate,
  formatShortCount,
  formatTime,
  tagsText,
  UNKNOWN,
} from "../../lib/common/format.js";

/** Tests a function against a table of arguments and results. */
function table<A, R>(name: string, fn: (argument: A) => R, cases: readonly (readonly [A, R])[]) {
  Deno.test(name, async (t) => {
    for (const [argument, expected] of cases) {
      await t.step(`${JSON.stringify(argument)} is ${expected}`, () => {
        assertEquals(fn(argument), expected);
      });
    }
  });
}

table("formatBytes() writes powers of 1,024 in three digits", formatBytes, [
  [null, UNKNOWN],
  [0, "0"],
  [0.4, "0"],
  [1, "1"],
  [999, "999"],
  [999.4, "999"],
  [999.5, "1.0K"],
  [1_000, "1.0K"],
  [1_024, "1.0K"],
  [10_188, "9.9K"],
  [10_189, "10K"],
  [10_240, "10K"],
  [1_023_487, "999K"],
  [1_023_488, "1.0M"],
  [16 * 2 ** 30, "16G"],
  [1.5 * 2 ** 40, "1.5T"],
  [Number.MAX_SAFE_INTEGER, "8.0P"],
  [2 ** 60, "1.0E"],
]);

table("formatRate() says that it is bytes per second", formatRate, [
  [null, UNKNOWN],
  [0, "0B/s"],
  [1_536, "1.5KB/s"],
]);

table("formatPercent() rounds to a whole", formatPercent, [
  [null, UNKNOWN],
  [0, "0%"],
  [14.4, "14%"],
  [14.5, "15%"],
  [100, "100%"],
]);

table("formatCount() separates thousands", formatCount, [
  [null, UNKNOWN],
  [0, "0"],
  [999, "999"],
  [1_234_567, "1,234,567"],
  [2.4, "2"],
]);

table("formatShortCount() takes five characters at most", formatShortCount, [
  [null, UNKNOWN],
  [0, "0"],
  [9_999, "9999"],
  [9_999.4, "9999"],
  [9_999.5, "10k"],
  [10_000, "10k"],
  [999_499, "999k"],
  [999_500, "1.0M"],
  [1_240_000, "1.2M"],
  [4_294_967_295, "4.3G"],
  [Number.MAX_SAFE_INTEGER, "9.0P"],
]);

table("formatAge() names the one greatest unit", formatAge, [
  [null, UNKNOWN],
  [-5, "0s"],
  [999, "0s"],
  [1_000, "1s"],
  [59_999, "59s"],
  [60_000, "1m"],
  [3_599_999, "59m"],
  [3_600_000, "1h"],
  [172_799_999, "47h"],
  [172_800_000, "2d"],
]);

table("formatClockOffset() says which way, and nothing that rounds to nothing", formatClockOffset, [
  [null, UNKNOWN],
  [0, "in step"],
  [-0.4, "in step"],
  [0.5, "behind by 1 ms"],
  [35.2, "behind by 35 ms"],
  [-35.2, "ahead by 35 ms"],
  [999.4, "behind by 999 ms"],
  [-1_240, "ahead by 1.2 s"],
  [999_949, "behind by 999.9 s"],
  [-4 * 86_400_000 - 5, "ahead by 4d"],
]);

table("formatDuration() writes what readDuration() reads", formatDuration, [
  [100, "100ms"],
  [1_500, "1500ms"],
  [5_000, "5s"],
  [90_000, "90s"],
  [900_000, "15m"],
  [3_600_000, "1h"],
  [86_400_000, "24h"],
]);

Deno.test("formatBytes() and formatShortCount() are never wider than their columns", () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: Number.MAX_SAFE_INTEGER, noNaN: true }), (number) => {
      assertMatch(formatBytes(number), /^(\d{1,3}|\d\.\d[KMGTP]|\d{2,3}[KMGTP])$/);
      assertMatch(formatShortCount(number), /^(\d{1,4}|\d\.\d[kMGTP]|\d{2,3}[kMGTP])$/);
    }),
    { numRuns: 1_000 },
  );
});

table("formatMs() writes at most three digits and a unit", formatMs, [
  [null, UNKNOWN],
  [0, "0.0 ms"],
  [0.44, "0.4 ms"],
  [9.96, "10 ms"],
  [999.4, "999 ms"],
  [5_000, "5.0 s"],
]);

Deno.test("formatCount() separates as English does", () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 2 ** 60, noNaN: true }), (count) => {
      assertEquals(formatCount(count), Math.round(count).toLocaleString("en-US"));
    }),
  );
});

Deno.test("formatCountOf() knows one from many", () => {
  assertEquals([0, 1, 1_234].map((count) => formatCountOf(count, "host")), [
    ...["0 hosts", "1 host", "1,234 hosts"],
  ]);
});

Deno.test("formatTime() writes a moment as this computer's clock has it", () => {
  assertEquals(formatTime(new Date(2026, 10, 6, 9, 5, 7).getTime()), "6 Nov 2026, 09:05:07");
  assertEquals(formatTime(null), UNKNOWN);
});

Deno.test("formatAny() writes whole numbers whole, and others to four digits", () => {
  const numbers = [0, -1, 1_234_567, 9.2, -0.05, 1234.5678, 1e300, 1e-7, 0.1 + 0.2];
  assertEquals(numbers.map(formatAny), [
    ...["0", "-1", "1,234,567", "9.2", "-0.05", "1235", "1e+300", "1e-7", "0.3"],
  ]);
});

Deno.test("tagsText() writes tags as an agent is told them", () => {
  assertEquals([tagsText({}), tagsText({ role: "db", site: "fra" })], ["", "role=db site=fra"]);
});
