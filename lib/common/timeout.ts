/**
 * Timers: what is done later, and a time limit for calls that may never answer, such as `statfs` on a dead
 * mount or opening a pipe. No call is repeated while the previous one still hangs. Owns its timers, nothing
 * else.
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

/** A call that has not answered, and whether a look has passed it since it began. */
interface Waiting {
  readonly reject: (error: DOMException) => void;
  isOld: boolean;
}

/**
 * Makes calls, and waits for each at most `limitMs`, and at least half of that: one timer serves all calls
 * made meanwhile, as setting and clearing one costs as much as the rest of a short call.
 */
export class Timeout {
  readonly #limitMs: number;
  /** By thing; `null` for those that were given up and still hang. */
  readonly #calls = new Map<string, Waiting | null>();
  #isLooking = false;

  constructor(limitMs: number) {
    this.#limitMs = limitMs;
  }

  /**
   * The answer of a call.
   *
   * @param thing what is asked, as no two calls for it may run at once.
   * @throws {DOMException} a `TimeoutError` when there is no answer in time, and at once while an earlier call still hangs.
   */
  run<T>(thing: string, call: () => Promise<T>): Promise<T> {
    if (this.#calls.has(thing)) return Promise.reject(noAnswer(thing));
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    this.#calls.set(thing, { reject, isOld: false });
    this.#lookLater();
    const settle = <R>(outcome: (result: R) => void) => (result: R) => {
      this.#calls.delete(thing);
      outcome(result);
    };
    call().then(settle(resolve), settle(reject));
    return promise;
  }

  #lookLater(): void {
    if (this.#isLooking) return;
    this.#isLooking = true;
    setTimeout(() => this.#look(), this.#limitMs / 2);
  }

  #look(): void {
    this.#isLooking = false;
    for (const [thing, call] of this.#calls) {
      if (call === null) continue;
      if (call.isOld) {
        this.#calls.set(thing, null);
        call.reject(noAnswer(thing));
      } else {
        call.isOld = true;
        this.#lookLater();
      }
    }
  }
}

function noAnswer(thing: string): DOMException {
  return new DOMException(`Cannot read ${thing}: no answer`, "TimeoutError");
}
