/**
 * The program's own log, on stderr: one line per event, as text or JSON, with foreign text made harmless.
 * It holds its lines back while a full-screen view owns the same terminal, and no failure of stderr stops
 * the program. Repeated events, a failing stdout among them, are logged once a minute or on a change.
 */
import { BaseHandler, getLogger, type Logger, type LogRecord, setup } from "@std/log";
import { formatCount } from "./format.js";
import { cleanText } from "./text.js";
import { type ByteSink, LineOutput } from "./output.ts";

/** How severe a line can be, the least severe first. */
export const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;
/** The forms that lines can have. */
export const LOG_FORMATS = ["text", "json"] as const;

type Level = (typeof LOG_LEVELS)[number];

/** How severe a line must be to be written, and in which form. */
export interface LogOptions {
  readonly level: Level;
  readonly format: (typeof LOG_FORMATS)[number];
}

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

  constructor(level: Uppercase<Level>, formatter: Format, sink: ByteSink) {
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

  dropped(): number {
    return this.#output.dropped + this.#heldDropped;
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
export interface Log extends Pick<Logger, Level> {
  hold(): void;
  release(): void;
  /** Lines that were left out. */
  dropped(): number;
  /** Waits until all lines are written, but not for long. */
  close(): Promise<void>;
}

/** Opens the program's log. */
export function openLog(options: LogOptions, sink: ByteSink = Deno.stderr): Log {
  const level = options.level.toUpperCase() as Uppercase<Level>;
  const formatter = options.format === "json" ? formatJson : formatText;
  const handler = new StderrHandler(level, formatter, sink);
  setup({ handlers: { stderr: handler }, loggers: { pulso: { level, handlers: ["stderr"] } } });
  const logger = getLogger("pulso");
  return Object.assign(logger, {
    hold: () => handler.hold(),
    release: () => handler.release(),
    dropped: () => handler.dropped(),
    close: () => handler.close(),
  });
}

const formatText: Format = ({ datetime, levelName, msg }) =>
  `${datetime.toISOString()} ${levelName.padEnd(5)} ${cleanText(msg)}`;

const formatJson: Format = ({ datetime, levelName, msg }) => {
  const level = levelName.toLowerCase();
  return JSON.stringify({ time: datetime.toISOString(), level, message: cleanText(msg) });
};

/** The message of an error, with its cause unless the message says it. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? "" : describeError(error.cause);
  return error.message.includes(cause) ? error.message : `${error.message} (${cause})`;
}

/** Interval between two lines of one kind. */
const LOG_INTERVAL_MS = 60_000;

/** Lets one event of a kind pass per interval, and counts those it suppresses. */
export class Throttle {
  readonly #intervalMs: number;
  readonly #kinds = new Map<string, { passedMs: number; suppressed: number }>();

  constructor(intervalMs = LOG_INTERVAL_MS) {
    this.#intervalMs = intervalMs;
  }

  /** How many of its kind were suppressed before this one; `null` when this one is suppressed too. */
  pass(kind: string, nowMs: number): number | null {
    const last = this.#kinds.get(kind);
    if (last !== undefined && nowMs - last.passedMs < this.#intervalMs) {
      last.suppressed++;
      return null;
    }
    this.#kinds.set(kind, { passedMs: nowMs, suppressed: 0 });
    return last?.suppressed ?? 0;
  }
}

/** Logs one event of a kind a minute, with how many similar ones came before it; only its text is made. */
export class ThrottledLog {
  readonly #log: Pick<Log, "debug" | "warn">;
  readonly #nowMs: () => number;
  readonly #throttle = new Throttle();

  constructor(log: Pick<Log, "debug" | "warn">, nowMs: () => number) {
    this.#log = log;
    this.#nowMs = nowMs;
  }

  /** Warns of an event of a kind. */
  warn(kind: string, textOf: () => string): void {
    this.#write("warn", kind, textOf);
  }

  /** Logs a usual event, of interest only to those who look for a fault. */
  debug(kind: string, textOf: () => string): void {
    this.#write("debug", kind, textOf);
  }

  #write(level: "debug" | "warn", kind: string, textOf: () => string): void {
    const suppressed = this.#throttle.pass(kind, this.#nowMs());
    if (suppressed === null) return;
    const more = suppressed > 0 ? `; ${suppressed} similar messages suppressed` : "";
    this.#log[level](textOf() + more);
  }
}

/** Remembers which things fail, so that only a change is logged. */
export class Failures {
  readonly #failing = new Set<string>();

  /** Notes how a thing is now: `failed` or `recovered` when that is a change, else `null`. */
  note(thing: string, fails: boolean): "failed" | "recovered" | null {
    if (fails === this.#failing.has(thing)) return null;
    if (fails) this.#failing.add(thing);
    else this.#failing.delete(thing);
    return fails ? "failed" : "recovered";
  }

  /** Notes all things that fail now: those that are not among them have recovered. */
  noteAll(failing: Iterable<string>): { readonly failed: string[]; readonly recovered: string[] } {
    const now = new Set(failing);
    const recovered = [...this.#failing.difference(now)];
    return {
      failed: [...now].filter((thing) => this.note(thing, true) !== null),
      recovered: recovered.filter((thing) => this.note(thing, false) !== null),
    };
  }
}

/** Maximum of characters that wait while a write is under way. */
const STDOUT_ROOM = 8 * 1_024 * 1_024;

/** Lines on stdout. */
export class LoggedOutput {
  readonly #log: Pick<Log, "info" | "warn">;
  readonly #output: LineOutput;
  readonly #throttle = new Throttle();
  /** Whether the log has told of a failure. */
  #isTold = false;
  #hasGone = false;

  /** `onGone` is called once, when the reader has gone: that is no failure, and not logged. */
  constructor(sink: ByteSink, log: Pick<Log, "info" | "warn">, onGone: () => void) {
    this.#log = log;
    this.#output = new LineOutput(sink, {
      room: STDOUT_ROOM,
      onGone: () => {
        this.#hasGone = true;
        onGone();
      },
    });
  }

  /** Queues one line, or drops it; the time is that of any clock, in milliseconds. */
  write(line: string, nowMs: number): void {
    const isTaken = this.#output.write(line);
    if (this.#hasGone) return;
    const { failure } = this.#output;
    if (failure !== null) this.#complain(failure.message, nowMs);
    else if (!isTaken) this.#complain("reader too slow", nowMs);
    else if (this.#isTold) this.#recover();
  }

  /** Lines that were not written, since the start; none when nobody was there to read them. */
  get dropped(): number {
    return this.#hasGone ? 0 : this.#output.dropped;
  }

  /** Waits until all is written, but not for long. */
  async close(): Promise<void> {
    await this.#output.close();
    if (this.dropped > 0) this.#log.warn(`Cannot write to stdout: ${this.#describeDropped()}`);
  }

  #complain(state: string, nowMs: number): void {
    if (this.#throttle.pass("stdout", nowMs) === null) return;
    this.#isTold = true;
    this.#log.warn(`Cannot write to stdout: ${state}; ${this.#describeDropped()}`);
  }

  #recover(): void {
    this.#isTold = false;
    this.#log.info(`Writing to stdout again; ${this.#describeDropped()}`);
  }

  #describeDropped(): string {
    return `lines dropped so far: ${formatCount(this.dropped)}`;
  }
}
