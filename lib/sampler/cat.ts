/**
 * One `/bin/cat`, as a process: starts it, takes what it writes, and ends it in whatever state it is,
 * as one that was stopped would else stay for ever; and one that reads files once. It knows nothing of
 * what it reads.
 */

/** The one program that the sampler starts. */
export const CAT = "/bin/cat";

const decoder = new TextDecoder();

/** A started `cat`, and what has come from it. */
export class Cat {
  readonly #child: Deno.ChildProcess;
  readonly #output: ReadableStreamBYOBReader;
  #buffer: ArrayBuffer;
  #taking: Promise<unknown> = Promise.resolve();

  /** Starts it on files, with a buffer that it takes over. @throws {Error} when it cannot be started. */
  constructor(paths: readonly string[], buffer: ArrayBuffer, env: Record<string, string> = {}) {
    this.#child = new Deno.Command(CAT, {
      args: [...paths],
      clearEnv: true,
      env,
      stdin: "null",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    this.#output = this.#child.stdout.getReader({ mode: "byob" });
    this.#buffer = buffer;
  }

  /** What was taken, with room behind it. */
  get buffer(): ArrayBuffer {
    return this.#buffer;
  }

  /** Takes up to `size` bytes to a place in the buffer, which grows; 0 when it has ended. */
  async take(start: number, size: number): Promise<number> {
    if (start + size > this.#buffer.byteLength) {
      this.#buffer = this.#buffer.transfer(2 * (start + size));
    }
    const taking = this.#output.read(new Uint8Array(this.#buffer, start, size));
    this.#taking = taking;
    const { value, done } = await taking;
    if (value !== undefined) this.#buffer = value.buffer;
    return done ? 0 : value.length;
  }

  /** The first bytes of the buffer. */
  bytes(length: number): Uint8Array {
    return new Uint8Array(this.#buffer, 0, length);
  }

  /** The first bytes of the buffer as text. */
  text(length: number): string {
    return decoder.decode(this.bytes(length));
  }

  /** Whether it could read all its files, once it has ended. */
  async succeeds(): Promise<boolean> {
    return (await this.#child.status).success;
  }

  /** Ends it: its output is not wanted any more, and a read of it that is pending ends too. */
  end(): void {
    try {
      this.#child.kill("SIGKILL");
    } catch (error) {
      // It has ended already, which is as good.
      if (!(error instanceof TypeError)) throw error;
    }
    this.#close().catch(() => {});
  }

  async #close(): Promise<void> {
    await this.#child.status;
    await this.#taking;
    await this.#output.cancel();
  }
}

/** As much as what sysfs tells of some devices; it grows, and is given back after each. */
const CHUNK_BYTES = 8_192;

/** Reads files, once. */
export class SingleCat {
  readonly #cat: Cat;
  #received = "";

  /** Starts it. @throws {Error} when it cannot be started. */
  constructor(paths: readonly string[]) {
    this.#cat = new Cat(paths, new ArrayBuffer(CHUNK_BYTES));
  }

  /** The texts of all files in one. */
  async read(): Promise<string> {
    let taken = 0;
    let count: number;
    do {
      const room = this.#cat.buffer.byteLength - taken;
      count = await this.#cat.take(taken, Math.max(room, CHUNK_BYTES));
      taken += count;
    } while (count > 0);
    this.#received = this.#cat.text(taken);
    // Gives back its memory, which would else be kept until all garbage is collected.
    this.#cat.buffer.transfer(0);
    return this.#received;
  }

  /** What came until it ended. */
  get received(): string {
    return this.#received;
  }

  /** Whether it could read all of them; waits for its end. */
  succeeds(): Promise<boolean> {
    return this.#cat.succeeds();
  }

  /** Ends it before its time. */
  end(): void {
    this.#cat.end();
  }
}
