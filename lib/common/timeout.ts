/**
 * A time limit for calls that may never answer, such as `statfs` on a dead mount or the opening of a
 * pipe. None is made again while the one before still hangs. Owns its timers, nothing else.
 */

/** Makes calls, and waits for each at most `limitMs`. */
export class Timeout {
  readonly #limitMs: number;
  readonly #pending = new Set<string>();

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
    if (this.#pending.has(thing)) return Promise.reject(noAnswer(thing));
    this.#pending.add(thing);
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const timer = setTimeout(() => reject(noAnswer(thing)), this.#limitMs);
    const settle = <R>(outcome: (result: R) => void) => (result: R) => {
      this.#pending.delete(thing);
      clearTimeout(timer);
      outcome(result);
    };
    call().then(settle(resolve), settle(reject));
    return promise;
  }
}

function noAnswer(thing: string): DOMException {
  return new DOMException(`Cannot read ${thing}: no answer`, "TimeoutError");
}
