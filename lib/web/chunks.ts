/**
 * Long answers as a stream: a generator of texts, each made only when the client takes it, with a
 * turn of the event loop before it. It holds one text at a time and gives up on a client that stops.
 */
import type { WebContext } from "./context.ts";

/** So long may a client take for one chunk. */
const PATIENCE_MS = 30_000;

const encoder = new TextEncoder();

/** What a stream needs of its surroundings. */
export type StreamContext = Pick<WebContext, "pause" | "schedule">;

/** Streams texts as UTF-8; `onEnd` is called once, after the last, on a failure, or when the client goes. */
export function streamText(
  texts: Iterable<string>,
  { pause, schedule }: StreamContext,
  onEnd: () => void = () => {},
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const iterator = texts[Symbol.iterator]();
  let callOff = () => {};
  const end = () => {
    callOff();
    iterator.return?.();
    onEnd();
  };
  return new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      callOff();
      await pause();
      try {
        const { done, value } = iterator.next();
        if (!done) {
          controller.enqueue(encoder.encode(value));
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
