import { assertEquals } from "@std/assert";
import { Failures, Throttle, ThrottledLog } from "../../lib/common/throttle.ts";

Deno.test("Throttle.pass() lets one event of a kind pass per interval", async (t) => {
  const throttle = new Throttle(60_000);
  const cases: [string, string, number, number | null][] = [
    ["the first", "json", 0, 0],
    ["the second is suppressed", "json", 1, null],
    ["another kind passes", "utf8", 2, 0],
    ["the last moment of the interval", "json", 59_999, null],
    ["the interval is over: two were suppressed", "json", 60_000, 2],
    ["the next interval begins then", "json", 119_999, null],
    ["one was suppressed", "json", 120_000, 1],
    ["none was suppressed", "json", 999_999, 0],
  ];
  for (const [name, kind, nowMs, expected] of cases) {
    await t.step(name, () => assertEquals(throttle.pass(kind, nowMs), expected));
  }
});

Deno.test("ThrottledLog writes one line of a kind a minute, with how many were suppressed", () => {
  const lines: string[] = [];
  const log = {
    debug: (line: string) => void lines.push(`debug ${line}`),
    warn: (line: string) => void lines.push(`warn ${line}`),
  };
  let nowMs = 0;
  const throttled = new ThrottledLog(
    log as ConstructorParameters<typeof ThrottledLog>[0],
    () => nowMs,
  );
  const suppressed = () => {
    throw new Error("no text is made of what is suppressed");
  };
  throttled.warn("json", () => "first");
  throttled.warn("json", suppressed);
  throttled.warn("json", suppressed);
  throttled.debug("old", () => "another kind");
  nowMs = 60_000;
  throttled.warn("json", () => "second");
  throttled.debug("old", () => "again");
  assertEquals(lines, [
    "warn first",
    "debug another kind",
    "warn second; 2 similar messages suppressed",
    "debug again",
  ]);
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
