import { assert, assertEquals } from "@std/assert";
import { WINDOW } from "../../lib/common/seen_numbers.ts";
import { MAX_SEQUENCE } from "../../lib/message/message.ts";
import { ReplayWindow } from "../../lib/sealed/window.ts";
import fc from "fast-check";

Deno.test("ReplayWindow tells news from what came before", async (t) => {
  const last = WINDOW - 1;
  const cases: [string, readonly number[], readonly (string | null)[]][] = [
    ["in order", [1, 2, 3], [null, null, null]],
    ["a copy", [1, 1, 2, 1], [null, "duplicate", null, "duplicate"]],
    ["late", [1, 3, 2, 2], [null, null, null, "duplicate"]],
    ["below the first", [5, 4, 4], [null, null, "duplicate"]],
    ["at the window's end", [1, 1 + last, 1], [null, null, "duplicate"]],
    ["beyond the window", [1, 2 + last, 1], [null, null, "old"]],
    ["a jump over the whole window", [1, 1000, 744, 745, 1000], [
      null,
      null,
      "old",
      null,
      "duplicate",
    ]],
    ["the highest number", [MAX_SEQUENCE, MAX_SEQUENCE, MAX_SEQUENCE - 1], [
      null,
      "duplicate",
      null,
    ]],
  ];
  for (const [name, numbers, expected] of cases) {
    await t.step(name, () => {
      const window = new ReplayWindow(numbers[0]!);
      assertEquals(numbers.map((number) => window.accept(number)), expected);
    });
  }
});

Deno.test("ReplayWindow agrees with a set of all numbers that came", () => {
  const steps = fc.array(fc.integer({ min: -300, max: 300 }), { minLength: 1, maxLength: 400 });
  fc.assert(fc.property(steps, (offsets) => {
    const seen = new Set<number>();
    let highest = 1_000;
    const window = new ReplayWindow(highest);
    for (const offset of [0, ...offsets]) {
      const number = Math.max(1, highest + offset);
      const expected = highest - number >= WINDOW ? "old" : seen.has(number) ? "duplicate" : null;
      assertEquals(window.accept(number), expected);
      if (expected === null) seen.add(number);
      highest = Math.max(highest, number);
    }
  }));
});

Deno.test("ReplayWindow.isBelow() is about numbers lower than all that came", () => {
  const window = new ReplayWindow(10);
  window.accept(10);
  assert(window.isBelow(9));
  assertEquals(window.isBelow(10), false);
  window.accept(7);
  assertEquals(window.isBelow(8), false);
});
