/**
 * `/bin/cat` as a process: it is started, what it writes is taken, and it is ended in whatever state it
 * is, as one that was stopped would else stay for ever. One kind reads files once, the other again
 * whenever it is asked. It knows nothing of what it reads.
 */

/** The one program that the sampler starts. */
export const CAT = "/bin/cat";

/** Without these glibc maps memory for each file, and unmaps it, at several times the cost of the file. */
const MEMORY = { MALLOC_MMAP_THRESHOLD_: "1000000", MALLOC_TRIM_THRESHOLD_: "1000000" };

/** As long as all files take on most hosts: to be woken for each that it writes costs more. */
const NAP_MS = 2;
const never = new Int32Array(new SharedArrayBuffer(4));
const nap = () => Atomics.wait(never, 0, 0, NAP_MS);

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
      env: { ...env, ...MEMORY },
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
    const { value } = await (this.#taking = this.#output.read(this.bytes(start, start + size)));
    if (value !== undefined) this.#buffer = value.buffer;
    return value?.length ?? 0;
  }

  /** The bytes of the buffer from one place to another. */
  bytes(start: number, end: number): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#buffer, start, end - start);
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
const FIRST_BYTES = 8_192;

/** Reads files, once. */
export class SingleCat {
  readonly #cat: Cat;
  #received = "";

  /** Starts it. @throws {Error} when it cannot be started. */
  constructor(paths: readonly string[]) {
    this.#cat = new Cat(paths, new ArrayBuffer(FIRST_BYTES));
  }

  /** The texts of all files in one. */
  async read(): Promise<string> {
    let taken = 0;
    for (let count = -1; count !== 0; taken += count) {
      if (count > 0) nap();
      const room = this.#cat.buffer.byteLength - taken;
      count = await this.#cat.take(taken, Math.max(room, FIRST_BYTES));
    }
    this.#received = decoder.decode(this.#cat.bytes(0, taken));
    // Gives back its memory, which would else be kept until all garbage is collected.
    this.#cat.buffer.transfer(0);
    return this.#received;
  }

  get received(): string {
    return this.#received;
  }

  succeeds(): Promise<boolean> {
    return this.#cat.succeeds();
  }

  end(): void {
    this.#cat.end();
  }
}

/** Rounds before a new one is started: enough that its start hardly costs, with a short command line. */
const ROUNDS = 24;
/** How much of a round is taken at once; as much filler may go with it, but never more. */
const CHUNK_BYTES = 16_384;
/** More than a pipe holds, 65,536 bytes with most kernels, even when a chunk of it is taken already. */
const FILLER_BYTES = 65_536 + CHUNK_BYTES + 4_096;

/** Filler is its environment, read several times, so that less of it is kept; each is longer than a chunk and begins with this variable, as they are sorted. */
const FILLER_PATHS: readonly string[] = new Array(4).fill("/proc/self/environ");
const FILLER_NAME = "FILLER";
const REST_BYTES = Object.entries({ [FILLER_NAME]: "", ...MEMORY })
  .reduce((bytes, [name, value]) => bytes + `${name}=${value}\0`.length, 0);
const FILLER = "~".repeat(FILLER_BYTES / FILLER_PATHS.length - REST_BYTES);
const EQUALS = 0x3d;

/**
 * Reads files, one round each time it is asked, as starting a program costs several times what those
 * files do. Between two rounds it writes more filler than its pipe holds, so that it waits until
 * that is taken. It must never answer with a round that began before it was asked.
 */
export class WaitingCat {
  readonly #turns: number;
  /** The files of all rounds. */
  readonly #paths: readonly string[];
  /** What stands between a round and the filler behind it, up to the last `=`. */
  readonly #mark: Uint8Array;
  #cat: Cat | null = null;
  #rounds = 0;
  /** Where the present round begins in the buffer, behind filler; and the end of what has come, -1 for none. */
  #from = 0;
  #taken = -1;
  /** Bytes of filler that are still to come before the next round. */
  #fillerLeft = 0;
  #canWait = false;

  /** @param turns lists of files that take turns; the last one's text ends with `lastLine`, so that no other is taken for filler. */
  constructor(turns: readonly (readonly string[])[], lastLine: string) {
    this.#turns = turns.length;
    const rounds = Array.from({ length: ROUNDS }, (_, round) => turns[round % turns.length]!);
    this.#paths = rounds.flatMap((turn) => [...turn, ...FILLER_PATHS]);
    this.#mark = new TextEncoder().encode(`${lastLine}${FILLER_NAME}=`);
  }

  /** Whether it has waited once as it should: it is no fault of this way of reading when it ends later. */
  get canWait(): boolean {
    return this.#canWait;
  }

  /** Which of the turns is read next. */
  get nextTurn(): number {
    return this.#rounds % ROUNDS % this.#turns;
  }

  /**
   * The texts of the files of the next turn in one, read now.
   *
   * @throws {Error} when it did not wait, or has ended; do not use it again then.
   */
  async read(): Promise<string> {
    const cat = await this.#begin();
    let count = this.#taken - this.#from;
    let end = -1;
    while ((end = lastIndexOf(this.#mark, cat.bytes(this.#from, this.#taken), count)) < 0) {
      if (count > 0) nap();
      count = expectMore(await cat.take(this.#taken, CHUNK_BYTES));
      this.#taken += count;
    }
    const fillerStart = this.#from + end + this.#mark.length - FILLER_NAME.length - 1;
    this.#fillerLeft = FILLER_BYTES - (this.#taken - fillerStart);
    this.#canWait ||= this.#rounds > 1;
    return decoder.decode(cat.bytes(this.#from, fillerStart));
  }

  /** What has come of a round that came to no end; `null` when not even its beginning could. */
  get received(): string | null {
    if (this.#cat === null || this.#taken < 0) return null;
    return decoder.decode(this.#cat.bytes(this.#from, this.#taken));
  }

  end(): void {
    this.#cat?.end();
  }

  async #begin(): Promise<Cat> {
    this.#taken = -1;
    if (this.#cat === null || this.#rounds === ROUNDS) this.#cat = this.#start();
    else await this.#release(this.#cat);
    this.#rounds++;
    return this.#cat;
  }

  #start(): Cat {
    const buffer = this.#cat?.buffer ?? new ArrayBuffer(FILLER_BYTES);
    this.end();
    this.#rounds = this.#from = this.#taken = 0;
    const cat = new Cat(this.#paths, buffer, { [FILLER_NAME]: FILLER });
    nap();
    return cat;
  }

  /** Lets it go on. While not all filler was in the pipe it cannot have begun the next round. */
  async #release(cat: Cat): Promise<void> {
    const held = expectMore(await cat.take(0, this.#fillerLeft));
    if (held === this.#fillerLeft) {
      this.#canWait = false;
      throw new Error(`Cannot trust ${CAT}: it did not wait`);
    }
    const left = this.#fillerLeft - held;
    nap();
    // With the rest of it comes the round; one read more would cost as much as a file.
    let taken = 0;
    while (taken < left) taken += expectMore(await cat.take(taken, left - taken + CHUNK_BYTES));
    [this.#from, this.#taken] = [left, taken];
  }
}

function expectMore(count: number): number {
  if (count === 0) throw new Error(`Cannot read on: ${CAT} has ended`);
  return count;
}

/** Where a mark stands that ends with the last `=` of the bytes, one of the `count` last that are new; -1 when it does not. */
function lastIndexOf(mark: Uint8Array, bytes: Uint8Array, count: number): number {
  const equals = bytes.subarray(-count).lastIndexOf(EQUALS);
  const start = bytes.length - count + equals + 1 - mark.length;
  return equals >= 0 && mark.every((byte, index) => byte === bytes[start + index]) ? start : -1;
}
