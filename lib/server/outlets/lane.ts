/**
 * The queue of one destination, until all of it is told. What fails is tried again after growing pauses;
 * what is given up is counted, logged once and shown. Every attempt has an end, and the queue a bound.
 * Pure: clock, timers and chance are given.
 */
import { formatCount, formatCountOf } from "../../common/format.js";
import type { Notice } from "../alerts/notice.ts";
import {
  DeliveryError,
  deliveryErrorOf,
  type Destination,
  type DestinationState,
  type OutboxSurroundings,
} from "./destination.ts";
import { splitByHost } from "./text.ts";

/** Notices that may wait for one destination; of more the oldest are given up. */
export const MAX_WAITING = 1_000;
/** After so long a notice is given up. */
export const MAX_AGE_MS = 24 * 3_600_000;
/** How long one attempt may take. */
export const ATTEMPT_MS = 15_000;
/** The pauses between attempts double from the first on; each is cut by chance to half of it at least. */
export const [FIRST_PAUSE_MS, MAX_PAUSE_MS] = [1_000, 300_000] as const;
/** A receiver may ask for so long a pause at most. */
export const MAX_RETRY_AFTER_MS = 3_600_000;
/** How long what waits may still take when the server stops, and the time between two renewals of what stands. */
export const [FLUSH_MS, RENEW_MS] = [1_000, 60_000];

const LATE = new DeliveryError("no answer in time");
const ENDED = new DeliveryError("no time left");

/** A notice that waits, and since when. */
type Waiting = { readonly notice: Notice; readonly sinceMs: number };

/** The queue of one destination: one batch is under way at a time, in the order in which notices came. */
export class Lane {
  readonly #surroundings: OutboxSurroundings;
  #destination: Destination;
  #queue: Waiting[] = [];
  #underWay: readonly Waiting[] = [];
  /** What could not be told when the lane was closed. */
  readonly #left: Waiting[] = [];
  /** Grows with each notice that comes, and with each batch that goes. */
  version = 0;
  #running: Promise<void> | null = null;
  #counts = { sent: 0, retried: 0, givenUp: 0 };
  #lastError: string | null = null;
  /** What the log has told since the last success. */
  #told: { failed: boolean; gaveUpAt: number | null } = { failed: false, gaveUpAt: null };
  #renewedMs = -Infinity;
  #lastAttempt: Promise<unknown> = Promise.resolve();
  #closing: Promise<void> | null = null;
  #hasEnded = false;
  readonly #attempts = new Set<AbortController>();
  /** How many notices at the front are told one by one. */
  #alone = 0;
  #wake = () => {};

  constructor(destination: Destination, surroundings: OutboxSurroundings) {
    this.#destination = destination;
    this.#surroundings = surroundings;
  }

  /** What is not told yet, in its order. */
  get waiting(): readonly Notice[] {
    return [...this.#left, ...this.#underWay, ...this.#queue].map(({ notice }) => notice);
  }

  get state(): DestinationState {
    const { name, where } = this.#destination;
    const { length: waiting } = this.waiting;
    return { name, where, waiting, ...this.#counts, lastError: this.#lastError };
  }

  use(destination: Destination): void {
    this.#destination = destination;
    this.#wake();
  }

  add(notice: Notice): void {
    const sinceMs = this.#surroundings.steadyMs();
    const notices = this.#destination.isPerHost ? splitByHost(notice) : [notice];
    this.#queue.push(...notices.map((notice) => ({ notice, sinceMs })));
    this.version++;
    const excess = this.#queue.length - MAX_WAITING;
    if (excess > 0) {
      this.#queue.splice(0, excess);
      this.#giveUp(excess, `more than ${formatCount(MAX_WAITING)} notices wait`);
    }
    // What is told in this turn becomes one message.
    this.#running ??= Promise.resolve().then(() => this.#run());
  }

  renew(standing: () => AsyncIterable<Notice>): void {
    const nowMs = this.#surroundings.steadyMs();
    if (this.#destination.renew === undefined || nowMs - this.#renewedMs < RENEW_MS) return;
    this.#renewedMs = nowMs;
    this.#inTurn((signal) => this.#destination.renew!(standing(), signal)).then((error) => {
      if (error !== null) return this.#noteFailure(error, "next renewal in a minute");
      // What waits for another attempt may have it now.
      if (this.#running === null) this.#noteSuccess();
      else this.#wake();
    });
  }

  test(notice: Notice): Promise<DeliveryError | null> {
    return this.#attempt((signal) => this.#destination.send([notice], signal));
  }

  /** Tries once more what waits, for so long at most; what is left then still waits, where that is kept. */
  close(flushMs: number, isKept = false): Promise<void> {
    return this.#closing ??= this.#close(flushMs, isKept);
  }

  async #close(flushMs: number, isKept: boolean): Promise<void> {
    const { schedule, log } = this.#surroundings;
    this.#wake();
    const end = () => {
      this.#hasEnded = true;
      for (const attempt of this.#attempts) attempt.abort(ENDED);
    };
    const callOff = schedule(end, flushMs);
    await this.#running;
    callOff();
    end();
    if (this.waiting.length === 0) return;
    const count = `${formatCountOf(this.waiting.length, "notice")} for ${this.#described}`;
    log.warn(
      isKept ? `Stopping with ${count}, told after the next start` : `Lost ${count}: stopping`,
    );
  }

  async #run(): Promise<void> {
    while (this.#queue.length > 0) {
      const size = this.#alone > 0 ? 1 : this.#destination.maxBatch;
      this.#alone = Math.max(0, this.#alone - 1);
      await this.#deliver(this.#queue.splice(0, size));
    }
    this.#running = null;
  }

  /** Tells some notices, however many attempts it takes. */
  async #deliver(batch: readonly Waiting[]): Promise<void> {
    this.#underWay = batch;
    const notices = batch.map(({ notice }) => notice);
    const isOld = ({ sinceMs }: Waiting) => this.#surroundings.steadyMs() - sinceMs >= MAX_AGE_MS;
    let error: DeliveryError | null = null;
    for (let attempt = 0;; attempt++) {
      error = await this.#inTurn((signal) => this.#destination.send(notices, signal));
      if (error === null || error.isFinal || this.#closing !== null || isOld(batch[0]!)) break;
      this.#counts.retried++;
      this.#noteFailure(error, "retrying");
      await this.#pause(pauseMs(attempt, error.retryAfterMs, this.#surroundings.random()));
    }
    this.#underWay = [];
    this.version++;
    if (error === null) {
      this.#counts.sent += batch.length;
      this.#noteSuccess();
    } else if (error.isOfContent && batch.length > 1) {
      // One of them may be what is refused.
      this.#queue.unshift(...batch);
      this.#alone = batch.length;
    } else {
      const lost = error.isFinal ? batch : batch.filter(isOld);
      const left = batch.slice(lost.length);
      if (this.#closing !== null) this.#left.push(...left);
      else this.#queue.unshift(...left);
      if (lost.length > 0) this.#giveUp(lost.length, error.message);
    }
  }

  /** Makes one attempt after the other: what stands and what has ended must not overtake each other. */
  #inTurn(act: (signal: AbortSignal) => Promise<void>): Promise<DeliveryError | null> {
    const attempt = this.#lastAttempt.then(() => this.#attempt(act));
    this.#lastAttempt = attempt;
    return attempt;
  }

  /** Makes one attempt, which has an end whatever the destination does. */
  async #attempt(act: (signal: AbortSignal) => Promise<void>): Promise<DeliveryError | null> {
    const attempt = new AbortController();
    const callOff = this.#surroundings.schedule(() => attempt.abort(LATE), ATTEMPT_MS);
    this.#attempts.add(attempt);
    try {
      if (this.#hasEnded) throw ENDED;
      await Promise.race([act(attempt.signal), rejectedBy(attempt.signal)]);
      return null;
    } catch (error) {
      return deliveryErrorOf(error);
    } finally {
      callOff();
      this.#attempts.delete(attempt);
    }
  }

  async #pause(delayMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const callOff = this.#surroundings.schedule(resolve, delayMs);
    this.#wake = resolve;
    await promise;
    callOff();
  }

  #noteSuccess(): void {
    const { failed, gaveUpAt } = this.#told;
    this.#told = { failed: false, gaveUpAt: null };
    this.#lastError = null;
    if (!failed && gaveUpAt === null) return;
    const missed = this.#counts.givenUp - (gaveUpAt ?? this.#counts.givenUp);
    const loss = missed === 0 ? "" : `; gave up ${formatCountOf(missed, "notice")}`;
    this.#surroundings.log.info(`Notifying ${this.#described} again${loss}`);
  }

  #noteFailure({ message }: DeliveryError, outlook: string): void {
    this.#lastError = message;
    if (this.#told.failed) return;
    this.#told.failed = true;
    this.#surroundings.log.warn(`Cannot notify ${this.#described}: ${message}; ${outlook}`);
  }

  #giveUp(notices: number, state: string): void {
    const before = this.#counts.givenUp;
    this.#counts.givenUp += notices;
    this.#lastError = state;
    if (this.#told.gaveUpAt !== null || this.#closing !== null) return;
    this.#told.gaveUpAt = before;
    const count = formatCountOf(notices, "notice");
    this.#surroundings.log.warn(`Gave up ${count} for ${this.#described}: ${state}`);
  }

  get #described(): string {
    return `${this.#destination.name} (${this.#destination.where})`;
  }
}

/** How long to wait after an attempt, the first of which is 0. */
export function pauseMs(attempt: number, retryAfterMs: number, random: number): number {
  const growingMs = Math.min(FIRST_PAUSE_MS * 2 ** attempt, MAX_PAUSE_MS);
  const askedMs = Math.min(retryAfterMs, MAX_RETRY_AFTER_MS);
  // Never earlier than asked, and not all at once after an outage.
  return Math.max(growingMs * (1 + random) / 2, askedMs * (1 + random / 10));
}

function rejectedBy(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}
