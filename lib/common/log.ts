/**
 * The program's own log, on stderr: one line an event, as text or as JSON, cleaned of whatever
 * foreign text brings along. It writes nowhere else, keeps its lines back while a full-screen view
 * owns the same terminal, and whatever becomes of stderr neither stops nor ends the program: what
 * could not be written is counted, and the log says so when it can again.
 */
import { BaseHandler, getLogger, type Logger, type LogRecord, setup } from "@std/log";
import { cleanText } from "./text.js";
import { type ByteSink, LineOutput } from "./output.ts";

/** How severe a line must be to be written, and in which form. */
export interface LogOptions {
  readonly level: "debug" | "info" | "warn" | "error";
  readonly format: "text" | "json";
}

const LEVELS = { debug: "DEBUG", info: "INFO", warn: "WARN", error: "ERROR" } as const;
const MAX_HELD_LINES = 200;
/** Maximum of characters that wait for a stderr that is read slowly, some thousand lines. */
const ROOM = 256 * 1_024;

type Format = (record: Pick<LogRecord, "datetime" | "levelName" | "msg">) => string;

/** Writes lines to stderr, or holds the newest of them back. */
class StderrHandler extends BaseHandler {
  readonly #output: LineOutput;
  readonly #describeGap: (dropped: number) => string;
  #held: string[] | null = null;
  #heldDropped = 0;

  constructor(level: (typeof LEVELS)[LogOptions["level"]], formatter: Format, sink: ByteSink) {
    super(level, { formatter });
    this.#describeGap = (dropped) => {
      const msg = `Lines dropped here: ${dropped} (stderr was full, or not read)`;
      return formatter({ datetime: new Date(), levelName: "WARN", msg });
    };
    this.#output = new LineOutput(sink, { room: ROOM, describeGap: this.#describeGap });
  }

  override log(line: string): void {
    if (this.#held === null) return void this.#output.write(line);
    if (this.#held.push(line) <= MAX_HELD_LINES) return;
    this.#held.shift();
    this.#heldDropped++;
  }

  hold(): void {
    this.#held ??= [];
  }

  release(): void {
    const held = this.#held ?? [];
    this.#held = null;
    if (this.#heldDropped > 0) this.#output.write(this.#describeGap(this.#heldDropped));
    this.#heldDropped = 0;
    for (const line of held) this.#output.write(line);
  }

  async close(): Promise<void> {
    this.release();
    await this.#output.close();
  }
}

/** A log, and the switch that keeps its lines back while a full-screen view is open. */
export interface Log extends Pick<Logger, "debug" | "info" | "warn" | "error"> {
  hold(): void;
  release(): void;
  /** Waits until all lines are written, but not for long. */
  close(): Promise<void>;
}

/** Opens the program's log. */
export function openLog(options: LogOptions, sink: ByteSink = Deno.stderr): Log {
  const level = LEVELS[options.level];
  const formatter = options.format === "json" ? formatJson : formatText;
  const handler = new StderrHandler(level, formatter, sink);
  setup({ handlers: { stderr: handler }, loggers: { pulso: { level, handlers: ["stderr"] } } });
  const logger = getLogger("pulso");
  return Object.assign(logger, {
    hold: () => handler.hold(),
    release: () => handler.release(),
    close: () => handler.close(),
  });
}

const formatText: Format = ({ datetime, levelName, msg }) =>
  `${datetime.toISOString()} ${levelName.padEnd(5)} ${cleanText(msg)}`;

const formatJson: Format = ({ datetime, levelName, msg }) => {
  const level = levelName.toLowerCase();
  return JSON.stringify({ time: datetime.toISOString(), level, message: cleanText(msg) });
};

/** What an error says, with what caused it where it does not say that itself. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? "" : describeError(error.cause);
  return error.message.includes(cause) ? error.message : `${error.message} (${cause})`;
}
