/** Timers in the hands of a test: none rings by itself, and how long each was to wait is known. */

/** One timer that was set and neither rang nor was cleared. */
interface Timer {
  readonly id: number;
  readonly delayMs: number;
  readonly act: () => void;
}

/** Timers in the order in which they were set, in place of the system's until disposed of. */
export class FakeTimers implements Disposable {
  readonly #setTimeout = globalThis.setTimeout;
  readonly #clearTimeout = globalThis.clearTimeout;
  #timers: Timer[] = [];
  #ids = 0;

  constructor() {
    const set = (act: () => void, delayMs = 0) => {
      this.#timers.push({ id: ++this.#ids, delayMs, act });
      return this.#ids;
    };
    globalThis.setTimeout = set as unknown as typeof setTimeout;
    globalThis.clearTimeout = (id) => {
      this.#timers = this.#timers.filter((timer) => timer.id !== Number(id));
    };
  }

  /** How long each timer that is set now is to wait, in milliseconds. */
  get delaysMs(): number[] {
    return this.#timers.map(({ delayMs }) => delayMs);
  }

  /** Rings the timer that was set first. @throws {Error} where none is set. */
  ring(): void {
    const timer = this.#timers.shift();
    if (timer === undefined) throw new Error("Cannot ring: no timer is set");
    timer.act();
  }

  [Symbol.dispose](): void {
    globalThis.setTimeout = this.#setTimeout;
    globalThis.clearTimeout = this.#clearTimeout;
  }
}
