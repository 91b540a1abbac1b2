import { assert, assertEquals } from "@std/assert";
import {
  columnGap,
  COLUMNS,
  columnTitle,
  placeColumns,
} from "../../../../../lib/server/views/terminal/pages/table.ts";
import { NOW_MS, row } from "../samples.ts";

Deno.test("placeColumns() never takes more than there is", () => {
  for (let columns = 1; columns <= 250; columns++) {
    const placed = placeColumns(columns);
    const gaps = columnGap(columns) * (placed.length - 1);
    const used = placed.reduce((sum, { width }) => sum + width, gaps);
    assert(used <= columns, `${used} of ${columns}`);
  }
});

Deno.test("placeColumns() shows the most important first", async (t) => {
  const cases: readonly (readonly [number, string])[] = [
    [20, "status name cpu memory"],
    [40, "status name age cpu memory volume"],
    [80, "status name age cpu memory volume receive send datagramsLost"],
    [200, Object.keys(COLUMNS).join(" ")],
  ];
  for (const [columns, expected] of cases) {
    await t.step(`${columns} columns`, () => {
      assertEquals(placeColumns(columns).map(({ name }) => name).join(" "), expected);
    });
  }
});

Deno.test("placeColumns() gives what is left over to the name", () => {
  assertEquals(placeColumns(80).find(({ name }) => name === "name")?.width, 15);
  assertEquals(placeColumns(85).find(({ name }) => name === "name")?.width, 20);
});

Deno.test("columnTitle() is short where there is no room for the sign of the order", () => {
  assertEquals(columnTitle(COLUMNS.memory, 15), "MEMORY");
  assertEquals(columnTitle(COLUMNS.memory, 6), "MEM");
});

Deno.test("the name of a host that is refused or shares its id has a sign before it", () => {
  const textOf = (changes: Parameters<typeof row>[1]) =>
    COLUMNS.name.render(row("web-01", changes), 20).map(({ text }) => text).join("");
  const refused = { reason: "session", count: 1, lastMs: NOW_MS } as const;
  assertEquals(textOf({}), "web-01");
  assertEquals(textOf({ refused }), "⊘ web-01");
  assertEquals(textOf({ sharedWith: "192.0.2.8:5" }), "≡ web-01");
  assertEquals(textOf({ refused, sharedWith: "192.0.2.8:5" }), "⊘ ≡ web-01");
});
