import { assert, assertEquals } from "@std/assert";
import { iconOf, titleOf } from "../../../../lib/server/web/page/tab.js";

const counts = (offline: number, stale: number) => ({ live: 7, stale, offline, left: 3 });

Deno.test("titleOf() begins with what is missing", () => {
  assertEquals(titleOf("Pulso", null, false), "Pulso");
  assertEquals(titleOf("Pulso", counts(0, 0), false), "Pulso");
  assertEquals(titleOf("Pulso", counts(500, 0), false), "✗500 · Pulso");
  assertEquals(titleOf("web-01 – Pulso", counts(2, 1), false), "✗2 ◐1 · web-01 – Pulso");
  assertEquals(titleOf("Pulso", counts(2, 1), true), "No connection · Pulso");
});

Deno.test("iconOf() has the number of the worst, as far as there is room", () => {
  assertEquals([iconOf(null), iconOf(counts(0, 0))], [null, null]);
  const cases = [[2, 5, "2"], [0, 5, "5"], [42, 0, "42"], [1_000, 0, "99+"]] as const;
  for (const [offline, stale, text] of cases) {
    assert(iconOf(counts(offline, stale))!.includes(`>${text}</text>`));
  }
});
