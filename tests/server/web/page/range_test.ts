import { assertEquals, assertMatch } from "@std/assert";
import { formatSpan } from "../../../../lib/common/format.js";
import {
  rangeLabel,
  readRange,
  shifted,
  spanSearch,
  stepped,
  withRange,
} from "../../../../lib/server/web/page/range.js";
import { testApart } from "../../../apart.ts";

const HOUR_MS = 3_600_000;
const NOW_MS = 1_000 * HOUR_MS;
const still = (fromHours: number, toHours: number) => ({
  ...{ name: "", fromMs: NOW_MS + fromHours * HOUR_MS, toMs: NOW_MS + toHours * HOUR_MS },
});
const named = (name: string, hours: number) => ({ ...still(-hours, 0), name });

Deno.test("readRange() and withRange() agree, and leave all else of the URL alone", async (t) => {
  const cases: [search: string, name: string | null][] = [
    ["?metric=cpu&range=6h", "6h"],
    ["?metric=cpu&range=1y", "1y"],
    ["?metric=cpu&from=1&to=2", ""],
    ["?metric=cpu", null],
  ];
  for (const [search, name] of cases) {
    await t.step(search, () => {
      const range = readRange(search);
      assertEquals(range?.name ?? null, name);
      assertEquals(withRange("?metric=cpu&range=30d&from=5&to=6", range), search);
    });
  }
  for (const search of ["?range=15m", "?range=constructor", "?from=2&to=1", "?from=1", ""]) {
    assertEquals(readRange(search), null, search);
  }
});

Deno.test("spanSearch() leaves it to the server when a range with a name ends", () => {
  assertEquals(spanSearch({ name: "30d", fromMs: 0, toMs: 0 }), "span=2592000000&points=600");
  assertEquals(spanSearch({ name: "", fromMs: 1.2, toMs: 9 }), "from=1&to=9&points=600");
});

Deno.test("stepped() goes from one name to the next, and stays where it stands still", () => {
  assertEquals(stepped(named("1h", 1), 1, NOW_MS)?.name, "6h");
  assertEquals(stepped(named("1h", 1), -1, NOW_MS), null);
  assertEquals(stepped(named("1y", 8_760), 1, NOW_MS)?.name, "1y");
  assertEquals(stepped(still(-5, -2), 1, NOW_MS), still(-8, -2));
  assertEquals(stepped(still(-5, -2), -1, NOW_MS), still(-3, -2));
});

Deno.test("shifted() goes by half of it, and has its name again where it ends now", () => {
  assertEquals(shifted(named("6h", 6), -1, NOW_MS), still(-9, -3));
  assertEquals(shifted(still(-9, -3), 1, NOW_MS)?.name, "6h");
  assertEquals(shifted(still(-9, -3), 1, NOW_MS + 60_000)?.name, "6h", "time has gone on");
  assertEquals(shifted(still(-4, -1), 1, NOW_MS), still(-3, 0));
});

testApart(
  "a range of the night in which the clock goes back says which hour it means",
  { start: "TZ=Europe/Berlin exec", url: import.meta.url },
  () => {
    const toMs = Date.parse("2026-10-25T01:30:00Z");
    const range = { name: "", fromMs: toMs - HOUR_MS, toMs };
    assertEquals(formatSpan(range.fromMs, toMs), "02:30 GMT+0200 – 02:30 GMT+0100");
    assertMatch(rangeLabel(range), /^02:30 GMT\+2 – 02:30 GMT\+1$/);
    const usual = { ...range, fromMs: toMs + HOUR_MS, toMs: toMs + 2 * HOUR_MS };
    assertEquals(formatSpan(usual.fromMs, usual.toMs), "03:30–04:30");
    assertEquals(rangeLabel(usual), "03:30 – 04:30");
  },
);
