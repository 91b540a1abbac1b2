import { assertEquals, assertMatch } from "@std/assert";
import {
  describeError,
  Failures,
  type Log,
  LoggedOutput,
  type LogOptions,
  openLog,
  Throttle,
  ThrottledLog,
} from "../../lib/common/log.ts";
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

const MINUTE_MS = 60_000;
/** More than waits while a write is under way. */
const LONG_LINE = "x".repeat(5 * 1_024 * 1_024);

/** An output with what its log says. */
function openLogged(sink: FakeSink, onGone: () => void = () => {}) {
  const logged: string[] = [];
  const log = {
    info: <T>(text: T) => (logged.push(`INFO ${text}`), text),
    warn: <T>(text: T) => (logged.push(`WARN ${text}`), text),
  };
  return { output: new LoggedOutput(sink, log, onGone), logged };
}

Deno.test("LoggedOutput tells of a full disk once a minute, and when it is over", async () => {
  const sink = new FakeSink();
  sink.failure = new Error("No space left on device");
  const { output, logged } = openLogged(sink);
  output.write("one", 0);
  await sink.failed;
  for (let second = 1; second < 90; second++) output.write("more", second * 1_000);
  const waits = "Cannot write to stdout: No space left on device; lines dropped so far: 0";
  assertEquals(logged, [`WARN ${waits}`, `WARN ${waits}`]);
  sink.failure = null;
  await output.close();
  output.write("last", 2 * MINUTE_MS);
  await output.close();
  assertEquals(logged.slice(2), ["INFO Writing to stdout again; lines dropped so far: 0"]);
  assertEquals(sink.lines.length, 91);
});

Deno.test("LoggedOutput tells of a reader that is too slow, and how much it missed", async () => {
  const sink = new FakeSink();
  const read = sink.block();
  const { output, logged } = openLogged(sink);
  for (let line = 0; line < 5; line++) output.write(LONG_LINE, line);
  assertEquals(logged, [
    "WARN Cannot write to stdout: reader too slow; lines dropped so far: 1",
  ]);
  read();
  await sink.taken("\n");
  await output.close();
  assertEquals(logged.slice(1), ["WARN Cannot write to stdout: lines dropped so far: 3"]);
  assertEquals(output.dropped, 3);
});

Deno.test("LoggedOutput says nothing of a reader that has gone", async () => {
  let gone = 0;
  const sink = new FakeSink();
  sink.failure = new Deno.errors.BrokenPipe("gone");
  const { output, logged } = openLogged(sink, () => gone++);
  output.write("one", 0);
  await sink.failed;
  output.write("two", MINUTE_MS);
  await output.close();
  assertEquals([gone, logged, output.dropped], [1, [], 0]);
});
