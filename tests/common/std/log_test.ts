import { assert, assertEquals } from "@std/assert";
import { BaseHandler, getLogger, type LogRecord, setup } from "@std/log";

const LEVELS = ["DEBUG", "INFO", "WARN", "ERROR"] as const;
type Level = (typeof LEVELS)[number];

/** Keeps what it is to write. */
class Lines extends BaseHandler {
  readonly lines: string[] = [];
  override log(line: string): void {
    this.lines.push(line);
  }
}

/** What is written when one line of each level is logged. */
function logAll(handlerLevel: Level, loggerLevel: Level): string[] {
  const handler = new Lines(handlerLevel);
  setup({
    handlers: { lines: handler },
    loggers: { pulso: { level: loggerLevel, handlers: ["lines"] } },
  });
  const logger = getLogger("pulso");
  for (const name of ["debug", "info", "warn", "error"] as const) logger[name]("text");
  return handler.lines;
}

Deno.test("getLogger() writes what is severe enough for logger and handler", async (t) => {
  for (const [least, level] of LEVELS.entries()) {
    await t.step(level, () => {
      const expected = LEVELS.slice(least).map((name) => `${name} text`);
      assertEquals(logAll(level, "DEBUG"), expected);
      assertEquals(logAll("DEBUG", level), expected);
    });
  }
});

Deno.test("BaseHandler formats by its formatter", () => {
  const records: LogRecord[] = [];
  const formatter = (record: LogRecord) => `${records.push(record)}: ${record.msg}`;
  const handler = new Lines("INFO", { formatter });
  setup({
    handlers: { lines: handler },
    loggers: { pulso: { level: "INFO", handlers: ["lines"] } },
  });
  const before = Date.now();
  getLogger("pulso").debug("not written");
  getLogger("pulso").warn("first");
  getLogger("pulso").info("second");
  assertEquals(handler.lines, ["1: first", "2: second"]);
  assertEquals(records.map(({ levelName, msg }) => [levelName, msg]), [
    ["WARN", "first"],
    ["INFO", "second"],
  ]);
  assert(records.every(({ datetime }) => +datetime >= before && +datetime <= Date.now()));
});

Deno.test("getLogger() returns what it is told to write", () => {
  setup({});
  assertEquals(getLogger("nobody").error("text"), "text");
  assertEquals(getLogger("nobody").debug("text"), "text");
});

Deno.test("setup() replaces what was set up before, and passes over handlers that are not there", () => {
  const [first, second] = [new Lines("DEBUG"), new Lines("DEBUG")];
  const pulso = { level: "INFO", handlers: ["lines", "missing"] } as const;
  const loggers = { pulso: { ...pulso, handlers: [...pulso.handlers] } };
  setup({ handlers: { lines: first }, loggers });
  setup({ handlers: { lines: second }, loggers });
  getLogger("pulso").info("text");
  assertEquals([first.lines, second.lines], [[], ["INFO text"]]);
});
