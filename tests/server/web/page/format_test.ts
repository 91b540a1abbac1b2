import { assertEquals } from "@std/assert";
import fc from "fast-check";
import * as terminal from "../../../../lib/common/format.ts";
import * as page from "../../../../lib/server/web/page/format.js";

const metric = fc.option(
  fc.oneof(fc.double({ min: 0, max: 2 ** 60 }), fc.double({ min: 0, max: 2_000 })),
);

for (
  const name of ["formatBytes", "formatRate", "formatPercent", "formatCount", "formatAge"] as const
) {
  Deno.test(`${name}() writes on the page what the terminal writes`, () => {
    fc.assert(
      fc.property(metric, (value) => assertEquals(page[name](value), terminal[name](value))),
    );
  });
}

Deno.test("formatClockOffset() writes on the page what the terminal writes", () => {
  const offset = fc.option(fc.oneof(fc.double({ min: -3, max: 3 }), fc.integer()));
  fc.assert(
    fc.property(offset, (ms) => {
      assertEquals(page.formatClockOffset(ms), terminal.formatClockOffset(ms));
    }),
  );
});

Deno.test("formatCountOf() knows one from many", () => {
  assertEquals(page.formatCountOf(0, "host"), "0 hosts");
  assertEquals(page.formatCountOf(1, "host"), "1 host");
  assertEquals(page.formatCountOf(1_234, "host"), "1,234 hosts");
});

Deno.test("formatMs() writes at most three digits and a unit", async (t) => {
  const cases: [number | null, string][] = [
    [null, "–"],
    [0, "0.0 ms"],
    [0.44, "0.4 ms"],
    [9.96, "10 ms"],
    [999.4, "999 ms"],
    [5_000, "5.0 s"],
  ];
  for (const [ms, expected] of cases) {
    await t.step(expected, () => assertEquals(page.formatMs(ms), expected));
  }
});

Deno.test("cleanText() writes on the page what the terminal writes, for every character", () => {
  for (let code = 0; code <= 0x10ffff; code++) {
    const character = String.fromCodePoint(code);
    const clean = page.cleanText(character);
    const expected = terminal.cleanText(character);
    if (clean !== expected) assertEquals([code, clean], [code, expected]);
  }
  assertEquals(page.cleanText("a\u202eb\x1b[2Jc"), "a\\u202eb\\x1b[2Jc");
});
