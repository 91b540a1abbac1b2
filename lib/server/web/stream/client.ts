/**
 * One client of a stream of events: what waits for it, and when it has been too slow. It holds
 * a bounded number of bytes, whatever the client does.
 */
import type { WebContext } from "../api/context.ts";
import { droppedEvent, type EventBytes } from "./events.ts";

/** Maximum of bytes that wait for one client: what 10,000 hosts send in about ten seconds. */
export const MAX_WAITING_BYTES = 8 * 1_024 * 1_024;
/** Maximum time in which a client must ask for more after it was handed something. */
export const MAX_SILENCE_MS = 30_000;
/** Time that it is given to take the news that it is dropped. */
const FAREWELL_TIMEOUT_MS = 5_000;

/** What a client needs of its surroundings. */
type ClientContext = Pick<WebContext, "schedule">;

const TOO_SLOW = "this client is too slow";

/** A client that is connected, until its stream ends. */
export class EventClient {
  /** What is sent: the introduction first, then what is pushed. */
  readonly stream: ReadableStream<EventBytes>;
  readonly #context: ClientContext;
  readonly #onEnd: () => void;
  #introduction: AsyncIterator<EventBytes> | null;
  #waiting: EventBytes[] = [];
  #waitingBytes = 0;
  #controller!: ReadableStreamDefaultController<EventBytes>;
  #wake = () => {};
  #callOffTimeout = () => {};
  #callOffFarewell = () => {};
  /** Set as soon as nothing more is to be added, and when all is over. */
  #isClosing = false;
  #hasEnded = false;

  /** `introduction` is made as fast as the client takes it; `onEnd` is called once, when the stream has ended. */
  constructor(
    introduction: AsyncIterator<EventBytes>,
    context: ClientContext,
    onEnd: () => void,
  ) {
    this.#introduction = introduction;
    this.#context = context;
    this.#onEnd = onEnd;
    this.stream = new ReadableStream<EventBytes>({
      start: (controller) => {
        this.#controller = controller;
      },
      pull: () => this.#send(),
      cancel: () => this.#end(),
    }, { highWaterMark: 0 });
  }

  /** Adds to what waits; a client for which too much of it waits is dropped. */
  push(bytes: EventBytes): void {
    if (this.#isClosing) return;
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
    if (this.#waitingBytes > MAX_WAITING_BYTES) this.drop(TOO_SLOW);
    else this.#wake();
  }

  /** Tells the client why, and ends its stream; what waited is not sent. */
  drop(reason: string): void {
    if (this.#isClosing) return;
    this.#isClosing = true;
    this.#introduction = null;
    this.#waiting = [droppedEvent(reason)];
    this.#callOffFarewell = this.#context.schedule(() => {
      this.#controller.error(new Error(`Cannot send: ${reason}`));
      this.#end();
    }, FAREWELL_TIMEOUT_MS);
    this.#wake();
  }

  async #send(): Promise<void> {
    this.#callOffTimeout();
    try {
      const next = await this.#next();
      if (this.#hasEnded) return;
      if (next !== null) return this.#handOn(next);
      this.#controller.close();
      this.#end();
    } catch (error) {
      this.#end();
      throw error;
    }
  }

  /** A timer, as nothing is pushed to a client while it is introduced, which could take for ever. */
  #handOn(bytes: EventBytes): void {
    this.#controller.enqueue(bytes);
    const { schedule } = this.#context;
    this.#callOffTimeout = schedule(() => this.drop(TOO_SLOW), MAX_SILENCE_MS);
  }

  /** Waits for what is to be sent next; `null` after the last. */
  async #next(): Promise<EventBytes | null> {
    while (!this.#hasEnded) {
      const introduced = await this.#introduce();
      const next = introduced ?? this.#waiting.shift() ?? null;
      if (next !== null && introduced === null) this.#waitingBytes -= next.length;
      if (next !== null || this.#isClosing) return next;
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
    return null;
  }

  async #introduce(): Promise<EventBytes | null> {
    const introduction = this.#introduction;
    if (introduction === null) return null;
    const { done, value } = await introduction.next();
    // Whoever was dropped meanwhile gets nothing but the reason.
    if (this.#introduction !== introduction) return null;
    if (!done) return value;
    this.#introduction = null;
    return null;
  }

  #end(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = this.#isClosing = true;
    this.#callOffTimeout();
    this.#callOffFarewell();
    this.#waiting = [];
    this.#wake();
    this.#onEnd();
  }
}
