/**
 * Publishes what this site accepts, in batches, a lane for each partition: one batch of a lane is on its way
 * at a time, so that order holds, and is sent again until the stream has it. Reception never waits: of what
 * is too much to wait, the oldest is dropped and counted. Pure: how to publish and to wait is handed in.
 */
import type { Origin } from "../../common/address.ts";
import type { ThrottledLog } from "../../common/log.ts";
import { formatCount } from "../../common/format.js";
import { EntryWriter, type RecordClock, type Verdict } from "../record/format.ts";
import { type Batch, Lane } from "./lane.ts";
import { beatSubject, partitionOf, subjectOf } from "./subjects.ts";

/** A batch is sent when it is full or as old as this; older where there would be many, as each has its price. */
const [BATCH_MS, MAX_BATCH_MS] = [20, 100] as const;
/** So many at once are few. */
const FEW_BATCHES = 12;
const MAX_WAITING_BYTES = 128 * 2 ** 20;
/** Between attempts: the bus finds a new leader in some seconds. */
const [MIN_PAUSE_MS, MAX_PAUSE_MS] = [100, 2_000] as const;
/** What waits at the end may be sent for so long. */
const END_PATIENCE_MS = 1_000;

/** How a publisher reaches the bus, and waits. */
export interface PublisherDevices {
  /** Resolves when the stream has it; with the same id it has it once. @throws {Error} when it may not have it. */
  readonly publish: (subject: string, bytes: Uint8Array, id: string) => Promise<void>;
  /** The same without an answer, and lost where the bus is away. */
  readonly tell: (subject: string, bytes: Uint8Array) => void;
  readonly schedule: (action: () => void, delayMs: number) => () => void;
  readonly wait: (ms: number, stop: AbortSignal) => Promise<void>;
  /** From 0 to below 1. */
  readonly random: () => number;
  /** The site's clock, as what is carried is stamped by it. */
  readonly clock: () => RecordClock;
  readonly throttledLog: Pick<ThrottledLog, "warn">;
  /** Told when the bus takes nothing, and `null` when it takes something again. */
  readonly onChange: (failure: string | null) => void;
}

/** The name of a site, of this run of it, and how many partitions there are. */
export interface PublisherOptions {
  readonly site: string;
  readonly run: string;
  readonly partitions: number;
  readonly maxWaitingBytes?: number;
}

/** What became of what was to be published, in datagrams that only grow but for what waits. */
export interface PublisherCounts {
  readonly published: number;
  /** Given up, as too much waited, or at the end. */
  readonly dropped: number;
  readonly retries: number;
  readonly waitingBytes: number;
}

/** Publishes one site. */
export class Publisher {
  readonly #devices: PublisherDevices;
  readonly #options: PublisherOptions;
  readonly #lanes: readonly Lane[];
  readonly #stopping = new AbortController();
  readonly #counts = { published: 0, dropped: 0, retries: 0, waitingBytes: 0 };
  readonly #working = new Set<Promise<void>>();
  #callOff: (() => void) | null = null;
  #batchMs: number = BATCH_MS;
  readonly #failing = new Map<string, string>();
  #failure: string | null = null;
  #ids = 0;

  constructor(devices: PublisherDevices, options: PublisherOptions) {
    this.#devices = devices;
    this.#options = options;
    const { site, partitions } = options;
    this.#lanes = Array.from({ length: partitions }, (_, n) => new Lane(subjectOf(site, n)));
  }

  get counts(): PublisherCounts {
    return this.#counts;
  }

  /** Why the bus took nothing when it was asked last; `null` where it did. */
  get failure(): string | null {
    return this.#failure;
  }

  /** Takes a datagram of the host with a key, as it was judged. */
  add(key: string, bytes: Uint8Array, origin: Origin, atMs: number, verdict: Verdict): void {
    const lane = this.#lanes[partitionOf(key, this.#lanes.length)]!;
    if (lane.isFullFor(bytes.length)) this.#seal(lane);
    lane.add(bytes, origin, atMs, verdict, this.#devices.clock);
    this.#flushLater();
  }

  /** Says each second how far this site has got: of what came before that, the stream has all that it will. */
  tick(): void {
    const clock = this.#devices.clock();
    const bytes = new Uint8Array(128);
    const beat = new EntryWriter(bytes);
    const reachedMs = Math.min(clock.nowMs, ...this.#lanes.map(({ oldestMs }) => oldestMs));
    beat.clock(clock);
    beat.clock({ ...clock, nowMs: reachedMs });
    // Nothing is left out of a beat: here it is how many partitions there are.
    beat.gap(this.#lanes.length);
    this.#devices.tell(beatSubject(this.#options.site), bytes.slice(0, beat.length));
  }

  /** Publishes what waits for a moment; what is left then is dropped. */
  async close(): Promise<void> {
    this.#callOff?.();
    // Also where a batch is on its way: theirs goes after it.
    for (const lane of this.#lanes) if (lane.hasOpenBatch) this.#seal(lane);
    const patience = new AbortController();
    if (this.#failure === null) {
      const late = this.#devices.wait(END_PATIENCE_MS, patience.signal);
      await Promise.race([Promise.all(this.#working), late]);
    }
    patience.abort();
    this.#stopping.abort();
    for (const lane of this.#lanes) {
      for (const batch of lane.waiting.splice(0)) this.#drop(lane, batch);
    }
  }

  #flushLater(): void {
    this.#callOff ??= this.#devices.schedule(() => this.#flush(), this.#batchMs);
  }

  /** Sends what is open, but for lanes that have a batch on its way: theirs goes after it. */
  #flush(): void {
    this.#callOff?.();
    this.#callOff = null;
    const open = this.#lanes.filter(({ hasOpenBatch, isBusy }) => hasOpenBatch && !isBusy);
    for (const lane of open) this.#seal(lane);
    const batchMs = BATCH_MS * open.length / FEW_BATCHES;
    this.#batchMs = Math.min(MAX_BATCH_MS, Math.max(BATCH_MS, batchMs));
  }

  #seal(lane: Lane): void {
    this.#counts.waitingBytes += lane.seal().bytes.length;
    const max = this.#options.maxWaitingBytes ?? MAX_WAITING_BYTES;
    while (this.#counts.waitingBytes > max && this.#dropOldest()) continue;
    if (lane.isBusy || this.#stopping.signal.aborted) return;
    const work = this.#send(lane).finally(() => this.#working.delete(work));
    this.#working.add(work);
  }

  /** Drops the oldest batch that is not on its way; `false` where there is none. */
  #dropOldest(): boolean {
    const ageOf = ({ waiting }: Lane) => waiting[1]?.firstMs ?? Infinity;
    const oldest = this.#lanes.reduce((a, b) => ageOf(b) < ageOf(a) ? b : a);
    const [batch] = oldest.waiting.splice(1, 1);
    if (batch !== undefined) this.#drop(oldest, batch);
    return batch !== undefined;
  }

  #drop(lane: Lane, { bytes, datagrams, gap }: Batch): void {
    this.#counts.waitingBytes -= bytes.length;
    this.#counts.dropped += datagrams;
    lane.gap += datagrams + gap;
    this.#devices.throttledLog.warn("bus dropped", () => {
      const dropped = formatCount(this.#counts.dropped);
      return `Cannot publish all to the bus: datagrams dropped so far: ${dropped}`;
    });
  }

  /** Sends what waits of a lane, and what comes meanwhile. */
  async #send(lane: Lane): Promise<void> {
    lane.isBusy = true;
    while (lane.waiting.length > 0 && !this.#stopping.signal.aborted) {
      const batch = lane.waiting[0]!;
      if (!await this.#publish(lane, batch)) break;
      lane.waiting.shift();
      this.#counts.waitingBytes -= batch.bytes.length;
      this.#counts.published += batch.datagrams;
    }
    lane.isBusy = false;
    if (lane.hasOpenBatch) this.#flushLater();
  }

  /** Until the stream has it; `false` when it was stopped before. */
  async #publish({ subject }: Lane, { bytes }: Batch): Promise<boolean> {
    const { publish, wait, random } = this.#devices;
    const { site, run } = this.#options;
    const id = `${site}-${run}-${++this.#ids}`;
    const { signal } = this.#stopping;
    for (let pauseMs: number = MIN_PAUSE_MS; !signal.aborted;) {
      try {
        await publish(subject, bytes, id);
        this.#tell(subject, null);
        return true;
      } catch (error) {
        if (signal.aborted) return false;
        this.#tell(subject, (error as Error).message);
        this.#counts.retries++;
        await wait(pauseMs * (0.75 + random() / 2), signal);
        pauseMs = Math.min(MAX_PAUSE_MS, 2 * pauseMs);
      }
    }
    return false;
  }

  /** Notes how a lane fares: the bus takes nothing while one fails. */
  #tell(subject: string, failure: string | null): void {
    if (failure === null) this.#failing.delete(subject);
    else this.#failing.set(subject, failure);
    const [before, now = null] = [this.#failure, this.#failing.values().next().value];
    this.#failure = now;
    if ((now === null) !== (before === null)) this.#devices.onChange(now);
  }
}
