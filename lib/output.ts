/**
 * Lines on stdout, for a reader that may be slow or go away. It never blocks its caller and never
 * grows without limit: lines that find no room are left out and counted.
 */

/** Most characters that wait while a write is under way. */
const MAX_WAITING_LENGTH = 8 * 1_024 * 1_024;
/** How long `close` waits for a reader that takes nothing. */
const CLOSE_PATIENCE_MS = 1_000;

/** Where the bytes go: `Deno.stdout`, or what a test puts in its place. */
export type ByteSink = Pick<typeof Deno.stdout, "write">;

/** What to tell of a write that failed: nothing when the reader has gone, which is its right. */
export function writeFailure(error: Error): Error | null {
  if (error instanceof Deno.errors.BrokenPipe) return null;
  return new Error(`Cannot write to stdout: ${error.message}`, { cause: error });
}

/** A queue of lines before one writer. */
export class LineOutput {
  readonly #sink: ByteSink;
  readonly #encoder = new TextEncoder();
  readonly #onFailure: (error: Error) => void;
  #waiting: string[] = [];
  #waitingLength = 0;
  #writing: Promise<void> | null = null;
  #failed = false;
  #leftOut = 0;

  /** `onFailure` is called once, with `BrokenPipe` when the reader has gone; then nothing more is written. */
  constructor(sink: ByteSink, onFailure: (error: Error) => void) {
    this.#sink = sink;
    this.#onFailure = onFailure;
  }

  /** Lines that found no room, since the start. */
  get leftOut(): number {
    return this.#leftOut;
  }

  /** Queues one line; false when there is no room for it. */
  write(line: string): boolean {
    if (this.#failed || this.#waitingLength + line.length > MAX_WAITING_LENGTH) {
      this.#leftOut++;
      return false;
    }
    this.#waiting.push(line);
    this.#waitingLength += line.length;
    this.#writing ??= this.#writeAll();
    return true;
  }

  /** Waits until all lines are written, or for a second. */
  async close(): Promise<void> {
    const patience = Promise.withResolvers<void>();
    const timer = setTimeout(patience.resolve, CLOSE_PATIENCE_MS);
    await Promise.race([this.#writing, patience.promise]);
    clearTimeout(timer);
  }

  async #writeAll(): Promise<void> {
    try {
      while (this.#waiting.length > 0) await this.#writeOnce();
    } catch (error) {
      this.#failed = true;
      this.#waiting = [];
      this.#onFailure(error as Error);
    }
    this.#writing = null;
  }

  async #writeOnce(): Promise<void> {
    const bytes = this.#encoder.encode(this.#waiting.join("\n") + "\n");
    this.#waiting = [];
    this.#waitingLength = 0;
    for (let written = 0; written < bytes.length;) {
      written += await this.#sink.write(bytes.subarray(written));
    }
  }
}

/** Prints a text whole, and a line end. @throws {Error} when it cannot, but for a reader that has gone. */
export async function printText(sink: ByteSink, text: string): Promise<void> {
  let failure: Error | null = null;
  const output = new LineOutput(sink, (error) => failure = writeFailure(error));
  output.write(text);
  await output.close();
  if (failure !== null) throw failure;
}
