/**
 * One `/bin/cat` that reads the same files again whenever it is asked, as starting a program costs
 * several times what those files do. Between two rounds it writes more filler than its pipe holds, so
 * that it waits until that is taken. It must never answer with a round that began before it was asked.
 */

/** The one program that the sampler starts. */
export const CAT = "/bin/cat";

/** Rounds before a new one is started: so many that a start hardly counts, and no endless command line. */
const ROUNDS = 24;
/** How much of a round is taken at once; as much filler may go with it, but never more. */
const CHUNK_BYTES = 16_384;
/** More than a pipe holds, 65,536 bytes with most kernels, even when a chunk of it is taken already. */
const FILLER_BYTES = 65_536 + CHUNK_BYTES + 4_096;
/** As long as all files take on most hosts: to be woken for each of them costs more. */
const NAP_MS = 2;

/** Filler is the one variable of its environment, which it reads as a file; a zero byte ends it. */
const FILLER_PATH = "/proc/self/environ";
const FILLER_NAME = "FILLER";
const EQUALS = 0x3d;

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const never = new Int32Array(new SharedArrayBuffer(4));

/** Reads files, one round each time it is asked. */
export class WaitingCat {
  readonly #paths: readonly string[];
  /** What stands between a round and the filler behind it, up to the last `=`. */
  readonly #mark: Uint8Array;
  #output: ReadableStreamBYOBReader | null = null;
  #rounds = 0;
  #buffer = new ArrayBuffer(FILLER_BYTES);
  /** Bytes of filler that are still to come before the next round. */
  #fillerLeft = 0;

  /** @param lastLine how the text of the last path always ends, so that no other text is taken for filler. */
  constructor(paths: readonly string[], lastLine: string) {
    this.#paths = [...paths, FILLER_PATH];
    this.#mark = encoder.encode(`${lastLine}${FILLER_NAME}=`);
  }

  /**
   * The texts of all files in one, read now.
   *
   * @throws {Error} when it did not wait, or has ended; then it is of no more use.
   */
  async read(): Promise<string> {
    if (this.#output === null || this.#rounds === ROUNDS) this.#start();
    else await this.#release();
    this.#rounds++;
    let taken = 0;
    let end = -1;
    while (end < 0) {
      taken += await this.#take(taken, CHUNK_BYTES);
      end = lastIndexOf(this.#mark, new Uint8Array(this.#buffer, 0, taken));
    }
    const fillerStart = end + this.#mark.length - FILLER_NAME.length - 1;
    this.#fillerLeft = FILLER_BYTES - (taken - fillerStart);
    return decoder.decode(new Uint8Array(this.#buffer, 0, fillerStart));
  }

  /** Ends it, as nobody reads any more what it would write. */
  end(): void {
    this.#output?.cancel().catch(() => {});
    this.#output = null;
  }

  #start(): void {
    this.end();
    const { stdout } = new Deno.Command(CAT, {
      args: new Array(ROUNDS).fill(this.#paths).flat(),
      clearEnv: true,
      env: { [FILLER_NAME]: "~".repeat(FILLER_BYTES - FILLER_NAME.length - 2) },
      stdin: "null",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    this.#output = stdout.getReader({ mode: "byob" });
    this.#rounds = 0;
  }

  /** Lets it go on. While not all filler was in the pipe it cannot have begun the next round. */
  async #release(): Promise<void> {
    const held = await this.#take(0, this.#fillerLeft);
    if (held === this.#fillerLeft) throw new Error(`Cannot trust ${CAT}: it did not wait`);
    this.#fillerLeft -= held;
    Atomics.wait(never, 0, 0, NAP_MS);
    while (this.#fillerLeft > 0) this.#fillerLeft -= await this.#take(0, this.#fillerLeft);
  }

  /** Takes up to `size` bytes of what it wrote to a place in the buffer. */
  async #take(start: number, size: number): Promise<number> {
    if (start + size > this.#buffer.byteLength) {
      this.#buffer = this.#buffer.transfer(2 * (start + size));
    }
    const { value, done } = await this.#output!.read(new Uint8Array(this.#buffer, start, size));
    if (done) throw new Error(`Cannot read on: ${CAT} has ended`);
    this.#buffer = value.buffer;
    return value.length;
  }
}

/** Where a mark that ends in `=` stands, behind which there is no other `=`; -1 when it does not. */
function lastIndexOf(mark: Uint8Array, bytes: Uint8Array): number {
  const start = bytes.lastIndexOf(EQUALS) + 1 - mark.length;
  return mark.every((byte, index) => byte === bytes[start + index]) ? start : -1;
}
