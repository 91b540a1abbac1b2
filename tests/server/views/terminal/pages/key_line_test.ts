import { assert, assertEquals } from "@std/assert";
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

Deno.test("renderTableKeys() asks for how long something is muted, and tells what came of it", () => {
  const extent = { first: 1, last: 2, of: 2, matched: 2, hosts: 2 };
  const keys = (state: Partial<typeof FIRST_STATE>, columns: number) =>
    linesText([renderTableKeys({ ...FIRST_STATE, ...state }, extent, columns)]);
  const muting = { filter: "id:a", name: "db-07" };
  assertEquals(
    keys({ muting }, 60),
    "mute db-07 for  1 1h  8 8h  d 1d  w 1w  Esc not",
  );
  const long = keys({ muting: { ...muting, name: "x\x1b".repeat(50) }, filter: "web" }, 60);
  const keysAsked = "… for  1 1h  8 8h  d 1d  w 1w  Esc not";
  assert(long.startsWith("mute x\\x1bx") && long.endsWith(keysAsked), long);
  assert(long.length <= 60, long);
  assertEquals(keys({ notice: "done" }, 30), "done");
});
