/**
 * `@std/log` without its registry: loggers, levels and handlers as the genuine package has them,
 * for what Pulso uses. It writes nothing itself: handlers do.
 */

/** Severity by name, in the order of its number. */
export const LogLevels = {
  NOTSET: 0,
  DEBUG: 10,
  INFO: 20,
  WARN: 30,
  ERROR: 40,
  CRITICAL: 50,
} as const;
export type LevelName = keyof typeof LogLevels;

/** One event, as a formatter gets it. */
export class LogRecord {
  readonly datetime = new Date();
  readonly levelName: LevelName;
  constructor(readonly msg: string, readonly level: number, readonly loggerName: string) {
    this.levelName = Object.entries(LogLevels).find(([, value]) =>
      value === level
    )![0] as LevelName;
  }
}

/** How a handler turns a record into a line. */
export type FormatterFunction = (record: LogRecord) => string;

/** Formats records of its level and above, and hands each line to `log`. */
export abstract class BaseHandler {
  readonly formatter: FormatterFunction;
  constructor(readonly levelName: LevelName, options?: { formatter?: FormatterFunction }) {
    this.formatter = options?.formatter ?? (({ levelName, msg }) => `${levelName} ${msg}`);
  }

  handle(record: LogRecord): void {
    if (record.level >= LogLevels[this.levelName]) this.log(this.formatter(record));
  }

  abstract log(msg: string): void;
}

/** Sends what is severe enough to its handlers; each method returns what it was given. */
export class Logger {
  constructor(
    readonly loggerName: string,
    readonly levelName: LevelName,
    readonly handlers: BaseHandler[] = [],
  ) {}
  debug = <T>(msg: T): T => this.#log("DEBUG", msg);
  info = <T>(msg: T): T => this.#log("INFO", msg);
  warn = <T>(msg: T): T => this.#log("WARN", msg);
  error = <T>(msg: T): T => this.#log("ERROR", msg);

  #log<T>(levelName: LevelName, msg: T): T {
    if (LogLevels[levelName] < LogLevels[this.levelName]) return msg;
    const record = new LogRecord(String(msg), LogLevels[levelName], this.loggerName);
    for (const handler of this.handlers) handler.handle(record);
    return msg;
  }
}

const loggers = new Map<string, Logger>();

/** What `setup` takes: handlers by name, and loggers that name them. */
export interface LogConfig {
  handlers?: Record<string, BaseHandler>;
  loggers?: Record<string, { level?: LevelName; handlers?: string[] }>;
}

/** Makes the loggers of a configuration; those of an earlier one are gone. */
export function setup({ handlers = {}, loggers: configs = {} }: LogConfig): void {
  loggers.clear();
  for (const [name, { level = "INFO", handlers: names = [] }] of Object.entries(configs)) {
    loggers.set(name, new Logger(name, level, names.map((handler) => handlers[handler]!)));
  }
}

/** The logger of that name; one that nobody set up writes nowhere. */
export function getLogger(name = "default"): Logger {
  return loggers.get(name) ?? new Logger(name, "NOTSET");
}
