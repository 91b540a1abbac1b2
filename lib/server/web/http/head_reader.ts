/**
 * Takes the heads of requests, one after another, out of the bytes that a client sends. It holds no
 * more bytes than one head may have, and reads once at a time. Pure.
 */
import {
  checkBeginning,
  findEnd,
  findStart,
  MAX_HEAD_BYTES,
  readHead,
  type RequestHead,
} from "./request.ts";

const MIN_BUFFER_BYTES = 1_024;

/** Reads what has come into a buffer and returns how much that was; `null` when no more comes. */
export type Read = (buffer: Uint8Array) => Promise<number | null>;

/** The heads of one connection. */
export class HeadReader {
  readonly #read: Read;
  #buffer = new Uint8Array(MIN_BUFFER_BYTES);
  #length = 0;
  #reading: Promise<void> | null = null;
  #hasEnded = false;

  constructor(read: Read) {
    this.#read = read;
  }

  /** Whether bytes of the next request have come already. */
  get hasBegun(): boolean {
    return this.#length > 0;
  }

  /**
   * The next head, or `null` when none comes any more; `onBegin` is called with its first bytes.
   * @throws {Refusal} for a bad one.
   */
  async next(onBegin: () => void): Promise<RequestHead | null> {
    for (let hasBegun = false;;) {
      const bytes = this.#buffer.subarray(0, this.#length);
      const start = findStart(bytes);
      const end = findEnd(bytes, start);
      if (end !== null && end - start <= MAX_HEAD_BYTES) return this.#take(start, end);
      checkBeginning(bytes.subarray(start));
      if (this.#hasEnded) return null;
      if (!hasBegun && this.hasBegun) onBegin();
      hasBegun ||= this.hasBegun;
      this.#makeRoom();
      await this.#readOnce();
    }
  }

  /** Goes on reading while nobody asks for a head, as that is how a client that goes is noticed. */
  watch(): void {
    // What has come already must not move while more is read behind it.
    if (!this.hasBegun && !this.#hasEnded) this.#readOnce().catch(() => {});
  }

  /** Reads and forgets what still comes, up to so many bytes. */
  async drain(maxBytes: number): Promise<void> {
    for (let count = 0; !this.#hasEnded && count < maxBytes; count += this.#length) {
      this.#length = 0;
      await this.#readOnce();
    }
  }

  #take(start: number, end: number): RequestHead {
    try {
      return readHead(this.#buffer.subarray(start, end));
    } finally {
      this.#buffer.copyWithin(0, end, this.#length);
      this.#length -= end;
    }
  }

  #makeRoom(): void {
    if (this.#length < this.#buffer.length) return;
    const larger = new Uint8Array(2 * this.#buffer.length);
    larger.set(this.#buffer);
    this.#buffer = larger;
  }

  #readOnce(): Promise<void> {
    return this.#reading ??= this.#read(this.#buffer.subarray(this.#length)).then((count) => {
      if (count === null) this.#hasEnded = true;
      else this.#length += count;
    }).finally(() => this.#reading = null);
  }
}
