/**
 * Long answers as a stream: a generator of texts, each made only when the client takes it, with a
 * turn of the event loop before it; an empty text asks for a turn alone. It holds one text at a time
 * and gives up on a client that stops.
 */
import type { WebContext } from "../api/context.ts";

/** So long may a client take for one chunk. */
const PATIENCE_MS = 30_000;

/** A piece of an answer, encoded. */
export type Bytes = Uint8Array<ArrayBuffer>;

const encoder = new TextEncoder();

/** What a stream needs of its surroundings. */
export type StreamContext = Pick<WebContext, "pause" | "release" | "schedule">;

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
            controller.error(new Error("Cannot send: the client takes nothing"));
            end();
          }, PATIENCE_MS);
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
