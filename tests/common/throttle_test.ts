import { assertEquals } from "@std/assert";
import { Failures, Throttle } from "../../lib/common/throttle.ts";

Deno.test("Throttle.pass() lets one event of a kind pass per span", async (t) => {
  const throttle = new Throttle(60_000);
  const cases: [string, string, number, number | null][] = [
    ["the first", "json", 0, 0],
    ["the second is held back", "json", 1, null],
    ["another kind passes", "utf8", 2, 0],
    ["the last moment of the span", "json", 59_999, null],
    ["the span is over: two were held back", "json", 60_000, 2],
    ["the next span begins then", "json", 119_999, null],
    ["one was held back", "json", 120_000, 1],
    ["none was held back", "json", 999_999, 0],
  ];
  for (const [name, kind, nowMs, expected] of cases) {
    await t.step(name, () => assertEquals(throttle.pass(kind, nowMs), expected));
  }
});

Deno.test("Failures.note() tells changes only", () => {
  const failures = new Failures();
  assertEquals(
    [true, true, false, false, true].map((fails) => failures.note("disk", fails)),
    ["failed", null, "recovered", null, "failed"],
  );
  assertEquals(failures.note("network", false), null);
});

Deno.test("Failures.noteAll() takes what is not named for recovered", () => {
  const failures = new Failures();
  assertEquals(failures.noteAll([]), { failed: [], recovered: [] });
  assertEquals(failures.noteAll(["a", "b"]), { failed: ["a", "b"], recovered: [] });
  assertEquals(failures.noteAll(["a", "b"]), { failed: [], recovered: [] });
  assertEquals(failures.noteAll(["b", "c", "c"]), { failed: ["c"], recovered: ["a"] });
  assertEquals(failures.noteAll(new Map([["c", 1]]).keys()), { failed: [], recovered: ["b"] });
  assertEquals(failures.note("c", false), "recovered");
});
