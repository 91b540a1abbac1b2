import { assert, assertEquals, assertMatch } from "@std/assert";
import fc from "fast-check";
import {
  cleanText,
  formatAddress,
  formatAge,
  formatBytes,
  formatClockOffset,
  formatCount,
  formatDuration,
  formatPercent,
  formatRate,
  formatShortCount,
  UNKNOWN,
} from "../../lib/common/format.ts";
import { UNSAFE_CHARACTERS } from "../../lib/message/message.ts";

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

table("formatAddress() puts IPv6 in brackets", formatAddress, [
  [{ hostname: "192.0.2.7", port: 5005 }, "192.0.2.7:5005"],
  [{ hostname: "::1", port: 5005 }, "[::1]:5005"],
]);

table("cleanText() shows what it takes away", cleanText, [
  ["web-01", "web-01"],
  ["héé 名前 \u{1f600}", "héé 名前 \u{1f600}"],
  ["\u001b[2J", "\\x1b[2J"],
  ["a\r\nb\t", "a\\x0d\\x0ab\\x09"],
  ["\u0000\u007f\u009b", "\\x00\\x7f\\x9b"],
  ["a\u202eb", "a\\u202eb"],
  ["\u2028\ufeff", "\\u2028\\ufeff"],
  ["\u{e0041}", "\\u{e0041}"],
  ["\ud800x", "\\ud800x"],
  ["a\\x1b", "a\\x1b"],
]);

Deno.test("cleanText() shows what would show as nothing", () => {
  assertEquals(cleanText("\u3164a\ufe0f\u2800"), "\\u3164a\\ufe0f\\u2800");
  const marks = "\u0301".repeat(9);
  assertEquals(cleanText(`a${marks}`), `a${marks.slice(1)}\\u0301`);
});

Deno.test("cleanText() leaves nothing unsafe, and plain text alone", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const clean = cleanText(text);
      assert(clean.search(UNSAFE_CHARACTERS) < 0, JSON.stringify(text));
      assertEquals(cleanText(clean), clean);
      if (text.search(UNSAFE_CHARACTERS) < 0) assertEquals(clean, text);
    }),
    { numRuns: 500 },
  );
});

Deno.test("formatBytes() and formatShortCount() are never wider than their columns", () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: Number.MAX_SAFE_INTEGER, noNaN: true }), (number) => {
      assertMatch(formatBytes(number), /^(\d{1,3}|\d\.\d[KMGTP]|\d{2,3}[KMGTP])$/);
      assertMatch(formatShortCount(number), /^(\d{1,4}|\d\.\d[kMGTP]|\d{2,3}[kMGTP])$/);
    }),
    { numRuns: 1_000 },
  );
});
