/**
 * One connection: reads requests one after another, has each answered, and sends the answer as fast as the
 * client reads it. Whatever the client does, it buffers a bounded number of bytes, and `deadlineMs` says
 * when the client has taken too long. It opens nothing and sets no timer. Pure.
 */
import { checkMethod, COMMANDS, HeadReader, type RequestHead } from "./request.ts";
import { type Framing, framingOf, HttpError, writeHead } from "./response.ts";

/** Maximum time from connecting, or from the first byte of a later request, to the end of its head. */
export const HEAD_TIMEOUT_MS = 10_000;
/** Maximum time between two requests of one connection. */
export const IDLE_TIMEOUT_MS = 75_000;
/** Maximum time that a client may take for what one write hands it. */
export const WRITE_TIMEOUT_MS = 30_000;
/** Maximum time to read what comes after the last answer: closing with unread data would reset the connection. */
export const LINGER_MS = 1_000;
/** Maximum number of bytes read then. */
const LINGER_BYTES = 256 * 1_024;
/** Maximum of bytes handed to the system in one write. */
const MAX_WRITE_BYTES = 64 * 1_024;
/** A piece of an answer up to this size is sent in one packet with its framing. */
const PACKET_BYTES = 8 * 1_024;

/** What a connection reads from and writes to; closing it ends what is under way. */
export interface ByteStream {
  read(buffer: Uint8Array): Promise<number | null>;
  write(bytes: Uint8Array): Promise<number>;
  closeWrite(): Promise<void>;
  close(): void;
}

/** What answers requests. It never throws. */
export interface RequestHandler {
  /** Answers a request. */
  handle(request: Request): Promise<Response>;
  /** Answers where there is no request that could be handled. */
  answerError(error: unknown): Response;
}

/** What a connection needs of its surroundings. */
export interface ConnectionContext {
  /** A clock that is never set, and by how much the wall clock is ahead of it. */
  readonly nowMs: () => number;
  readonly aheadMs: () => number;
  /** Ends this turn of the event loop. */
  readonly pause: () => Promise<void>;
  /** Told of a fault of ours, which the client is not told. */
  readonly onFault: (error: unknown) => void;
  readonly handler: RequestHandler;
  /** What stands before the path of every URL. */
  readonly origin: string;
}

/** The client disconnected, or was cut off: shared, as every connection ends so and none needs its own stack. */
const DISCONNECTED = new Error("Cannot go on: the client disconnected");

const encoder = new TextEncoder();

/** A connection that is served until it ends. */
export class Connection {
  readonly #stream: ByteStream;
  readonly #context: ConnectionContext;
  readonly #onWait: (isWaiting: boolean) => void;
  readonly #heads: HeadReader;
  #body: ReadableStreamDefaultReader<Uint8Array> | null = null;
  #packet: Uint8Array | null = null;
  #deadlineMs = Infinity;
  #isWaiting = false;
  #isLast = false;
  #isClosed = false;

  /** `onWait` is called as it begins to wait for the client, and as it ends that. */
  constructor(
    stream: ByteStream,
    context: ConnectionContext,
    onWait: (isWaiting: boolean) => void,
  ) {
    this.#stream = stream;
    this.#context = context;
    this.#onWait = onWait;
    this.#heads = new HeadReader((buffer) => this.#io(() => stream.read(buffer)));
  }

  /** When the client will have taken too long. */
  get deadlineMs(): number {
    return this.#deadlineMs;
  }

  /** Answers requests; resolves when the connection has ended. */
  async serve(): Promise<void> {
    this.#wait(HEAD_TIMEOUT_MS);
    await this.#run(async () => {
      while (!this.#isLast) await this.#serveNext();
    });
  }

  /** Answers with an error alone, whatever is asked; resolves when the connection has ended. */
  async refuse(error: HttpError): Promise<void> {
    await this.#run(() => this.#sendLast(this.#context.handler.answerError(error), null));
  }

  /** Ends it after the answer under way, or at once where there is none. */
  end(): void {
    this.#isLast = true;
    if (this.#isWaiting) this.close();
  }

  /** Closes it as it is. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#cancelBody();
    this.#stream.close();
  }

  async #run(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!this.#isClosed) this.#context.onFault(error);
    } finally {
      this.close();
    }
  }

  async #serveNext(): Promise<void> {
    const { pause, handler } = this.#context;
    // A client that pipelines requests gets no more turns than others.
    if (this.#heads.hasBegun) await pause();
    const [response, head] = await this.#answerNext().catch((error) => {
      if (!(error instanceof HttpError)) throw error;
      return [handler.answerError(error), null] as const;
    });
    if (response === null) this.#isLast = true;
    else if (head?.keepsAlive && !this.#isLast) await this.#send(response, head);
    else await this.#sendLast(response, head);
    this.#wait(IDLE_TIMEOUT_MS);
  }

  /** The answer to the next request; `null` where none comes. @throws {HttpError} where it cannot be read. */
  async #answerNext(): Promise<readonly [Response | null, RequestHead | null]> {
    const head = await this.#heads.next(() => this.#limit(HEAD_TIMEOUT_MS));
    this.#work();
    if (head === null) return [null, null];
    const { method, path, headers } = head;
    // Which path takes commands, the handler knows.
    checkMethod(method, COMMANDS);
    const url = this.#context.origin + path;
    const request = new Request(url, { method, headers: headers as [string, string][] });
    return [await this.#context.handler.handle(request), head];
  }

  #wait(timeoutMs: number): void {
    this.#isWaiting = true;
    this.#onWait(true);
    this.#limit(timeoutMs);
  }

  #work(): void {
    this.#isWaiting = false;
    this.#onWait(false);
    this.#limit(Infinity);
  }

  #limit(timeoutMs: number): void {
    this.#deadlineMs = this.#context.nowMs() + timeoutMs;
  }

  /** Sends the last answer of this connection, and gives the client time to take it. */
  async #sendLast(response: Response, head: RequestHead | null): Promise<void> {
    this.#isLast = true;
    await this.#send(response, head);
    this.#wait(LINGER_MS);
    await this.#io(() => this.#stream.closeWrite());
    await this.#heads.drain(LINGER_BYTES);
  }

  async #send(response: Response, head: RequestHead | null): Promise<void> {
    this.#work();
    this.#heads.watch();
    const { body } = response;
    const framing = framingOf(response, head?.isHttp11 ?? false);
    const keepsAlive = !this.#isLast;
    const { nowMs, aheadMs } = this.#context;
    const text = writeHead(response, { framing, keepsAlive, shownMs: nowMs() + aheadMs() });
    if (body === null) await this.#write(encoder.encode(text));
    else await this.#sendBody(body, text, framing);
  }

  async #sendBody(body: ReadableStream<Uint8Array>, head: string, framing: Framing): Promise<void> {
    this.#body = body.getReader();
    const isChunked = framing === "chunked";
    let before = head;
    try {
      for (;;) {
        const { done, value } = await this.#body.read();
        // Who closes this connection ends the body as well.
        if (this.#isClosed) throw DISCONNECTED;
        if (done) break;
        if (isChunked) before += `${value.length.toString(16)}\r\n`;
        await this.#writePiece(before, value, isChunked ? "\r\n" : "");
        before = "";
      }
      await this.#write(encoder.encode(before + (isChunked ? "0\r\n\r\n" : "")));
    } finally {
      this.#cancelBody();
    }
  }

  /** Writes a piece and what frames it, in one packet where it is small. */
  async #writePiece(before: string, piece: Uint8Array, after: string): Promise<void> {
    const length = before.length + piece.length + after.length;
    if (length > PACKET_BYTES) {
      await this.#write(encoder.encode(before));
      await this.#write(piece);
      return await this.#write(encoder.encode(after));
    }
    const packet = this.#packet ??= new Uint8Array(PACKET_BYTES);
    encoder.encodeInto(before, packet);
    packet.set(piece, before.length);
    encoder.encodeInto(after, packet.subarray(before.length + piece.length));
    await this.#write(packet.subarray(0, length));
  }

  async #write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;) {
      const part = bytes.subarray(at, at + MAX_WRITE_BYTES);
      this.#limit(WRITE_TIMEOUT_MS);
      at += await this.#io(() => this.#stream.write(part));
    }
    this.#limit(Infinity);
  }

  /** Does something with the stream. @throws after closing it, whatever failed there. */
  async #io<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch {
      this.close();
      throw DISCONNECTED;
    }
  }

  /** Tells the source of the body that no more of it is needed. */
  #cancelBody(): void {
    this.#body?.cancel().catch(() => {});
    this.#body = null;
  }
}
