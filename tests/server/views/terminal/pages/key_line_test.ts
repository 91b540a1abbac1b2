import { assertEquals } from "@std/assert";
import { renderTableKeys } from "../../../../../lib/server/views/terminal/pages/key_line.ts";
import { FIRST_STATE } from "../../../../../lib/server/views/terminal/state/state.ts";
import { linesText } from "../samples.ts";

Deno.test("renderTableKeys() shows the filter, cleaned and cut, in place of the keys", async (t) => {
  const extent = { first: 1, last: 2, of: 2, matched: 2, hosts: 6 };
  const keys = (state: Partial<typeof FIRST_STATE>, columns: number) =>
    linesText([renderTableKeys({ ...FIRST_STATE, ...state }, extent, columns)]);
  const cases: readonly (readonly [string, string])[] = [
    [
      keys({ filter: "web", typing: true }, 60),
      "filter: web   Enter keep  Esc clear         1–2 of 2, all: 6",
    ],
    [keys({ filter: "web" }, 60), "filter: web  / change  Esc clear            1–2 of 2, all: 6"],
    [keys({ filter: "a\u202eb" }, 24), "filter: a\\u202eb"],
    [keys({ filter: "x".repeat(100) }, 24), `filter: ${"x".repeat(14)}…`],
  ];
  for (const [line, expected] of cases) await t.step(expected, () => assertEquals(line, expected));
});
