/**
 * Timers as those parts are handed them that are pure, and the end of a turn of the event loop. Its one
 * job is the timer of the engine.
 */

/** Calls `action` once after a time; what is returned calls that off. */
export function schedule(action: () => void, delayMs: number): () => void {
  const timer = setTimeout(action, delayMs);
  return () => clearTimeout(timer);
}

/** Ends this turn of the event loop: datagrams are received before it resolves. */
export function endTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

/** Resolves after a time, or when it is stopped. */
export async function wait(delayMs: number, stop: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const end = () => resolve();
  const callOff = schedule(end, delayMs);
  stop.addEventListener("abort", end);
  await promise;
  callOff();
  // A receiver that is down for days is waited for many times, until one stop.
  stop.removeEventListener("abort", end);
}
