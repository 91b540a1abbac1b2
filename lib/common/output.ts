/**
 * Lines for a reader that may be slow, be full, or go away. It never blocks its caller, never throws
 * and never grows without limit: lines that find no room are dropped and counted, and what cannot be
 * written now is tried again.
 */

/** How long `close` waits for a reader that takes nothing. */
const CLOSE_TIMEOUT_MS = 500;
/** Interval between two attempts to write what could not be written. */
const RETRY_MS = 1_000;

/** Where the bytes go: `Deno.stdout`, or what a test puts in its place. */
export type ByteSink = Pick<typeof Deno.stdout, "write" | "isTerminal">;

/** Whether a failure to write says that nobody reads any more, as the end of a pipe or of a terminal does. */
export function isReaderGone(error: Error, isTerminal: boolean): boolean {
  const { code } = error as Error & { readonly code?: string };
  return error instanceof Deno.errors.BrokenPipe || (isTerminal && code === "EIO");
}

/** What one output does its own way. */
export interface LineOutputOptions {
  /** Maximum of characters that wait while a write is under way. */
  readonly room: number;
  /** Called once, when the reader has gone for good; where absent, another one may come. */
  readonly onGone?: () => void;
  /** The line that stands in the place of those that were dropped; where absent, none does. */
  readonly describeGap?: (dropped: number) => string;
  readonly retryMs?: number;
}

/** A queue of lines before one writer. */
export class LineOutput {
  readonly #sink: ByteSink;
  readonly #options: LineOutputOptions;
  /** As it was at the start: of a terminal that has gone nothing can be told. */
  readonly #isTerminal: boolean;
  readonly #encoder = new TextEncoder();
  #queue: string[] = [];
  #queuedLength = 0;
  /** How many lines have been dropped after those that wait. */
  #gap = 0;
  /** How many lines the write under way has. */
  #batchLines = 0;
  #writing: Promise<void> | null = null;
  #failure: Error | null = null;
  #dropped = 0;
  #isClosing = false;
  #hasEnded = false;
  #wake = () => {};

  constructor(sink: ByteSink, options: LineOutputOptions) {
    this.#sink = sink;
    this.#options = options;
    this.#isTerminal = sink.isTerminal();
  }

  /** Lines that were not written, since the start. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Why the last attempt to write failed; `null` when it did not. */
  get failure(): Error | null {
    return this.#failure;
  }

  /** Queues one line; false when there is no room for it. */
  write(line: string): boolean {
    const isTaken = !this.#hasEnded && this.#gap === 0 && this.#hasRoomFor(line);
    if (isTaken) {
      this.#queue.push(line);
      this.#queuedLength += line.length;
    } else {
      // Nothing may follow a gap before the gap is reported.
      this.#gap++;
      this.#dropped++;
    }
    if (!this.#hasEnded) this.#writing ??= this.#writeAll();
    return isTaken;
  }

  #hasRoomFor(line: string): boolean {
    return this.#queuedLength + line.length <= this.#options.room;
  }

  /** Waits until all lines are written, but not for long; what cannot be written is tried once more. */
  async close(): Promise<void> {
    const timeout = Promise.withResolvers<void>();
    const timer = setTimeout(timeout.resolve, CLOSE_TIMEOUT_MS);
    this.#isClosing = true;
    this.#wake();
    await Promise.race([this.#writing, timeout.promise]);
    clearTimeout(timer);
    if (this.#writing !== null) this.#end();
  }

  async #writeAll(): Promise<void> {
    while (this.#queue.length > 0 || this.#gap > 0) await this.#writeBatch(this.#takeBatch());
    this.#writing = null;
  }

  #takeBatch(): Uint8Array {
    const { describeGap } = this.#options;
    const lines = this.#queue;
    if (this.#gap > 0 && describeGap !== undefined) lines.push(describeGap(this.#gap));
    this.#batchLines = lines.length;
    this.#queue = [];
    this.#queuedLength = 0;
    this.#gap = 0;
    return this.#encoder.encode(lines.map((line) => `${line}\n`).join(""));
  }

  async #writeBatch(bytes: Uint8Array): Promise<void> {
    for (let written = 0; written < bytes.length && !this.#hasEnded;) {
      try {
        written += await this.#sink.write(bytes.subarray(written));
        this.#failure = null;
      } catch (error) {
        this.#failure = error as Error;
        await this.#bear(error as Error);
      }
    }
    this.#batchLines = 0;
  }

  /** What becomes of a failure: the end, or another attempt in a while. */
  async #bear(error: Error): Promise<void> {
    const { onGone, retryMs = RETRY_MS } = this.#options;
    if (onGone !== undefined && isReaderGone(error, this.#isTerminal)) {
      this.#end();
      onGone();
    } else if (this.#isClosing) this.#end();
    else {
      const { promise, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, retryMs);
      this.#wake = resolve;
      await promise;
      clearTimeout(timer);
    }
  }

  /** Stops writing: what still waits is dropped. */
  #end(): void {
    this.#dropped += this.#batchLines + this.#queue.length;
    this.#hasEnded = true;
    this.#batchLines = 0;
    this.#queue = [];
    this.#queuedLength = 0;
    this.#gap = 0;
  }
}

/** Prints a text whole, and a line end. @throws {Error} when it cannot, but for a reader that has gone. */
export async function printText(sink: Pick<ByteSink, "write">, text: string): Promise<void> {
  const bytes = new TextEncoder().encode(`${text}\n`);
  try {
    for (let written = 0; written < bytes.length;) {
      written += await sink.write(bytes.subarray(written));
    }
  } catch (error) {
    if (isReaderGone(error as Error, false)) return;
    throw new Error(`Cannot write to stdout: ${(error as Error).message}`);
  }
}
