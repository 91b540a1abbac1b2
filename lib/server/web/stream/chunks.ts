/**
 * Long answers as a stream: a generator of texts, each made only when the client takes it, with a
 * turn of the event loop before it; an empty text asks for a turn alone. It holds one text at a time
 * and gives up on a client that stops. And the pace of what takes long: short slices of work with a rest as
 * long after each, so that all at one pace together take half of the program's time at most, and rounds.
 */
import type { WebContext } from "../api/context.ts";

/** Maximum time that a client may take for one chunk. */
const CHUNK_TIMEOUT_MS = 30_000;

/** A piece of an answer, encoded. */
export type Bytes = Uint8Array<ArrayBuffer>;

const encoder = new TextEncoder();

/** What a stream needs of its surroundings. */
type StreamContext = Pick<WebContext, "pause" | "release" | "schedule">;

/** Streams texts as UTF-8; `onEnd` is called once, after the last, on a failure, or when the client goes. */
export function streamText(
  texts: Iterable<string | Bytes>,
  { pause, release, schedule }: StreamContext,
  onEnd: () => void = () => {},
): ReadableStream<Bytes> {
  const iterator = texts[Symbol.iterator]();
  let callOff = () => {};
  let handedOn: Bytes | null = null;
  let hasEnded = false;
  const end = () => {
    hasEnded = true;
    callOff();
    iterator.return?.();
    onEnd();
  };
  return new ReadableStream<Bytes>({
    async pull(controller) {
      callOff();
      if (handedOn !== null) release(handedOn);
      handedOn = null;
      try {
        const value = await nextText(iterator, pause);
        if (hasEnded) return;
        if (value !== null) {
          handedOn = typeof value === "string" ? encoder.encode(value) : value;
          controller.enqueue(handedOn);
          callOff = schedule(() => {
            controller.error(new Error("Cannot send: the client reads nothing"));
            end();
          }, CHUNK_TIMEOUT_MS);
          return;
        }
      } catch (error) {
        end();
        throw error;
      }
      controller.close();
      end();
    },
    cancel: end,
  }, { highWaterMark: 0 });
}

/** The next text that says something, after as many turns as it takes; `null` after the last. */
async function nextText(texts: Iterator<string | Bytes>, pause: () => Promise<void>) {
  for (;;) {
    await pause();
    const { done, value } = texts.next();
    if (done || value.length > 0) return done ? null : value;
  }
}

/** Maximum time of work between two rests. */
export const SLICE_MS = 3;

/** A pace for all who share it. */
export class Pace {
  readonly #context: Pick<WebContext, "steadyMs" | "schedule">;
  #workedMs = 0;
  /** Ends with the rest; `null` while there is none. */
  #rest: Promise<void> | null = null;

  constructor(context: Pick<WebContext, "steadyMs" | "schedule">) {
    this.#context = context;
  }

  /** The same pieces; how long each one takes to make is counted as work. */
  *count<T>(pieces: Iterable<T>): Generator<T> {
    const { steadyMs } = this.#context;
    let startMs = steadyMs();
    for (const piece of pieces) {
      this.#workedMs += steadyMs() - startMs;
      yield piece;
      startMs = steadyMs();
    }
  }

  /** Resolves at once within a slice, and after the rest when one is due. */
  async pause(): Promise<void> {
    // Another may have worked a whole slice since the rest ended.
    while (this.#rest !== null || this.#workedMs >= SLICE_MS) {
      await (this.#rest ??= this.#beginRest());
    }
  }

  #beginRest(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#context.schedule(() => {
      this.#rest = null;
      resolve();
    }, this.#workedMs);
    this.#workedMs = 0;
    return promise;
  }
}

/** Minimum time from the start of one round to that of the next. */
export const ROUND_MS = 200;
/** After a silence of this length a round speaks even if nothing has changed: once a second, with the wait for the round. */
export const HEARTBEAT_MS = 800;

/** What is done in a round, and for whom. */
interface RoundTask {
  /** Tells what is new; in a heartbeat also that there is nothing. After a fault the rounds go on. */
  tell(isHeartbeat: boolean): Promise<void>;
  /** Whether somebody listens. */
  isWanted(): boolean;
}

/** What rounds need of their surroundings. */
type RoundsContext = Pick<WebContext, "steadyMs" | "schedule" | "onFault">;

/** Rounds that go on as long as they are wanted. */
export class Rounds {
  readonly #context: RoundsContext;
  readonly #task: RoundTask;
  #heartbeatMs = -Infinity;
  #isRunning = false;
  #isClosed = false;
  #callOff = () => {};

  constructor(context: RoundsContext, task: RoundTask) {
    this.#context = context;
    this.#task = task;
  }

  /** Somebody listens: the first round is a little later. */
  start(): void {
    if (this.#isRunning || this.#isClosed) return;
    this.#isRunning = true;
    this.#callOff = this.#context.schedule(() => this.#round(), ROUND_MS);
  }

  /** The round that is under way is the last, and whoever comes later begins none. */
  close(): void {
    this.#isClosed = true;
    this.#callOff();
  }

  async #round(): Promise<void> {
    const { steadyMs, schedule, onFault } = this.#context;
    const startMs = steadyMs();
    const isHeartbeat = startMs - this.#heartbeatMs >= HEARTBEAT_MS;
    if (isHeartbeat) this.#heartbeatMs = startMs;
    try {
      await this.#task.tell(isHeartbeat);
    } catch (error) {
      onFault(error);
    }
    if (this.#isClosed || !this.#task.isWanted()) {
      this.#isRunning = false;
      return;
    }
    const tookMs = steadyMs() - startMs;
    // After a long round, reception gets as much time.
    const restMs = Math.max(ROUND_MS - tookMs, tookMs);
    this.#callOff = schedule(() => this.#round(), restMs);
  }
}
