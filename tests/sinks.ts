/** A sink for the tests of what writes: it takes what it is let to take, and fails when told. */
import type { ByteSink } from "../lib/common/output.ts";

/** How a sink is. */
interface FakeSinkOptions {
  /** It takes no more bytes than this at once. */
  readonly mostBytes?: number;
  readonly isTerminal?: boolean;
}

/** Keeps what it is given. */
export class FakeSink implements ByteSink {
  text = "";
  attempts = 0;
  /** What each of the next attempts to write ends with: `null` for success. */
  readonly failures: (Error | null)[] = [];
  /** What every attempt ends with while it is there. */
  failure: Error | null = null;
  readonly #mostBytes: number;
  readonly #isTerminal: boolean;
  #gate: Promise<void> = Promise.resolve();
  #failed = Promise.withResolvers<void>();
  #changed = Promise.withResolvers<void>();

  constructor({ mostBytes = Infinity, isTerminal = false }: FakeSinkOptions = {}) {
    this.#mostBytes = mostBytes;
    this.#isTerminal = isTerminal;
  }

  isTerminal(): boolean {
    return this.#isTerminal;
  }

  /** The complete lines so far. */
  get lines(): string[] {
    return this.text.split("\n").slice(0, -1);
  }

  /** Takes nothing more until what this returns is called. */
  block(): () => void {
    const gate = Promise.withResolvers<void>();
    this.#gate = gate.promise;
    return gate.resolve;
  }

  /** Resolves when an attempt to write has failed, and its writer knows. */
  get failed(): Promise<void> {
    return this.#failed.promise;
  }

  /** Waits until what was taken ends with a text. */
  async taken(end: string): Promise<void> {
    while (!this.text.endsWith(end)) await this.#changed.promise;
  }

  async write(bytes: Uint8Array): Promise<number> {
    this.attempts++;
    await this.#gate;
    const failure = this.failure ?? this.failures.shift() ?? null;
    if (failure !== null) {
      setTimeout(this.#failed.resolve, 0);
      throw failure;
    }
    const taken = bytes.subarray(0, this.#mostBytes);
    this.text += new TextDecoder().decode(taken);
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
    return taken.length;
  }
}
