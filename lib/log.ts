/**
 * The program's own log, on stderr: one line an event, as text or as JSON, cleaned of whatever
 * foreign text brings along. It writes nowhere else, and while a full-screen view owns the
 * terminal it keeps its lines back.
 */
import { BaseHandler, getLogger, type Logger, type LogRecord, setup } from "@std/log";
import { cleanText } from "./format.ts";

/** How severe a line must be to be written, and in which form. */
export interface LogOptions {
  readonly level: "debug" | "info" | "warn" | "error";
  readonly format: "text" | "json";
}

const LEVELS = { debug: "DEBUG", info: "INFO", warn: "WARN", error: "ERROR" } as const;
const MAX_HELD_LINES = 200;

/** Writes lines to stderr, or holds the newest of them back. */
class StderrHandler extends BaseHandler {
  #held: string[] | null = null;

  override log(line: string): void {
    if (this.#held === null) return writeLine(line);
    this.#held.push(line);
    if (this.#held.length > MAX_HELD_LINES) this.#held.shift();
  }

  hold(): void {
    this.#held ??= [];
  }

  release(): void {
    const held = this.#held ?? [];
    this.#held = null;
    held.forEach(writeLine);
  }
}

/** A log, and the switch that keeps its lines back while a full-screen view is open. */
export interface Log extends Pick<Logger, "debug" | "info" | "warn" | "error"> {
  hold(): void;
  release(): void;
}

/** Opens the program's log. */
export function openLog(options: LogOptions): Log {
  const level = LEVELS[options.level];
  const formatter = options.format === "json" ? formatJson : formatText;
  const handler = new StderrHandler(level, { formatter });
  setup({ handlers: { stderr: handler }, loggers: { pulso: { level, handlers: ["stderr"] } } });
  const logger = getLogger("pulso");
  return Object.assign(logger, {
    hold: () => handler.hold(),
    release: () => handler.release(),
  });
}

function formatText({ datetime, levelName, msg }: LogRecord): string {
  return `${datetime.toISOString()} ${levelName.padEnd(5)} ${cleanText(msg)}`;
}

function formatJson({ datetime, levelName, msg }: LogRecord): string {
  const level = levelName.toLowerCase();
  return JSON.stringify({ time: datetime.toISOString(), level, message: cleanText(msg) });
}

function writeLine(line: string): void {
  // deno-lint-ignore no-console
  console.error(line);
}

/** What an error says, with what caused it where it does not say that itself. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? "" : describeError(error.cause);
  return error.message.includes(cause) ? error.message : `${error.message} (${cause})`;
}
