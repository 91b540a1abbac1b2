import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { cleanText, UNSAFE_CHARACTERS } from "../../lib/common/text.js";

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
