/**
 * Lines on stdout, for which the log answers: a full disk or a slow reader stops nobody, and the log
 * says so when it begins, once a minute while it lasts, and when it is over.
 */
import { formatCount } from "./format.js";
import type { Log } from "./log.ts";
import { type ByteSink, LineOutput } from "./output.ts";
import { Throttle } from "./rate_limit.ts";

/** Maximum of characters that wait while a write is under way. */
const ROOM = 8 * 1_024 * 1_024;

/** Lines on stdout. */
export class LoggedOutput {
  readonly #log: Pick<Log, "info" | "warn">;
  readonly #output: LineOutput;
  readonly #throttle = new Throttle();
  /** Whether the log says that lines are dropped or wait. */
  #isTold = false;
  #hasGone = false;

  /** `onGone` is called once, when nobody reads any more: that is nobody's fault, and not logged. */
  constructor(sink: ByteSink, log: Pick<Log, "info" | "warn">, onGone: () => void) {
    this.#log = log;
    this.#output = new LineOutput(sink, {
      room: ROOM,
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
