/** A client's end of a connection, in the hands of a test. */
import type { ByteStream } from "../../../lib/server/web/http/connection.ts";
import { settle } from "./fakes.ts";

const decoder = new TextDecoder();

/** What the server reads and writes: the client says what comes, and whether it takes anything. */
export class FakeWire implements ByteStream {
  /** All that the server wrote. */
  text = "";
  writes = 0;
  /** Bytes of the longest write. */
  longestWrite = 0;
  /** The server will write no more. */
  isFinished = false;
  isClosed = false;
  /** While set, nothing that the server writes is taken. */
  isStuck = false;
  #input: (Uint8Array | null)[] = [];
  #reader: { buffer: Uint8Array; ended: PromiseWithResolvers<number | null> } | null = null;
  #writer: PromiseWithResolvers<number> | null = null;

  /** Sends a text, or the end with `null`, and lets follow what follows from it. */
  async say(text: string | null): Promise<void> {
    this.#input.push(text === null ? null : Uint8Array.from(text, (c) => c.charCodeAt(0)));
    this.#feed();
    await settle();
  }

  /** Goes away without a word, as a reset does. */
  async reset(): Promise<void> {
    this.#fail(new Error("Connection reset by peer"));
    await settle();
  }

  read(buffer: Uint8Array): Promise<number | null> {
    if (this.#reader !== null) throw new Error("read twice at once");
    if (this.isClosed) return Promise.reject(new Error("closed"));
    const ended = Promise.withResolvers<number | null>();
    this.#reader = { buffer, ended };
    this.#feed();
    return ended.promise;
  }

  write(bytes: Uint8Array): Promise<number> {
    if (this.isClosed) return Promise.reject(new Error("closed"));
    this.writes++;
    this.longestWrite = Math.max(this.longestWrite, bytes.length);
    if (this.isStuck) return (this.#writer = Promise.withResolvers()).promise;
    this.text += decoder.decode(bytes);
    return Promise.resolve(bytes.length);
  }

  closeWrite(): Promise<void> {
    this.isFinished = true;
    return Promise.resolve();
  }

  close(): void {
    if (this.isClosed) throw new Error("closed twice");
    this.isClosed = true;
    this.#fail(new Error("closed"));
  }

  #feed(): void {
    const [bytes] = this.#input;
    if (this.#reader === null || bytes === undefined) return;
    const { buffer, ended } = this.#reader;
    this.#reader = null;
    if (bytes === null) return ended.resolve(null);
    const count = Math.min(bytes.length, buffer.length);
    buffer.set(bytes.subarray(0, count));
    if (count < bytes.length) this.#input[0] = bytes.subarray(count);
    else this.#input.shift();
    ended.resolve(count);
  }

  #fail(error: Error): void {
    this.#reader?.ended.reject(error);
    this.#writer?.reject(error);
    this.#reader = this.#writer = null;
  }
}
