// deno-lint-ignore-file no-console -- the console is what is tested
import { assertEquals, assertMatch } from "@std/assert";
import { describeError, type Log, type LogOptions, openLog } from "../lib/log.ts";

/** The lines that reach stderr while `act` uses a log. */
function linesOf(options: LogOptions, act: (log: Log, lines: readonly string[]) => void): string[] {
  const lines: string[] = [];
  const original = console.error;
  console.error = (...words: unknown[]) => void lines.push(words.join(" "));
  try {
    act(openLog(options), lines);
  } finally {
    console.error = original;
  }
  return lines;
}

Deno.test("openLog() writes lines of text", () => {
  const [line, ...more] = linesOf({ level: "info", format: "text" }, (log) => {
    log.warn("Cannot send: \u001b[2Jno\nroute");
  });
  assertMatch(line!, /^\d{4}-\d\d-\d\dT[\d:.]+Z WARN {2}Cannot send: \\x1b\[2Jno\\x0aroute$/);
  assertEquals(more, []);
});

Deno.test("openLog() writes lines of JSON", () => {
  const [line] = linesOf({ level: "info", format: "json" }, (log) => log.error('a "b"\u202e'));
  const { time, ...rest } = JSON.parse(line!);
  assertMatch(time, /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  assertEquals(rest, { level: "error", message: 'a "b"\\u202e' });
});

Deno.test("openLog() leaves out what is below its level", async (t) => {
  const levels = ["debug", "info", "warn", "error"] as const;
  for (const [index, level] of levels.entries()) {
    await t.step(level, () => {
      const lines = linesOf({ level, format: "json" }, (log) => {
        for (const each of levels) log[each](each);
      });
      assertEquals(lines.map((line) => JSON.parse(line).message), levels.slice(index));
    });
  }
});

Deno.test("hold() keeps the newest lines back until release()", () => {
  const written = linesOf({ level: "info", format: "json" }, (log, lines) => {
    log.info("before");
    log.hold();
    for (let line = 1; line <= 250; line++) log.info(`held ${line}`);
    log.hold();
    assertEquals(lines.length, 1);
    log.release();
    assertEquals(lines.length, 201);
    log.info("after");
    log.release();
  });
  const messages = written.map((line) => JSON.parse(line).message);
  assertEquals(messages.length, 202);
  assertEquals([messages[0], messages[1], messages.at(-2), messages.at(-1)], [
    "before",
    "held 51",
    "held 250",
    "after",
  ]);
});

Deno.test("describeError() tells the causes too", async (t) => {
  const cases: [string, unknown, string][] = [
    ["an error", new Error("no route"), "no route"],
    [
      "with a cause",
      new Error("cannot send", { cause: new Error("no route") }),
      "cannot send (no route)",
    ],
    [
      "with a cause that it tells itself",
      new Error("cannot send: no route", { cause: new Error("no route") }),
      "cannot send: no route",
    ],
    ["with a cause that is no error", new Error("a", { cause: 5 }), "a (5)"],
    ["no error at all", "text", "text"],
  ];
  for (const [name, error, expected] of cases) {
    await t.step(name, () => assertEquals(describeError(error), expected));
  }
});
