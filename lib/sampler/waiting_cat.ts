/**
 * One `/bin/cat` that reads the same files again whenever it is asked, as starting a program costs
 * several times what those files do. Between two rounds it writes more filler than its pipe holds, so
 * that it waits until that is taken. It must never answer with a round that began before it was asked.
 */
import { CAT, Cat } from "./cat.ts";

/** Rounds before a new one is started: enough that its start hardly costs, with a short command line. */
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
const never = new Int32Array(new SharedArrayBuffer(4));

/** Reads files, one round each time it is asked. */
export class WaitingCat {
  readonly #paths: readonly string[];
  /** What stands between a round and the filler behind it, up to the last `=`. */
  readonly #mark: Uint8Array;
  #cat: Cat | null = null;
  #rounds = 0;
  /** Bytes of the present round that have come; -1 while it has not begun. */
  #taken = -1;
  /** Bytes of filler that are still to come before the next round. */
  #fillerLeft = 0;
  #canWait = false;

  /** @param lastLine how the text of the last path always ends, so that no other text is taken for filler. */
  constructor(paths: readonly string[], lastLine: string) {
    this.#paths = [...paths, FILLER_PATH];
    this.#mark = encoder.encode(`${lastLine}${FILLER_NAME}=`);
  }

  /** Whether it has waited once as it should: it is no fault of this way of reading when it ends later. */
  get canWait(): boolean {
    return this.#canWait;
  }

  /**
   * The texts of all files in one, read now.
   *
   * @throws {Error} when it did not wait, or has ended; do not use it again then.
   */
  async read(): Promise<string> {
    const cat = await this.#begin();
    let end = -1;
    while (end < 0) {
      const count = expectMore(await cat.take(this.#taken, CHUNK_BYTES));
      this.#taken += count;
      end = lastIndexOf(this.#mark, cat.bytes(this.#taken), count);
    }
    const fillerStart = end + this.#mark.length - FILLER_NAME.length - 1;
    this.#fillerLeft = FILLER_BYTES - (this.#taken - fillerStart);
    this.#canWait ||= this.#rounds > 1;
    return cat.text(fillerStart);
  }

  /** What has come of a round that came to no end; `null` when not even its beginning could. */
  get received(): string | null {
    return this.#cat === null || this.#taken < 0 ? null : this.#cat.text(this.#taken);
  }

  /** Ends it: its output is not wanted any more. */
  end(): void {
    this.#cat?.end();
  }

  /** Begins a round. */
  async #begin(): Promise<Cat> {
    this.#taken = -1;
    if (this.#cat === null || this.#rounds === ROUNDS) this.#cat = this.#start();
    else await this.#release(this.#cat);
    this.#rounds++;
    this.#taken = 0;
    return this.#cat;
  }

  #start(): Cat {
    const buffer = this.#cat?.buffer ?? new ArrayBuffer(FILLER_BYTES);
    this.end();
    this.#rounds = 0;
    const filler = "~".repeat(FILLER_BYTES - FILLER_NAME.length - 2);
    const rounds = new Array(ROUNDS).fill(this.#paths).flat();
    return new Cat(rounds, buffer, { [FILLER_NAME]: filler });
  }

  /** Lets it go on. While not all filler was in the pipe it cannot have begun the next round. */
  async #release(cat: Cat): Promise<void> {
    const held = expectMore(await cat.take(0, this.#fillerLeft));
    if (held === this.#fillerLeft) {
      this.#canWait = false;
      throw new Error(`Cannot trust ${CAT}: it did not wait`);
    }
    this.#fillerLeft -= held;
    Atomics.wait(never, 0, 0, NAP_MS);
    while (this.#fillerLeft > 0) {
      this.#fillerLeft -= expectMore(await cat.take(0, this.#fillerLeft));
    }
  }
}

/** The bytes that were taken, unless there are none. */
function expectMore(count: number): number {
  if (count === 0) throw new Error(`Cannot read on: ${CAT} has ended`);
  return count;
}

/** Where a mark stands that ends with the last `=` of the bytes, one of the `count` last; -1 when it does not. */
function lastIndexOf(mark: Uint8Array, bytes: Uint8Array, count: number): number {
  // Not to look through all of a long text again for each part of it.
  const equals = bytes.subarray(-count).lastIndexOf(EQUALS);
  const start = bytes.length - count + equals + 1 - mark.length;
  return equals >= 0 && mark.every((byte, index) => byte === bytes[start + index]) ? start : -1;
}
