import { assertEquals } from "@std/assert";
import { amountOf, deviceName, FailureNotes } from "../../lib/sampler/sample.ts";

Deno.test("FailureNotes goes on after a failure and tells why", async () => {
  const notes = new FailureNotes();
  assertEquals(notes.attempt("cpu", () => 7), 7);
  assertEquals(
    notes.attempt("memory", () => {
      throw new SyntaxError("not listed");
    }),
    null,
  );
  assertEquals(await notes.settle("disk", Promise.resolve(8)), 8);
  assertEquals(await notes.settle("network", Promise.reject(new Error("gone"))), null);
  assertEquals(notes.all, new Map([["memory", "not listed"], ["network", "gone"]]));
});

Deno.test("amountOf() is what a message can carry", async (t) => {
  const cases: [number | null | undefined, number | null][] = [
    [0, 0],
    [1.5, 1.5],
    [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
    [Number.MAX_SAFE_INTEGER + 1, null],
    [-1, null],
    [NaN, null],
    [Infinity, null],
    [null, null],
    [undefined, null],
  ];
  for (const [value, expected] of cases) {
    await t.step(`${value}`, () => assertEquals(amountOf(value), expected));
  }
});

Deno.test("deviceName() is harmless and short", async (t) => {
  const cases: [string, string, string][] = [
    ["plain", "eth0", "eth0"],
    ["controls", "e\x1b[2J", "e\\x1b[2J"],
    ["too long", "abcdefghijk", "abcdefgh"],
    ["half a pair", "abcdefg\u{1f600}", "abcdefg\ufffd"],
    ["a lone surrogate", "\ud800", "\\ud800"],
  ];
  for (const [name, text, expected] of cases) {
    await t.step(name, () => assertEquals(deviceName(text, 8), expected));
  }
});
