/**
 * The rounds in which those who listen are told what is new: at a steady pace, slower where one
 * takes long, and none while nobody listens.
 */
import type { WebContext } from "../api/context.ts";

/** From the start of one round to that of the next, at least. */
export const ROUND_MS = 250;
/** After so long a silence a round speaks even if nothing has changed: once a second, with the wait for the round. */
export const HEARTBEAT_MS = 750;

/** What is done in a round, and for whom. */
export interface RoundTask {
  /** Tells what is new; in a heartbeat also that there is nothing. After a fault the rounds go on. */
  tell(isHeartbeat: boolean): Promise<void>;
  /** Whether somebody listens. */
  isWanted(): boolean;
}

/** Rounds that go on as long as they are wanted. */
export class Rounds {
  readonly #context: WebContext;
  readonly #task: RoundTask;
  #heartbeatMs = -Infinity;
  #isRunning = false;
  #isClosed = false;
  #callOff = () => {};

  constructor(context: WebContext, task: RoundTask) {
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
    const { nowMs, schedule, onFault } = this.#context;
    const startMs = nowMs();
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
    const tookMs = nowMs() - startMs;
    // After a long round the receiver has the program for as long.
    const restMs = Math.max(ROUND_MS - tookMs, tookMs);
    this.#callOff = schedule(() => this.#round(), restMs);
  }
}
