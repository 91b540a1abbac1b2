/**
 * The requests that wait for one receiver of remote write: sent one at a time, in their order, and again
 * with growing pauses while it does not answer or is too busy. What it refuses for good is dropped, and so
 * are the oldest when too many bytes wait. Everything is counted. Pure: how to send and to wait is handed in.
 */
import { deliveryErrorOf } from "../outlets/destination.ts";

/** As Prometheus itself pauses, between its shortest and a longer longest time. */
const [MIN_PAUSE_MS, MAX_PAUSE_MS] = [500, 30_000] as const;
const MAX_WAITING_BYTES = 64 * 2 ** 20;

/** How a queue reaches its receiver, and waits. */
export interface QueueDevices {
  /** @throws {DeliveryError} when it was not taken. */
  readonly send: (body: Uint8Array<ArrayBuffer>, stop: AbortSignal) => Promise<void>;
  /** Resolves after a time, or when it is stopped. */
  readonly wait: (ms: number, stop: AbortSignal) => Promise<void>;
  /** From 0 to below 1. */
  readonly random: () => number;
  /** Told when the receiver fails, and whether what it was sent waits; and when it takes something again: `null`. */
  readonly onChange: (failure: string | null, waits: boolean) => void;
}

/** What became of samples, in numbers that only grow but for what waits. */
export interface QueueCounts {
  readonly sent: number;
  /** Refused for good by the receiver. */
  readonly refused: number;
  /** Given up, as too many waited. */
  readonly dropped: number;
  readonly retries: number;
  readonly waitingBytes: number;
}

/** What is told of one receiver. */
export interface ReceiverState extends QueueCounts {
  /** Its address, without what may be secret of it. */
  readonly receiver: string;
  /** Why it took nothing when it was asked last; `null` where it did. */
  readonly failure: string | null;
}

interface Waiting {
  readonly body: Uint8Array<ArrayBuffer>;
  readonly samples: number;
}

/** The requests for one receiver. */
export class RemoteQueue {
  readonly #devices: QueueDevices;
  readonly #maxBytes: number;
  readonly #stopping = new AbortController();
  readonly #waiting: Waiting[] = [];
  readonly #counts = { sent: 0, refused: 0, dropped: 0, retries: 0, waitingBytes: 0 };
  #failure: string | null = null;
  #working: Promise<void> | null = null;

  constructor(devices: QueueDevices, maxBytes = MAX_WAITING_BYTES) {
    this.#devices = devices;
    this.#maxBytes = maxBytes;
  }

  get counts(): QueueCounts {
    return this.#counts;
  }

  /** Why the receiver took nothing when it was asked last; `null` where it did. */
  get failure(): string | null {
    return this.#failure;
  }

  /** Adds a request of so many samples; whoever is on the way is not dropped for it. */
  push(body: Uint8Array<ArrayBuffer>, samples: number): void {
    if (this.#stopping.signal.aborted) return;
    this.#waiting.push({ body, samples });
    this.#counts.waitingBytes += body.length;
    while (this.#counts.waitingBytes > this.#maxBytes && this.#waiting.length > 2) {
      this.#counts.dropped += this.#remove(1).samples;
    }
    this.#working ??= this.#work().finally(() => this.#working = null);
  }

  /** Sends what waits for at most so long; what is left then is dropped. Returns how many samples that are. */
  async close(patienceMs: number): Promise<number> {
    const { wait } = this.#devices;
    const patience = new AbortController();
    if (this.#failure === null && this.#working !== null) {
      await Promise.race([this.#working, wait(patienceMs, patience.signal)]);
    }
    patience.abort();
    this.#stopping.abort();
    await this.#working;
    const before = this.#counts.dropped;
    while (this.#waiting.length > 0) this.#counts.dropped += this.#remove(0).samples;
    return this.#counts.dropped - before;
  }

  #remove(at: number): Waiting {
    const [removed] = this.#waiting.splice(at, 1);
    this.#counts.waitingBytes -= removed!.body.length;
    return removed!;
  }

  async #work(): Promise<void> {
    let pauseMs: number = MIN_PAUSE_MS;
    while (this.#waiting.length > 0) {
      const retryMs = await this.#try(this.#waiting[0]!);
      if (this.#stopping.signal.aborted) return;
      if (retryMs === null) pauseMs = MIN_PAUSE_MS;
      else {
        this.#counts.retries++;
        // Several servers that failed together are not to come back together.
        const spreadMs = pauseMs * (0.75 + this.#devices.random() / 2);
        await this.#devices.wait(Math.max(retryMs, spreadMs), this.#stopping.signal);
        if (this.#stopping.signal.aborted) return;
        pauseMs = Math.min(MAX_PAUSE_MS, 2 * pauseMs);
      }
    }
  }

  /** Sends the first; returns `null` when it is done with, else how long to wait at least. */
  async #try({ body, samples }: Waiting): Promise<number | null> {
    try {
      await this.#devices.send(body, this.#stopping.signal);
      return this.#done("sent", samples, null);
    } catch (error) {
      // It was called off: that says nothing of the receiver.
      if (this.#stopping.signal.aborted) return 0;
      const { message, isFinal, retryAfterMs } = deliveryErrorOf(error);
      if (isFinal) return this.#done("refused", samples, message);
      this.#tell(message, true);
      return Math.min(MAX_PAUSE_MS, retryAfterMs);
    }
  }

  #done(what: "sent" | "refused", samples: number, failure: string | null): null {
    // Nothing was dropped before it: the first one is the one on its way.
    this.#remove(0);
    this.#counts[what] += samples;
    this.#tell(failure, false);
    return null;
  }

  #tell(failure: string | null, waits: boolean): void {
    if ((failure === null) !== (this.#failure === null)) this.#devices.onChange(failure, waits);
    this.#failure = failure;
  }
}
