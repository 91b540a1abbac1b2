import { assertEquals, assertMatch } from "@std/assert";
import { describeError, type Log, type LogOptions, openLog } from "../../lib/common/log.ts";
import { FakeSink } from "../sinks.ts";

/** The lines that reach stderr by the end of a program that uses its log so. */
async function linesOf(options: LogOptions, act: (log: Log) => void): Promise<string[]> {
  const sink = new FakeSink();
  const log = openLog(options, sink);
  act(log);
  await log.close();
  return sink.lines;
}

const messagesOf = (lines: readonly string[]) => lines.map((line) => JSON.parse(line).message);

Deno.test("openLog() writes lines of text", async () => {
  const [line, ...more] = await linesOf({ level: "info", format: "text" }, (log) => {
    log.warn("Cannot send: \u001b[2Jno\nroute");
  });
  assertMatch(line!, /^\d{4}-\d\d-\d\dT[\d:.]+Z WARN {2}Cannot send: \\x1b\[2Jno\\x0aroute$/);
  assertEquals(more, []);
});

Deno.test("openLog() writes lines of JSON", async () => {
  const [line] = await linesOf(
    { level: "info", format: "json" },
    (log) => log.error('a "b"\u202e'),
  );
  const { time, ...rest } = JSON.parse(line!);
  assertMatch(time, /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  assertEquals(rest, { level: "error", message: 'a "b"\\u202e' });
});

Deno.test("openLog() leaves out what is below its level", async (t) => {
  const levels = ["debug", "info", "warn", "error"] as const;
  for (const [index, level] of levels.entries()) {
    await t.step(level, async () => {
      const lines = await linesOf({ level, format: "json" }, (log) => {
        for (const each of levels) log[each](each);
      });
      assertEquals(messagesOf(lines), levels.slice(index));
    });
  }
});

Deno.test("hold() keeps the newest lines back until release(), and tells of the others", async () => {
  const sink = new FakeSink();
  const log = openLog({ level: "info", format: "json" }, sink);
  log.info("before");
  log.hold();
  for (let line = 1; line <= 250; line++) log.info(`held ${line}`);
  log.hold();
  await sink.taken("\n");
  assertEquals(sink.lines.length, 1);
  log.release();
  log.info("after");
  log.release();
  await log.close();
  const messages = messagesOf(sink.lines);
  assertEquals(messages.length, 203);
  assertEquals([...messages.slice(0, 3), ...messages.slice(-2)], [
    "before",
    "Lines dropped here: 50 (stderr was full, or not read)",
    "held 51",
    "held 250",
    "after",
  ]);
});

Deno.test("close() writes what is held back", async () => {
  const lines = await linesOf({ level: "info", format: "json" }, (log) => {
    log.hold();
    log.error("the reason");
  });
  assertEquals(messagesOf(lines), ["the reason"]);
});

Deno.test("openLog() neither throws nor grows while stderr takes nothing, and tells of it", async (t) => {
  const cases: [string, (sink: FakeSink) => () => void][] = [
    ["a full disk", (sink) => {
      sink.failure = new Error("No space left on device");
      return () => void (sink.failure = null);
    }],
    ["a pipe that nobody reads", (sink) => sink.block()],
  ];
  for (const [name, breakSink] of cases) {
    await t.step(name, async () => {
      const sink = new FakeSink();
      const mend = breakSink(sink);
      const log = openLog({ level: "info", format: "json" }, sink);
      for (let line = 1; line <= 10_000; line++) log.info(`line ${line}`);
      mend();
      await log.close();
      const messages = messagesOf(sink.lines);
      const written = messages.length - 1;
      assertEquals(
        messages.slice(0, written),
        messages.slice(0, written).map((_, i) => `line ${i + 1}`),
      );
      assertEquals(
        messages.at(-1),
        `Lines dropped here: ${10_000 - written} (stderr was full, or not read)`,
      );
      log.info("later");
      await log.close();
      assertEquals(messagesOf(sink.lines).at(-1), "later");
    });
  }
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
