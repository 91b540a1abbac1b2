/** `@std/log`: loggers and handlers as the genuine package has them, for what Pulso uses. It writes nothing. */
const LEVELS = { NOTSET: 0, DEBUG: 10, INFO: 20, WARN: 30, ERROR: 40, CRITICAL: 50 };
export type LevelName = keyof typeof LEVELS;

export interface LogRecord {
  readonly msg: string;
  readonly levelName: string;
  readonly datetime: Date;
}
type FormatterFunction = (record: LogRecord) => string;
export abstract class BaseHandler {
  readonly levelName: LevelName;
  readonly formatter: FormatterFunction;
  constructor(levelName: LevelName, options?: { formatter?: FormatterFunction }) {
    this.levelName = levelName;
    this.formatter = options?.formatter ?? (({ levelName, msg }) => `${levelName} ${msg}`);
  }

  abstract log(msg: string): void;
}

export type Logger = Record<"debug" | "info" | "warn" | "error", <T>(msg: T) => T>;

interface LogConfig {
  handlers?: Record<string, BaseHandler>;
  loggers?: Record<string, { level?: LevelName; handlers?: string[] }>;
}

let config: LogConfig = {};
export function setup(newConfig: LogConfig): void {
  config = newConfig;
}

export function getLogger(name = "default"): Logger {
  const { level = "INFO", handlers = [] } = config.loggers?.[name] ?? {};
  const write = (levelName: LevelName) => <T>(msg: T): T => {
    for (const handler of handlers.flatMap((name) => config.handlers?.[name] ?? [])) {
      if (LEVELS[levelName] < Math.max(LEVELS[level], LEVELS[handler.levelName])) continue;
      handler.log(handler.formatter({ msg: String(msg), levelName, datetime: new Date() }));
    }
    return msg;
  };
  return { debug: write("DEBUG"), info: write("INFO"), warn: write("WARN"), error: write("ERROR") };
}
